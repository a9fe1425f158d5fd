"""How far a goal is reached, by a table of examples and by what has to hold of any numbers."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.plans.progress import AT_LEAST, AT_MOST, progress

NUMBERS = st.decimals(min_value=-1000, max_value=1000, places=2)


@pytest.mark.parametrize(
    ("comparison", "target", "start", "latest", "fraction", "reached"),
    [
        # Of the 24 points from 118 to 142 half are reached, then all of them, exactly at the target.
        (AT_LEAST, "142", "118", "130", Fraction(1, 2), False),
        (AT_LEAST, "142", "118", "142", Fraction(1), True),
        (AT_LEAST, "142", "118", "100", Fraction(0), False),
        # Less is better: from 22 to 10, at 19 a quarter of the way.
        (AT_MOST, "10", "22", "19", Fraction(1, 4), False),
        (AT_MOST, "10", "22", "10", Fraction(1), True),
        (AT_MOST, "10", "22", "30", Fraction(0), False),
        # Nothing to count from; and a start that met the target already.
        (AT_LEAST, "142", None, "130", None, False),
        (AT_LEAST, "142", "145", "130", None, False),
        (AT_LEAST, "142", None, None, None, None),
        ("", None, "118", "130", None, None),
    ],
)
def test_the_part_of_the_way_and_whether_it_is_reached(
    comparison: str,
    target: str | None,
    start: str | None,
    latest: str | None,
    fraction: Fraction | None,
    reached: bool | None,
) -> None:
    numbers = [Decimal(text) if text is not None else None for text in (target, start, latest)]
    found = progress(comparison=comparison, target=numbers[0], start=numbers[1], latest=numbers[2])
    assert (found.fraction, found.reached) == (fraction, reached)


@given(target=NUMBERS, start=NUMBERS, latest=NUMBERS)
def test_the_part_lies_between_nothing_and_all_and_is_all_exactly_when_reached(
    target: Decimal, start: Decimal, latest: Decimal
) -> None:
    for comparison in (AT_LEAST, AT_MOST):
        found = progress(comparison=comparison, target=target, start=start, latest=latest)
        assert found.fraction is None or 0 <= found.fraction <= 1
        assert found.reached == (found.fraction == 1)


@given(target=NUMBERS, start=NUMBERS, latest=NUMBERS)
def test_less_is_better_mirrors_more_is_better(target: Decimal, start: Decimal, latest: Decimal) -> None:
    up = progress(comparison=AT_LEAST, target=target, start=start, latest=latest)
    down = progress(comparison=AT_MOST, target=-target, start=-start, latest=-latest)
    assert (up.fraction, up.reached) == (down.fraction, down.reached)
