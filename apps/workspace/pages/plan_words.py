"""A plan as the pages say it: medicines by name, what every source says, what is due and why. Nothing is written here."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.formats import date_format

from apps.observations.models import Attendance
from apps.patients.models import Patient
from apps.plans import differing, reading
from apps.plans.models import (
    InterventionItem,
    MedicationItem,
    MonitoringItem,
    PlanVersion,
    PlanWarning,
    ResponseReview,
    TreatmentPlan,
)
from apps.plans.operations.taking import begun
from apps.plans.reviews import TIS

#: How a dose stands to what a source says.
OUTCOMES = {
    "within": "within",
    "below": "less",
    "above": "more",
    "over_cap": "over the cap",
    "not_assessable": "cannot be assessed",
    "not_comparable": "not compared",
    "other_population": "not about this patient",
    "other_route": "not about this route",
}
JUDGED = ("within", "below", "above", "over_cap", "not_assessable")


@dataclass(frozen=True)
class Dosage:
    """One dosage of a medicine: how much and how often, since when it is taken at all (None: not so far), and since when so."""

    row: MedicationItem
    since: date | None

    @property
    def words(self) -> str:
        """“200 mg twice a day”."""
        return reading.dose_words(self.row)

    @property
    def changed(self) -> bool:
        """Whether it was another dose at first."""
        return self.since is not None and self.row.starts_on != self.since


@dataclass(frozen=True)
class Against:
    """What one source says about a dose."""

    outcome: str
    label: str
    words: str
    citation: str


@dataclass(frozen=True)
class Taken:
    """A medicine with all its dosages, and how the dose stands to every source."""

    name: str
    weekly_only: bool
    dosages: Sequence[Dosage]
    arithmetic: Sequence[str]
    sources: Sequence[Against]

    @property
    def silent(self) -> int:
        """How many more sources say something that is not about this patient, this route or this time."""
        return sum(1 for one in self.sources if one.outcome not in JUDGED)

    @property
    def speaking(self) -> list[Against]:
        """The sources that the dose was compared with."""
        return [one for one in self.sources if one.outcome in JUDGED]


class Said:
    """What a version says, for a page."""

    def __init__(self, whole: reading.Whole) -> None:
        self.whole = whole

    @cached_property
    def medicines(self) -> list[Taken]:
        """The medicines, each once, in the order of the plan."""
        runs = begun(self.whole.version.plan, upto=self.whole.version.number)
        checks = {one["name"]: one for one in self.whole.doses}
        found: dict[str, list[Dosage]] = {}
        for row in self.whole.medications:
            run = runs.get(row.medicine.code)
            dosage = Dosage(row, min(run.first, row.starts_on) if run is not None else None)
            found.setdefault(row.medicine.name, []).append(dosage)
        return [
            Taken(
                name, rows[0].row.medicine.weekly_only, rows, checks.get(name, {}).get("arithmetic", []),
                [_against(line) for line in checks.get(name, {}).get("lines", [])],
            )
            for name, rows in found.items()
        ]  # fmt: skip

    @cached_property
    def beside(self) -> list[dict[str, Any]]:
        """What is done beside medicines, with the sessions that were held or not, in words."""
        rows = self.whole.interventions
        said = sessions(self.whole.patient, [row for row in rows if row.intervention.attended])
        return [{"row": row, "sessions": said.get(row.intervention_id, "")} for row in rows]

    @cached_property
    def goals(self) -> list[dict[str, Any]]:
        """The goals with the part of the way in percent, None where that cannot be said."""
        return [
            {"row": one.goal, "now": one.now, "percent": int(one.now.fraction * 100) if one.now.fraction is not None else None}
            for one in self.whole.goals
        ]  # fmt: skip

    @cached_property
    def warnings(self) -> list[PlanWarning]:
        """The warnings that wait for a reason first, then those that only inform."""
        return sorted(self.whole.warnings, key=lambda row: (not row.open, not row.needs_reason))

    @cached_property
    def lacking(self) -> list[reading.Prerequisite]:
        """What was not there when it was proposed and is not there now, or was explained: first what holds the first dose."""
        rows = [one for one in self.whole.prerequisites if one.lacking or one.check.reason]
        return sorted(rows, key=lambda one: (not one.holds, not one.check.holds_first_dose))

    @property
    def waits(self) -> int:
        """How many warnings wait for a written reason."""
        return sum(1 for row in self.warnings if row.open)

    @property
    def undosed(self) -> bool:
        """Whether a medicine has no dose yet: such a version cannot be approved."""
        return any(row.dose is None for row in self.whole.medications)


def sessions(patient: Patient, rows: Sequence[InterventionItem]) -> dict[Any, str]:
    """Of each intervention since it began: “6 attended, 2 missed, 1 cancelled; the last on 17 November 2026”."""
    if not rows:
        return {}
    begun = Q()
    for row in rows:
        begun |= Q(intervention=row.intervention_id, effective_at__date__gte=row.starts_on)
    held = Attendance.objects.standing().filter(begun, patient=patient).order_by("effective_at")
    found: dict[Any, list[tuple[str, datetime]]] = {}
    for pk, outcome, when in held.values_list("intervention", "outcome", "effective_at"):
        found.setdefault(pk, []).append((outcome, when))
    return {pk: _counted(each, patient) for pk, each in found.items()}


def _counted(held: Sequence[tuple[str, datetime]], patient: Patient) -> str:
    counts = Counter(outcome for outcome, _ in held)
    said = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Attendance.Outcome.values if counts[outcome])
    return f"{said}; the last on {date_format(patient.site.local_date(held[-1][1]), 'j F Y')}"


def _against(line: Mapping[str, Any]) -> Against:
    outcome = str(line["outcome"])
    return Against(outcome, OUTCOMES.get(outcome, outcome), line["arithmetic"] or line["words"], line["citation"])


@dataclass(frozen=True)
class Panel:
    """Something that is due, when it was done last, and why it is due, each reason once with its source."""

    name: str
    last_on: date | None
    why: Sequence[str]


@dataclass(frozen=True)
class Due:
    """What is due on one day; `late` once the days of grace have passed, too, and `now` from that day on."""

    on: date
    now: bool
    late: bool
    panels: list[Panel]


def due(patient: Patient, at: datetime) -> list[Due]:
    """What is due for a patient: what is overdue first, then by day."""
    today = patient.site.local_date(at)
    found: dict[tuple[bool, date], Due] = {}
    for row in sorted(reading.open_items(patient), key=lambda row: (row.overdue_from > today, row.due_on)):
        late = row.overdue_from <= today
        on = found.setdefault((late, row.due_on), Due(row.due_on, row.due_on <= today, late, []))
        on.panels.append(Panel(row.panel.name, row.last_on, list(_reasons(row.why))))
    return list(found.values())


def _reasons(why: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """“every 30 days: prednisone since …, methotrexate since … (S0-32 [S])”."""
    found: dict[tuple[Any, str], list[str]] = {}
    for one in why:
        found.setdefault((one["every_days"], one["citation"]), []).append(one["words"])
    for (days, citation), words in found.items():
        often = f"every {days} days" if days else "once"
        yield f"{often}: {', '.join(words)} ({citation})"


@dataclass(frozen=True)
class Change:
    """What differs from what is followed, about one item."""

    what: str
    words: Sequence[str]


def told(differences: Iterable[differing.Difference]) -> list[Change]:
    """Differences as sentences, those of one item together."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in differences:
        words = {"added": "new", "removed": "no longer"}.get(one.change)
        said = words or f"{one.name}: {one.before or 'nothing'} → {one.after or 'nothing'}"
        found.setdefault((one.item_id, one.what), []).append(said)
    return [Change(what, words) for (_, what), words in found.items()]


