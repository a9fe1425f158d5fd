"""From what somebody sends to the rows of a version: each item checked by itself, its id kept through all versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from apps.common.refusals import Invalid
from apps.knowledge.models import Intervention, Medicine
from apps.knowledge.shelf import Shelf, shelf
from apps.plans import comparing
from apps.plans.dosing import Dosage
from apps.plans.models import Goal, InterventionItem, Item, MedicationItem, PlanVersion, TreatmentPlan

#: Fields of the content that are not written down in the version itself: they answer warnings.
REASONS = ("dose_reason", "prerequisite_reason")
DOSAGE = ("dose", "unit", "frequency", "period", "period_unit")
MOST = 60


@dataclass
class Content:
    """What a version says, as rows that are not saved yet, and the reasons that came along, by medicine."""

    medications: list[MedicationItem] = field(default_factory=list)
    interventions: list[InterventionItem] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    reasons: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def items(self) -> list[Item]:
        """All of them."""
        return [*self.medications, *self.interventions, *self.goals]

    def plain(self) -> dict[str, list[dict[str, Any]]]:
        """As plain values: what is compared, and what the digest is over."""
        return {
            "medications": [plain(row) for row in self.medications],
            "interventions": [plain(row) for row in self.interventions],
            "goals": [plain(row) for row in self.goals],
        }


#: Kept out of the comparison: where a row stands, not what it says.
NOT_CONTENT = frozenset({"id", "version_id", "position"})
#: Shown by their codes and not by ids, so that a person can read the difference.
BY_CODE = {"medicine_id": "medicine", "intervention_id": "intervention", "discipline_id": "discipline",
           "instrument_id": "instrument", "goal_id": "goal"}  # fmt: skip


def plain(row: Item) -> dict[str, Any]:
    """What an item says, as plain values."""
    found = {}
    for column in row._meta.concrete_fields:
        if column.attname in NOT_CONTENT:
            continue
        if column.attname in BY_CODE:
            target = getattr(row, BY_CODE[column.attname])
            found[BY_CODE[column.attname]] = target.code if target is not None else None
        else:
            found[column.name] = getattr(row, column.attname)
    return found


def content_of(version: PlanVersion) -> Content:
    """What a saved version says."""
    return Content(
        list(version.medicationitems.select_related("medicine")),
        list(version.interventionitems.select_related("intervention", "discipline")),
        list(version.goals.select_related("goal", "instrument")),
    )


def digest_of(content: Content) -> str:
    """SHA-256 over the content, in whatever order its items stand."""
    return comparing.digest(content.plain())


def build(
    *,
    plan: TreatmentPlan | None,
    today: date,
    medications: Sequence[Mapping[str, Any]],
    interventions: Sequence[Mapping[str, Any]],
    goals: Sequence[Mapping[str, Any]],
    prescriber_id: UUID | None,
) -> Content:
    """The rows of a version. Raises Invalid, naming the item and the field."""
    if len(medications) + len(interventions) + len(goals) > MOST:
        raise Invalid.field("medications", f"A version has at most {MOST} items.")
    known = Known(_earlier(plan, [*medications, *interventions, *goals]), shelf())
    content = Content()
    for index, values in enumerate(medications):
        row = _medication(values, index, today, prescriber_id)
        _hold(row, values, known, f"medications.{index}", "medicine")
        content.medications.append(row)
        said = {name: str(values.get(name) or "").strip() for name in REASONS}
        found = content.reasons.setdefault(row.medicine.code, {})
        found.update({name: words for name, words in said.items() if words})
    for index, values in enumerate(interventions):
        thing = InterventionItem(position=index, **_given(values, today))
        _hold(thing, values, known, f"interventions.{index}", "intervention")
        content.interventions.append(thing)
    for index, values in enumerate(goals):
        goal = Goal(position=index, **_given(values, today))
        _hold(goal, values, known, f"goals.{index}", None)
        _hold_goal(goal, f"goals.{index}")
        content.goals.append(goal)
    _hold_ids(content)
    if not content.items:
        raise Invalid.field(
            "medications", "A plan says at least one thing: a medicine, something beside it, or a goal."
        )
    return content


def _given(values: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The values that the row has; what begins without a day begins today."""
    found = {name: value for name, value in values.items() if name not in REASONS and value is not None}
    return {"starts_on": today, **found}


