"""What is ordered: dosages, the body that they are meant for, and what cannot be meant. Standard library only.

Timing is that of FHIR R4: `frequency` times in each `period` `period_unit`. A week has 7 days; a month is the twelfth part of
365.25 days, 30.4375 days, so that twelve of them are a year.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from apps.knowledge.scoring.body import HEIGHT_CM, WEIGHT_KG, bsa
from apps.knowledge.scoring.exact import Unscorable, exact
from apps.plans.dosing.words import PERCENT, UNITS, plain, times

PERIOD_DAYS = {"d": Fraction(1), "wk": Fraction(7), "mo": Fraction("30.4375")}
BASES = ("dose", "course")
TOPICAL = "topical"
#: More often than every hour nothing is given that is counted in doses. A bound that catches slips (proposal for local policy).
MOST_A_DAY = 24


class Impossible(ValueError):  # noqa: N818 - it says what is impossible
    """What cannot be meant: `field` says where, `rule` what would be possible."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(rule)
        self.field = field
        self.rule = rule


class UnsafeOrder(ValueError):  # noqa: N818 - it says what is unsafe
    """An order that must not be followed as it stands; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Dosage:
    """One medicine in one dosage. `dose` is in `unit` (UCUM).

    With basis dose it is what is taken each time; with basis course it is the total of a course that is given over `course_days`
    days and comes round `frequency` times in each period. `stops_on` is the last day; None: until further notice. Nothing is
    checked when it is made; `hold` does that.
    """

    medicine: str
    dose: Decimal
    unit: str
    starts_on: date
    stops_on: date | None = None
    frequency: int = 1
    period: int = 1
    period_unit: str = "d"
    basis: str = "dose"
    course_days: int | None = None
    route: str = ""

    @property
    def period_days(self) -> Fraction:
        """The length of the period in days."""
        return self.period * PERIOD_DAYS[self.period_unit]

    @property
    def a_day(self) -> Fraction:
        """How many doses, or courses, fall on a day on average."""
        return self.frequency / self.period_days

    @property
    def days(self) -> int | None:
        """On how many days it runs, first and last included; None when nobody has said when it stops."""
        return None if self.stops_on is None else (self.stops_on - self.starts_on).days + 1

    @property
    def words(self) -> str:
        """The dosage as one says it: “200 mg twice a day”."""
        amount = f"{plain(self.dose)} {UNITS[self.unit].words if self.unit in UNITS else self.unit}"
        spread = f" over {self.course_days} {'day' if self.course_days == 1 else 'days'}," if self.course_days else ""
        return f"{amount}{spread} {times(self.frequency, self.period, self.period_unit)}"

    def runs_on(self, day: date) -> bool:
        """Whether it is taken in the stretch of time that this day lies in."""
        return self.starts_on <= day and (self.stops_on is None or day <= self.stops_on)


#: A weight that is older says nothing about a dose any more, in days (DS-07: the last weight within 365 days).
WEIGHT_HOLDS_DAYS = 365


@dataclass(frozen=True, kw_only=True)
class Body:
    """Weight (kg) and height (cm) as they were measured, and when; None where they are not known."""

    weight_kg: Decimal | None = None
    weight_on: date | None = None
    height_cm: Decimal | None = None
    height_on: date | None = None

    @property
    def surface(self) -> Fraction | None:
        """Body surface in m², Mosteller's; None without weight or height, or with one that no body has."""
        if self.weight_kg is None or self.height_cm is None:
            return None
        try:
            return Fraction(bsa(height_cm=self.height_cm, weight_kg=self.weight_kg))
        except Unscorable:
            return None

    def on(self, day: date) -> "Body":
        """The body as it may be counted with on a day: without a weight that is more than 365 days old then."""
        if self.weight_on is None or (day - self.weight_on).days <= WEIGHT_HOLDS_DAYS:
            return self
        return Body(height_cm=self.height_cm, height_on=self.height_on)


