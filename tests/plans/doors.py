"""What the tests of this room's doors share: bodies as they are sent, and the ladder climbed through REST."""

from datetime import timedelta
from typing import Any

from apps.common.clock import app_now
from apps.knowledge.models import Instrument
from apps.plans.models import PlanVersion
from tests.cast import Cast

API = "/api/v1/"
DAY = timedelta(days=1)
#: A laboratory's upper limit where a measure needs one.
LIMITS = {"ck": 200, "alt": 40, "ast": 40}
BLOODS = {"wbc": 6, "anc": 4, "plt": 250, "alt": 30, "ast": 30, "creatinine": 70}


def send(cast: Cast, path: str, body: Any = None, *, who: str = "rheumatologist", **headers: str) -> Any:
    """POST as somebody of the cast."""
    return cast.personas[who].client().post(f"{API}{path}", body or {}, format="json", headers=headers)


def get(cast: Cast, path: str, *, who: str = "rheumatologist") -> Any:
    """GET as somebody of the cast."""
    return cast.personas[who].client().get(f"{API}{path}")


def good(answer: Any, status: int = 200) -> dict[str, Any]:
    """The body of an answer that went well."""
    assert answer.status_code == status, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def daily(medicine: str, dose: Any, unit: str = "mg", **more: Any) -> dict[str, Any]:
    """A medicine once a day, as a body has it."""
    timing = {"frequency": 1, "period": 1, "period_unit": "d"}
    return {"medicine": medicine, "dose": dose, "unit": unit, "route": "oral", **timing, **more}


def weekly(medicine: str, dose: Any, **more: Any) -> dict[str, Any]:
    """A medicine once a week, as a body has it."""
    return daily(medicine, dose, **{"period_unit": "wk", **more})


def measured(cast: Cast, instrument: str, value: Any, *, days_ago: float = 0) -> None:
    """A value that is recorded through its own door."""
    at, unit = app_now() - days_ago * DAY, Instrument.objects.get(code=instrument).unit
    body = {
        "patient": str(cast.patient.pk), "instrument": instrument, "value": value, "unit": unit, "effective_at": at.isoformat(),
    }  # fmt: skip
    limit = {"reference_high": LIMITS[instrument]} if instrument in LIMITS else {}
    good(send(cast, "observations/", body | limit | {"confirmed": True}), 201)


def kind(answer: Any) -> tuple[int, str]:
    """The status of a refusal and the last word of its type."""
    return answer.status_code, str(answer.json()["type"]).rsplit(":", 1)[-1]


def fields(answer: Any) -> list[str]:
    """The fields that a refusal names."""
    return [error["field"] for error in answer.json().get("errors", [])]


def open_plan(cast: Cast, *medications: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Open the plan of the cast's patient; returns it as shown."""
    body = {"patient": str(cast.patient.pk), "summary": "Begin.", "medications": list(medications), **more}
    return good(send(cast, "treatment-plans/", body), 201)


def version_of(cast: Cast, plan: dict[str, Any]) -> dict[str, Any]:
    """The newest version of a plan, as shown."""
    newest = PlanVersion.objects.filter(plan=plan["id"]).order_by("-number").first()
    assert newest is not None
    return good(get(cast, f"plan-versions/{newest.pk}/"))


def explain_all(cast: Cast, version: dict[str, Any]) -> None:
    """Write down a reason wherever one is wanted."""
    for row in version["warnings"]:
        if row["open"]:
            body = {"warning": row["id"], "reason": "Looked at and meant."}
            good(send(cast, f"plan-versions/{version['id']}/explain/", body))


def approved(cast: Cast, version: dict[str, Any]) -> dict[str, Any]:
    """A version, approved by the rheumatologist, with a reason wherever one was wanted."""
    explain_all(cast, version)
    return good(send(cast, f"plan-versions/{version['id']}/approve/"))


def followed(cast: Cast, *medications: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Open a plan whose first version is followed at once; returns that version as shown."""
    version = approved(cast, version_of(cast, open_plan(cast, *medications, **more)))
    return good(send(cast, f"plan-versions/{version['id']}/activate/"))
