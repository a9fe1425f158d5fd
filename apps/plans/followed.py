"""The days of one medicine by the versions of plans that were followed: what each says, after what was taken until then.

Standard library and dosages only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise

from apps.plans.dosing import Dosage
from apps.plans.dosing.orders import Stretch, stretches

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Run:
    """A medicine that is taken without a gap: its first day, its last (None: until further notice), since when in this dose."""

    first: date
    last: date | None
    dose_changed_on: date


@dataclass(frozen=True)
class Step:
    """From a day on this was followed: the dosages by medicine. A plan that was stopped is a step without any."""

    followed_on: date
    dosages: Mapping[str, Sequence[Dosage]] = field(hash=False)


def runs(steps: Sequence[Step], on: date | None = None) -> dict[str, Run]:
    """Since when each medicine of the last step is taken without a gap. Without a day as of that step; with it, what has ended
    before that day is left out.
    """
    if not steps:
        return {}
    asked = on or steps[-1].followed_on
    found = {code: _run(line.now, asked, ended=on is None) for code, line in lines(steps).items()}
    return {code: run for code, run in found.items() if run is not None}


@dataclass(frozen=True)
class Line:
    """The stretches of one medicine: those that were over before it was begun again, and those of the step that has it now."""

    over: tuple[Stretch, ...] = ()
    now: tuple[Stretch, ...] = ()
    left_on: frozenset[date] = frozenset()

    def then(self, after: Sequence[Stretch], day: date) -> "Line":
        """The line when a step that says this is followed from a day on."""
        was = [*self.over, *cut(self.now, day)]
        if not after:
            left = {day} if any(one.starts_on <= day <= last_of(one) for one in self.now) else set()
            return Line(tuple(was), left_on=self.left_on | left)
        now = _line(self.now, after, day)
        return Line(tuple(cut(was, now[0].starts_on - DAY)), tuple(now), self.left_on)


def lines(steps: Iterable[Step]) -> dict[str, Line]:
    """The line of every medicine of any step, by code."""
    found: dict[str, Line] = {}
    for step in steps:
        for code in dict.fromkeys([*found, *step.dosages]):
            said = stretches(step.dosages.get(code, ()))
            found[code] = found.get(code, Line()).then(said, step.followed_on)
    return found


def _line(before: Sequence[Stretch], after: Sequence[Stretch], day: date) -> list[Stretch]:
    """The days of one medicine when a version is followed from a day on: what it says, after what was taken until then.

    What the version before had planned and nobody reached does not count, and neither does what lies before a gap.
    """
    old = cut(before, day)
    if not old:
        return list(after)
    # What the new version says about days that the old one was followed on does not undo them; a later beginning holds.
    follows = min(day, last_of(old[-1]) + DAY)
    new = [starting_from(one, follows) if one.starts_on <= old[-1].starts_on else one for one in after]
    new = [one for one in new if one.stops_on is None or one.stops_on >= one.starts_on]
    if not new:
        return list(after)
    old = cut(old, new[0].starts_on - DAY)
    if not old:
        return list(after)
    if last_of(old[-1]) < new[0].starts_on - DAY:
        return new
    earlier = min([old[0].starts_on, *[one.starts_on for one in after if _reaches(one, old[0].starts_on)]])
    return [replace(old[0], starts_on=earlier), *old[1:], *new]


def cut(line: Iterable[Stretch], last: date) -> list[Stretch]:
    """What of it lies on or before a day."""
    return [
        replace(one, stops_on=last if one.stops_on is None else min(one.stops_on, last))
        for one in line if one.starts_on <= last
    ]  # fmt: skip


def starting_from(one: Stretch, day: date) -> Stretch:
    """A stretch without what lies before a day."""
    return replace(one, starts_on=max(one.starts_on, day))


def last_of(one: Stretch) -> date:
    """Its last day; the last of all days when nobody has said."""
    return one.stops_on or date.max


def _reaches(one: Stretch, day: date) -> bool:
    return one.starts_on < day and (one.stops_on is None or one.stops_on >= day - DAY)


def _run(line: Sequence[Stretch], on: date, *, ended: bool) -> Run | None:
    """The run that a day lies in, else the next one; when all have ended the last one, if those count."""
    found = together(line)
    there = next((one for one in found if last_of(one[-1]) >= on), found[-1] if ended and found else None)
    if there is None:
        return None
    changes = [after.starts_on for was, after in pairwise(there) if _dose(was) != _dose(after)]
    changed = max([there[0].starts_on, *[day for day in changes if day <= on]])
    return Run(there[0].starts_on, there[-1].stops_on, changed)


def together(line: Iterable[Stretch]) -> list[list[Stretch]]:
    """The stretches between which no day is missing, together."""
    found: list[list[Stretch]] = []
    for one in line:
        if found and last_of(found[-1][-1]) >= one.starts_on - DAY:
            found[-1].append(one)
        else:
            found.append([one])
    return found


def lying_in(line: Iterable[Stretch], on: date) -> list[Stretch]:
    """The stretches without a gap among which a day lies; empty where it lies in none."""
    return next((run for run in together(line) if run[0].starts_on <= on <= last_of(run[-1])), [])


def _dose(one: Stretch) -> list[tuple[object, ...]]:
    """What is taken in a stretch, whatever the days of each dosage."""
    return sorted(
        (
            (row.dose, row.unit, row.frequency, row.period, row.period_unit, row.basis, row.course_days or 0, row.route)
            for row in one.dosages
        ),
        key=str,
    )
