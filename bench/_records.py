"""A patient with as many facts as wanted, none of which makes a criterion fire: the everyday of an evaluator."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from apps.accounts.models import Site, User
from apps.common.clock import app_now
from apps.knowledge.models import Concept, Discipline, Instrument, Medicine
from apps.observations.models import Assessment, Condition, Observation
from apps.patients.models import Antibody, Patient
from apps.plans.models import MedicationItem, PlanVersion, TreatmentPlan

#: What is measured again and again, with a value that worries nobody.
CALM = {
    "eat10": "1", "fois": "7", "weight": "70", "height": "170", "bmi": "24.2", "spo2_rest_ra": "97", "spo2_exert_nadir": "95",
    "fvc_pp": "90", "dlco_pp": "80", "mmrc": "0", "temp": "36.8", "mip": "90", "vc_supine_drop": "5", "phga": "2", "ptga": "2",
    "mmt8_150": "145", "haqdi": "0.5", "ck": "150", "extramusc": "1", "alt": "25", "ast": "25", "creatinine": "70", "wbc": "6",
    "anc": "4", "plt": "250",
}  # fmt: skip
YEARS = timedelta(days=3 * 365)
LIMIT = Decimal(200)
OTHERS = 6


def calm_patient(site: Site, facts: int, name: str) -> Patient:
    """Somebody with so many facts over three years, on methotrexate and prednisone."""
    at = app_now()
    patient = Patient.objects.create(
        site=site, family_name=name, given_name="Bench", birth_date=date(1960, 1, 1), gender="female", onset="adult",
        phenotype="classic", diagnosis_date=(at - YEARS).date(), status_at=at, recorded_at=at - YEARS,
    )  # fmt: skip
    _values(patient, facts - OTHERS, at)
    _others(patient, at)
    _plan(patient, at)
    return patient


def _values(patient: Patient, count: int, at: datetime) -> None:
    instruments = list(Instrument.objects.filter(code__in=CALM))
    step = YEARS / count
    rows = []
    for index in range(count):
        instrument, moment = instruments[index % len(instruments)], at - index * step - timedelta(minutes=5)
        rows.append(
            Observation(
                patient=patient, instrument=instrument, value_number=Decimal(CALM[instrument.code]), unit=instrument.unit,
                effective_at=moment, recorded_at=moment, reference_high=LIMIT if instrument.needs_limit else None,
            )
        )  # fmt: skip
    Observation.objects.bulk_create(rows, batch_size=2000)


def _others(patient: Patient, at: datetime) -> None:
    """An old finding, an antibody, and that people have looked."""
    long_ago, lately = at - timedelta(days=400), at - timedelta(days=20)
    Condition.objects.create(
        patient=patient,
        concept=Concept.objects.get(code="gottron_papules"),
        effective_at=long_ago,
        recorded_at=long_ago,
    )
    Antibody.objects.create(
        patient=patient, code="mda5", result="negative", effective_at=long_ago, recorded_at=long_ago
    )
    slt = Discipline.objects.get(code="slt")
    for kind in ("slt_assessment", "pft", "hrct", "weakness_grade"):
        Assessment.objects.create(patient=patient, kind=kind, discipline=slt, effective_at=lately, recorded_at=lately)


def _plan(patient: Patient, at: datetime) -> None:
    begun = at - timedelta(days=30)
    plan = TreatmentPlan.objects.create(patient=patient, opened_at=begun)
    version = PlanVersion.objects.create(
        plan=plan, number=1, state="active", digest="x", approved_digest="x", proposed_at=begun, approved_at=begun,
        activated_at=begun, approver=User.objects.get(username="coordinator"),
    )  # fmt: skip
    for code, dose, unit in (("methotrexate", 15, "wk"), ("prednisone", 5, "d")):
        MedicationItem.objects.create(
            version=version, medicine=Medicine.objects.get(code=code), dose=dose, unit="mg", frequency=1, period=1,
            period_unit=unit, route="oral", starts_on=begun.date(),
        )  # fmt: skip
