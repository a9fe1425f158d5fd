"""One dose against every source: a line each, none averaged, none preferred. Standard library and knowledge as values only."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from apps.knowledge.values import Guidance
from apps.plans.dosing.amounts import Taken, cycle_days
from apps.plans.dosing.orders import Body, Dosage
from apps.plans.dosing.quantities import Quantity, arithmetic
from apps.plans.dosing.words import BASES, PERCENT, PERIODS, UNITS, Unit, number

ANYBODY = frozenset({"", "any"})
LATER = frozenset({"taper", "maintenance"})


class Outcome(StrEnum):
    """How a dose stands to what a source says."""

    WITHIN = "within"
    BELOW = "below"
    ABOVE = "above"
    OVER_CAP = "over_cap"
    OTHER_POPULATION = "other_population"
    OTHER_ROUTE = "other_route"
    NOT_COMPARABLE = "not_comparable"
    NOT_ASSESSABLE = "not_assessable"


TOO_MUCH = frozenset({Outcome.ABOVE, Outcome.OVER_CAP})
#: Outcomes that compare the dose with the source.
JUDGED = frozenset({Outcome.WITHIN, Outcome.BELOW, *TOO_MUCH})


@dataclass(frozen=True)
class Line:
    """A dose against one row of guidance. `needs` says which of weight and height is missing; `words` what else is to know."""

    guidance: Guidance
    outcome: Outcome
    arithmetic: str
    citation: str
    words: str = ""
    needs: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The arithmetic with its source."""
        return f"{self.arithmetic} ({self.citation})"


@dataclass(frozen=True)
class Case:
    """What is compared: the dose, the first dose of this medicine, for whom, and in which week of it."""

    dosages: tuple[Dosage, ...]
    first: tuple[Dosage, ...]
    body: Body
    populations: Collection[str]
    weeks: int


@dataclass(frozen=True)
class _Found:
    outcome: Outcome
    arithmetic: str = ""
    needs: tuple[str, ...] = ()
    words: str = ""


def line(row: Guidance, case: Case) -> Line:
    """How the dose stands to one row."""
    dosages = by_route(case.first if row.kind == "start" else case.dosages, row.route)
    found = _compared(row, Taken(dosages, case.body)) if dosages else _Found(Outcome.NOT_COMPARABLE)
    outcome, reason = _bar(row, case, dosages) or (found.outcome, found.words)
    words = ". ".join(part for part in (reason, *_remarks(row, dosages), row.condition) if part)
    return Line(row, outcome, found.arithmetic, row.citation.words, words, found.needs)


def by_route(dosages: Iterable[Dosage], route: str) -> tuple[Dosage, ...]:
    """The dosages that a row for one route speaks of; an order that names no route may be any."""
    return tuple(one for one in dosages if not route or one.route in {"", route})


def _bar(row: Guidance, case: Case, dosages: tuple[Dosage, ...]) -> tuple[Outcome, str] | None:
    """Why the row does not speak of this patient, this route or this time; None when it does."""
    if row.population not in ANYBODY and row.population not in case.populations:
        return Outcome.OTHER_POPULATION, f"Meant for {row.population}"
    if not dosages:
        return Outcome.OTHER_ROUTE, f"Meant for the route {row.route}"
    untimely = _untimely(row, case, dosages)
    return (Outcome.NOT_COMPARABLE, untimely) if untimely else None


def _untimely(row: Guidance, case: Case, dosages: tuple[Dosage, ...]) -> str:
    if row.kind == "start" and case.weeks > 0:
        return f"Says what to begin with; this is week {case.weeks}"
    if row.kind == "pulse" and not any(one.basis == "course" or one.route == "iv" for one in dosages):
        return "Says what a pulse is; this is none"
    if row.after_weeks is not None and case.weeks < row.after_weeks:
        return f"Holds from week {row.after_weeks} on; this is week {case.weeks}"
    if row.kind in LATER and row.after_weeks is None and case.weeks == 0:
        return "Holds after the beginning"
    return ""


def _compared(row: Guidance, taken: Taken) -> _Found:
    if row.low is None and row.high is None:
        return _Found(Outcome.NOT_COMPARABLE, words="Gives no dose")
    if row.unit == PERCENT:
        return _strength(row, taken)
    unit, amount = UNITS.get(row.unit), on_basis(row, taken)
    if unit is None:
        return _Found(Outcome.NOT_COMPARABLE, words=f"“{row.unit}” is not compared")
    if amount is None:
        return _Found(
            Outcome.NOT_COMPARABLE, words=f"The source speaks of an amount{BASES[row.basis].replace('/', ' a ')}"
        )
    return _judged(row, unit, amount, taken.body)


def on_basis(row: Guidance, taken: Taken) -> Quantity | None:
    """What is taken on the basis that the row speaks of; None where that cannot be said.

    A course is not spread over its period to be compared with what is taken daily, but under a limit it is: the average
    must not pass it either.
    """
    if not taken.weighed:
        return None
    if row.basis in {"dose", "course"}:
        return taken.dose if row.basis == "dose" else taken.cycle
    if row.kind == "pulse" and row.basis == "day":
        return taken.given_day
    if row.kind != "limit" and all(one.basis == "course" for one in taken.weighed):
        return None
    return taken.day if row.basis == "day" else taken.week


