"""At which moments a patient's history is looked at: as often as the installation would have, less the mornings at which nothing
can have changed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from math import ceil
from zoneinfo import ZoneInfo

from apps.escalation import language
from apps.escalation.language import FLAGS, VOCABULARY, Call, asks_about_medicines
from apps.escalation.picture import History

MORNING = time(6)
DAY = timedelta(days=1)
ADULT = 18
HOURS_A_DAY = 24
FEBRUARY, LEAP_DAY = 2, 29


@dataclass(frozen=True)
class Clock:
    """How the mere passing of time can change what expressions say: `always`, on any morning; else for so many `days` after
    something came to be known, for which windows last.
    """

    always: bool = False
    days: int = 0

    def __or__(self, other: "Clock") -> "Clock":
        return Clock(self.always or other.always, max(self.days, other.days))


def clock_of(text: str, spans: Mapping[str, str]) -> Clock:
    """That of one expression; `spans` are the parameters that are spans of time, by name."""
    found = Clock()
    for call in language.program(text).calls:
        found |= _clock(call, spans)
    return found


def _clock(call: Call, spans: Mapping[str, str]) -> Clock:
    flag = FLAGS.get(call.name)
    absence = flag.absence if flag is not None else VOCABULARY[call.name].absence
    windows = [spans.get(one.removeprefix("p."), one) for one in call.arguments]
    windows += [window for _, _, window in flag.looks_at] if flag is not None else []
    days = [_days(one) for one in windows if language.WINDOW.match(one)]
    return Clock(absence or asks_about_medicines(call), max(days, default=0))


def _days(window: str) -> int:
    count = int(window[:-1])
    return count if window.endswith("d") else ceil(count / HOURS_A_DAY)


@dataclass(frozen=True)
class Moment:
    """A time at which somebody would have looked; `changed`: what is known may be another than at the look before."""

    at: datetime
    changed: bool


def moments(
    history: History, clock: Clock, *, registered_at: datetime, since: datetime, until: datetime,
    turns: Iterable[datetime] = (),
) -> Iterator[Moment]:  # fmt: skip
    """In order and each once, up to and including `until`. Before `since` only what came to be known: how it stood at the
    beginning is to be known, and not on which morning of the past that began. Nobody looks before there was a record. At
    `turns`, such as the end of a mute, somebody looks as well.
    """
    begin = min([registered_at, *history.moments[:1]])
    changes = sorted(one for one in {*_changes(history), *turns, registered_at, since} if begin <= one <= until)
    for change, following in zip_longest(changes, changes[1:]):
        yield Moment(change, changed=True)
        if change >= since:
            for morning in _mornings(change, following, clock, history.person.zone, until):
                yield Moment(morning, changed=False)


def _changes(history: History) -> Iterable[datetime]:
    """When something came to be known, began or ended by itself, or could be told from then on."""
    yield from history.moments
    yield from (fact.effective_at for fact in history.facts if fact.effective_at > fact.recorded_at)
    for one in history.targets:
        yield one.starts_at
        if one.ends_at is not None:
            yield one.ends_at
    yield _six(_birthday(history.person.birth_date, ADULT), history.person.zone)


def _mornings(
    after: datetime, before: datetime | None, clock: Clock, zone: ZoneInfo, until: datetime
) -> Iterator[datetime]:
    """06:00 at the site, day by day, from a change until the next one."""
    end = until if before is None else min(before, until)
    last = end if clock.always else min(end, after + (clock.days + 1) * DAY) if clock.days else after
    day = after.astimezone(zone).date()
    while (morning := _six(day, zone)) <= last:
        if after < morning and (before is None or morning < before):
            yield morning
        day += DAY


def _six(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, MORNING, tzinfo=zone)


def _birthday(born: date, age: int) -> date:
    leap = (born.month, born.day) == (FEBRUARY, LEAP_DAY)
    return date(born.year + age, born.month, born.day) if not leap else date(born.year + age, FEBRUARY + 1, 1)
