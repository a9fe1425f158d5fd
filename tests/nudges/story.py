"""A long story about one patient whose name people type wherever they can."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from apps.common.clock import app_now
from apps.escalation.models import Escalation
from apps.patients import operations as patients
from apps.patients.models import Patient
from apps.teams import operations as teams
from tests.cast import Cast
from tests.nudges.house import HOUR, V1, acknowledge, clock_to, fresh, member, next_step, nudge_of, positive_screen
from tests.thread.conftest import work

FAMILY, GIVEN, BORN, NUMBER = "Quarkenbrück", "Wilhelmina", date(1957, 11, 3), "MRN-774411"
#: What everybody types.
TYPED = f"{GIVEN} {FAMILY}, born {BORN:%d.%m.%Y}, {NUMBER}"


@dataclass
class Story:
    """The patient and what was opened about her."""

    patient: Patient
    screen: Escalation


def admit(cast: Cast) -> Patient:
    """A patient with a name that is no other word, and the cast's care team."""
    at = app_now()
    patient = patients.register(
        by=cast.by, at=at, site=cast.site, family_name=FAMILY, given_name=GIVEN, birth_date=BORN, gender="female",
        onset="adult", identifiers=[{"system": "https://linden.example/mrn", "value": NUMBER}],
    )  # fmt: skip
    joining: list[dict[str, Any]] = [
        {"member": member(cast, "rheumatologist"), "role": "lead"},
        {"member": member(cast, "therapist"), "role": "lead"},
    ]
    teams.form_care_team(by=cast.by, at=app_now(), patient=patient, memberships=joining)
    return patient


def post(cast: Cast, who: str, path: str, body: dict[str, Any], status: int = 200) -> Any:
    answer = cast.personas[who].client().post(V1 + path, body, format="json")
    assert answer.status_code == status, answer.content
    work()
    return answer.json()


def complication(cast: Cast, patient: Patient, code: str, severity: str = "") -> Any:
    body = {
        "patient": str(patient.pk), "code": code, "severity": severity, "effective_at": app_now().isoformat(),
        "note": TYPED,
    }  # fmt: skip
    return post(cast, "rheumatologist", "complications/", body, 201)


def tell(cast: Cast) -> Story:
    """Screened, asked, reminded, handed over, declined, stated again, pressed, run out, acted upon, withdrawn, closed."""
    patient = admit(cast)
    screen = positive_screen(cast, patient=patient)
    nudge = nudge_of(screen)
    next_step(nudge)  # the reminder
    path = f"nudges/{nudge.pk}/"
    post(cast, "covering", path + "hand-over/", {"to": str(cast.member_of("rheumatologist")), "reason": TYPED})
    post(cast, "rheumatologist", path + "decline/", {"reason": TYPED})
    post(cast, "covering", path + "decline/", {"reason": TYPED})
    stated = {"patient": str(patient.pk), "criterion": "SW-01", "reason": TYPED}
    post(cast, "rheumatologist", "escalations/", stated, 201)
    post(cast, "rheumatologist", "escalations/", {**stated, "severity": "emergency"}, 201)
    acknowledge(cast, nudge, "coordinator")
    held = fresh(nudge)
    clock_to(held.act_by)
    work()
    lung = complication(cast, patient, "interstitial_lung_disease", "severe")
    post(cast, "rheumatologist", f"complications/{lung['id']}/enter-in-error/", {"reason": TYPED})
    complication(cast, patient, "aspiration_pneumonia")
    post(cast, "rheumatologist", f"escalations/{screen.pk}/act/", {"words": TYPED})
    other = Escalation.objects.exclude(pk=screen.pk).get(patient=patient, state="open")
    post(cast, "rheumatologist", f"escalations/{other.pk}/close/", {"reason": TYPED})
    clock_to(app_now() + timedelta(minutes=5))
    work()
    clock_to(app_now() + HOUR)
    work()
    return Story(patient, screen)