def verdict(measures: Mapping[str, Any]) -> str:
    """What before and after come to: “52.5 of 100, moderate improvement”, “2 points better”; empty when it cannot be said."""
    value = measures.get("value")
    if value is None:
        return ""
    if measures["score"] == TIS:
        how = {"": "", "none": ", no improvement that counts"}.get(
            measures["category"], f", {measures['category']} improvement"
        )
        return f"{value} of 100{how}"
    points = abs(Decimal(value)).normalize()
    return f"{points:f} points {'better' if Decimal(value) > 0 else 'worse'}" if points else "no change"


def with_standing(plans: QuerySet[TreatmentPlan], today: date) -> QuerySet[TreatmentPlan]:
    """Plans with what a list shows of them: `pending` and `followed` versions, and how much is `due`, `overdue`, `to_review`."""
    waiting = PlanVersion.objects.filter(plan=OuterRef("pk")).pending().values("state")[:1]
    followed = PlanVersion.objects.filter(plan=OuterRef("pk"), state=PlanVersion.State.ACTIVE).values("number")[:1]
    items = MonitoringItem.objects.filter(patient=OuterRef("patient"), ended_at__isnull=True)
    counted = items.order_by().values("patient").annotate(count=Count("pk")).values("count")
    reviews = Q(reviews__state=ResponseReview.State.SCHEDULED, reviews__due_on__lte=today)
    return plans.annotate(
        pending=Subquery(waiting), followed=Subquery(followed), to_review=Count("reviews", filter=reviews, distinct=True),
        due=Subquery(counted.filter(due_on__lte=today)), overdue=Subquery(counted.filter(overdue_from__lte=today)),
    )  # fmt: skip
