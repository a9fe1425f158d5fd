"""A version of a plan as it stands now: what was found when it was proposed, and what is so today. Nothing is written here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from apps.knowledge.in_force import catalogue
from apps.patients.models import Patient
from apps.plans import picture
from apps.plans.models import (
    Goal,
    InterventionItem,
    Item,
    MedicationItem,
    MonitoringItem,
    PlanPolicy,
    PlanVersion,
    PlanWarning,
    PrerequisiteCheck,
    ResponseReview,
    TreatmentPlan,
)
from apps.plans.monitoring import Due
from apps.plans.operations import checking, upkeep
from apps.plans.operations.base import policy_of
from apps.plans.operations.content import Content, build, dosages
from apps.plans.operations.reviewing import comparison
from apps.plans.operations.taking import going
from apps.plans.prerequisites import Standing
from apps.plans.progress import Progress, progress

LACKING = frozenset({PrerequisiteCheck.State.MISSING, PrerequisiteCheck.State.TOO_OLD})


def dose_words(row: MedicationItem) -> str:
    """A dosage as one says it: “200 mg twice a day”."""
    found = dosages([row]).get(row.medicine.code)
    return found[0].words if found else "no dose yet"


def title(row: Item) -> str:
    """What an item is, as one says it."""
    if isinstance(row, MedicationItem):
        return f"{row.medicine.name}: {dose_words(row)}"
    return str(row)


@dataclass(frozen=True)
class Prerequisite:
    """A prerequisite as it was found, and as it stands now; `now` is None where nobody waits for it any more."""

    check: PrerequisiteCheck
    now: Standing | None

    @property
    def lacking(self) -> bool:
        """Whether it is missing or too old today."""
        return self.now is not None and str(self.now.state) in LACKING

    @property
    def holds(self) -> bool:
        """Whether the first dose waits for it today."""
        return self.lacking and self.check.holds_first_dose and not self.check.reason


@dataclass(frozen=True)
class GoalNow:
    """A goal, and how far it is reached."""

    goal: Goal
    now: Progress


@dataclass(frozen=True)
class Follows:
    """A panel that is due because of a version: an open row of the patient, or what would be due if it were followed."""

    panel: str
    name: str
    why: Sequence[Mapping[str, Any]]
    every_days: int | None
    last_on: date | None
    due_on: date
    overdue: bool


class Whole:
    """One version with everything that is shown of it, each part read once, when it is first asked for."""

    def __init__(self, version: PlanVersion, at: datetime) -> None:
        self.version = version
        self.at = at

    @property
    def patient(self) -> Patient:
        """Whose plan it is."""
        return self.version.plan.patient

    @cached_property
    def seen(self) -> picture.Picture:
        """What is known about the patient now."""
        return picture.read(self.patient, self.at)

    @cached_property
    def policy(self) -> PlanPolicy:
        """What the patient's site has decided."""
        return policy_of(self.patient)

    @cached_property
    def medications(self) -> list[MedicationItem]:
        """The medicines."""
        return list(self.version.medicationitems.select_related("medicine", "prescriber"))

    @cached_property
    def interventions(self) -> list[InterventionItem]:
        """What is done beside them."""
        return list(self.version.interventionitems.select_related("intervention", "discipline"))

    @cached_property
    def doses(self) -> list[dict[str, Any]]:
        """The dose of each medicine against every source, as it was found, in the order of the medicines."""
        names = {row.medicine.code: row.medicine.name for row in self.medications}
        return [
            {"name": name, **self.version.checks[code]} for code, name in names.items() if code in self.version.checks
        ]

    @cached_property
    def warnings(self) -> list[PlanWarning]:
        """What somebody has to look at."""
        return list(self.version.warnings.select_related("medicine", "reason_by"))

    @cached_property
    def prerequisites(self) -> list[Prerequisite]:
        """What has to be there before the medicines that were new, then and now."""
        rows = list(self.version.prerequisites.select_related("prerequisite", "medicine", "panel", "reason_by"))
        now = self._standings(rows) if rows and (self.version.pending or self.followed) else {}
        return [Prerequisite(row, now.get(row.prerequisite.code)) for row in rows]

    def _standings(self, rows: Sequence[PrerequisiteCheck]) -> dict[str, Standing]:
        medicines = sorted({row.medicine.code for row in rows})
        beside = [row.medicine.code for row in going(self.medications, self.seen.today)]
        found = checking.standings(medicines, beside, self.seen, self.policy, catalogue())
        return {one.requirement.citation.code: one for one in found}

    @cached_property
    def goals(self) -> list[GoalNow]:
        """What the plan is for, and how far that is reached."""
        rows = self.version.goals.select_related("goal", "instrument")
        return [GoalNow(row, self._progress(row)) for row in rows]

    def _progress(self, row: Goal) -> Progress:
        if row.instrument is None:
            return Progress()
        latest, done = self.seen.latest.get(row.instrument.code), self.seen.done.get(row.instrument.code)
        value = latest if isinstance(latest, Decimal) else None
        return progress(
            comparison=row.comparison, target=row.target, start=row.start_value, latest=value,
            latest_on=done.effective_on if done is not None and value is not None else None,
        )  # fmt: skip

    @property
    def followed(self) -> bool:
        """Whether it is the version that the team follows."""
        return self.version.state == PlanVersion.State.ACTIVE

    @cached_property
    def follows(self) -> list[Follows]:
        """What is due because of it; of a pending version what would be, once its medicines have begun; of others nothing."""
        if self.followed:
            return [_row(item, self.seen.today) for item in open_items(self.patient)]
        return self._would_follow() if self.version.pending else []

    def _would_follow(self) -> list[Follows]:
        begun = max([self.seen.today, *[row.starts_on for row in self.medications]])
        dues = upkeep.dues_of(self.patient, self.medications, self.version.plan, self.seen, on=begun)
        return [_due(one, self.seen.today) for one in dues]


