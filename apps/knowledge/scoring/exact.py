"""Numbers as they were measured: exact, inside their range, or refused. Nothing but the standard library in here.

What decides anything is compared unrounded, as a Fraction. A Fraction and a Decimal compare exactly with each other in Python.
Rounding is only for reading.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

#: A number without rounding. Floats are refused: 0.1 is not a tenth in binary, and limits are met exactly at the bed.
Exact = Decimal | Fraction | int


class Unscorable(ValueError):  # noqa: N818 - an answer
    """A value cannot be used; `field` says which, `rule` what it breaks."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class ScaleMismatch(Unscorable):
    """Two values of different scales were to be compared. 80 of 80 and 80 of 150 are not the same strength."""


def exact(field: str, value: Exact, *, low: Exact | None = None, high: Exact | None = None) -> Fraction:
    """The value as a Fraction, if it is a number from `low` to `high`, both included.

    Raises Unscorable for anything else: a float, a yes or no, text, NaN, infinity, or a number outside.
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | Fraction | int):
        raise Unscorable(field, "must be an exact number (Decimal, Fraction or int)")
    if isinstance(value, Decimal) and not value.is_finite():
        raise Unscorable(field, "must be a number")
    if low is not None and value < low:
        raise Unscorable(field, f"must be at least {plain(low)}")
    if high is not None and value > high:
        raise Unscorable(field, f"must be at most {plain(high)}")
    return Fraction(value)


def above_zero(field: str, value: Exact) -> Fraction:
    """The value as a Fraction, if it is more than nothing. Raises Unscorable otherwise."""
    found = exact(field, value)
    if found <= 0:
        raise Unscorable(field, "must be more than 0")
    return found


def whole(field: str, value: Exact, *, low: int, high: int) -> int:
    """The value as an int, if it is a whole number from `low` to `high`. Raises Unscorable otherwise."""
    found = exact(field, value, low=low, high=high)
    if found.denominator != 1:
        raise Unscorable(field, "must be a whole number")
    return int(found)


def wholes(field: str, values: Sequence[Exact], *, low: int, high: int) -> list[int]:
    """Each of the values as `whole`, named by its place counted from 1. Raises Unscorable for the first that is none."""
    return [whole(f"{field} {place}", value, low=low, high=high) for place, value in enumerate(values, start=1)]


def calendar(field: str, value: date) -> date:
    """The value, if it is a calendar date. Raises Unscorable for a moment, whose date depends on a time zone."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise Unscorable(field, "must be a calendar date, without a time")
    return value


def shown(value: Exact, places: int = 1) -> Decimal:
    """The value for reading, with exactly so many decimals, half rounded away from zero.

    A reader checks a shown number with a pocket calculator, which rounds so. Rounding half to even would only help
    numbers that are added up again, and a shown number never is: limits are compared with the unrounded value.
    """
    scaled = abs(Fraction(value)) * 10**places
    digits = int(scaled + Fraction(1, 2))
    sign = 1 if value < 0 and digits else 0
    # Built from digits: arithmetic on Decimals would obey the precision that the caller happens to have set.
    return Decimal((sign, tuple(int(digit) for digit in str(digits)), -places))


def plain(value: Exact, places: int = 2) -> str:
    """The value as a person writes it: at most so many decimals, no zeros at the end, no exponent."""
    text = f"{shown(value, places):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
