"""A backtest as a person reads it: lines of text, the version that was run beside the active one."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

ENDS = {
    "cleared": "ended by its own condition", "closed": "held no longer (taken as closed by a person)",
    "withdrawn": "withdrawn: its facts were wrong", "left": "the patient left care", "open": "still open",
}  # fmt: skip
FIRST, REST = 52, 22
Plain = Mapping[str, Any]
Side = Mapping[str, Any]


def lines(found: Plain, *, who: bool = False) -> Iterator[str]:
    """The result of `Backtest.plain`, as a table; with `who` also the ids of the patients."""
    sides = [side for side in (found["draft"], found["active"]) if side is not None]
    since, until = datetime.fromisoformat(found["since"]), datetime.fromisoformat(found["until"])
    yield f"{sides[0]['version']} over {found['patients']} patients, {since:%Y-%m-%d} to {until:%Y-%m-%d}"
    if found["active"] is None:
        yield "There is no other version that is active."
    yield ""
    yield _row("", [sides[0]["version"], *(f"{side['version']} (active)" for side in sides[1:])])
    yield from _counts(sides)
    yield from _asked(sides)
    yield from _not_assessable(sides)
    yield from _weeks(found["weeks"], sides)
    yield from _difference(found)
    if who:
        yield from _who(sides)
    yield from _caveats(sides)


def _row(name: str, cells: list[Any]) -> str:
    return f"{name:<{FIRST}}" + "".join(f"{cell!s:>{REST}}" for cell in cells)


def _counts(sides: list[Side]) -> Iterator[str]:
    yield _row("would have been opened", [side["opened"] for side in sides])
    yield _row("  for patients", [side["patients"] for side in sides])
    for severity in _names(sides, "severity"):
        yield _row(f"  {severity}", [side["severity"].get(severity, 0) for side in sides])
    yield _row("raised to a higher severity", [side["raised"] for side in sides])
    yield _row("open already when the period began", [side["before"] for side in sides])
    if any(side["held_back"] for side in sides):
        yield _row("patients for whom a mute held it back", [side["held_back"] for side in sides])
    for name, words in ENDS.items():
        if any(side["ends"].get(name) for side in sides):
            yield _row(f"  {words}", [side["ends"].get(name, 0) for side in sides])


def _asked(sides: list[Side]) -> Iterator[str]:
    for kind, words in (("asked", "asked first"), ("told", "told")):
        if names := _names(sides, kind):
            yield ""
            yield f"{words}, a week on average (in the fullest week; in all)"
            for name in names:
                yield _row(f"  {name}", [_often(side[kind].get(name)) for side in sides])


def _often(found: Plain | None) -> str:
    return f"{found['a_week']:g} ({found['most']}; {found['total']})" if found is not None else "0"


def _not_assessable(sides: list[Side]) -> Iterator[str]:
    yield ""
    yield _row("not assessable at the last look, patients", [side["not_assessable"]["patients"] for side in sides])
    missing = [dict(side["not_assessable"]["missing"]) for side in sides]
    for words in dict.fromkeys(words for one in missing for words in one):
        yield _row(f"  missing {words}"[:FIRST], [one.get(words, 0) for one in missing])
    for side in sides:
        for words, count in side["faults"]:
            yield f"FAULT of {side['version']} for {count} patients: {words}"


def _weeks(mondays: list[str], sides: list[Side]) -> Iterator[str]:
    yield ""
    yield "opened by week"
    for index, monday in enumerate(mondays):
        counts = [side["weekly"][index] for side in sides]
        if any(counts):
            yield _row(f"  from {date.fromisoformat(monday):%Y-%m-%d}", counts)


def _difference(found: Plain) -> Iterator[str]:
    if found["difference"] is None:
        return
    yield ""
    for name, side in (("only_draft", found["draft"]), ("only_active", found["active"])):
        only = found["difference"][name]
        yield f"only by {side['version']}: {only['episodes']} for {only['patients']} patients"


def _who(sides: list[Side]) -> Iterator[str]:
    for side in sides:
        yield ""
        yield f"for whom, by {side['version']}:"
        yield from (f"  {one}" for one in side["who"])
        if side["patients"] > len(side["who"]):
            yield f"  and {side['patients'] - len(side['who'])} more"


def _caveats(sides: list[Side]) -> Iterator[str]:
    yield ""
    yield "Asked counts openings and raises; reminders, later rungs of the ladder and added evidence come on top."
    if any(side["ends"].get("closed") for side in sides):
        yield "What only a person ends is taken as closed as soon as it held no longer: people may close later or sooner."


def _names(sides: list[Side], kind: str) -> list[str]:
    return list(dict.fromkeys(name for side in sides for name in side[kind]))
