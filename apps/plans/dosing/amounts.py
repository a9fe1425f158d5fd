"""What dosages come to: a day, a week, each time, a course; alone, per kg and per m². Exact. Standard library only.

Several dosages of one medicine that run at the same time add up. A day is the average day over the whole period, so that
schedules over some days of the week work. Strengths in per cent do not add up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from fractions import Fraction

from apps.plans.dosing.orders import Body, Dosage, Impossible, Stretch, hold, hold_body, stretches
from apps.plans.dosing.quantities import Quantity, arithmetic, natural, quantity, total
from apps.plans.dosing.words import BASES, PERCENT, Unit, rounded

GRAM = Fraction(1000)
WEEK = 7
#: What an amount is rounded to where it is kept beside a plan, to be read.
KEPT_PLACES = 4


@dataclass(frozen=True)
class Taken:
    """What dosages that run at the same time come to; those in per cent have no part in the amounts."""

    dosages: tuple[Dosage, ...]
    body: Body

    @property
    def weighed(self) -> tuple[Dosage, ...]:
        """The dosages that are amounts."""
        return tuple(one for one in self.dosages if one.unit != PERCENT)

    @property
    def percent(self) -> Fraction | None:
        """The highest strength."""
        return max((Fraction(one.dose) for one in self.dosages if one.unit == PERCENT), default=None)

    @property
    def day(self) -> Quantity:
        """On an average day."""
        return total(quantity(one) * one.a_day for one in self.weighed)

    @property
    def week(self) -> Quantity:
        """In an average week."""
        return self.day * WEEK

    @property
    def dose(self) -> Quantity | None:
        """Each time: dosages of the same timing are taken together; of several timings the largest counts."""
        return self._largest([one for one in self.weighed if one.basis == "dose"], quantity)

    @property
    def course(self) -> Quantity | None:
        """In a course; courses of the same timing are one."""
        return self._largest([one for one in self.weighed if one.basis == "course"], quantity)

    @property
    def given_day(self) -> Quantity | None:
        """On a day on which it is given, which for a course is a part of it."""
        return self._largest(self.weighed, _given_day)

    @property
    def cycle(self) -> Quantity | None:
        """In all until it comes round: a course, what is given in a period of a week or longer, or all of what has a last day."""
        return self._largest([one for one in self.weighed if cycle_days(one) is not None], _cycle)

    def _largest(self, dosages: Sequence[Dosage], of: Callable[[Dosage], Quantity]) -> Quantity | None:
        together: dict[tuple[object, ...], list[Dosage]] = {}
        for one in dosages:
            together.setdefault((one.frequency, one.period_days, one.course_days), []).append(one)
        found = [total(of(one) for one in rows) for rows in together.values()]
        return max(found, key=self.rank, default=None)

    @property
    def unknown(self) -> bool:
        """Whether nobody can say how much it is, for lack of a weight or a height."""
        return bool(self.day.lacks("", self.body))

    def rank(self, amount: Quantity) -> tuple[bool, Fraction]:
        """For telling which of two amounts is the larger. What cannot be said counts as more than what can, so that it is not
        hidden behind it; among its likes it goes as if of 1 kg and 1 m².
        """
        said = amount.said("", self.body)
        return said is None, amount.mg + amount.per_kg + amount.per_m2 if said is None else said


def _given_day(one: Dosage) -> Quantity:
    if one.course_days is not None:
        return quantity(one) * Fraction(1, one.course_days)
    return quantity(one) * max(Fraction(1), one.a_day)


def cycle_days(one: Dosage) -> int | None:
    """Over how many days one round of it is given: those of a course, up to `frequency` of a period of a week or longer, or all
    days of what is given daily for a time. None: it goes on without end.
    """
    if one.course_days is not None:
        return one.course_days
    return one.frequency if one.period_days >= WEEK else one.days


def _cycle(one: Dosage) -> Quantity:
    if one.basis == "course":
        return quantity(one)
    if one.period_days >= WEEK:
        return quantity(one) * one.frequency
    return quantity(one) * (one.a_day * (one.days or 1))


@dataclass(frozen=True)
class Amounts:
    """What dosages come to, exactly. None where it does not apply, or the body is not known well enough; `missing` says which of
    weight and height that was. Averages of courses are over the whole period.
    """

    mg_per_day: Fraction | None = None
    mg_per_week: Fraction | None = None
    mg_per_dose: Fraction | None = None
    mg_per_course: Fraction | None = None
    g_per_course: Fraction | None = None
    mg_kg_day: Fraction | None = None
    mg_kg_dose: Fraction | None = None
    g_kg_course: Fraction | None = None
    mg_m2_day: Fraction | None = None
    mg_m2_week: Fraction | None = None
    percent: Fraction | None = None
    missing: tuple[str, ...] = ()
    lines: tuple[str, ...] = field(default=(), compare=False)

    def rounded(self) -> dict[str, Decimal]:
        """Those that are known, to four places: for showing and keeping, not for deciding."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: rounded(value, KEPT_PLACES) for name, value in found.items() if isinstance(value, Fraction)}


