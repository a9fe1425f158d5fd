"""What a patient has taken when, on any day, by the versions of plans that were followed. No Django; knowledge as values only.

Doses are never reckoned here: plans.dosing does that, and averages a schedule over its own period, so that alternate days and
weekdays come out right on every day on which the order holds, the first of them included.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from apps.knowledge.values import Medicine
from apps.plans.dosing import Body, Dosage, Equivalent, Impossible, amounts, prednisone_equivalent
from apps.plans.dosing.orders import WEIGHT_HOLDS_DAYS, Stretch, stretches
from apps.plans.followed import DAY, Step, cut, last_of, lines, lying_in, starting_from, together

#: Groups that are no class of medicines: those that are worth so much prednisone, and those that are marked as such.
SYSTEMIC_STEROID, IMMUNOSUPPRESSANT = "systemic_steroid", "immunosuppressant"
#: Steroids suppress immunity by themselves from so many mg of prednisone a day on, taken for so many days (LP).
STEROID_MG, STEROID_DAYS = 20, 14
STEROID = "steroid"
#: What goes on suppressing immunity after its last day, in days: rituximab for 6 months after a dose (LP).
LASTING = {"rituximab": 183}
#: Given this way a steroid is a pulse, however much it is.
PULSE_ROUTE = "iv"


class Unsaid(LookupError):  # noqa: N818 - it says what cannot be said
    """What was asked hangs on a weight that is not known, or on a dose that cannot be meant."""


@dataclass(frozen=True)
class Course:
    """One medicine through all steps, with what has ended and what is planned: on which days it is taken, and in which dosages.

    The dosages of each stretch run on the days of that stretch. `left_on` are the days on which it was left out: its last ones,
    since somebody may have taken it in the morning.
    """

    medicine: str
    line: tuple[Stretch, ...]
    left_on: frozenset[date] = frozenset()

    @property
    def dosages(self) -> list[Dosage]:
        """All dosages of all stretches."""
        return [order for one in self.line for order in one.dosages]

    def dosages_replaced(self, begun: Set[date]) -> list[Dosage]:
        """Its dosages without the days on which it was left out while something that replaces it was begun."""
        gone = self.left_on & begun
        kept = [one for one in self.line if one.stops_on not in gone or one.starts_on != one.stops_on]
        return [order for one in kept for order in (_without_last(one) if one.stops_on in gone else one).dosages]


@dataclass(frozen=True)
class Courses:
    """What somebody takes. A `group` is the code of a medicine, a class of medicines, SYSTEMIC_STEROID or IMMUNOSUPPRESSANT;
    of one that nobody knows nothing is taken. An amount is None where no weight holds, or where a dose cannot be meant.
    """

    taken: Mapping[str, Course] = field(hash=False)
    medicines: Mapping[str, Medicine] = field(hash=False)

    def active(self, group: str, on: date, tail_days: int = 0) -> tuple[str, ...]:
        """The codes of what is taken on a day, or had its last day at most so many days before it."""
        since = on - tail_days * DAY
        return tuple(
            code for code in self._of(group)
            if any(one.starts_on <= on and last_of(one) >= since for one in self.taken[code].line)
        )  # fmt: skip

    def started(self, group: str, on: date) -> date | None:
        """The first day of the course that goes on on a day, without a gap over the group as a whole; None: none goes on."""
        found = self.last_course(group, on)
        return found[0] if found is not None and (found[1] is None or found[1] >= on) else None

    def last_course(self, group: str, on: date) -> tuple[date, date | None] | None:
        """First and last day of the course that goes on on a day, or else of the last one that had ended by then."""
        orders = [order for code in self._of(group) for order in self.taken[code].dosages]
        begun = [run for run in together(stretches(orders)) if run[0].starts_on <= on]
        return (begun[-1][0].starts_on, begun[-1][-1].stops_on) if begun else None

    def mg_per_day(self, medicine: str, on: date, body: Body) -> Fraction | None:
        """What is taken of a medicine on an average day of the order that holds on this day, in mg."""
        course = self.taken.get(medicine)
        try:
            return amounts(_taken_on(course.dosages if course else [], on), body, on=on).mg_per_day
        except Impossible:
            return None

    def prednisone_mg(self, on: date, body: Body) -> Fraction | None:
        """All systemic steroids of a day as mg of prednisone."""
        found = [worth.mg_per_day for one, worth in self._steroid_spans(body) if one.starts_on <= on <= last_of(one)]
        return found[0] if found else Fraction(0)

    def steroid_days_at(self, mg: Decimal | int, on: date, body: Body) -> int:
        """For how many whole days, without a gap, steroids have been worth at least so many mg of prednisone a day until now.

        Counted from the first such day, which itself is none: begun on the 5th it is 14 days on the 19th. An amount that cannot
        be said counts as enough: what cannot be ruled out is watched.
        """
        spans = [(one, worth.mg_per_day) for one, worth in self._steroid_spans(body)]
        run = lying_in([one for one, amount in spans if amount is None or amount >= Fraction(mg)], on)
        return (on - run[0].starts_on).days if run else 0

    def strong_steroid_course(self, mg_per_kg: Decimal | Fraction, on: date, body: Body) -> date | None:
        """The first day of the course of systemic steroids that goes on, if at least so many mg/kg of prednisone a day, or a
        pulse, was reached in it by now; None: none goes on, or a weak one. Raises Unsaid where nobody can say.
        """
        worth = dict(self._steroid_spans(body))
        run = [one for one in lying_in(worth, on) if one.starts_on <= on]
        if any(order.route == PULSE_ROUTE for one in run for order in one.dosages):
            return run[0].starts_on
        reached = [worth[one].mg_kg_day for one in run]
        if any(amount is not None and amount >= Fraction(mg_per_kg) for amount in reached):
            return run[0].starts_on
        if None in reached:
            raise Unsaid("How much it is per kg is not known.")
        return None

    def immunosuppressed(self, on: date, body: Body) -> tuple[str, ...]:
        """Why immunity is suppressed on a day: codes of medicines, and STEROID; empty if it is not."""
        found = {*self.active(IMMUNOSUPPRESSANT, on)}
        found |= {code for code, days in LASTING.items() if self.active(code, on, days)}
        much = self.steroid_days_at(STEROID_MG, on, body) >= STEROID_DAYS
        return (*sorted(found), *([STEROID] if much else []))

    def _of(self, group: str) -> list[str]:
        return sorted(code for code in self.taken if code == group or group in self._groups(code))

    def _groups(self, code: str) -> set[str]:
        one = self.medicines.get(code)
        if one is None:
            return set()
        steroid = {SYSTEMIC_STEROID} if one.prednisone_factor is not None else set()
        return {one.klass} | steroid | ({IMMUNOSUPPRESSANT} if one.immunosuppressant else set())

    def _steroid_spans(self, body: Body) -> list[tuple[Stretch, Equivalent]]:
        """The days on which the same steroids are taken, with their worth; parted where the weight gets too old to say."""
        if body not in self._reckoned:
            self._reckoned[body] = [(one, self._worth(one, body)) for one in _parted(stretches(self._steroids), body)]
        return self._reckoned[body]

    @cached_property
    def _reckoned(self) -> dict[Body, list[tuple[Stretch, Equivalent]]]:
        """What was reckoned once, by body: several criteria ask for the same."""
        return {}

    def _worth(self, one: Stretch, body: Body) -> Equivalent:
        try:
            return prednisone_equivalent(one.dosages, self.medicines, body, on=one.starts_on)
        except Impossible:
            return Equivalent(None)

    @cached_property
    def _steroids(self) -> list[Dosage]:
        """The dosages of systemic steroids. One that was left out when another one began was replaced by it: the day that both
        have does not count twice.
        """
        found = [self.taken[code] for code in self._of(SYSTEMIC_STEROID)]
        begun = {one.medicine: {run[0].starts_on for run in together(one.line)} for one in found}
        return [
            order
            for one in found
            for order in one.dosages_replaced({day for code in begun if code != one.medicine for day in begun[code]})
        ]


def courses(steps: Iterable[Step], medicines: Mapping[str, Medicine]) -> Courses:
    """What was taken, and is to be taken, by the steps in the order in which they were followed.

    Of several steps on one day the last one counts; what it leaves out still has that day. What a step had planned and nobody
    reached does not count. About days before it a step is believed where the one before it did not have the medicine.
    """
    return Courses(
        {
            code: Course(code, tuple(_bound(one) for one in (*line.over, *line.now)), line.left_on)
            for code, line in lines(steps).items()
        },
        medicines,
    )


def _parted(spans: Sequence[Stretch], body: Body) -> list[Stretch]:
    if body.weight_on is None:
        return list(spans)
    until = body.weight_on + WEIGHT_HOLDS_DAYS * DAY
    return [*cut(spans, until), *(starting_from(one, until + DAY) for one in spans if last_of(one) > until)]


def _bound(one: Stretch) -> Stretch:
    """With dosages that run on the days of the stretch and on no others."""
    orders = [replace(order, starts_on=one.starts_on, stops_on=one.stops_on) for order in one.dosages]
    return replace(one, dosages=tuple(orders))


def _without_last(one: Stretch) -> Stretch:
    return _bound(replace(one, stops_on=last_of(one) - DAY))


def _taken_on(orders: Iterable[Dosage], on: date) -> list[Dosage]:
    return [order for order in orders if order.runs_on(on)]


__all__ = [
    "IMMUNOSUPPRESSANT",
    "STEROID",
    "STEROID_DAYS",
    "STEROID_MG",
    "SYSTEMIC_STEROID",
    "Course",
    "Courses",
    "Step",
    "Unsaid",
    "courses",
]
