"""Sizes of a body, ages, days, changes in percent, and how a number is shown."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.knowledge.scoring import (
    Unscorable,
    age_on,
    bmi,
    bsa,
    days_between,
    loss_percent,
    percent_change,
    plain,
    shown,
    weeks_between,
)
from tests.knowledge.scoring.house import numbers

WEIGHTS, HEIGHTS = numbers(300, low=1), numbers(250, low=30)
DATES = st.dates(date(1900, 1, 1), date(2100, 1, 1))
FEW = settings(max_examples=150, deadline=None)


@pytest.mark.parametrize(("height", "weight", "area"), [(160, 60, "1.63"), (170, 75, "1.88"), (104, 17, "0.70")])
def test_the_published_body_surfaces_come_out(height: int, weight: int, area: str) -> None:
    assert str(shown(bsa(height_cm=height, weight_kg=weight), 2)) == area


def test_body_surface_is_exact_where_its_root_is() -> None:
    # 100 cm × 36 kg ÷ 3600 is 1, 180 cm × 80 kg ÷ 3600 is 4.
    assert bsa(height_cm=100, weight_kg=36) == 1
    assert bsa(height_cm=180, weight_kg=80) == 2


def test_body_surface_is_unrounded_whatever_the_precision_of_the_caller() -> None:
    area = bsa(height_cm=160, weight_kg=60)
    with localcontext() as context:
        context.prec = 3
        assert bsa(height_cm=160, weight_kg=60) == area
    assert len(area.as_tuple().digits) == 28
    # Its square is 160 × 60 ÷ 3600 = 8/3, to the digits that are kept.
    assert abs(Fraction(area) ** 2 - Fraction(8, 3)) < Fraction(1, 10**26)


@pytest.mark.parametrize(
    ("weight", "height", "index"), [("72", "200", "18"), ("47.36", "160", "18.5"), ("80", "200", "20")]
)
def test_body_mass_index_is_weight_over_the_square_of_height(weight: str, height: str, index: str) -> None:
    assert bmi(weight_kg=Decimal(weight), height_cm=Decimal(height)) == Decimal(index)


@FEW
@given(weight=WEIGHTS, height=HEIGHTS, more=numbers(50))
def test_index_and_surface_rise_with_weight_and_part_ways_with_height(
    weight: Decimal, height: Decimal, more: Decimal
) -> None:
    heavier, taller = weight + more, height + more
    assert bmi(weight_kg=heavier, height_cm=height) >= bmi(weight_kg=weight, height_cm=height)
    assert bmi(weight_kg=weight, height_cm=taller) <= bmi(weight_kg=weight, height_cm=height)
    assert bsa(weight_kg=heavier, height_cm=height) >= bsa(weight_kg=weight, height_cm=height)
    assert bsa(weight_kg=weight, height_cm=taller) >= bsa(weight_kg=weight, height_cm=height)


@pytest.mark.parametrize("size", [bmi, bsa])
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("weight_kg", 0),
        ("weight_kg", -60),
        ("weight_kg", 60000),
        ("weight_kg", Decimal("NaN")),
        ("weight_kg", 60.0),
        ("weight_kg", None),
        ("height_cm", 0),
        ("height_cm", Decimal("1.60")),
        ("height_cm", 1600),
        ("height_cm", Decimal("Infinity")),
        ("height_cm", "160"),
    ],
)
def test_a_weight_or_height_that_no_person_has_is_refused(size: Any, field: str, wrong: Any) -> None:
    with pytest.raises(Unscorable) as refused:
        size(**{"weight_kg": 60, "height_cm": 160, field: wrong})
    assert refused.value.field == field


@pytest.mark.parametrize(("field", "lowest", "highest"), [("weight_kg", Decimal("0.2"), 700), ("height_cm", 20, 300)])
def test_the_limits_of_the_possible_are_possible_and_nothing_beyond_is(field: str, lowest: Any, highest: Any) -> None:
    least, size = Decimal("0.001"), {"weight_kg": 60, "height_cm": 160}
    assert bmi(**{**size, field: lowest}) != bmi(**{**size, field: highest})
    for beyond in (lowest - least, highest + least):
        with pytest.raises(Unscorable):
            bmi(**{**size, field: beyond})


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        ("2021-10-20", "2026-01-12", 4),
        ("2021-10-20", "2026-10-19", 4),
        ("2021-10-20", "2026-10-20", 5),
        ("2021-10-20", "2026-10-26", 5),
        ("2021-10-20", "2021-10-20", 0),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
        ("2008-02-29", "2024-02-29", 16),
    ],
)
def test_an_age_is_in_completed_years(born: str, on: str, age: int) -> None:
    assert age_on(date.fromisoformat(born), date.fromisoformat(on)) == age


@FEW
@given(born=DATES, days=st.integers(0, 40000))
def test_an_age_grows_by_one_each_birthday(born: date, days: int) -> None:
    on = born + timedelta(days)
    age = age_on(born, on)
    assert age <= days / 365 < age + 1.1
    assert age_on(born, on + timedelta(1)) in (age, age + 1)


def test_an_age_before_birth_is_refused() -> None:
    with pytest.raises(Unscorable, match="must not be before birth"):
        age_on(date(2021, 10, 20), date(2021, 10, 19))


@pytest.mark.parametrize(
    ("earlier", "later", "days", "weeks"),
    [
        ("2026-01-05", "2026-02-16", 42, 6),
        ("2026-01-05", "2026-02-15", 41, 5),
        ("2026-01-20", "2026-04-20", 90, 12),
        ("2026-03-02", "2026-04-07", 36, 5),
        ("2026-02-16", "2026-01-05", -42, -6),
        ("2026-02-15", "2026-01-05", -41, -5),
        ("2026-01-05", "2026-01-05", 0, 0),
    ],
)
def test_days_and_completed_weeks_between_two_dates(earlier: str, later: str, days: int, weeks: int) -> None:
    one, other = date.fromisoformat(earlier), date.fromisoformat(later)
    assert (days_between(one, other), weeks_between(one, other)) == (days, weeks)


@pytest.mark.parametrize("count", [age_on, days_between, weeks_between])
@pytest.mark.parametrize("wrong", [datetime(2026, 1, 5, 23, 30, tzinfo=UTC), "2026-01-05", None])
def test_a_moment_is_no_calendar_date(count: Any, wrong: Any) -> None:
    for pair in ((wrong, date(2026, 1, 5)), (date(2026, 1, 5), wrong)):
        with pytest.raises(Unscorable, match="must be a calendar date"):
            count(*pair)


@pytest.mark.parametrize(
    ("highest", "latest", "loss"),
    [
        ("68.0", "65.0", "4.4"),
        ("68.0", "64.4", "5.3"),
        ("68", "64.6", "5.0"),
        ("60", "63", "-5.0"),
        ("60", "60", "0.0"),
    ],
)
def test_a_loss_is_a_share_of_the_highest_weight(highest: str, latest: str, loss: str) -> None:
    assert str(shown(loss_percent(highest=Decimal(highest), latest=Decimal(latest)))) == loss


def test_a_loss_of_exactly_five_percent_is_exactly_five() -> None:
    assert loss_percent(highest=Decimal(68), latest=Decimal("64.6")) == 5
    assert loss_percent(highest=Decimal(68), latest=Decimal("64.601")) < 5


@FEW
@given(highest=WEIGHTS, kept=st.integers(1, 10000))
def test_a_loss_computed_from_its_share_comes_back_exactly(highest: Decimal, kept: int) -> None:
    latest = Fraction(highest) * Fraction(kept, 10000)
    assert loss_percent(highest=highest, latest=latest) == 100 - Fraction(kept, 100)
    assert percent_change(highest, latest) == Fraction(kept, 100) - 100


@pytest.mark.parametrize(
    ("before", "after", "change"), [("80", "106", "32.5"), ("80", "104", "30"), ("82", "76", "-7.3")]
)
def test_a_change_is_a_share_of_what_was_before(before: str, after: str, change: str) -> None:
    assert plain(percent_change(Decimal(before), Decimal(after)), 1) == change


@pytest.mark.parametrize(
    ("before", "after", "field"), [(0, 5, "before"), (-1, 5, "before"), (5, -1, "after"), (5.0, 5, "before")]
)
def test_a_change_of_nothing_is_refused(before: Any, after: Any, field: str) -> None:
    with pytest.raises(Unscorable) as refused:
        percent_change(before, after)
    assert refused.value.field == field


@pytest.mark.parametrize(("highest", "latest", "field"), [(0, 60, "highest"), (60, 0, "latest")])
def test_a_loss_needs_two_weights(highest: int, latest: int, field: str) -> None:
    with pytest.raises(Unscorable) as refused:
        loss_percent(highest=highest, latest=latest)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Fraction(1, 8), 2, "0.13"),
        (Fraction(-1, 8), 2, "-0.13"),
        (Decimal("2.5"), 0, "3"),
        (Decimal("0.04"), 1, "0.0"),
        (Decimal("-0.04"), 1, "0.0"),
        (Fraction(2, 3), 3, "0.667"),
        (12, 2, "12.00"),
    ],
)
def test_a_number_is_shown_with_half_rounded_away_from_zero(value: Any, places: int, text: str) -> None:
    assert str(shown(value, places)) == text


@FEW
@given(value=st.fractions(-1000, 1000), places=st.integers(0, 6))
def test_a_shown_number_is_off_by_half_of_its_last_place_at_most(value: Fraction, places: int) -> None:
    assert abs(Fraction(shown(value, places)) - value) <= Fraction(1, 2 * 10**places)


@pytest.mark.parametrize(
    ("value", "text"),
    [("3200", "3200"), ("0.667", "0.67"), ("1E+3", "1000"), ("3.50", "3.5"), ("0.00", "0"), ("10", "10")],
)
def test_a_plain_number_has_no_exponent_and_no_idle_zeros(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text
