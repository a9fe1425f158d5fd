"""How long people have: spans such as “1 wd”, counted in the site's time zone and working days. Nothing of Django in here.

`min` and `h` are exact and run round the clock; `d` are calendar days; `wd` are working days, Monday to Friday less the
site's holidays, each ending at the same clock time on the next of them, whenever it begins; `same day` ends with the
site's calendar day.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

SAME_DAY = "same day"
_SPAN = re.compile(r"^([1-9][0-9]{0,2}) (min|h|d|wd)\Z")
SATURDAY = 5


class BadSpan(ValueError):  # noqa: N818 - it says what is bad
    """Not a span; the message says how one is written."""


@dataclass(frozen=True)
class Calendar:
    """When a site works."""

    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Whether it is a working day."""
        return day.weekday() < SATURDAY and day not in self.holidays

    def next_working_day(self, day: date) -> date:
        """The first working day after this one."""
        day += timedelta(days=1)
        while not self.works(day):
            day += timedelta(days=1)
        return day


def parse(span: str) -> tuple[int, str]:
    """The number and the unit of a span. Raises BadSpan."""
    if span == SAME_DAY:
        return 0, SAME_DAY
    match = _SPAN.match(span)
    if match is None:
        raise BadSpan(f"“{span}” is no span: write such as “30 min”, “4 h”, “1 wd”, “14 d” or “same day”.")
    return int(match.group(1)), match.group(2)


def after(at: datetime, span: str, calendar: Calendar) -> datetime:
    """When a span that begins at `at` is over. Raises BadSpan."""
    count, unit = parse(span)
    if unit in {"min", "h"}:
        return at + (timedelta(minutes=count) if unit == "min" else timedelta(hours=count))
    local = at.astimezone(calendar.zone)
    if unit == SAME_DAY:
        return _at(local.date() + timedelta(days=1), time(0), calendar)
    day = local.date()
    for _ in range(count):
        day = calendar.next_working_day(day) if unit == "wd" else day + timedelta(days=1)
    return _at(day, local.time(), calendar)


def part(at: datetime, span: str, share: Fraction, calendar: Calendar) -> datetime:
    """When this share of the span is over: half of a working day is half of the working time in it.

    A share above 1 goes on beyond the end in steps of the whole span.
    """
    whole, rest = divmod(share, 1)
    for _ in range(int(whole)):
        at = after(at, span, calendar)
    if not rest:
        return at
    end = after(at, span, calendar)
    if parse(span)[1] != "wd":
        return at + (end - at) * float(rest)
    return _walk(at, end, _working(at, end, calendar) * float(rest), calendar)


def _working(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """How much of the stretch lies on working days."""
    return sum((stop - begin for begin, stop in _stretches(start, end, calendar)), timedelta(0))


def _walk(start: datetime, end: datetime, wanted: timedelta, calendar: Calendar) -> datetime:
    """The moment between the two at which so much working time has passed."""
    for begin, stop in _stretches(start, end, calendar):
        if stop - begin >= wanted:
            return begin + wanted
        wanted -= stop - begin
    return end


def _stretches(start: datetime, end: datetime, calendar: Calendar) -> list[tuple[datetime, datetime]]:
    """The pieces of [start, end) that lie on working days."""
    found, day = [], start.astimezone(calendar.zone).date()
    while (midnight := _at(day, time(0), calendar)) < end:
        following = _at(day + timedelta(days=1), time(0), calendar)
        if calendar.works(day):
            found.append((max(start, midnight), min(end, following)))
        day += timedelta(days=1)
    return found


def _at(day: date, clock: time, calendar: Calendar) -> datetime:
    return datetime.combine(day, clock, tzinfo=calendar.zone).astimezone(ZoneInfo("UTC"))
