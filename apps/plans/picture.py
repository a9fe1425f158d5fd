"""What is known about a patient at a moment, as far as plans are computed from it: four queries, one frozen value."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from apps.knowledge.scoring.body import HEIGHT_CM, WEIGHT_KG, age_on
from apps.observations.models import Assessment, Condition, Observation
from apps.patients.models import Antibody, Patient
from apps.plans.dosing import Body
from apps.plans.prerequisites import Done

ADULT = 18
ILD = "interstitial_lung_disease"
#: Under this filtration rate the eyes are watched from the first year on (P-RCO20 [V]). mL/min/1.73 m².
EGFR_OF_EYE_RISK = Decimal(60)
#: Antibodies that are a risk factor of interstitial lung disease (P-ACRILD [V]), of those that are recorded.
ILD_ANTIBODIES = frozenset({"jo1", "other_synthetase", "mda5"})


@dataclass(frozen=True)
class Picture:
    """One patient at one moment.

    `latest` are the values last recorded, by instrument; `done` what was done last, by instrument or kind of assessment.
    """

    today: date
    populations: frozenset[str]
    phenotype: str
    diagnosed_on: date | None
    latest: dict[str, Any] = field(default_factory=dict)
    done: dict[str, Done] = field(default_factory=dict)
    has_ild: bool = False
    ild_since: date | None = None
    ild_risk: bool = False

    @property
    def body(self) -> Body:
        """Weight and height as they were measured last."""
        weight, height = self.done.get("weight"), self.done.get("height")
        return Body(
            weight_kg=self._size("weight", WEIGHT_KG), weight_on=weight.effective_on if weight else None,
            height_cm=self._size("height", HEIGHT_CM), height_on=height.effective_on if height else None,
        )  # fmt: skip

    def _size(self, code: str, limits: tuple[Decimal | int, Decimal | int]) -> Decimal | None:
        """A weight or height; one that no person has is no size, whoever confirmed it."""
        found: Decimal | None = self.latest.get(code)
        return found if found is not None and limits[0] <= found <= limits[1] else None

    @property
    def poor_filtration(self) -> bool:
        """Whether the last eGFR was under 60 mL/min/1.73 m²."""
        found = self.latest.get("egfr")
        return found is not None and found < EGFR_OF_EYE_RISK


def read(patient: Patient, at: datetime) -> Picture:
    """What is known about the patient, whose site is read along."""
    zone = patient.site.zone
    latest, done = _values(patient, at)
    done |= _assessments(patient, at)
    ild = (
        Condition.objects.standing()
        .filter(patient=patient, concept__code=ILD, resolved_at__isnull=True, effective_at__lte=at)
        .order_by("effective_at")
        .values_list("effective_at", flat=True)
        .first()
    )
    positive = Antibody.objects.filter(patient=patient, entered_in_error=False, result=Antibody.Result.POSITIVE)
    return Picture(
        today=patient.site.local_date(at), populations=populations(patient, patient.site.local_date(at)),
        phenotype=patient.phenotype, diagnosed_on=patient.diagnosis_date, latest=latest, done=done, has_ild=ild is not None,
        ild_since=ild.astimezone(zone).date() if ild is not None else None,
        ild_risk=positive.filter(code__in=ILD_ANTIBODIES).exists(),
    )  # fmt: skip


class Described(Protocol):
    """Who somebody is, as far as numbers depend on it."""

    @property
    def onset(self) -> str:
        """The class of onset."""
        ...

    @property
    def birth_date(self) -> date:
        """When they were born."""
        ...

    @property
    def phenotype(self) -> str:
        """The phenotype on record."""
        ...


def populations(patient: Described, on: date) -> frozenset[str]:
    """For whom numbers have to be meant to hold for this patient. Juvenile onset stays so after the 18th birthday, until the
    patient is re-classified on purpose; an adult is 18 or older with adult onset.
    """
    found = {"any"}
    if patient.onset == Patient.Onset.JUVENILE:
        found.add("juvenile")
    elif age_on(patient.birth_date, on) >= ADULT:
        found.add("adult")
    if patient.phenotype == Patient.Phenotype.AMYOPATHIC:
        found.add("amyopathic")
    return frozenset(found)


def _values(patient: Patient, at: datetime) -> tuple[dict[str, Any], dict[str, Done]]:
    rows = Observation.objects.standing().filter(patient=patient, effective_at__lte=at).select_related("instrument")
    rows = rows.exclude(quality=Observation.Quality.UNACCEPTABLE)
    last = rows.order_by("instrument_id", "-effective_at", "-recorded_at").distinct("instrument_id")
    latest, done, zone = {}, {}, patient.site.zone
    for row in last:
        code = row.instrument.code
        latest[code] = row.value
        words = f"{row.instrument.name}: {row.shown_value}"
        done[code] = Done(code, "observation", row.effective_at.astimezone(zone).date(), words)
    return latest, done


def _assessments(patient: Patient, at: datetime) -> dict[str, Done]:
    rows = Assessment.objects.standing().filter(patient=patient, effective_at__lte=at)
    last = rows.order_by("kind", "-effective_at", "-recorded_at").distinct("kind")
    zone = patient.site.zone
    return {
        row.kind: Done(row.kind, "assessment", row.effective_at.astimezone(zone).date(), _said(row)) for row in last
    }


def _said(row: Assessment) -> str:
    """What was done, with its result where one was written down."""
    return f"{row.get_kind_display()}{f': {row.result}' if row.result else ''}"