def _medication(values: Mapping[str, Any], index: int, today: date, prescriber_id: UUID | None) -> MedicationItem:
    row = MedicationItem(position=index, **_given(values, today))
    given = [name for name in DOSAGE if getattr(row, name) not in (None, "")]
    if given and len(given) < len(DOSAGE):
        lacking = next(name for name in DOSAGE if name not in given)
        raise Invalid.field(
            f"medications.{index}.{lacking}", "A dosage is whole: dose, unit, frequency, period and its unit."
        )
    if (row.basis == MedicationItem.Basis.COURSE) != (row.course_days is not None):
        raise Invalid.field(
            f"medications.{index}.course_days", "A course says over how many days; a single dose does not."
        )
    if row.prescriber_id is None:
        row.prescriber_id = prescriber_id
    return row


@dataclass(frozen=True)
class Earlier:
    """An item of an earlier version: what it was and of what, and whether it is followed now."""

    model: type[Item]
    of: Any
    followed: bool


@dataclass(frozen=True)
class Known:
    """What the items of a version are held against: those of earlier versions by their ids, and what is in use here."""

    earlier: Mapping[UUID, Earlier]
    shelf: Shelf

    def in_use(self, target: Medicine | Intervention) -> bool:
        """Whether it is neither retired nor hidden here."""
        here = self.shelf.here(target)
        return not (here.retired or here.hidden_here)


def _earlier(plan: TreatmentPlan | None, items: Sequence[Mapping[str, Any]]) -> dict[UUID, Earlier]:
    """Of the items that are named by their ids, those that earlier versions of the plan had."""
    named = [item["item_id"] for item in items if item.get("item_id") is not None]
    found: dict[UUID, Earlier] = {}
    if plan is None or not named:
        return found
    for model, of in ((MedicationItem, "medicine_id"), (InterventionItem, "intervention_id"), (Goal, "goal_id")):
        rows = model.objects.filter(version__plan=plan, item_id__in=named).values_list("item_id", of, "version__state")
        for item_id, what, state in rows:
            followed = state == PlanVersion.State.ACTIVE or (item_id in found and found[item_id].followed)
            found[item_id] = Earlier(model, what, followed)
    return found


def _hold(row: Item, values: Mapping[str, Any], known: Known, where: str, of: str | None) -> None:
    try:
        # The version that it will belong to is not there yet.
        row.hold_to_rules(only={field.name for field in row._meta.concrete_fields} - {"version"})
    except Invalid as error:
        raise Invalid(error.detail, errors={f"{where}.{name}": rule for name, rule in error.errors.items()}) from None
    before = known.earlier.get(row.item_id) if values.get("item_id") is not None else None
    same = before is not None and before.model is type(row) and (not of or before.of == getattr(row, f"{of}_id"))
    _hold_in_use(row, known, where, of, goes_on=before is not None and same and before.followed)
    if row.stops_on is not None and row.stops_on < row.starts_on:
        raise Invalid.field(f"{where}.stops_on", "The last day lies before the first.")
    if row.stop_reason and row.stops_on is None:
        raise Invalid.field(f"{where}.stop_reason", "Say when it stops, too.")
    if values.get("item_id") is not None and not same:
        raise Invalid.field(
            f"{where}.item_id", "No earlier version of this plan has such an item. Leave it out for a new one."
        )


def _hold_in_use(row: Item, known: Known, where: str, of: str | None, *, goes_on: bool) -> None:
    """Refuse to begin what is not in use here. What is followed already may go on, so that it can be stopped in good order."""
    target: Medicine | Intervention | None = getattr(row, of) if of else None
    if target is not None and not goes_on and not known.in_use(target):
        raise Invalid.field(f"{where}.{of}", f"{target.name} is not in use here any more.")


def _hold_goal(goal: Goal, where: str) -> None:
    whole = (goal.instrument is not None, goal.target is not None, bool(goal.comparison))
    if any(whole) and not all(whole):
        raise Invalid.field(f"{where}.target", "A measured goal has an instrument, a comparison and a target.")


def _hold_ids(content: Content) -> None:
    seen: set[UUID] = set()
    for row in content.items:
        if row.item_id in seen:
            raise Invalid.field("item_id", f"{row.item_id} stands in this version twice.")
        seen.add(row.item_id)


def dosages(rows: Sequence[MedicationItem]) -> dict[str, list[Dosage]]:
    """The dosages of each medicine, of those that have one."""
    found: dict[str, list[Dosage]] = {}
    for row in rows:
        if row.dose is None or row.frequency is None or row.period is None:
            continue
        found.setdefault(row.medicine.code, []).append(
            Dosage(
                medicine=row.medicine.code, dose=row.dose, unit=row.unit, frequency=row.frequency, period=row.period,
                period_unit=row.period_unit, basis=row.basis, course_days=row.course_days, route=row.route,
                starts_on=row.starts_on, stops_on=row.stops_on,
            )
        )  # fmt: skip
    return found