def open_items(patient: Patient) -> list[MonitoringItem]:
    """What is due for a patient, the earliest first."""
    return list(MonitoringItem.objects.filter(patient=patient, ended_at__isnull=True).select_related("panel"))


def _row(item: MonitoringItem, today: date) -> Follows:
    overdue = item.overdue_from <= today
    return Follows(item.panel.code, item.panel.name, item.why, item.every_days, item.last_on, item.due_on, overdue)


def _due(due: Due, today: date) -> Follows:
    panel = due.panel
    return Follows(panel.code, panel.name, due.why, due.every_days, due.last_on, due.next_on, due.overdue(today))


@dataclass(frozen=True)
class Findings:
    """What the checks would find about medicines that nobody has proposed yet."""

    content: Content
    found: checking.Found

    @property
    def doses(self) -> list[dict[str, Any]]:
        """The dose of each medicine against every source."""
        names = {row.medicine.code: row.medicine.name for row in self.content.medications}
        return [{"name": name, **self.found.lines[code]} for code, name in names.items() if code in self.found.lines]


def try_out(patient: Patient, medications: Sequence[Mapping[str, Any]], at: datetime) -> Findings:
    """What the checks would find if these medicines were proposed now. Nothing is written.

    Raises what proposing them would raise about the medicines: UnsafeOrder and Invalid, which name item and field.
    """
    plan = TreatmentPlan.objects.filter(patient=patient, ended_at__isnull=True).first()
    if plan is not None:
        plan.patient = patient
    seen = picture.read(patient, at)
    content = build(
        plan=plan, today=seen.today, medications=medications, interventions=(), goals=(), prescriber_id=None
    )
    return Findings(content, checking.check(content, seen, policy_of(patient), plan))


def compared(row: ResponseReview, at: datetime) -> dict[str, Any] | None:
    """The comparison of a review: live while it is scheduled, as it was when it is done, None when it was cancelled."""
    if row.state == ResponseReview.State.SCHEDULED:
        found = comparison(row, at).plain()
    elif row.state == ResponseReview.State.DONE:
        found = row.measures
    else:
        return None
    codes = dict.fromkeys([*found["before"], *found["after"]])
    rows = [{"instrument": c, "before": found["before"].get(c), "after": found["after"].get(c)} for c in codes]
    return {**found, "measures": rows}
