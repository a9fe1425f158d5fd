"""How two versions of a plan differ, in words that a person reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.accounts.models import User
from apps.plans import comparing
from apps.plans.models import Item, MedicationItem
from apps.plans.operations.content import Content
from apps.plans.reading import title

#: The fields of items in words that a person reads; a field that is not here is shown by its own name.
NAMES = {
    "starts_on": "from", "stops_on": "last day", "stop_reason": "why it stops", "frequency": "times", "period": "in each",
    "period_unit": "days, weeks or months", "course_days": "days of a course", "basis": "dose is meant",
    "line": "line of therapy", "comparison": "at least or at most", "instrument": "measure", "due_on": "until",
    "start_value": "at the start",
}  # fmt: skip
#: Where items of a kind are found in a version, and what they are called.
KINDS = {"medications": "medicine", "interventions": "intervention", "goals": "goal"}


@dataclass(frozen=True)
class Difference:
    """One thing that differs between two versions: an item that came or went, or a field of one."""

    kind: str
    item_id: str
    what: str
    change: str
    field: str = ""
    name: str = ""
    before: str | None = None
    after: str | None = None


def differences(one: Content, other: Content) -> list[Difference]:
    """How a version differs from an earlier one, item by item and field by field, in words."""
    before, after = one.plain(), other.plain()
    rows = {str(row.item_id): row for row in [*one.items, *other.items]}
    people = _people([*one.medications, *other.medications])
    found: list[Difference] = []
    for kind, called in KINDS.items():
        result = comparing.compare(before[kind], after[kind])
        for change, items in (("added", result.added), ("removed", result.removed)):
            ids = [str(item["item_id"]) for item in items]
            found += [Difference(called, pk, title(rows[pk]), change) for pk in ids]
        found += [_changed(called, rows[change.item], change, people) for change in result.changed]
    return found


def _people(rows: Sequence[MedicationItem]) -> dict[Any, str]:
    ids = {row.prescriber_id for row in rows if row.prescriber_id is not None}
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))


def _changed(called: str, row: Item, change: comparing.Changed, people: Mapping[Any, str]) -> Difference:
    name = NAMES.get(change.field, change.field.replace("_", " "))
    before, after = (_said(row, change.field, value, people) for value in (change.before, change.after))
    return Difference(called, change.item, title(row), "changed", change.field, name, before, after)


def _said(row: Item, field: str, value: Any, people: Mapping[Any, str]) -> str | None:
    """A value as a person reads it."""
    if value in (None, ""):
        return None
    if value in people:
        return people[value]
    if isinstance(value, int | Decimal):
        return str(comparing.canonical(value))
    choices: dict[Any, Any] = dict(getattr(row._meta.get_field(field), "flatchoices", None) or ())
    return str(choices.get(value, value))
