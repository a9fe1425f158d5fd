"""Recording whatever criteria ask about, over the REST doors, and treatment as it stands."""

from datetime import timedelta
from typing import Any

from apps.common.clock import app_now
from apps.knowledge.models import Instrument, Medicine
from apps.patients.models import Patient
from apps.plans.models import MedicationItem, PlanVersion, TreatmentPlan
from tests.cast import Cast
from tests.escalation.house import ago, made
from tests.observations.house import send


def _sent(cast: Cast, path: str, more: dict[str, Any], days: float, hours: float, who: str = "therapist") -> str:
    about = {"patient": str(cast.patient.pk), "effective_at": ago(days=days, hours=hours)}
    return made(send(cast, path, {**about, **more}, who=who))


def value(cast: Cast, code: str, number: Any, *, days: float = 0, hours: float = 0, **more: Any) -> str:
    """A value in the instrument's own unit, now unless said."""
    unit = Instrument.objects.values_list("unit", flat=True).get(code=code)
    body = {
        "instrument": code,
        "value": number,
        "confirmed": True,
        **({} if unit.startswith("{") or not unit else {"unit": unit}),
    }
    return _sent(cast, "observations/", {**body, **more}, days, hours)


def finding(cast: Cast, code: str, *, days: float = 0, hours: float = 0, **more: Any) -> str:
    """A finding."""
    return _sent(cast, "findings/", {"code": code, **more}, days, hours)


def antibody(cast: Cast, result: str = "positive", code: str = "mda5", *, days: float = 30) -> str:
    """The result of a test for an antibody."""
    return _sent(cast, "antibodies/", {"code": code, "result": result}, days, 0, who="coordinator")


def core_set(cast: Cast, *values: float, days: float, strength: str = "mmt8_150", function: str = "haqdi") -> None:
    """A core set in the order of the clinical sheet, CK with a limit of 200."""
    codes = ("phga", "ptga", strength, function, "ck", "extramusc")
    for code, number in zip(codes, values, strict=True):
        value(cast, code, number, days=days, **({"reference_high": 200} if code == "ck" else {}))


def treat(patient: Patient, by: Cast, *orders: tuple[str, float, str], days: int) -> PlanVersion:
    """A plan that is followed, without the way there: a medicine, its dose in mg, and “d” or “wk”, from so many days ago on."""
    at = app_now() - timedelta(days=days)
    plan, _ = TreatmentPlan.objects.get_or_create(patient=patient, defaults={"opened_at": at})
    number = plan.versions.count() + 1
    plan.versions.filter(state="active").update(state="superseded", ended_at=at)
    version = PlanVersion.objects.create(
        plan=plan, number=number, state="active", digest="x", approved_digest="x", proposed_at=at, approved_at=at,
        activated_at=at, approver=by.rheumatologist.who,
    )  # fmt: skip
    for code, dose, often in orders:
        medicine = Medicine.objects.get(code=code)
        MedicationItem.objects.create(
            version=version, medicine=medicine, dose=dose, unit="mg", frequency=1, period=1, period_unit=often,
            route=medicine.routes[0], starts_on=patient.site.local_date(at),
        )  # fmt: skip
    return version


def change(cast: Cast, **more: Any) -> None:
    """Something in the patient's record."""
    answer = cast.coordinator.client().patch(f"/api/v1/patients/{cast.patient.pk}/", more, format="json")
    assert answer.status_code == 200, answer.content
    cast.patient.refresh_from_db()
