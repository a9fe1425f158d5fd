"""What the tests of this room share: sending facts through the REST doors or the admin, and reading the answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.test import Client
from django.urls import reverse

from apps.common.clock import app_now
from apps.knowledge.models import Intervention, Medicine, MedicineClass, MedicineEffect, Origin
from apps.observations.signals import fact_changed
from tests.cast import Cast

API = "/api/v1/"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOURCE = "https://lab.example/results"
#: A plain time after the birth of everybody in the cast.
WHEN = "2026-01-05T08:00:00Z"


def send(cast: Cast, path: str, body: Any, *, who: str = "therapist") -> Any:
    """POST a body as somebody of the cast."""
    return cast.personas[who].client().post(f"{API}{path}", body, format="json")


def get(cast: Cast, path: str, *, who: str = "therapist") -> Any:
    """GET as somebody of the cast."""
    return cast.personas[who].client().get(f"{API}{path}")


def measured(cast: Cast, instrument: str, value: Any, unit: str = "", **more: Any) -> dict[str, Any]:
    """The body of an observation of the cast's patient; no unit unless one is given."""
    body = {"patient": str(cast.patient.pk), "instrument": instrument, "value": value, "effective_at": WHEN}
    return body | ({"unit": unit} if unit else {}) | more


def record(cast: Cast, instrument: str, value: Any, unit: str = "", *, who: str = "therapist", **more: Any) -> Any:
    """Send one observation."""
    return send(cast, "observations/", measured(cast, instrument, value, unit, **more), who=who)


def weigh(cast: Cast, kilograms: Any = 70, **more: Any) -> dict[str, Any]:
    """A weight that is recorded; returns it as shown."""
    answer = record(cast, "weight", kilograms, "kg", **more)
    assert answer.status_code == 201, answer.json()
    shown: dict[str, Any] = answer.json()
    return shown


def correct(cast: Cast, row: str, value: Any, **more: Any) -> Any:
    """Replace a value."""
    return send(cast, f"observations/{row}/correct/", {"value": value, **more})


def mark_wrong(cast: Cast, path: str, row: str, *, reason: str = "the wrong patient", who: str = "therapist") -> Any:
    """Enter a fact in error."""
    return send(cast, f"{path}/{row}/enter-in-error/", {"reason": reason}, who=who)


def shown(cast: Cast, path: str, row: str) -> dict[str, Any]:
    """A row as it is shown now."""
    answer = get(cast, f"{path}/{row}/")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def fields(answer: Any) -> list[str]:
    """The fields that a refusal names."""
    return [error["field"] for error in answer.json().get("errors", [])]


def refusal(answer: Any) -> tuple[int, list[str]]:
    """The status and the fields of a refusal."""
    return answer.status_code, fields(answer)


def kind(answer: Any) -> str:
    """The last word of a problem's type."""
    return str(answer.json()["type"]).rsplit(":", 1)[-1]


def ahead(by: timedelta) -> str:
    """A time that far from now, as a body has it."""
    return (app_now() + by).isoformat()


def moment(text: str) -> datetime:
    """A time out of an answer."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def medicine(code: str = "own_medicine", **more: Any) -> Medicine:
    """A medicine of the hospital's own: what is tested here holds for any."""
    values = {"name": f"Medicine {code}", "klass": MedicineClass.CSDMARD, "origin": Origin.LOCAL, **more}
    return Medicine.objects.get_or_create(code=code, defaults=values)[0]


def side_effect(of: Medicine | None = None, code: str = "own_rash", **more: Any) -> MedicineEffect:
    """A side effect that is known of a medicine, of that same one unless said."""
    values = {"name": "Rash", "kind": MedicineEffect.Kind.SIDE_EFFECT, "origin": Origin.LOCAL, **more}
    return MedicineEffect.objects.get_or_create(code=code, medicine=of or medicine(), defaults=values)[0]


def intervention(code: str = "own_exercise", **more: Any) -> Intervention:
    """An intervention of the hospital's own, with sessions unless said."""
    values = {"name": f"Intervention {code}", "attended": True, "origin": Origin.LOCAL, **more}
    return Intervention.objects.get_or_create(code=code, defaults=values)[0]


def happened(cast: Cast, **more: Any) -> dict[str, Any]:
    """The body of a side effect of the cast's patient."""
    effect = side_effect()
    return {
        "patient": str(cast.patient.pk), "medicine": effect.medicine.code, "effect": effect.code, "severity": "moderate",
        "seriousness": False, "effective_at": WHEN, **more,
    }  # fmt: skip


def session(cast: Cast, outcome: str = "attended", **more: Any) -> dict[str, Any]:
    """The body of a session of the cast's patient."""
    body = {"patient": str(cast.patient.pk), "intervention": intervention().code, "outcome": outcome}
    return {**body, "effective_at": WHEN, **more}


def made(answer: Any) -> dict[str, Any]:
    """The row of an answer that made one."""
    assert answer.status_code == 201, answer.json()
    row: dict[str, Any] = answer.json()
    return row


def browser(cast: Cast, name: str) -> Client:
    """Somebody of the cast in the admin."""
    client = Client()
    client.force_login(cast.personas[name].who)
    return client


def page(client: Client, route: str, *args: Any) -> str:
    """A page of the admin."""
    answer = client.get(reverse(f"admin:{route}", args=args))
    assert answer.status_code == 200, answer.content[:300]
    return answer.content.decode()


@contextmanager
def told() -> Iterator[list[tuple[UUID, datetime]]]:
    """What the rooms above are told meanwhile: about whom, and when it was true."""
    heard: list[tuple[UUID, datetime]] = []

    def listen(patient_id: UUID, effective_at: datetime, **_more: Any) -> None:
        heard.append((patient_id, effective_at))

    fact_changed.connect(listen)
    try:
        yield heard
    finally:
        fact_changed.disconnect(listen)
