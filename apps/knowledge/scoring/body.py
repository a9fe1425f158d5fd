"""Sizes of a body, ages, days between dates, and changes in percent. Nothing but the standard library in here.

Results are unrounded; `shown` rounds them for reading. Body surface alone holds a root and is therefore exact to 28 digits.
"""

from datetime import date
from decimal import Context, Decimal, localcontext
from fractions import Fraction

from apps.knowledge.scoring.exact import Exact, Unscorable, above_zero, calendar, exact

#: The limits of the possible, wide, so that metres given for centimetres and grams for kilograms are refused [GK].
HEIGHT_CM = (20, 300)
WEIGHT_KG = (Decimal("0.2"), 700)
DIGITS = 28
DAYS_OF_A_WEEK = 7


def bmi(*, weight_kg: Exact, height_cm: Exact) -> Fraction:
    """Body mass index in kg/m², unrounded: weight over the square of height (the definition of the index [GK]).

    Raises Unscorable for a weight or height that no person has (HEIGHT_CM, WEIGHT_KG).
    """
    return _weight(weight_kg) / (_height(height_cm) / 100) ** 2


def bsa(*, weight_kg: Exact, height_cm: Exact) -> Decimal:
    """Body surface in m² by Mosteller: √(height × weight ÷ 3600), to 28 digits, unrounded for any use at the bed.

    The formula is [GK]: no source of the edition prints it. Shown with two decimals it makes 1.63 m² of 160 cm and 60 kg, 1.88
    of 170 and 75, 0.70 of 104 and 17. Where a dose per m² is compared, compare with this number and show the rounded one.
    Raises Unscorable for a weight or height that no person has (HEIGHT_CM, WEIGHT_KG).
    """
    product = _weight(weight_kg) * _height(height_cm)
    with localcontext(Context(prec=DIGITS)):
        return (Decimal(product.numerator) / Decimal(product.denominator)).sqrt() / 60


def age_on(birth_date: date, on: date) -> int:
    """Completed years of life on a date. Who was born on 29 February turns a year older on 1 March of other years.

    Raises Unscorable when the date is before birth, or for a moment instead of a date.
    """
    born, day = calendar("birth_date", birth_date), calendar("on", on)
    if day < born:
        raise Unscorable("on", "must not be before birth")
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def days_between(earlier: date, later: date) -> int:
    """Whole calendar days from one date to the other, negative when the second is the earlier one.

    Dates are those of the patient's site. Raises Unscorable for a moment instead of a date.
    """
    return (calendar("later", later) - calendar("earlier", earlier)).days


def weeks_between(earlier: date, later: date) -> int:
    """Completed weeks from one date to the other: 41 days are 5 weeks, 42 days are 6; negative when the other way round.

    Raises Unscorable for a moment instead of a date.
    """
    days = days_between(earlier, later)
    weeks = abs(days) // DAYS_OF_A_WEEK
    return weeks if days >= 0 else -weeks


def percent_change(before: Exact, after: Exact) -> Fraction:
    """By how many percent of `before` a value rose (above 0) or fell (below 0), unrounded.

    Raises Unscorable when `before` is not above 0, since nothing can be so many percent of nothing, or `after` is below 0.
    """
    start = above_zero("before", before)
    return (exact("after", after, low=0) - start) / start * 100


def loss_percent(*, highest: Exact, latest: Exact) -> Fraction:
    """How many percent of the highest value have been lost, unrounded: (highest − latest) ÷ highest × 100 (SW-04 [GK]).

    `highest` is the highest value of the window without the latest. A gain is a loss below 0.
    Raises Unscorable when one of them is not above 0.
    """
    return -percent_change(above_zero("highest", highest), above_zero("latest", latest))


def _weight(value: Exact) -> Fraction:
    return exact("weight_kg", value, low=WEIGHT_KG[0], high=WEIGHT_KG[1])


def _height(value: Exact) -> Fraction:
    return exact("height_cm", value, low=HEIGHT_CM[0], high=HEIGHT_CM[1])
