"""What every answer needs: the picture, windows of time, exact numbers, and remembering what an answer rests on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from apps.escalation.language import Missing
from apps.escalation.picture import Known, Picture

#: Digits behind the point of what is computed, as many as numbers of criteria have.
SCALE = 10**4
#: The exponents of decimals that need no rounding, which are those of nearly all values.
EXACT = frozenset(range(-4, 4))
MICROSECOND = timedelta(microseconds=1)


def told(value: Fraction | Decimal | int) -> float:
    """A number as CEL compares it, so that every comparison with a number of at most four digits behind the point is exact.

    What has more digits lies between two such numbers and is told as the middle of them: it is never taken for one of its
    neighbours, however close it is.
    """
    if isinstance(value, Decimal) and value.as_tuple().exponent in EXACT:
        return float(value)
    scaled = Fraction(value) * SCALE
    whole = floor(scaled)
    return float(Fraction(whole, SCALE) if scaled == whole else Fraction(2 * whole + 1, 2 * SCALE))


def plain(value: Any) -> str:
    """A value as a person writes it: at most two digits behind the point."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | Fraction):
        return str(value)
    text = f"{float(value):.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass
class Notes:
    """What an answer rests on: facts that speak for themselves and facts that are circumstances; what is said; what is not known.

    `absence`: that something is not there, or that time has passed, is among it. `turns` are moments at which the answer changes
    although nothing is recorded.
    """

    facts: list[Known] = field(default_factory=list)
    context: list[Known] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    turns: list[datetime] = field(default_factory=list)
    absence: bool = False


class Answers:
    """The base of the functions of the language over one picture."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.since: datetime | None = None
        self.opened_at: datetime | None = None
        self.notes = Notes()
        #: Whether anybody wants to read how an answer is said; most are asked only to know whether it holds.
        self.aloud = False

    def note(self, said: str, *facts: Known, context: Sequence[Known] = (), absence: bool = False) -> None:
        """Remember what an answer rests on, and how a person would say it."""
        self.notes.said.append(said)
        self.notes.facts += facts
        self.notes.context += context
        self.notes.absence |= absence

    def unknown(self, what: str) -> Missing:
        """The answer that nothing is known; raise it."""
        self.notes.unknown.append(what)
        return Missing(what)

    def values(self, measure: str) -> list[Known]:
        """All values of an instrument, the most recent first."""
        return self.picture.of("observation", measure)

    def within(self, rows: Sequence[Known], window: str) -> list[Known]:
        """Those in the window. Days compare dates at the site, both ends included; hours compare instants."""
        if not window:
            return list(rows)
        count, picture = int(window[:-1]), self.picture
        if window.endswith("h"):
            return [fact for fact in rows if picture.at - fact.effective_at <= timedelta(hours=count)]
        first = picture.today - timedelta(days=count)
        return [fact for fact in rows if picture.day_of(fact.effective_at) >= first]

    def when(self, moment: datetime) -> str:
        """A moment at the site, as a person writes it; nothing where nobody will read it."""
        if not self.aloud:
            return ""
        local = moment.astimezone(self.picture.zone)
        return f"{local.day} {local:%B %Y}, {local:%H:%M}"

    def dated(self, fact: Known) -> str:
        """A fact with its time."""
        return f"{fact.words} ({self.when(fact.effective_at)})"

    def days_ago(self, fact: Known) -> int:
        """Whole calendar days at the site."""
        return (self.picture.today - self.picture.day_of(fact.effective_at)).days


def named(measure: str, rows: Sequence[Known] = ()) -> str:
    """A measure as a person says it, by its name where a value is there."""
    return rows[0].name if rows else measure.replace("_", " ")


def long(window: str) -> str:
    """A window in words, with a space before it; nothing without one."""
    if not window:
        return ""
    unit = "day" if window.endswith("d") else "hour"
    return f" within {window[:-1]} {unit}{'' if window[:-1] == '1' else 's'}"
