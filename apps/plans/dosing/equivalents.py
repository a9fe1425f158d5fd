"""Steroids of several kinds as so much prednisone a day. Standard library and knowledge as values only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from apps.knowledge.values import Medicine
from apps.plans.dosing.amounts import amounts
from apps.plans.dosing.orders import Body, Dosage
from apps.plans.dosing.words import number


@dataclass(frozen=True)
class Equivalent:
    """Prednisone-equivalent in mg on an average day, exactly; None when a weight or height is `missing`.

    `mg_kg_day` is the same in mg/kg; None where that hangs on a weight that is not known.
    """

    mg_per_day: Fraction | None
    lines: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    mg_kg_day: Fraction | None = None


def prednisone_equivalent(
    dosages: Sequence[Dosage], medicines: Mapping[str, Medicine], body: Body, *, on: date | None = None
) -> Equivalent:
    """All systemic steroids among the dosages, each by its medicine's factor, added up. Medicines without a factor count nothing.

    On a day, or without one each medicine where it comes to most. Raises Impossible for what cannot be meant.
    """
    by_code: dict[str, list[Dosage]] = {}
    for one in dosages:
        if one.medicine in medicines and medicines[one.medicine].prednisone_factor is not None:
            by_code.setdefault(one.medicine, []).append(one)
    whole, per_kg, lines = Fraction(0), [], []
    missing: list[str] = []
    for code, rows in by_code.items():
        found, factor = amounts(rows, body, on=on), Fraction(medicines[code].prednisone_factor or 0)
        per_kg.append(None if found.mg_kg_day is None else found.mg_kg_day * factor)
        if found.mg_per_day is None:
            missing += found.missing
            continue
        worth = found.mg_per_day * factor
        whole += worth
        lines.append(
            f"{medicines[code].name} {number(found.mg_per_day)} mg/day × {number(factor)} = {number(worth)} mg/day"
        )
    known = [amount for amount in per_kg if amount is not None]
    return Equivalent(
        None if missing else whole, tuple(lines), tuple(dict.fromkeys(missing)),
        sum(known, Fraction(0)) if len(known) == len(per_kg) else None,
    )  # fmt: skip
