"""How the demo tells what happened to one of its invented patients: day by day, through the operations, never in the future."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from apps.accounts.actors import Actor, Careteam
from apps.accounts.models import User
from apps.common.models import active_at
from apps.knowledge.models import (
    Discipline,
    Instrument,
    Intervention,
    Medicine,
    Pathway,
    PathwayStep,
    TherapyGoal,
)
from apps.observations import operations as observations
from apps.patients.models import Patient
from apps.plans import operations as plans
from apps.plans.models import PlanVersion, ResponseReview, TreatmentPlan
from apps.plans.operations.content import content_of
from apps.plans.operations.reviewing import plain_item
from apps.plans.reading import LACKING
from apps.teams import operations as teams
from apps.teams.models import CareTeam, Membership

#: Under which system the demo's hospital numbers its patients.
NUMBERS = "https://linden.example/mrn"
MORNING = time(9)
#: The laboratory's upper limits, as the journeys of the clinical sheet have them.
LIMITS = {"ck": 200, "alt": 40, "ast": 40, "ggt": 40}
MEANT = "Looked at in the team, and meant so."

Dose = dict[str, Any]


def dose(
    code: str, amount: str, every: str = "d", *, times: int = 1, unit: str = "mg", route: str = "oral", **more: Any
) -> Dose:
    """A medicine: so much, so many `times` in each day (d) or week (wk)."""
    return {
        "medicine": Medicine.objects.get(code=code), "dose": Decimal(amount), "unit": unit, "frequency": times,
        "period": 1, "period_unit": every, "route": route, **more,
    }  # fmt: skip


def beside(code: str, instructions: str, discipline: str = "") -> dict[str, Any]:
    """Something that is done beside medicines."""
    who = Discipline.objects.get(code=discipline) if discipline else None
    return {
        "intervention": Intervention.objects.get(code=code),
        "discipline": who,
        "instructions": instructions,
    }


def goal(code: str, text: str, measure: str = "", comparison: str = "", target: str = "") -> dict[str, Any]:
    """What a plan is for; with a measure, the value that is aimed at."""
    found: dict[str, Any] = {"goal": TherapyGoal.objects.get(code=code), "text": text}
    if measure:
        found |= {
            "instrument": Instrument.objects.get(code=measure),
            "comparison": comparison,
            "target": Decimal(target),
        }
    return found


@dataclass
class Telling:
    """One patient's story, told by the doctor who leads it. Days are counted backwards from `at`, and are 1 or more."""

    patient: Patient
    doctor: User
    at: datetime

    @classmethod
    def of(cls, number: str, username: str, at: datetime) -> "Telling | None":
        """The patient of this number, if they are in care and the doctor is in their team."""
        known = {"identifiers__system": NUMBERS, "identifiers__value": number, "identifiers__active": True}
        rows = Patient.objects.filter(status=Patient.Status.ACTIVE, **known).select_related("site")
        patient = rows.select_for_update(of=("self",), no_key=True).first()
        doctor = (
            User.objects.with_access().select_related("home_site").filter(username=username, is_active=True).first()
        )
        if patient is None or doctor is None:
            return None
        telling = cls(patient, doctor, at)
        return telling if telling.membership is not None else None

    @cached_property
    def membership(self) -> Membership | None:
        """What makes the doctor a member of the patient's team."""
        of = {"care_team__patient": self.patient, "care_team__status": CareTeam.Status.ACTIVE}
        rows = Membership.objects.filter(active_at(self.at), member__user=self.doctor, member__active=True, **of)
        return rows.select_related("care_team", "member", "discipline").first()

    def since(self, days: int) -> None:
        """Let the doctor have been in the team for that long: in a demo of an earlier version they came later."""
        joined, first = self.membership, self.moment(days)
        if joined is None:
            return
        there = Membership.objects.filter(care_team=joined.care_team, member=joined.member, starts_at__lte=first)
        if not there.exists():
            teams.add_to_team(
                by=Careteam(at=first), at=first, care_team=joined.care_team, member=joined.member, discipline=joined.discipline,
                role=joined.role, starts_at=first, ends_at=joined.starts_at,
            )  # fmt: skip

    def moment(self, days: int) -> datetime:
        """Nine in the morning at the patient's hospital, so many days ago."""
        return datetime.combine(self.day(days), MORNING, tzinfo=self.patient.site.zone)

    def day(self, days: int) -> date:
        """The day so many days ago."""
        return self.patient.site.local_date(self.at) - timedelta(days=days)

    def from_day(self, days: int, amount: str) -> dict[str, Any]:
        """Another dose, from that day on."""
        return {"dose": Decimal(amount), "starts_on": self.day(days)}

    def by(self, days: int) -> Actor:
        """The doctor, as they acted on that day."""
        return replace(self.doctor.actor(), at=self.moment(days))

    def somebody(self, username: str, days: int) -> Actor:
        """Somebody else, as they acted on that day."""
        return replace(User.objects.with_access().get(username=username).actor(), at=self.moment(days))

    # what was measured, seen and done

    def values(self, days: int, **values: Any) -> None:
        """Values by instrument."""
        at, known = self.moment(days), Instrument.objects.in_bulk(list(values), field_name="code")
        for code, value in values.items():
            instrument = known[code]
            number = instrument.kind == Instrument.Kind.NUMBER
            limit = LIMITS.get(code) if instrument.needs_limit else None
            observations.record_observation(
                patient=self.patient, by=self.by(days), at=at, instrument=instrument, effective_at=at,
                value=Decimal(str(value)) if number else value, unit=instrument.unit if number else "",
                reference_high=Decimal(limit) if limit else None, confirmed=True,
            )  # fmt: skip

    def core_set(self, days: int, values: Sequence[float], strength: str, function: str) -> None:
        """Physician and patient global, strength, function, CK, and what lies outside the muscles, in this order."""
        names = ("phga", "ptga", strength, function, "ck", "extramusc")
        self.values(days, **dict(zip(names, values, strict=True)))

    def examined(self, days: int, kind: str, discipline: str, result: str = "") -> None:
        """Somebody looked."""
        at = self.moment(days)
        observations.record_assessment(
            patient=self.patient, by=Careteam(at=at), at=at, kind=kind, effective_at=at, result=result,
            discipline=Discipline.objects.get(code=discipline),
        )  # fmt: skip

    def sessions(self, outcomes: Mapping[int, str]) -> None:
        """Sessions of physiotherapy, by day."""
        for days, outcome in outcomes.items():
            at = self.moment(days)
            observations.record_attendance(
                patient=self.patient, by=Careteam(at=at), at=at, intervention=Intervention.objects.get(code="physiotherapy"),
                outcome=outcome, effective_at=at, discipline=Discipline.objects.get(code="physiotherapy"),
            )  # fmt: skip

    # the plan

    def opened(self, days: int, *, pathway: str, step: str, **content: Any) -> TreatmentPlan:
        """A plan with its first version, followed from that day on."""
        plan = plans.open_plan(
            patient=self.patient, by=self.by(days), at=self.moment(days), pathway=Pathway.objects.get(code=pathway),
            step=PathwayStep.objects.get(code=step), **content,
        )  # fmt: skip
        self.followed(days, plan)
        return plan

    def proposed(
        self, days: int, plan: TreatmentPlan, changes: Mapping[str, Mapping[str, Any]], summary: str
    ) -> PlanVersion:
        """The newest version again, with other values for some of its medicines, taking the place of what is pending."""
        last = plan.versions.select_related("step").latest("number")
        content = content_of(last)
        return plans.propose(
            plan=plan, by=self.by(days), at=self.moment(days), step=last.step, replaces=last if last.pending else None,
            medications=[{**plain_item(row), **changes.get(row.medicine.code, {})} for row in content.medications],
            interventions=[plain_item(row) for row in content.interventions],
            goals=[plain_item(row) for row in content.goals], summary=summary,
        )  # fmt: skip

    def followed(self, days: int, plan: TreatmentPlan) -> None:
        """The pending version approved and followed, with a written reason for whatever it warns of."""
        version = plan.versions.pending().get()
        by, at = self.by(days), self.moment(days)
        lacking = version.prerequisites.filter(state__in=LACKING, holds_first_dose=True, reason="")
        waiting: list[Any] = [*[warning for warning in version.warnings.all() if warning.open], *lacking]
        for row in waiting:
            plans.explain(row=row, by=by, at=at, reason=MEANT)
        plans.approve(plan_version=version, by=by, at=at, digest=version.digest)
        plans.activate(plan_version=version, by=by, at=at)

    def reviewed(self, days: int, plan: TreatmentPlan, code: str, outcome: str, reason: str, option: str = "") -> None:
        """The response to a medicine, looked at."""
        row = plan.reviews.get(medicine__code=code, state=ResponseReview.State.SCHEDULED)
        plans.complete_review(
            response_review=row, by=self.by(days), at=self.moment(days), outcome=outcome, reason=reason, option=option
        )
