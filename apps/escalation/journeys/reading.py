"""From a file to journeys. Nothing is asked of the database here: names are checked later, by `knowing`."""

from collections.abc import Collection, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from apps.escalation.journeys.model import EXPECTED, STUCK, Expected, Item, Journey, Override, Portrait, Step
from apps.escalation.journeys.nodes import BadJourney, Part, Where, compose, unknown
from apps.escalation.journeys.shapes import SHAPES
from apps.escalation.journeys.timing import timing

NEEDED = ("id", "title", "timezone", "patient", "criteria", "steps")
OPTIONAL = ("kind", "parameters")
SEXES = ("female", "male", "other", "unknown")
SEVERITIES = ("emergency", "urgent", "routine", "info")
#: What may stand beside every record item: for which discipline somebody speaks.
BY = "by"


def read(path: Path, shown: str = "") -> list[Journey]:
    """The journeys of a file: one, or a list of them. `shown` is what the file is called where something is said about it.

    Raises BadJourney with the file, the line and the rule.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadJourney(f"{shown or path}: it cannot be read: {error}") from None
    root = compose(shown or str(path), text)
    parts = root.items("a file of several journeys") if root.is_list else [root]
    found = [_journey(part) for part in parts]
    if not found:
        raise root.bad("there is no journey in it")
    hold_unique(found)
    return found


def hold_unique(journeys: Sequence[Journey]) -> None:
    """Raise BadJourney where two journeys have one id."""
    seen: dict[str, Where] = {}
    for one in journeys:
        if one.id in seen:
            raise one.where.bad(f"the id “{one.id}” is taken: {seen[one.id]}")
        seen[one.id] = one.where


def _journey(part: Part) -> Journey:
    given = part.fields("a journey", needed=NEEDED, optional=OPTIONAL)
    zone = _zone(given["timezone"])
    criteria = _criteria(given["criteria"])
    steps = _steps(given["steps"], zone, criteria)
    patient = _portrait(given["patient"], zone, steps[0])
    _hold_names(steps)
    return Journey(
        part.where, given["id"].text("the id"), given["title"].text("the title"),
        given["kind"].choice("the kind", ("journey", "vector")) if "kind" in given else "journey",
        zone, patient, criteria, _parameters(given.get("parameters"), criteria), steps,
    )  # fmt: skip


def _zone(part: Part) -> ZoneInfo:
    name = part.text("the timezone")
    if name not in available_timezones():
        raise part.bad(f"“{name}” is not a time zone of the IANA database, such as Europe/Berlin")
    return ZoneInfo(name)


def _criteria(part: Part) -> dict[str, Where]:
    found: dict[str, Where] = {}
    for one in part.items("criteria"):
        code = one.text("a criterion")
        if code in found:
            raise one.bad(f"{code} is named twice")
        found[code] = one.where
    return found


def _portrait(part: Part, zone: ZoneInfo, first: Step) -> Portrait:
    given = part.fields("the patient", needed=("sex", "birth_date", "onset"), optional=("phenotype", "diagnosed"))
    born, begins = given["birth_date"].day("birth_date"), first.at.astimezone(zone).date()
    diagnosed = given["diagnosed"].day("diagnosed") if "diagnosed" in given else None
    if born > begins:
        raise given["birth_date"].bad("the patient is born after the first step")
    if diagnosed is not None and not born <= diagnosed <= begins:
        raise given["diagnosed"].bad(
            "the diagnosis lies between birth and the first step; a later one is a record item “diagnosis”"
        )
    phenotype = given.get("phenotype")
    return Portrait(
        given["sex"].choice("sex", SEXES), born, given["onset"].choice("onset", ("adult", "juvenile")),
        SHAPES["phenotype"].of(phenotype, "phenotype", zone) if phenotype else "unclassified", diagnosed,
    )  # fmt: skip


def _parameters(part: Part | None, criteria: Collection[str]) -> tuple[Override, ...]:
    found = []
    for code, values in part.entries("parameters").items() if part is not None else ():
        if code not in criteria:
            raise values.bad(f"{code} is not among this journey's criteria")
        for name, one in values.entries(f"parameters of {code}").items():
            value = one.value(f"parameter {name}")
            if isinstance(value, str):
                raise one.bad(f"parameter {name} is a number, or true or false")
            found.append(Override(one.where, code, name, value))
    return tuple(found)


def _steps(part: Part, zone: ZoneInfo, criteria: Collection[str]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for one in part.items("steps"):
        given = one.fields("a step", needed=("at",), optional=("record", "expect"))
        at = given["at"].moment("at", zone)
        if steps and at <= steps[-1].at:
            raise given["at"].bad("a step lies after the one before it")
        record = tuple(_item(item, zone) for item in given["record"].items("record")) if "record" in given else ()
        _hold_one_plan(record)
        steps.append(Step(one.where, at, record, _expect(given.get("expect"), criteria)))
    if not steps:
        raise part.bad("a journey has at least one step")
    return tuple(steps)


def _hold_one_plan(record: Sequence[Item]) -> None:
    """What a step says about the plan becomes one version, which is followed or is not."""
    planned = [item for item in record if item.kind in {"medication", "intervention"}]
    proposed = [item for item in planned if item.values["state"] == "proposed"]
    if proposed and len(proposed) < len(planned):
        raise proposed[0].where.bad("a step makes one version of the plan: all of it is proposed, or none of it")


def _item(part: Part, zone: ZoneInfo) -> Item:
    given = part.entries("a record item")
    kinds = [name for name in given if name in SHAPES]
    if len(kinds) != 1:
        said = unknown("the record item", next(iter(given), ""), list(SHAPES)) if not kinds else ""
        raise part.bad(said or f"a record item is one thing; here are {' and '.join(kinds)}")
    kind = kinds[0]
    shape = SHAPES[kind]
    takes = {**shape.needed, **shape.optional}
    part.fields(f"“{kind}”", needed=(kind, *shape.needed), optional=(*shape.optional, BY))
    values = {name: take(given[name], name, zone) for name, take in takes.items() if name in given}
    if shape.either and not set(shape.either) & set(values):
        raise part.bad(f"“{kind}” needs “{'” or “'.join(shape.either)}”")
    if kind == "medication":
        values |= _dosage(part, values)
    by = given[BY].text("by") if BY in given else ""
    return Item(part.where, kind, shape.of(given[kind], kind, zone), values, by)


def _dosage(part: Part, values: dict[str, object]) -> dict[str, object]:
    """How often, in plain numbers. A dose says how often; what stops says neither."""
    whole = [name for name in ("dose", "frequency") if name in values]
    if values["state"] == "stopped":
        if whole:
            raise part.bad("what is stopped has no dose")
        return {}
    if len(whole) == 1 or not whole:
        raise part.bad("“medication” needs “dose” and “frequency”")
    found = timing(str(values["frequency"]))
    if found is None:
        raise part.bad("frequency: write daily, weekly, twice daily, 3 times a week, every 4 weeks")
    return {"timing": found}


def _expect(part: Part | None, criteria: Collection[str]) -> dict[str, tuple[Expected, ...]]:
    if part is None:
        return {}
    given = part.fields("expect", optional=EXPECTED)
    return {kind: tuple(_expected(one, kind, criteria) for one in given[kind].items(kind)) for kind in given}


def _expected(part: Part, kind: str, criteria: Collection[str]) -> Expected:
    if not part.is_mapping:
        found = Expected(part.where, part.text("a criterion"))
    else:
        given = part.fields("what is expected", needed=("code",), optional=("key", "severity", "reason"))
        found = Expected(
            part.where, given["code"].text("code"), given["key"].text("key") if "key" in given else None,
            given["severity"].choice("severity", SEVERITIES) if "severity" in given else "",
            given["reason"].text("reason") if "reason" in given else "",
        )  # fmt: skip
    if found.code not in criteria and (kind, found.code) != ("escalated", STUCK):
        raise part.bad(f"{found.code} is not among this journey's criteria")
    return found


def _hold_names(steps: Sequence[Step]) -> None:
    """A fact is named once, before it is corrected or entered in error, and by its own kind."""
    named: dict[str, str] = {}
    for item in (item for step in steps for item in step.record):
        for key in ("correct", "error"):
            name = item.values.get(key)
            if name is not None and named.get(name) != item.kind:
                raise item.where.bad(f"nothing of the kind “{item.kind}” before this has the id “{name}”")
        name = item.values.get("id")
        if name is not None and name in named:
            raise item.where.bad(f"the id “{name}” is taken in this journey")
        if name is not None:
            named[name] = item.kind
