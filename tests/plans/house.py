"""How a story is told to the operations: on this day this was recorded, that was proposed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from apps.accounts.actors import Actor, Careteam
from apps.accounts.models import RoleGrant, User
from apps.knowledge.models import Discipline, Instrument, Medicine
from apps.observations import operations as observations
from apps.patients.models import Patient
from apps.plans import operations
from apps.plans.models import MonitoringItem, PlanVersion, ResponseReview, TreatmentPlan
from apps.teams import operations as teams
from tests.cast import Cast, Persona

#: A laboratory's upper limit where a measure needs one, as the journeys have it (clinical sheet, section E).
LIMITS = {"ck": 200, "alt": 40, "ast": 40, "ggt": 40, "bilirubin": 21}


def moment(day: str, clock: str = "09:00") -> datetime:
    """A day and a time, in UTC."""
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), tzinfo=UTC)


def medicine(code: str) -> Medicine:
    return Medicine.objects.get(code=code)


def daily(code: str, dose: str, unit: str = "mg", **more: Any) -> dict[str, Any]:
    """A medicine once a day."""
    return dosed(code, dose, unit, 1, 1, "d", **more)


def weekly(code: str, dose: str, unit: str = "mg", **more: Any) -> dict[str, Any]:
    """A medicine once a week."""
    return dosed(code, dose, unit, 1, 1, "wk", **more)


def dosed(
    code: str, dose: str, unit: str, frequency: int, period: int, period_unit: str, **more: Any
) -> dict[str, Any]:
    """A medicine in a dosage."""
    return {
        "medicine": medicine(code), "dose": Decimal(dose), "unit": unit, "frequency": frequency, "period": period,
        "period_unit": period_unit, "route": "oral", **more,
    }  # fmt: skip


@dataclass
class Story:
    """One patient, and what is told about them day by day."""

    patient: Patient
    author: Persona | None = None
    approver: User | None = None

    def by(self, at: datetime) -> Actor:
        return Careteam(at=at)

    def record(self, day: str, **values: Any) -> None:
        """Values by instrument, on a day."""
        at = moment(day)
        for code, value in values.items():
            instrument = Instrument.objects.get(code=code)
            number = instrument.kind == "number"
            limit = LIMITS.get(code) if instrument.needs_limit else None
            observations.record_observation(
                patient=self.patient, by=self.by(at), at=at, instrument=instrument, effective_at=at,
                value=Decimal(str(value)) if number else value, unit=instrument.unit if number else "",
                reference_high=Decimal(limit) if limit else None, confirmed=True,
            )  # fmt: skip

    def examine(self, day: str, kind: str, discipline: str = "rheumatology", result: str = "") -> None:
        """Somebody looked."""
        at = moment(day)
        observations.record_assessment(
            patient=self.patient, by=self.by(at), at=at, kind=kind, effective_at=at, result=result,
            discipline=Discipline.objects.get(code=discipline),
        )  # fmt: skip

    def plan(self, day: str, *medications: dict[str, Any], **more: Any) -> TreatmentPlan:
        """Open a plan."""
        at = moment(day)
        return operations.open_plan(patient=self.patient, by=self.by(at), at=at, medications=list(medications), **more)

    def propose(self, day: str, plan: TreatmentPlan, *medications: dict[str, Any], **more: Any) -> PlanVersion:
        """Propose another version."""
        at = moment(day)
        return operations.propose(plan=plan, by=self.by(at), at=at, medications=list(medications), **more)

    def approve(self, day: str, version: PlanVersion) -> PlanVersion:
        """The story's approver approves."""
        at = moment(day)
        return operations.approve(plan_version=version, by=self.by(at), at=at, approver=self.approver)

    def follow(self, day: str, version: PlanVersion) -> PlanVersion:
        """Approve where that is still to be done, then follow."""
        if version.state == PlanVersion.State.PROPOSED:
            version = self.approve(day, version)
        at = moment(day)
        return operations.activate(plan_version=version, by=self.by(at), at=at)

    def latest(self, plan: TreatmentPlan) -> PlanVersion:
        """The newest version."""
        return plan.versions.order_by("-number").first()  # type: ignore[return-value]

    def look(self, day: str) -> dict[str, MonitoringItem]:
        """What is due, worked out on a day, by panel."""
        at = moment(day)
        operations.refresh(patient=self.patient, by=Careteam(at=at), at=at)
        rows = MonitoringItem.objects.filter(patient=self.patient, ended_at__isnull=True).select_related("panel")
        return {row.panel.code: row for row in rows}

    def overdue(self, day: str) -> set[str]:
        """The panels that are overdue on a day."""
        return {code for code, row in self.look(day).items() if row.overdue_from <= date.fromisoformat(day)}

    def review(self, plan: TreatmentPlan, code: str) -> ResponseReview:
        """The review of a medicine."""
        return plan.reviews.get(medicine__code=code)


def tell(cast: Cast, family: str, **values: Any) -> Story:
    """A story about a patient of the cast's site, with the rheumatologist on the team."""
    patient = cast.patient_of(family, **values)
    at = moment("2025-01-01")
    # The cast came together today; the stories are told of earlier days.
    RoleGrant.objects.update(starts_at=at)
    teams.form_care_team(
        by=cast.by, at=at, patient=patient, memberships=[{"member": cast.rheumatologist.member, "starts_at": at}]
    )
    return Story(patient, approver=cast.rheumatologist.who)