def amounts(dosages: Sequence[Dosage], body: Body, *, on: date | None = None, today: date | None = None) -> Amounts:
    """What the dosages of one medicine come to on a day; without one, in the stretch of time in which they come to most.

    On a day on which none runs that is nothing. A weight has to hold `today`, or else on that day. Raises Impossible for what
    cannot be meant, or for two medicines at once.
    """
    hold_all(dosages, body)
    found = stretch_of(dosages, body, on, today)
    if found is None:
        return Amounts(mg_per_day=Fraction(0), mg_per_week=Fraction(0))
    return summed(Taken(found.dosages, body.on(on or today or found.starts_on)))


def hold_all(dosages: Sequence[Dosage], body: Body) -> None:
    """Refuse what cannot be meant: a dosage, a body, or two medicines added up. Raises Impossible."""
    for one in dosages:
        hold(one)
    hold_body(body)
    if len({one.medicine for one in dosages}) > 1:
        raise Impossible("medicine", "Only dosages of one medicine add up.")


def stretch_of(dosages: Sequence[Dosage], body: Body, on: date | None, today: date | None = None) -> Stretch | None:
    """The stretch in which a day lies; without a day the one in which most is taken, the first of equals. None: nothing runs."""
    found = stretches(dosages)
    if on is not None:
        return next(
            (one for one in found if one.starts_on <= on and (one.stops_on is None or on <= one.stops_on)), None
        )
    return max(found, key=lambda one: _most(Taken(one.dosages, body.on(today or one.starts_on))), default=None)


def largest_known(dosages: Sequence[Dosage], body: Body) -> Stretch | None:
    """The stretch in which most is taken, of those of which one can say how much that is."""
    known = [one for one in stretches(dosages) if not Taken(one.dosages, body).unknown]
    return max(known, key=lambda one: _most(Taken(one.dosages, body)), default=None)


def _most(taken: Taken) -> tuple[tuple[bool, Fraction], Fraction]:
    return taken.rank(taken.day), taken.percent or Fraction(0)


def summed(taken: Taken) -> Amounts:
    """The amounts of what is taken, with the arithmetic."""
    if not taken.weighed:
        return Amounts(percent=taken.percent, lines=_lines(taken))
    body, day, dose, course = taken.body, taken.day, taken.dose, taken.course
    in_course, per_kg_course = _said(course, "", body), _said(course, "kg", body)
    return Amounts(
        mg_per_day=day.said("", body), mg_per_week=taken.week.said("", body), mg_per_dose=_said(dose, "", body),
        mg_per_course=in_course, g_per_course=in_course / GRAM if in_course is not None else None,
        mg_kg_day=day.said("kg", body), mg_kg_dose=_said(dose, "kg", body),
        g_kg_course=per_kg_course / GRAM if per_kg_course is not None else None,
        mg_m2_day=day.said("m2", body), mg_m2_week=taken.week.said("m2", body), percent=taken.percent,
        missing=tuple(dict.fromkeys(name for per in ("", "kg") for name in day.lacks(per, body))), lines=_lines(taken),
    )  # fmt: skip


def _said(amount: Quantity | None, per: str, body: Body) -> Fraction | None:
    return None if amount is None else amount.said(per, body)


def _lines(taken: Taken) -> tuple[str, ...]:
    """How often and how much, and what that is for this body: per kg, or in all where it was ordered by the body."""
    regimen = " + ".join(one.words for one in taken.dosages)
    if not taken.weighed:
        return (regimen,)
    if taken.course is not None:
        return regimen, arithmetic(taken.course, Unit("g", _other(taken.course)), "course", taken.body)
    weekly = all(one.a_day * WEEK <= 1 for one in taken.weighed)
    amount, basis, apart = (taken.week, "week", WEEK) if weekly else (taken.day, "day", 1)
    even = len(taken.dosages) == 1 and (taken.dosages[0].a_day * apart).denominator == 1
    regimen += f" = {natural(amount, 'mg')}{BASES[basis]}{'' if even else ' on average'}"
    return regimen, arithmetic(amount, Unit("mg", _other(amount)), basis, taken.body)


def _other(amount: Quantity) -> str:
    return "" if amount.per_kg or amount.per_m2 else "kg"
