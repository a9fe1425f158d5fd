"""Units, and numbers as a person reads them. What decides is never rounded; what is shown is. Standard library only."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

PERCENT = "%"
#: What a unit of mass is in milligrams.
MASSES = {"ug": Fraction(1, 1000), "mg": Fraction(1), "g": Fraction(1000)}
PERIODS = {"d": ("day", "days"), "wk": ("week", "weeks"), "mo": ("month", "months")}
BASES = {"day": "/day", "week": "/week", "dose": " a dose", "course": " a course"}
TIMES = {1: "once", 2: "twice"}
SIGNIFICANT, PLACES = 3, 2
MOST_PLACES = 8
#: Wide enough that nothing that is shown is cut.
WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Unit:
    """A unit of a dose: a mass, alone or per kg of body weight or per m² of body surface."""

    mass: str
    per: str = ""

    @property
    def milligrams(self) -> Fraction:
        """What its mass is in milligrams."""
        return MASSES[self.mass]

    @property
    def words(self) -> str:
        """The unit as it is written for people."""
        return f"{self.mass.replace('ug', 'µg')}{f'/{self.per}'.replace('m2', 'm²') if self.per else ''}"


#: The units that are understood, by UCUM code, but for strengths in per cent.
UNITS = {
    "mg": Unit("mg"), "g": Unit("g"), "ug": Unit("ug"),
    "mg/kg": Unit("mg", "kg"), "g/kg": Unit("g", "kg"), "ug/kg": Unit("ug", "kg"),
    "mg/m2": Unit("mg", "m2"), "g/m2": Unit("g", "m2"),
}  # fmt: skip


def rounded(value: Fraction, places: int) -> Decimal:
    """A fraction to so many places, halves upwards as one rounds by hand. For showing only."""
    return WIDE.divide(Decimal(value.numerator), Decimal(value.denominator)).quantize(
        Decimal(1).scaleb(-places), context=WIDE
    )


def plain(value: Decimal) -> str:
    """A decimal as it was meant: without exponent and without zeros at its end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def number(value: Fraction, beside: Iterable[Fraction | None] = ()) -> str:
    """A computed number in few digits: exactly where two places suffice, else in three digits.

    It has as many more as keep it apart from the bounds it stands `beside`: 5.001 is never shown as 5 next to a limit of 5.
    """
    bounds = [bound for bound in beside if bound is not None and bound != value]
    places = PLACES if rounded(value, PLACES) == value else _few(value)
    while places < MOST_PLACES and any(rounded(value, places) == rounded(bound, places) for bound in bounds):
        places += 1
    return plain(rounded(value, places))


def _few(value: Fraction) -> int:
    """Places that make three digits, two where the number is less than one, and none of the whole ones is lost."""
    whole = len(str(int(abs(value))))
    if abs(value) >= 1:
        return max(0, min(PLACES, SIGNIFICANT - whole))
    size = abs(value)
    places = PLACES
    while 0 < size * 10**places < 10 and places < MOST_PLACES:  # noqa: PLR2004 - two digits
        places += 1
    return places


def times(frequency: int, period: int, period_unit: str) -> str:
    """How often: “twice a day”, “once every 4 weeks”."""
    often = TIMES.get(frequency, f"{frequency} times")
    one, many = PERIODS.get(period_unit, (period_unit, period_unit))
    return f"{often} a {one}" if period == 1 else f"{often} every {period} {many}"
