"""Total Improvement Score: every cell of the table at its limit and just above, and where the categories begin."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from apps.knowledge.scoring import THRESHOLDS, Category, Enzyme, Scale, Unscorable, category_of
from tests.knowledge.scoring.house import ADULT, FIELDS, JUVENILE, compared

# The table, written down once more: the limits of each row, and the points from none passed to all.
ROWS: dict[str, tuple[str, str]] = {
    "phga": ("5 15 25 40", "0 7.5 15 17.5 20"),
    "ptga": ("5 15 25 40", "0 2.5 5 7.5 10"),
    "muscle": ("2 10 20 30", "0 10 20 27.5 32.5"),
    "function": ("5 15 25 40", "0 5 7.5 7.5 10"),
    "enzyme": ("5 15 25 40", "0 2.5 5 7.5 7.5"),
    "extramusc": ("5 15 25 40", "0 7.5 12.5 15 20"),
}
#: For each scale: the length of its range, where a patient starts, and the sign of an improvement.
SCALES: list[tuple[str, dict[str, Any], str, str, int]] = [
    ("phga", {}, "10", "9", -1),
    ("ptga", {}, "10", "9", -1),
    ("extramusc", {}, "10", "9", -1),
    ("muscle", {"strength": Scale.MMT8_150}, "150", "60", 1),
    ("muscle", {"strength": Scale.MMT8_80}, "80", "30", 1),
    ("muscle", {"strength": Scale.CMAS}, "52", "20", 1),
    ("function", {"disability": Scale.HAQ}, "3", "2.5", -1),
    ("function", {"disability": Scale.CHAQ}, "3", "2.5", -1),
    # 15, 6 and 3 times a limit of 200.
    ("enzyme", {"enzyme_kind": Enzyme.CK}, "3000", "2900", -1),
    ("enzyme", {"enzyme_kind": Enzyme.ALDOLASE}, "1200", "1100", -1),
    ("enzyme", {"enzyme_kind": Enzyme.LDH}, "600", "590", -1),
    ("enzyme", {"enzyme_kind": Enzyme.AST}, "600", "590", -1),
    ("enzyme", {"enzyme_kind": Enzyme.ALT}, "600", "590", -1),
]


def cells() -> list[Any]:
    """Every limit of every row on every scale, with the points up to it and above it."""
    found = []
    for field, scales, span, start, sign in SCALES:
        limits, row = (text.split() for text in ROWS[field])
        for limit, (upto, above) in zip(limits, pairwise(row), strict=True):
            name = f"{field} {next(iter(scales.values())).name if scales else ''} {limit}"
            found.append(pytest.param(field, scales, span, start, sign, limit, upto, above, id=name))
    return found


def only(field: str, start: str, changed: Decimal, scales: dict[str, Any]) -> Decimal:
    """The total when nothing but one measure changed, from a core set in which every other stays."""
    middle = dict(zip(FIELDS, ["5", "5", "20", "1", "100", "5"], strict=True))
    before, after = {**middle, field: start}, {**middle, field: f"{changed:f}"}
    found = compared("/".join(before.values()), "/".join(after.values()), **scales)
    assert found.total is not None
    return found.total


@pytest.mark.parametrize(("field", "scales", "span", "start", "sign", "limit", "upto", "above"), cells())
def test_a_change_has_to_be_greater_than_a_limit(
    field: str, scales: dict[str, Any], span: str, start: str, sign: int, limit: str, upto: str, above: str
) -> None:
    step, origin = Decimal(span) * Decimal(limit) / 100, Decimal(start)
    least = Decimal("0.0001")
    assert only(field, start, origin + sign * step, scales) == Decimal(upto)
    assert only(field, start, origin + sign * (step - least), scales) == Decimal(upto)
    assert only(field, start, origin + sign * (step + least), scales) == Decimal(above)


@pytest.mark.parametrize(("field", "scales", "span", "start", "sign"), SCALES)
def test_a_worsening_is_worth_nothing_and_takes_nothing_away(
    field: str, scales: dict[str, Any], span: str, start: str, sign: int
) -> None:
    assert only(field, start, Decimal(start) - sign * Decimal(span) / 100, scales) == 0


def test_the_best_of_everything_is_a_hundred() -> None:
    assert compared("10/10/0/3/4000/10", "0/0/150/0/0/0").total == 100


@pytest.mark.parametrize(("onset", "minimal", "moderate", "major"), [(ADULT, 20, 40, 60), (JUVENILE, 30, 45, 70)])
def test_each_category_begins_at_its_threshold(onset: Any, minimal: int, moderate: int, major: int) -> None:
    below = Decimal("2.5")
    assert THRESHOLDS[onset] == (minimal, moderate, major)
    assert [category_of(Decimal(at), onset) for at in (minimal, moderate, major, 100)] == [
        Category.MINIMAL, Category.MODERATE, Category.MAJOR, Category.MAJOR,
    ]  # fmt: skip
    for outside in (Decimal("-0.1"), Decimal("100.1")):
        with pytest.raises(Unscorable):
            category_of(outside, onset)
    assert [category_of(at - below, onset) for at in (minimal, moderate, major)] == [
        Category.NONE, Category.MINIMAL, Category.MODERATE,
    ]  # fmt: skip