def _strength(row: Guidance, taken: Taken) -> _Found:
    if taken.percent is None:
        return _Found(Outcome.NOT_COMPARABLE, words="The source speaks of a strength")
    outcome = _outcome(row, taken.percent)
    return _Found(outcome, f"{number(taken.percent, (row_bound(row.low), row_bound(row.high)))} %; {bounds(row)}")


def _judged(row: Guidance, unit: Unit, amount: Quantity, body: Body) -> _Found:
    value = _in(amount, unit, body)
    cap = UNITS.get(row.cap_unit)
    capped = _in(amount, cap, body) if cap else None
    needs = amount.lacks(unit.per, body) if value is None else ()
    outcome = _outcome(row, value, capped)
    said = arithmetic(amount, unit, row.basis, body, (row_bound(row.low), row_bound(row.high)))
    if outcome is Outcome.OVER_CAP and cap:
        said = arithmetic(amount, cap, row.basis, body, (row_bound(row.cap_low), row_bound(row.cap_high)))
    return _Found(outcome, f"{said}; {bounds(row, unit, body)}", needs)


def _in(amount: Quantity, unit: Unit, body: Body) -> Fraction | None:
    value = amount.said(unit.per, body)
    return None if value is None else value / unit.milligrams


def row_bound(value: object) -> Fraction | None:
    """A bound of a row as an exact number."""
    return None if value is None else Fraction(str(value))


def ceiling(row: Guidance) -> Fraction | None:
    """The cap: the upper one where the source gives a range of caps."""
    return row_bound(row.cap_high if row.cap_high is not None else row.cap_low)


def _outcome(row: Guidance, value: Fraction | None, capped: Fraction | None = None) -> Outcome:
    """Exactly at a bound is within. A dose at the cap is not below a range by weight that would go beyond it."""
    low, high, top = row_bound(row.low), row_bound(row.high), ceiling(row)
    over = top is not None and capped is not None and capped > top
    if value is None:
        return Outcome.OVER_CAP if over else Outcome.NOT_ASSESSABLE
    if high is not None and value > high:
        return Outcome.ABOVE
    if over:
        return Outcome.OVER_CAP
    at_cap = top is not None and capped is not None and capped >= top
    short = row.kind != "limit" and low is not None and value < low and not at_cap
    return Outcome.BELOW if short else Outcome.WITHIN


def bounds(row: Guidance, unit: Unit | None = None, body: Body | None = None) -> str:
    """What the row says, and what that is for this body: “the source says 0.75 to 1, that is 61.5 to 82 mg/day”, “at most 5”."""
    low = None if row.kind == "limit" else row_bound(row.low)
    said = _range(low, row_bound(row.high))
    said = said if low is None else f"the source says {said}"
    if unit is not None and unit.per and body is not None:
        own = [_of_body(value, unit, body) for value in (low, row_bound(row.high))]
        if any(value is not None for value in own):
            said += f", that is {_range(own[0], own[1], False)} {Unit(unit.mass).words}{BASES[row.basis]}"
    if ceiling(row) is not None and row.cap_unit in UNITS:
        words = f"{UNITS[row.cap_unit].words}{BASES[row.basis]}"
        said += f", and at most {_range(row_bound(row.cap_low), ceiling(row), False)} {words}"
    return said


def _of_body(value: Fraction | None, unit: Unit, body: Body) -> Fraction | None:
    if value is None:
        return None
    found = Quantity.of(value, unit).said("", body)
    return None if found is None else found / unit.milligrams


def _range(low: Fraction | None, high: Fraction | None, said: bool = True) -> str:
    if low is not None and high is not None:
        return number(low) if low == high else f"{number(low)} to {number(high)}"
    if high is not None:
        return f"{'at most ' if said else ''}{number(high)}"
    return f"{'at least ' if said else ''}{number(low)}" if low is not None else ""


def _remarks(row: Guidance, dosages: tuple[Dosage, ...]) -> list[str]:
    """How the days of a course and the time between two compare; they change no outcome."""
    found = []
    days = course_days(dosages)
    if days is not None and row.course_days_low is not None:
        said = _range(row_bound(row.course_days_low), row_bound(row.course_days_high or row.course_days_low))
        found.append(f"Over {days} {'day' if days == 1 else 'days'}; the source says {said}")
    apart = _apart(dosages)
    if apart is not None and row.interval_low is not None and row.interval_unit in PERIODS:
        found.append(f"Every {number(apart)} days; the source says every {_interval(row)}")
    return found


def _interval(row: Guidance) -> str:
    said = _range(row_bound(row.interval_low), row_bound(row.interval_high or row.interval_low))
    one, many = PERIODS[row.interval_unit]
    return one if said == "1" else f"{said} {many}"


def course_days(dosages: tuple[Dosage, ...]) -> int | None:
    """Over how many days a round is given, the fewest where dosages differ."""
    return min((days for one in dosages if (days := cycle_days(one)) is not None), default=None)


def _apart(dosages: tuple[Dosage, ...]) -> Fraction | None:
    """Days between two rounds, where there are rounds."""
    rounds = [one for one in dosages if one.basis == "course" or one.period_days > 1]
    return min((1 / one.a_day for one in rounds), default=None)
