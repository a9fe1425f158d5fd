"""What a value of knowledge may be, wherever it comes from: a file of an edition, a hospital's own row, or its own value of a
shipped one.
"""

from collections.abc import Callable, Collection, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.common.refusals import Invalid
from apps.knowledge.models import (
    Disagreement,
    Discipline,
    Instrument,
    Intervention,
    Medicine,
    MonitoringSchedule,
    Panel,
    PathwayStep,
    Population,
    ReferralReason,
    Source,
    TherapyGoal,
)

#: The codes (or keys) of one kind of row that may be named.
Known = Callable[[type[models.Model]], Collection[str]]
Check = Callable[[Any, Known], Any]

#: Lists that name rows by their codes. A panel's assessments are of another room and cannot be looked up here.
NAMES: dict[type[models.Model], dict[str, type[models.Model]]] = {
    Panel: {"measures": Instrument, "any_of": Instrument},
    Medicine: {"clashes_with": Medicine},
    Intervention: {"disciplines": Discipline},
    TherapyGoal: {"measures": Instrument},
    Disagreement: {"medicines": Medicine},
    ReferralReason: {"from_disciplines": Discipline, "panels": Panel},
}

#: What a hospital never says differently: what a row is, where it comes from, its place on a ladder; and what an order is
#: refused or called urgent by, so that no own value switches that off.
FIXED = frozenset(
    {
        "id",
        "code",
        "statements",
        "sources",
        "mark",
        "origin",
        "retired",
        "edition",
        "ordinal",
        "weekly_only",
        "clashes_with",
    }
)

#: Of these kinds a hospital says no more than this differently: what a reason is, and when it suggests itself, stays.
ONLY: dict[type[models.Model], frozenset[str]] = {
    ReferralReason: frozenset({"from_disciplines", "urgency", "target", "question"}),
}


def overridable(model: type[models.Model]) -> dict[str, Any]:
    """The fields of which a hospital may have its own values, by name: neither fixed nor pointing at another row."""
    own = {each.name: each for each in model._meta.concrete_fields if not each.is_relation}
    allowed = ONLY.get(model, own.keys() - FIXED)
    return {name: each for name, each in own.items() if name in allowed}


def checked(model: type[models.Model], name: str, value: Any, known: Known) -> Any:
    """The value as the field keeps it. Raises Invalid, naming the field, for another kind of value or one that names what is
    not there. Numbers that are not whole come as text, so that they stay exact.
    """
    field: Any = model._meta.get_field(name)
    try:
        found = SHAPES[model, name](value, known) if (model, name) in SHAPES else _typed(field, value)
        _hold_named(NAMES.get(model, {}).get(name), found, known)
    except _Wrong as wrong:
        raise Invalid.field(name, str(wrong)) from None
    return found


#: More than any whole number here: of days, weeks, doses, steps. 36,500 days are a hundred years.
LARGEST = 36_500


class _Wrong(Exception):  # noqa: N818 - it says what is wrong
    """A value breaks a rule; the message is the rule."""


def _typed(field: "models.Field[Any, Any]", value: Any) -> Any:
    if value is None:
        if not field.null:
            raise _Wrong("It must not be empty.")
        return None
    if isinstance(field, ArrayField):
        if not isinstance(value, list):
            raise _Wrong("It must be a list.")
        return [_typed(field.base_field, item) for item in value]
    for kind, reader in _READERS:
        if isinstance(field, kind):
            return reader(value)
    raise _Wrong("It cannot be set.")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Wrong("It must be a text; put it into quotes.")
    return value.strip()


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("It must be true or false.")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Wrong("It must be a whole number.")
    if abs(value) > LARGEST:
        raise _Wrong("This number cannot be meant.")
    return value


def _number(value: Any) -> Decimal:
    if isinstance(value, float):
        raise _Wrong("Put the number into quotes, so that it stays exact.")
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise _Wrong("It must be a number.")
    try:
        found = Decimal(value)
    except InvalidOperation:
        raise _Wrong("It must be a number.") from None
    if not found.is_finite():
        raise _Wrong("It must be a number.")
    return found


#: The first kind of field that fits reads the value.
_READERS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (models.BooleanField, _flag),
    (models.DecimalField, _number),
    (models.IntegerField, _whole),
    (models.CharField, _text),
    (models.TextField, _text),
)


def _hold_named(model: type[models.Model] | None, codes: Any, known: Known) -> None:
    if model is None:
        return
    if unknown := set(codes) - set(known(model)):
        raise _Wrong(f"There is no {model._meta.verbose_name} “{min(unknown)}”.")


def _mappings(value: Any, needed: Iterable[str], others: Iterable[str] = ()) -> list[dict[str, Any]]:
    """A list, not empty, of mappings that have exactly these keys."""
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise _Wrong("It must be a list of mappings, with one at least.")
    for item in value:
        if absent := [key for key in needed if key not in item]:
            raise _Wrong(f"“{absent[0]}” is missing in one of them.")
        if unknown := {str(key) for key in item} - {*needed, *others}:
            raise _Wrong(f"“{min(unknown)}” is no key of it.")
    return value


def phases(value: Any, _known: Known) -> list[dict[str, Any]]:
    """The phases of a schedule, ordered by the day they begin on; `every_days` null is once."""
    rows, last = _mappings(value, ("from_day", "every_days")), -1
    for row in rows:
        if _whole(row["from_day"]) <= last:
            raise _Wrong("Phases begin on day 0 or later, each after the one before.")
        if row["every_days"] is not None and _whole(row["every_days"]) < 1:
            raise _Wrong("“every_days” is 1 or more, or null for once.")
        last = row["from_day"]
    return [{"from_day": row["from_day"], "every_days": row["every_days"]} for row in rows]


def options(value: Any, known: Known) -> list[dict[str, Any]]:
    """The options of a step of a pathway, each key of each filled in."""
    found = [_option(row, known) for row in _mappings(value, ("code", "name"), ("medicines", "interventions", "note"))]
    if len({row["code"] for row in found}) < len(found):
        raise _Wrong("Two options have the same code.")
    return found


def _option(row: dict[str, Any], known: Known) -> dict[str, Any]:
    found: dict[str, Any] = {"code": _text(row["code"]), "name": _text(row["name"])}
    for name, model in (("medicines", Medicine), ("interventions", Intervention)):
        codes = row.get(name, [])
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            raise _Wrong(f"“{name}” must be a list of codes.")
        _hold_named(model, codes, known)
        found[name] = list(codes)
    if not (found["medicines"] or found["interventions"]):
        raise _Wrong(f"The option “{found['code']}” names neither a medicine nor an intervention.")
    return {**found, "note": _text(row.get("note", ""))}


def positions(value: Any, known: Known) -> list[dict[str, Any]]:
    """What each source says in a disagreement, each key filled in."""
    found = []
    for row in _mappings(value, ("source", "says"), ("population",)):
        population = row.get("population", Population.ANY.value)
        if population not in Population.values:
            raise _Wrong(f"“{population}” is no population.")
        _hold_named(Source, [_text(row["source"])], known)
        found.append({"source": row["source"], "population": population, "says": _text(row["says"])})
    return found


#: Fields that hold structures, each with its own check.
SHAPES: dict[tuple[type[models.Model], str], Check] = {
    (MonitoringSchedule, "phases"): phases,
    (PathwayStep, "options"): options,
    (Disagreement, "positions"): positions,
}
