"""What was expected against what happened. Pure: two frozen values in, a readable difference out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from apps.escalation.journeys.events import Event, Standings, Unknown, open_of
from apps.escalation.journeys.model import (
    CLEARED,
    ESCALATED,
    EVIDENCE,
    EXHAUSTIVE,
    OPENED,
    UNKNOWN,
    UPGRADED,
    WITHDRAWN,
    Expected,
    Journey,
    Step,
)
from apps.escalation.language import FAULT

#: What was to happen, and what did happen, as one says it.
TO = {
    OPENED: "is to open", UPGRADED: "is to press harder", EVIDENCE: "is to have more evidence", CLEARED: "is to clear",
    WITHDRAWN: "is to be withdrawn", ESCALATED: "is to be asked of the next person",
}  # fmt: skip
DID = {
    OPENED: "opened", UPGRADED: "pressed harder", EVIDENCE: "had more evidence", CLEARED: "cleared",
    WITHDRAWN: "was withdrawn", ESCALATED: "was asked of the next person",
}  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """How things stood when a step was over: every escalation, and what could not be judged."""

    at: datetime
    rows: Standings
    unknown: Sequence[Unknown] = ()


@dataclass(frozen=True)
class Played:
    """What came of playing a journey: everything that happened, in order, how it stood after each step, and what failed at any
    look, also between two steps.
    """

    events: Sequence[Event] = ()
    moments: Sequence[Moment] = field(default_factory=list)
    faults: Sequence[str] = ()


def when(at: datetime, zone: ZoneInfo) -> str:
    """A time as a journey writes it, with the day of the week."""
    return f"{at.astimezone(zone):%Y-%m-%d %a %H:%M}"


def compare(journey: Journey, played: Played) -> str:
    """What differs, line by line; empty when all is as expected."""
    lines = [f"a fault, which fails any journey: {fault}" for fault in played.faults]
    since: datetime | None = None
    for number, (step, moment) in enumerate(zip(journey.steps, played.moments, strict=True), start=1):
        here = [event for event in played.events if (since is None or event.at > since) and event.at <= step.at]
        lines += _between(number, [event for event in here if event.at < step.at], journey.zone)
        if found := _step(step, here, moment, journey.zone):
            lines.append(f"step {number}, {when(step.at, journey.zone)} ({step.where}):")
            lines += [f"  {line}" for line in found]
        since = step.at
    return "\n".join(lines)


def _between(number: int, events: Sequence[Event], zone: ZoneInfo) -> list[str]:
    """What nobody expects: the clock alone brought it, at a time that no step names."""
    lines = []
    for event in events:
        if event.kind in EXHAUSTIVE:
            lines.append(f"{when(event.at, zone)}, before step {number} and at no step:")
            lines += [f"  not expected: {line}" for line in _told(event)]
    return lines


def _step(step: Step, events: Sequence[Event], moment: Moment, zone: ZoneInfo) -> list[str]:
    lines: list[str] = []
    for kind in (OPENED, UPGRADED, CLEARED, WITHDRAWN):
        lines += _exhaustive(kind, step, [event for event in events if event.at == step.at], moment, zone)
    for kind in (EVIDENCE, ESCALATED):
        lines += _where_given(kind, step, [event for event in events if event.kind == kind], moment, zone)
    return lines + _unknown(step, moment)


def _exhaustive(kind: str, step: Step, events: Sequence[Event], moment: Moment, zone: ZoneInfo) -> list[str]:
    left = [event for event in events if event.kind == kind]
    lines = []
    for expected in step.expect.get(kind, ()):
        found = next((event for event in left if fits(event, expected)), None)
        if found is None:
            lines += _absent(kind, expected, left, moment, zone)
        else:
            left.remove(found)
    return lines + [f"not expected: {line}" for event in left for line in _told(event)]


def _where_given(kind: str, step: Step, events: Sequence[Event], moment: Moment, zone: ZoneInfo) -> list[str]:
    """What is named must have happened since the step before; where nothing is named in it, nothing may have."""
    wanted = step.expect.get(kind)
    if wanted is None:
        return []
    if not wanted:
        return [f"not expected: {line}" for event in events for line in _told(event)]
    lines = []
    for expected in wanted:
        if not any(fits(event, expected) for event in events):
            lines += _absent(kind, expected, events, moment, zone)
    return lines


def fits(event: Event, expected: Expected) -> bool:
    """Whether this is what was expected, in all that it names. The reason may stand in the reason or in the explanation."""
    said = f"{event.reason}\n{event.words}".casefold()
    return (
        event.code == expected.code
        and expected.key in {None, event.key}
        and expected.severity in {"", event.severity}
        and expected.reason.casefold() in said
    )


def _absent(kind: str, expected: Expected, events: Sequence[Event], moment: Moment, zone: ZoneInfo) -> list[str]:
    """What was expected and did not happen, with what happened instead, or why nothing did."""
    line = f"{expected.words} {TO[kind]} ({expected.where})"
    near = [event for event in events if event.code == expected.code]
    if near:
        return [line, *[f"  it is otherwise: {said}" for event in near for said in _told(event)]]
    return [line, f"  it did not: {_why_not(kind, expected, moment, zone)}"]


def _why_not(kind: str, expected: Expected, moment: Moment, zone: ZoneInfo) -> str:
    rows = open_of(moment.rows, expected.code, expected.key)
    if kind == OPENED and rows:
        return f"one is open since {when(rows[0].opened_at, zone)}"
    if kind != OPENED and not rows:
        return "none is open"
    missing = [one for row in moment.unknown if row.code == expected.code for one in row.missing]
    if kind in {OPENED, UPGRADED, EVIDENCE} and missing:
        return f"it is not assessable: missing {'; '.join(missing)}"
    return "its condition does not hold" if kind != ESCALATED else "nobody else was asked"


def _unknown(step: Step, moment: Moment) -> list[str]:
    lines = [f"{row.code} could not be judged: {FAULT}" for row in moment.unknown if FAULT in row.missing]
    wanted = step.expect.get(UNKNOWN)
    if wanted is None:
        return lines
    if not wanted:
        return [*lines, *[f"not expected: {row.words}" for row in moment.unknown]]
    for expected in wanted:
        rows = [row for row in moment.unknown if row.code == expected.code and expected.key in {None, row.key}]
        if not any(_plain(expected.reason) in _plain(row.words) for row in rows):
            lines.append(f"{expected.words} is to be not assessable ({expected.where})")
            lines += [f"  it is otherwise: {row.words}" for row in rows] or ["  it is not: it was judged"]
    return lines


def _plain(text: str) -> str:
    """Codes are shown as words: spo2_rest_ra as “spo2 rest ra”."""
    return text.replace("_", " ").casefold()


def _told(event: Event) -> list[str]:
    """One event, the first line saying what, the others why."""
    key = f" for {event.key}" if event.key else ""
    severity = f" ({event.severity})" if event.severity and event.kind in {OPENED, UPGRADED} else ""
    first, *more = [line for line in (event.reason, *event.words.splitlines()) if line] or [""]
    said = f"{event.code}{key} {DID.get(event.kind, event.kind)}{severity}"
    return [f"{said}: {first}" if first else said, *[f"  {line}" for line in more]]