@dataclass(frozen=True)
class Stretch:
    """Days on which the same dosages run; `stops_on` is the last of them."""

    starts_on: date
    stops_on: date | None
    dosages: tuple[Dosage, ...]

    @property
    def words(self) -> str:
        """Which days these are."""
        return f"from {self.starts_on}" + (f" to {self.stops_on}" if self.stops_on else "")


def stretches(dosages: Iterable[Dosage]) -> tuple[Stretch, ...]:
    """The stretches of time between which something begins or stops, first one first, without those in which nothing runs."""
    orders = tuple(dosages)
    after = {one.stops_on + timedelta(days=1) for one in orders if one.stops_on is not None}
    edges = sorted({one.starts_on for one in orders} | after)
    found = []
    for index, first in enumerate(edges):
        running = tuple(one for one in orders if one.runs_on(first))
        last = edges[index + 1] - timedelta(days=1) if index + 1 < len(edges) else None
        if running:
            found.append(Stretch(first, last, running))
    return tuple(found)


def hold(dosage: Dosage) -> None:
    """Refuse a dosage that cannot be meant. Raises Impossible with the field and the rule."""
    for rule in (_amount, _unit, _timing, _course, _time):
        rule(dosage)


def hold_body(body: Body) -> None:
    """Refuse a weight or height that no person has. Raises Impossible."""
    for field, value, (low, high) in (
        ("weight_kg", body.weight_kg, WEIGHT_KG),
        ("height_cm", body.height_cm, HEIGHT_CM),
    ):
        if value is None:
            continue
        try:
            exact(field, value, low=low, high=high)
        except Unscorable as error:
            raise Impossible(field, f"It {error.rule}.") from None


def _amount(one: Dosage) -> None:
    if not one.dose.is_finite() or one.dose <= 0:
        raise Impossible("dose", "A dose is a decimal number greater than nothing.")


def _unit(one: Dosage) -> None:
    if one.unit not in UNITS and one.unit != PERCENT:
        raise Impossible("unit", f"“{one.unit}” is not understood here. One of: {', '.join([*UNITS, PERCENT])}.")
    skin = one.route == TOPICAL
    if one.unit == PERCENT and one.route and not skin:
        raise Impossible("unit", f"A strength in % is for what is put on the skin; this is given by route {one.route}.")
    if one.unit == PERCENT and (one.dose > 100 or one.basis != "dose"):  # noqa: PLR2004 - all of it
        raise Impossible("unit", "A strength is at most 100 %, and not of a course.")
    if skin and one.unit in UNITS and UNITS[one.unit].per:
        raise Impossible("unit", "What is put on the skin goes by strength (%) or amount (g, mg), not by the body.")


def _timing(one: Dosage) -> None:
    if one.period_unit not in PERIOD_DAYS:
        raise Impossible("period_unit", f"One of: {', '.join(PERIOD_DAYS)} (days, weeks, months).")
    for field, value in (("frequency", one.frequency), ("period", one.period)):
        if value < 1:
            raise Impossible(field, "A whole number, 1 or more.")
    if one.a_day > MOST_A_DAY:
        raise Impossible("frequency", f"At most {MOST_A_DAY} times a day.")


def _course(one: Dosage) -> None:
    if one.basis not in BASES:
        raise Impossible("basis", f"One of: {', '.join(BASES)}.")
    if (one.basis == "course") != (one.course_days is not None):
        raise Impossible("course_days", "A course says over how many days it is given; a single dose does not.")
    if one.course_days is None:
        return
    if one.course_days < 1:
        raise Impossible("course_days", "A whole number, 1 or more.")
    if one.course_days * one.a_day > 1:
        raise Impossible("course_days", "The course is longer than the time until the next one.")


def _time(one: Dosage) -> None:
    if one.stops_on is not None and one.stops_on < one.starts_on:
        raise Impossible("stops_on", "The last day lies before the first.")
