"""The knowledge that holds at this hospital now, as plain values for the pure modules that compute with it."""

from dataclasses import replace
from typing import Any

from apps.knowledge import models, values
from apps.knowledge.shelf import Shelf, shelf

_kept: tuple[Shelf, values.Catalogue, values.Catalogue] | None = None


def catalogue() -> values.Catalogue:
    """What holds now: shipped rows and a hospital's own, with its own values in their place.

    What is retired or hidden is left out, and with it everything about it. Within a transaction that changed something the change
    is seen. One query when nothing changed since the last use.
    """
    return _both()[1]


def everything() -> values.Catalogue:
    """What holds now, and the medicines that are `out_of_use` here with what was last known about their doses: for checking what
    somebody still takes. One query, as for `catalogue`.
    """
    return _both()[2]


def _both() -> tuple[Shelf, values.Catalogue, values.Catalogue]:
    global _kept  # noqa: PLW0603 - one reference, replaced whole
    now, kept = shelf(), _kept
    if kept is None or kept[0] is not now:
        found = _catalogue(now)
        _kept = kept = (now, found, _with_the_rest(now, found))
    return kept


def citation(row: Any) -> values.Citation:
    """Where a row of the shelf comes from."""
    return values.Citation(
        code=row.code, statements=tuple(row.statements), sources=tuple(row.sources), mark=row.mark, note=row.note,
        local=row.local, shipped=dict(row.shipped_values),
    )  # fmt: skip


def _catalogue(now: Shelf) -> values.Catalogue:
    medicines = {row.code: medicine(row) for row in now.offered(models.Medicine)}
    return values.Catalogue(
        edition=now.edition,
        medicines=medicines,
        panels={row.code: panel(row) for row in now.offered(models.Panel)},
        guidance=tuple(guidance(row) for row in now.offered(models.DoseGuidance)),
        requirements=tuple(requirement(row) for row in now.offered(models.Prerequisite)),
        schedules=tuple(schedule(row) for row in now.offered(models.MonitoringSchedule)),
        windows=tuple(window(row) for row in now.offered(models.ResponseWindow)),
        steps=tuple(step(row) for row in now.offered(models.PathwayStep)),
    )


def _with_the_rest(now: Shelf, found: values.Catalogue) -> values.Catalogue:
    rest = {row.code: medicine(row) for row in now.all(models.Medicine) if row.code not in found.medicines}
    about = [row for row in now.all(models.DoseGuidance) if row.medicine.code in rest and not row.hidden_here]
    return replace(
        found, medicines={**found.medicines, **rest}, out_of_use=frozenset(rest),
        guidance=(*found.guidance, *(guidance(row) for row in about)),
    )  # fmt: skip


def _same(kind: type[Any], row: Any, *left: str) -> dict[str, Any]:
    """The values of the fields that a row and a value have by the same name, lists as tuples; without those `left` out."""
    names = [name for name in kind.__dataclass_fields__ if name not in {*left, "citation"}]
    found = {name: getattr(row, name) for name in names}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}


def medicine(row: models.Medicine) -> values.Medicine:
    """A medicine."""
    return values.Medicine(**_same(values.Medicine, row), citation=citation(row))


def panel(row: models.Panel) -> values.Panel:
    """A panel."""
    return values.Panel(**_same(values.Panel, row), citation=citation(row))


def guidance(row: models.DoseGuidance) -> values.Guidance:
    """What one source says about a dose."""
    same = _same(values.Guidance, row, "medicine")
    return values.Guidance(medicine=row.medicine.code, **same, citation=citation(row))


def requirement(row: models.Prerequisite) -> values.Requirement:
    """What has to be there before a medicine."""
    return values.Requirement(
        **_same(values.Requirement, row, "medicine", "panel", "beside"),
        medicine=row.medicine.code,
        panel=panel(row.panel) if row.panel is not None else None,
        beside=medicine(row.beside) if row.beside is not None else None,
        citation=citation(row),
    )


def schedule(row: models.MonitoringSchedule) -> values.Schedule:
    """How often a panel is due."""
    return values.Schedule(
        **_same(values.Schedule, row, "medicine", "panel", "phases"),
        medicine=row.medicine.code if row.medicine is not None else "",
        panel=panel(row.panel),
        phases=tuple(values.Phase(**phase) for phase in row.phases),
        citation=citation(row),
    )


def window(row: models.ResponseWindow) -> values.Window:
    """When one looks at the response."""
    code = row.medicine.code if row.medicine is not None else ""
    return values.Window(medicine=code, **_same(values.Window, row, "medicine"), citation=citation(row))


def step(row: models.PathwayStep) -> values.Step:
    """A rung of a pathway."""
    return values.Step(pathway=row.pathway.code, **_same(values.Step, row, "pathway"), citation=citation(row))
