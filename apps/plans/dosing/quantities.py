"""Amounts that may be per kg or per m², and how they come out for a body. Exact. Standard library only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from apps.plans.dosing.orders import Body, Dosage
from apps.plans.dosing.words import BASES, UNITS, Unit, number


@dataclass(frozen=True)
class Quantity:
    """An amount, parts of which may be per kg or per m²: nothing is multiplied before it has to be, so nothing is lost."""

    mg: Fraction = Fraction(0)
    per_kg: Fraction = Fraction(0)
    per_m2: Fraction = Fraction(0)

    @classmethod
    def of(cls, value: Fraction, unit: Unit) -> "Quantity":
        """So much of a unit."""
        value = value * unit.milligrams
        return {"": cls(mg=value), "kg": cls(per_kg=value), "m2": cls(per_m2=value)}[unit.per]

    def __add__(self, other: "Quantity") -> "Quantity":
        return Quantity(self.mg + other.mg, self.per_kg + other.per_kg, self.per_m2 + other.per_m2)

    def __mul__(self, factor: Fraction | int) -> "Quantity":
        return Quantity(self.mg * factor, self.per_kg * factor, self.per_m2 * factor)

    def needs(self, per: str) -> tuple[str, ...]:
        """What of the body has to be known to say it in mg `per` kg, m² or nothing."""
        alone, kg, m2 = bool(self.mg), bool(self.per_kg), bool(self.per_m2)
        surface = {"": m2, "kg": m2, "m2": alone or kg}[per]
        weight = surface or {"": kg, "kg": alone, "m2": kg}[per]
        return ("weight",) * weight + ("height",) * surface

    def lacks(self, per: str, body: Body) -> tuple[str, ...]:
        """What of that is not known."""
        known = {"weight": body.weight_kg, "height": body.height_cm}
        return tuple(name for name in self.needs(per) if known[name] is None)

    def said(self, per: str, body: Body) -> Fraction | None:
        """It in mg, mg/kg or mg/m²; None when the body is not known well enough."""
        if self.lacks(per, body):
            return None
        kg = Fraction(body.weight_kg) if body.weight_kg is not None else Fraction(1)
        m2 = body.surface or Fraction(1)
        # What is asked for per kg and ordered per kg stays as it is: dividing and multiplying an inexact surface loses digits.
        parts = {"": (self.mg, ""), "kg": (self.per_kg, "kg"), "m2": (self.per_m2, "m2")}
        size = {"": Fraction(1), "kg": kg, "m2": m2}
        return sum(
            (value if own == per else value * size[own] / size[per] for value, own in parts.values()), Fraction(0)
        )


NOTHING = Quantity()


def quantity(dosage: Dosage) -> Quantity:
    """What a dose, or a course, is."""
    return Quantity.of(Fraction(dosage.dose), UNITS[dosage.unit])


def total(quantities: Iterable[Quantity]) -> Quantity:
    """All of them together."""
    return reduce(Quantity.__add__, quantities, NOTHING)


def natural(amount: Quantity, mass: str, beside: Sequence[Fraction | None] = ()) -> str:
    """An amount as it was ordered: “400 mg”, “2 g/kg”."""
    factor = Unit(mass).milligrams
    parts = [(amount.mg, ""), (amount.per_kg, "kg"), (amount.per_m2, "m2")]
    said = [f"{number(value / factor, beside)} {Unit(mass, per).words}" for value, per in parts if value]
    return " + ".join(said) or f"0 {Unit(mass).words}"


def arithmetic(amount: Quantity, unit: Unit, basis: str, body: Body, beside: Sequence[Fraction | None] = ()) -> str:
    """How an amount comes out in a unit: “400 mg/day ÷ 52 kg = 7.69 mg/kg/day”. Without the body as it was ordered."""
    ordered = [per for per, value in (("", amount.mg), ("kg", amount.per_kg), ("m2", amount.per_m2)) if value]
    value = amount.said(unit.per, body)
    if ordered == [unit.per] or value is None:
        return natural(amount, unit.mass, beside) + BASES[basis]
    result = f"{number(value / unit.milligrams, beside)} {unit.words}{BASES[basis]}"
    if len(ordered) > 1:
        return f"({natural(amount, unit.mass)}){BASES[basis]} at {_sizes(amount, unit.per, body)} = {result}"
    size = {
        "": "",
        "kg": f"{number(Fraction(body.weight_kg or 1))} kg",
        "m2": f"{number(body.surface or Fraction(1))} m²",
    }
    up = f" × {size[ordered[0]]}" if ordered[0] else ""
    down = f" ÷ {size[unit.per]}" if unit.per else ""
    return f"{natural(amount, unit.mass)}{BASES[basis]}{up}{down} = {result}"


def _sizes(amount: Quantity, per: str, body: Body) -> str:
    needed = amount.needs(per)
    kg = [f"{number(Fraction(body.weight_kg))} kg"] if body.weight_kg is not None and "weight" in needed else []
    return " and ".join([*kg, *([f"{number(body.surface)} m²"] if body.surface and "height" in needed else [])])
