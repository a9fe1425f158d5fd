"""Numbers are exact where they are compared, whatever the engine makes of fractions; and how they are said."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.escalation.answers import plain, told
from tests.escalation.pictures import DAY, NOON, judge, number, ruling_of, screened

WRITTEN = st.decimals(-(10**9) + 1, 10**9 - 1, places=4)
NEAR = st.fractions(-2, 2, max_denominator=10**7) | st.fractions(-(10**9), 10**9, max_denominator=10**6)


@given(WRITTEN, NEAR, st.booleans())
@example(Decimal("999999999.9999"), Fraction(1, 10**7), True)
@example(Decimal("999999999.9999"), Fraction(-1, 10**7), True)
@example(Decimal("38.0"), Fraction(-1, 10**15), True)
@example(Decimal("0"), Fraction(1, 3), True)
def test_what_is_computed_compares_exactly_with_every_number_that_can_be_written(
    written: Decimal, other: Fraction, close: bool
) -> None:
    exact = Fraction(written) + other / 10**4 if close else other
    found, bound = told(exact), float(written)
    assert (found < bound, found == bound) == (exact < Fraction(written), exact == Fraction(written))


@given(NEAR, NEAR)
def test_what_is_less_is_never_told_as_more(one: Fraction, other: Fraction) -> None:
    less, more = sorted([one, other])
    assert told(less) <= told(more)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Fraction(2, 3), "0.67"), (Decimal("3.0"), "3"), (Decimal("38.40"), "38.4"), (5, "5"), (20.0, "20"), (-0.5, "-0.5"),
        ("fail", "fail"), (True, "True"),
    ],
)  # fmt: skip
def test_a_number_is_said_with_two_digits_at_most(value: Any, words: str) -> None:
    assert plain(value) == words


SW_04 = ruling_of("SW-04")
#: Of every weight from 40.0 to 120.0 kg, in steps of 0.1, those of which so many percent are whole steps themselves.
EXACT = [
    (percent, Decimal(tenths) / 10) for percent in (5, 10) for tenths in range(400, 1201) if tenths * percent % 100 == 0
]


@pytest.mark.parametrize(("percent", "days"), [(5, 90), (10, 180)])
def test_weight_loss_fires_exactly_at_its_percentage_at_every_weight(percent: int, days: int) -> None:
    context = [screened(8, NOON - 10 * DAY), number("bmi", 22, NOON)]
    weights = [weight for one, weight in EXACT if one == percent]
    assert len(weights) == {5: 41, 10: 81}[percent]
    for weight in weights:
        least = weight * (100 - percent) / 100
        before = [number("weight", weight, NOON - days * DAY), number("weight", least, NOON - 45 * DAY)]
        assert judge(SW_04, *context, *before, number("weight", least)).fires is True, weight
        assert judge(SW_04, *context, *before, number("weight", least + Decimal("0.1"))).fires is False, weight
