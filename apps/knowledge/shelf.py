"""All knowledge as it holds here, read once and kept in the process until somebody changes it.

One small query a use asks for the stamp that every change sets; while it stands, nothing else is read. The rows are those of
the models with a hospital's own values in their place: `local` says whether something on a row is the hospital's own,
`shipped_values` what the edition says there, `hidden_here` that it is not used. All threads share them: never change or save one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models

from apps.knowledge.models import (
    Disagreement,
    Discipline,
    DoseGuidance,
    Edition,
    Figure,
    Intervention,
    Medicine,
    MedicineEffect,
    MonitoringSchedule,
    Origin,
    Override,
    Panel,
    Pathway,
    PathwayStep,
    Prerequisite,
    Principle,
    ReferralReason,
    ResponseWindow,
    Shipped,
    Stamp,
    TherapyGoal,
    Verification,
)
from apps.knowledge.rules import overridable

KEPT: tuple[type[Shipped], ...] = (
    Disagreement, Verification, Figure, Principle, Panel, Medicine, MedicineEffect, DoseGuidance, Prerequisite,
    MonitoringSchedule, ResponseWindow, Intervention, Pathway, PathwayStep, TherapyGoal, ReferralReason,
)  # fmt: skip
#: What rows that are kept point at.
POINTED_AT: tuple[type[models.Model], ...] = (*KEPT, Discipline)
#: What is shown about a medicine, by name.
ABOUT: dict[str, type[Shipped]] = {
    "effects": MedicineEffect, "guidance": DoseGuidance, "prerequisites": Prerequisite, "schedules": MonitoringSchedule,
    "windows": ResponseWindow,
}  # fmt: skip
Rows = dict[type[models.Model], dict[UUID, Any]]


@dataclass(frozen=True)
class Shelf:
    """Knowledge under one stamp. Retired and hidden rows are in it, marked; `offered` leaves them out."""

    stamp: UUID | None
    edition: str
    rows: Rows = field(default_factory=dict, hash=False)
    overrides: dict[tuple[str, str], Override] = field(default_factory=dict, hash=False)

    def all(self, model: type[Shipped]) -> list[Any]:
        """Every row of a kind, in the order of the model."""
        return list(self.rows.get(model, {}).values())

    def here(self, row: Any) -> Any:
        """A row as it holds here; one that came after the shelf was filled stands for itself."""
        return self.rows.get(type(row), {}).get(row.pk) or self.dressed(_marked(row, None))

    def of(self, model: type[Shipped], medicine: Medicine) -> list[Any]:
        """The rows of a kind that are about a medicine: its own, and those of its class and of all immunosuppressants."""
        return [row for row in self._present(model) if _concerns(row, medicine)]

    def dressed(self, row: Any) -> Any:
        """A medicine, panel or pathway with `about`: the rows that belong to it, by kind."""
        if isinstance(row, Medicine):
            row.about = {name: self.of(model, row) for name, model in ABOUT.items()}
            disagreements = [each for each in self.all(Disagreement) if row.code in each.medicines and not each.retired]
            row.about["disagreements"] = disagreements
        if isinstance(row, Panel):
            row.about = {"schedules": [each for each in self._present(MonitoringSchedule) if each.panel_id == row.pk]}
        if isinstance(row, Pathway):
            row.about = {"steps": [each for each in self._present(PathwayStep) if each.pathway_id == row.pk]}
        return row

    def _present(self, model: type[Shipped]) -> list[Any]:
        return [row for row in self.all(model) if not row.retired]

    def offered(self, model: type[Shipped]) -> list[Any]:
        """The rows of a kind that hold: neither retired nor hidden, nor about something that is."""
        return [row for row in self.all(model) if all(_stands(part) for part in [row, *_points_at(row)])]

    def find(self, pk: UUID) -> Any | None:
        """The row of any kind with this id."""
        return next((rows[pk] for rows in self.rows.values() if pk in rows), None)


def _stands(row: Any) -> bool:
    return not (row.retired or row.hidden_here)


def _concerns(row: Any, medicine: Medicine) -> bool:
    if row.medicine_id is not None:
        return bool(row.medicine_id == medicine.pk)
    reason = getattr(row, "reason", "")
    return bool(row.klass == medicine.klass or (reason == "immunosuppressed" and medicine.immunosuppressant))


def _pointers(model: type[models.Model]) -> list[str]:
    """The fields by which a kind of row points at another kind that is kept here, or at a discipline."""
    return [own.name for own in model._meta.concrete_fields if own.related_model in POINTED_AT]


def _points_at(row: Any) -> list[Any]:
    found = [getattr(row, name) for name in _pointers(type(row))]
    return [target for target in found if target is not None]


_kept: Shelf | None = None


def shelf() -> Shelf:
    """All knowledge as it holds here now, within this transaction. One query when nothing changed since the last use."""
    global _kept  # noqa: PLW0603 - one reference, replaced whole: threads see the old shelf or the new one
    stamp, kept = _stamp(), _kept
    while kept is None or kept.stamp != stamp or stamp is None:
        filled = _fill(stamp)
        now = _stamp()
        if now == stamp:
            # Nobody changed anything while it was read, so that all of it is of one moment.
            _kept = filled
            return filled
        stamp = now
    return kept


def _stamp() -> UUID | None:
    return Stamp.objects.values_list("value", flat=True).first()


def _fill(stamp: UUID | None) -> Shelf:
    overrides = {(row.kind, row.code): row for row in Override.objects.all()}
    newest = Edition.objects.first()
    rows: Rows = {}
    for model in KEPT:
        kind = str(model._meta.model_name)
        there = model._default_manager.select_related("edition")
        rows[model] = {row.pk: _marked(row, overrides.get((kind, row.code))) for row in there}
    targets: Rows = {**rows, Discipline: {row.pk: row for row in Discipline.objects.effective()}}
    for pointing, kept in rows.items():
        _link(pointing, kept.values(), targets)
    found = Shelf(stamp, newest.code if newest else "", rows, overrides)
    for model in (Medicine, Panel, Pathway):
        for row in found.all(model):
            found.dressed(row)
    return found


def _marked(row: Any, override: Override | None) -> Any:
    """The row with a hospital's own values in place, and what the edition says there beside them."""
    row.local = row.origin == Origin.LOCAL or override is not None
    row.hidden_here = override is not None and override.hidden
    row.shipped_values = {}
    for own in row._meta.concrete_fields:
        if isinstance(own, models.DecimalField):
            setattr(row, own.name, trimmed(getattr(row, own.name)))
    fields = overridable(type(row))
    for name, value in (override.values if override is not None else {}).items():
        if name in fields:
            row.shipped_values[name] = getattr(row, name)
            setattr(row, name, trimmed(fields[name].to_python(value)))
    return row


def trimmed(value: Any) -> Any:
    """A number without the zeros that its column adds: 0.75 and not 0.7500, 60 and not 6E+1."""
    if not isinstance(value, Decimal):
        return value
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def _link(model: type[models.Model], kept: Iterable[Any], targets: Rows) -> None:
    """Let rows point at each other's in-force form, which spares a query for each."""
    for name in _pointers(model):
        field_ = model._meta.get_field(name)
        for row in kept:
            target = targets[field_.related_model].get(getattr(row, field_.attname))  # type: ignore[union-attr, index]
            if target is not None:
                setattr(row, name, target)
