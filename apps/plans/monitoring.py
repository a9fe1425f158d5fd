"""Which panels are due when, and why. Standard library and knowledge as values only.

A panel is due when the interval in force has passed since it was done last, or since what it watches began; it is overdue when
the days of grace have passed, too: done 35 days ago under 30 days and 5 of grace it is not overdue, 36 days ago it is.
What is wanted from a later day on has to be there on that day: eyes yearly from day 1826 on are overdue on day 1826.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from apps.knowledge.values import Panel, Phase, Schedule
from apps.plans.panels import Facts, last_done

ANY_SCHEME = "both"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Running:
    """A medicine that is taken: since when, since when in this dose, and its last day (None: until further notice)."""

    medicine: str
    klass: str
    immunosuppressant: bool
    started_on: date
    stopped_on: date | None = None
    dose_changed_on: date | None = None

    def runs_on(self, day: date) -> bool:
        """Whether it is taken on a day; after its last day its monitoring ends."""
        return self.started_on <= day and (self.stopped_on is None or day <= self.stopped_on)


@dataclass(frozen=True)
class Due:
    """When a panel is due next. Of several reasons the one that is due first counts; `why` names all of them.

    `why` is a list of {words, citation, every_days}. `overdue_from` is the first day on which it is overdue.
    """

    panel: Panel
    schedules: tuple[Schedule, ...]
    every_days: int | None
    last_on: date | None
    next_on: date
    overdue_from: date
    why: list[dict[str, Any]] = field(hash=False)

    def overdue(self, on: date) -> bool:
        """Whether it is overdue on a day, if it is not done until then."""
        return on >= self.overdue_from


@dataclass(frozen=True)
class _Cause:
    """What a schedule is counted from: in words, the day it began, and for a medicine since when in this dose."""

    words: str
    began_on: date
    treatment: bool = False
    changed_on: date | None = None


@dataclass(frozen=True)
class _Next:
    """When a panel is due by one schedule, the first day on which it is overdue, and the interval that says so."""

    next_on: date
    overdue_from: date
    every_days: int | None


@dataclass(frozen=True)
class _Reason:
    schedule: Schedule
    cause: _Cause
    due: _Next

    @property
    def plain(self) -> dict[str, Any]:
        return {"words": self.cause.words, "citation": self.schedule.citation.words, "every_days": self.due.every_days}


@dataclass(frozen=True)
class _Patient:
    running: Sequence[Running]
    phenotypes: Collection[str]
    has_ild: bool
    ild_since: date | None
    ild_risk: bool
    diagnosed_on: date | None


def dues(
    running: Sequence[Running],
    *,
    phenotype: str,
    populations: Collection[str],
    has_ild: bool,
    ild_since: date | None,
    ild_risk: bool,
    diagnosed_on: date | None,
    schedules: Iterable[Schedule],
    scheme: str,
    flags: Collection[str],
    done: Facts,
    on: date,
) -> list[Due]:
    """What is due for a patient by the schedules of a scheme, one line a panel, the earliest first.

    `flags` are the conditions that hold, such as hcq_risk; `done` is what was done last, of which what lies after `on` does not
    count. A schedule of the disease cannot be counted without the date of the diagnosis (or, of lung disease, since when it is
    known) and is left out.
    """
    taken = [one for one in running if one.runs_on(on)]
    patient = _Patient(taken, {phenotype, *populations}, has_ild, ild_since, ild_risk, diagnosed_on)
    found: dict[str, list[_Reason]] = {}
    for schedule in schedules:
        if schedule.scheme in {scheme, ANY_SCHEME} and (not schedule.condition or schedule.condition in flags):
            last = last_done(schedule.panel, done, on)
            found.setdefault(schedule.panel.code, []).extend(_reasons(schedule, patient, last))
    lines = [_due(reasons, last_done(reasons[0].schedule.panel, done, on)) for reasons in found.values() if reasons]
    return sorted(lines, key=lambda one: (one.next_on, one.panel.code))


def _due(reasons: Sequence[_Reason], last: date | None) -> Due:
    first = min(reasons, key=lambda one: (one.due.next_on, one.due.overdue_from))
    why = [one.plain for one in reasons]
    return Due(
        panel=first.schedule.panel, schedules=tuple(dict.fromkeys(one.schedule for one in reasons)), last_on=last,
        every_days=first.due.every_days, next_on=first.due.next_on, overdue_from=min(one.due.overdue_from for one in reasons),
        why=[one for index, one in enumerate(why) if one not in why[:index]],
    )  # fmt: skip


def _reasons(schedule: Schedule, patient: _Patient, last: date | None) -> Iterator[_Reason]:
    for cause in _causes(schedule, patient):
        found = _next(schedule, cause, last)
        if found is not None:
            yield _Reason(schedule, cause, found)


def _causes(schedule: Schedule, patient: _Patient) -> list[_Cause]:
    """Why the schedule holds for this patient: each medicine that it is for, or the disease."""
    match schedule.reason:
        case "medicine":
            return [_of(one) for one in patient.running if one.medicine == schedule.medicine]
        case "klass":
            return [_of(one) for one in patient.running if one.klass == schedule.klass]
        case "immunosuppressed":
            return [_of(one) for one in patient.running if one.immunosuppressant]
        case "everybody":
            return _since("diagnosis", patient.diagnosed_on)
        case "phenotype":
            name = schedule.phenotype.replace("_", " ")
            return _since(f"{name} disease", patient.diagnosed_on) if schedule.phenotype in patient.phenotypes else []
        case _:
            return _of_lung(schedule, patient)


def _of_lung(schedule: Schedule, patient: _Patient) -> list[_Cause]:
    """Lung disease, or only the risk of it: whoever has it is watched for it and no longer for the risk."""
    if schedule.reason == "ild" and patient.has_ild:
        return _since("interstitial lung disease", patient.ild_since or patient.diagnosed_on)
    if schedule.reason == "ild_risk" and patient.ild_risk and not patient.has_ild:
        return _since("risk of interstitial lung disease, diagnosis", patient.diagnosed_on)
    return []


def _of(one: Running) -> _Cause:
    return _Cause(f"{one.medicine.replace('_', ' ')} since {one.started_on}", one.started_on, True, one.dose_changed_on)


def _since(words: str, day: date | None) -> list[_Cause]:
    return [] if day is None else [_Cause(f"{words} since {day}", day)]


def _next(schedule: Schedule, cause: _Cause, last: date | None) -> _Next | None:
    """When it is due next; None when it was to be done once and was.

    What watches a medicine is counted from its beginning at the earliest: what was done before is a baseline. What watches
    the disease counts whenever it was done.
    """
    known = last or cause.began_on
    base = max(known, cause.began_on) if cause.treatment else known
    if schedule.anchor != "dose_change" or cause.changed_on is None:
        return _by_phases(schedule, cause.began_on, base, last)
    found = _by_phases(schedule, cause.changed_on, max(base, cause.changed_on), last)
    longest = max((phase.every_days for phase in schedule.phases if phase.every_days is not None), default=None)
    if found is None or longest is None:
        return found
    # A change of dose may bring the next time nearer; it never puts off for ever what was due anyway.
    return min(found, _after(base, longest, schedule.grace_days), key=lambda one: one.next_on)


def _by_phases(schedule: Schedule, anchor: date, base: date, last: date | None) -> _Next | None:
    """What the first phase asks for that asks for anything in its own time. A shorter phase cuts a longer one before it."""
    ordered = sorted(schedule.phases, key=lambda one: one.from_day)
    for index, phase in enumerate(ordered):
        begins = anchor + timedelta(days=phase.from_day)
        ends = anchor + timedelta(days=ordered[index + 1].from_day) if index + 1 < len(ordered) else None
        found = _in_phase(phase, begins, base, last, schedule.grace_days)
        if found is not None and (ends is None or found.next_on < ends):
            return found
    return None


def _in_phase(phase: Phase, begins: date, base: date, last: date | None, grace: int) -> _Next | None:
    """A phase from the first day on counts its interval from there. One that begins later wants it to be there when it begins."""
    if phase.every_days is None:
        return _once(phase, begins, last, grace)
    if phase.from_day == 0:
        found = _after(base, phase.every_days, grace)
        return found if found.next_on >= begins else _due_on(begins, grace, phase.every_days)
    if last is None or last + timedelta(days=phase.every_days) < begins:
        return _by(begins, phase, grace)
    return _after(last, phase.every_days, grace)


def _once(phase: Phase, begins: date, last: date | None, grace: int) -> _Next | None:
    """Once: at the beginning, whenever it was done; later, when it was done then, or before it by no more than the grace."""
    if phase.from_day == 0:
        return _due_on(begins, grace, None) if last is None else None
    done = last is not None and last >= begins - timedelta(days=grace)
    return None if done else _by(begins, phase, grace)


def _after(day: date, days: int, grace: int) -> _Next:
    return _due_on(day + timedelta(days=days), grace, days)


def _due_on(day: date, grace: int, every: int | None) -> _Next:
    return _Next(day, day + timedelta(days=grace) + ONE_DAY, every)


def _by(begins: date, phase: Phase, grace: int) -> _Next:
    """Due on the day a phase begins, overdue when the grace is over; without grace due the day before, overdue on that day."""
    overdue = begins + timedelta(days=grace)
    return _Next(min(begins, overdue - ONE_DAY), overdue, phase.every_days)


__all__ = ["Due", "Running", "dues", "last_done"]
