"""What dosages come to: the numbers of the sheet, and what has to hold for all."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.plans.dosing import Amounts, Dosage, Impossible, amounts, prednisone_equivalent
from tests.plans.pure.sheet import (
    CO_TRIMOXAZOLE,
    HCQ,
    IVIG,
    METHOTREXATE,
    METHYLPREDNISOLONE,
    PREDNISONE,
    START,
    TOPICAL_TACROLIMUS,
    body,
    dosage,
)

ADULT = body("70", "175")


def near(value: Fraction | None, places: int) -> Decimal:
    assert value is not None
    return Decimal(f"{float(value):.{places}f}")


@pytest.mark.parametrize(("weight", "per_kg"), [("52", "7.7"), ("60", "6.7"), ("70", "5.7"), ("80", "5.0")])
def test_hydroxychloroquine_200_mg_twice_a_day_is_5_mg_per_kg_at_80_kg_only(weight: str, per_kg: str) -> None:
    found = amounts([dosage(HCQ, "200", often="2/1d")], body(weight))
    assert found.mg_per_day == 400
    assert near(found.mg_kg_day, 1) == Decimal(per_kg)


def test_j03_two_dosages_over_the_days_of_a_week_add_up() -> None:
    week = [dosage(HCQ, "200", often="5/1wk"), dosage(HCQ, "400", often="2/1wk")]
    found = amounts(week, body("52"))
    assert found.mg_per_day == Fraction(1800, 7)
    assert found.mg_kg_day == Fraction(1800, 7 * 52)
    assert near(found.mg_kg_day, 2) == Decimal("4.95")
    assert found.lines == (
        "200 mg 5 times a week + 400 mg twice a week = 257 mg/day on average",
        "257 mg/day ÷ 52 kg = 4.95 mg/kg/day",
    )


@pytest.mark.parametrize(("weight", "per_kg"), [("70", "0.86"), ("82", "0.73")])
def test_j01_and_j02_60_mg_of_prednisone_a_day(weight: str, per_kg: str) -> None:
    assert near(amounts([dosage(PREDNISONE, "60")], body(weight)).mg_kg_day, 2) == Decimal(per_kg)


def test_j03_half_a_milligram_per_kg_is_26_mg_at_52_kg() -> None:
    found = amounts([dosage(PREDNISONE, "0.5", "mg/kg")], body("52"))
    assert (found.mg_per_day, found.mg_kg_day) == (Fraction(26), Fraction(1, 2))


def test_j08_methotrexate_10_mg_a_week_is_14_3_mg_per_m2_for_the_child() -> None:
    found = amounts([dosage(METHOTREXATE, "10", often="1/1wk")], body("17", "104"))
    assert found.mg_per_week == 10
    assert near(found.mg_m2_week, 1) == Decimal("14.3")


@pytest.mark.parametrize(
    ("height", "weight", "dose", "flat"),
    [
        ("160", "60", "15", "24.5"),
        ("160", "60", "20", "32.7"),
        ("170", "75", "15", "28.2"),
        ("170", "75", "20", "37.6"),
    ],
)
def test_d03_a_dose_by_body_surface_in_milligrams(height: str, weight: str, dose: str, flat: str) -> None:
    found = amounts([dosage(METHOTREXATE, dose, "mg/m2", "1/1wk")], body(weight, height))
    assert near(found.mg_per_week, 1) == Decimal(flat)
    assert (found.mg_m2_week, found.mg_m2_day) == (Fraction(dose), Fraction(dose) / 7)


def test_ivig_2_g_per_kg_over_2_days_is_164_g_for_82_kg_in_all() -> None:
    course = dosage(IVIG, "2", "g/kg", "1/4wk", basis="course", course_days=2)
    found = amounts([course], body("82"))
    assert (found.g_per_course, found.mg_per_course, found.g_kg_course) == (
        Fraction(164),
        Fraction(164_000),
        Fraction(2),
    )
    # 164 g every 28 days, on average.
    assert found.mg_per_day == Fraction(164_000, 28)
    assert found.mg_per_dose is None
    assert found.lines == ("2 g/kg over 2 days, once every 4 weeks", "2 g/kg a course × 82 kg = 164 g a course")


def test_a_month_is_the_twelfth_part_of_a_year_and_not_four_weeks() -> None:
    monthly = amounts([dosage(IVIG, "120", "g", "1/1mo", basis="course", course_days=2)], ADULT)
    assert monthly.mg_per_day is not None
    assert monthly.mg_per_day * Fraction("365.25") == 12 * 120_000
    four_weekly = amounts([dosage(IVIG, "120", "g", "1/4wk", basis="course", course_days=2)], ADULT)
    assert four_weekly.mg_per_day is not None
    assert four_weekly.mg_per_day > monthly.mg_per_day


def test_alternate_days_average() -> None:
    assert amounts([dosage(PREDNISONE, "10", often="1/2d")], ADULT).mg_per_day == 5


def test_dosages_one_after_the_other_do_not_add_up_and_most_counts() -> None:
    first = dosage(PREDNISONE, "60", stops_on=date(2026, 3, 29))
    then = dosage(PREDNISONE, "50", starts_on=date(2026, 3, 30))
    assert amounts([first, then], ADULT).mg_per_day == 60
    assert amounts([then, first], ADULT).mg_per_day == 60
    assert amounts([first, then], ADULT, on=date(2026, 3, 29)).mg_per_day == 60
    assert amounts([first, then], ADULT, on=date(2026, 3, 30)).mg_per_day == 50
    assert amounts([first, then], ADULT, on=date(2026, 3, 1)) == Amounts(
        mg_per_day=Fraction(0), mg_per_week=Fraction(0)
    )


def test_on_the_day_that_two_dosages_share_they_add_up() -> None:
    first = dosage(PREDNISONE, "60", stops_on=date(2026, 3, 30))
    then = dosage(PREDNISONE, "50", starts_on=date(2026, 3, 30))
    assert amounts([first, then], ADULT).mg_per_day == 110


def test_nothing_ordered_is_nothing_taken() -> None:
    assert amounts([], ADULT).mg_per_day == 0


def test_what_is_missing_of_the_body_is_named_and_the_rest_is_there() -> None:
    found = amounts([dosage(PREDNISONE, "1", "mg/kg")], body())
    assert (found.mg_per_day, found.mg_kg_day, found.missing) == (None, Fraction(1), ("weight",))
    surface = amounts([dosage(METHOTREXATE, "15", "mg/m2", "1/1wk")], body("17"))
    assert (surface.mg_per_week, surface.mg_m2_week, surface.missing) == (None, Fraction(15), ("height",))
    assert amounts([dosage(PREDNISONE, "60")], body()).mg_kg_day is None


def test_a_weight_older_than_365_days_does_not_hold() -> None:
    one = dosage(HCQ, "200", often="2/1d")
    assert amounts([one], body("52", weight_on=START - timedelta(days=365))).mg_kg_day == Fraction(400, 52)
    assert amounts([one], body("52", weight_on=START - timedelta(days=366))).mg_kg_day is None
    aged = body("52", weight_on=START)
    assert amounts([one], aged, today=START + timedelta(days=365)).mg_kg_day is not None
    assert amounts([one], aged, today=START + timedelta(days=366)).mg_kg_day is None


def test_strengths_do_not_add_up() -> None:
    twice = [dosage(TOPICAL_TACROLIMUS, "0.1", "%", "2/1d"), dosage(TOPICAL_TACROLIMUS, "0.03", "%")]
    found = amounts(twice, ADULT)
    assert (found.percent, found.mg_per_day) == (Fraction(1, 10), None)
    stronger = [replace(twice[1], stops_on=START), replace(twice[0], starts_on=START + timedelta(days=1))]
    assert amounts(stronger, ADULT).percent == Fraction(1, 10)


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (dosage(METHOTREXATE, "10", often="1/1wk"), "10 mg once a week = 10 mg/week"),
        (dosage(METHOTREXATE, "10", often="1/2wk"), "10 mg once every 2 weeks = 5 mg/week on average"),
        (dosage(PREDNISONE, "10", often="1/2d"), "10 mg once every 2 days = 5 mg/day on average"),
        (dosage(PREDNISONE, "10", often="2/1d"), "10 mg twice a day = 20 mg/day"),
        (dosage(PREDNISONE, "10", often="2/1wk"), "10 mg twice a week = 2.86 mg/day on average"),
    ],
)
def test_how_much_that_is_stands_beside_how_often(one: Dosage, line: str) -> None:
    assert amounts([one], ADULT).lines[0] == line


def test_orders_by_weight_and_without_add_up_in_words_too() -> None:
    found = amounts([dosage(PREDNISONE, "10"), dosage(PREDNISONE, "0.5", "mg/kg")], ADULT)
    assert found.mg_per_day == 45
    assert found.lines[1] == "(10 mg + 0.5 mg/kg)/day at 70 kg = 45 mg/day"
    by_surface = amounts([dosage(PREDNISONE, "10"), dosage(PREDNISONE, "10", "mg/m2")], body("100", "36"))
    # 100 kg and 36 cm would make one square metre.
    assert by_surface.lines[1] == "(10 mg + 10 mg/m²)/day at 100 kg and 1 m² = 20 mg/day"


def test_two_medicines_are_not_added_up() -> None:
    with pytest.raises(Impossible) as refused:
        amounts([dosage(PREDNISONE, "10"), dosage(CO_TRIMOXAZOLE, "10")], ADULT)
    assert refused.value.field == "medicine"


def test_rounded_amounts_have_four_places() -> None:
    found = amounts([dosage(HCQ, "200", often="2/1d")], body("52")).rounded()
    assert found["mg_kg_day"] == Decimal("7.6923")
    assert "mg_per_course" not in found


MASSES = {"mg": Fraction(1), "g": Fraction(1000), "ug": Fraction(1, 1000)}
doses = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(5000), places=2)
timings = st.tuples(st.integers(1, 4), st.integers(1, 8), st.sampled_from(["d", "wk", "mo"]))
units = st.sampled_from(["mg", "mg/kg", "mg/m2"])


@st.composite
def dosages(draw: Any) -> Dosage:
    frequency, period, period_unit = draw(timings)
    return replace(
        dosage(PREDNISONE, str(draw(doses)), draw(units)), frequency=frequency, period=period, period_unit=period_unit
    )


def values(found: Amounts) -> dict[str, Fraction]:
    return {name: value for name, value in vars(found).items() if isinstance(value, Fraction)}


@given(dosages(), doses)
def test_more_of_a_dose_is_more_of_everything(one: Dosage, more: Decimal) -> None:
    less, much = values(amounts([one], ADULT)), values(amounts([replace(one, dose=one.dose + more)], ADULT))
    assert less.keys() == much.keys()
    assert all(less[name] < much[name] for name in less)


@given(dosages())
def test_two_halves_are_the_whole(one: Dosage) -> None:
    half = replace(one, dose=one.dose / 2)
    assert amounts([half, half], ADULT) == amounts([one], ADULT)


@given(dosages())
def test_two_halves_of_a_course_are_the_whole(one: Dosage) -> None:
    course = replace(one, basis="course", course_days=1, frequency=1)
    half = replace(course, dose=course.dose / 2)
    assert amounts([half, half], ADULT) == amounts([course], ADULT)


@given(dosages(), st.sampled_from(["g", "ug"]))
def test_the_unit_of_mass_changes_nothing(one: Dosage, mass: str) -> None:
    unit = one.unit.replace("mg", mass)
    if unit == "ug/m2":
        return
    other = replace(one, unit=unit, dose=one.dose / Decimal(int(MASSES[mass])) if mass == "g" else one.dose * 1000)
    assert amounts([other], ADULT) == amounts([one], ADULT)


@given(dosages())
def test_a_week_is_seven_days_and_once_a_week_every_seven_days(one: Dosage) -> None:
    weekly, daily = replace(one, period_unit="wk"), replace(one, period_unit="d", period=one.period * 7)
    assert amounts([weekly], ADULT).mg_per_week == amounts([daily], ADULT).mg_per_week


@given(dosages(), dosages())
def test_the_order_of_dosages_changes_nothing(one: Dosage, other: Dosage) -> None:
    assert amounts([one, other], ADULT) == amounts([other, one], ADULT)


def test_prednisone_equivalent_adds_all_steroids_by_their_factors() -> None:
    medicines = {one.code: one for one in (PREDNISONE, METHYLPREDNISOLONE, HCQ)}
    taken = [dosage(PREDNISONE, "20"), dosage(METHYLPREDNISOLONE, "8", route="oral"), dosage(HCQ, "200")]
    found = prednisone_equivalent(taken, medicines, ADULT)
    # 20 + 8 × 1.25.
    assert found.mg_per_day == 30
    assert found.lines == (
        "Prednisone 20 mg/day × 1 = 20 mg/day",
        "Methylprednisolone 8 mg/day × 1.25 = 10 mg/day",
    )


def test_prednisone_equivalent_is_not_known_without_the_weight_that_it_takes() -> None:
    medicines = {PREDNISONE.code: PREDNISONE}
    found = prednisone_equivalent([dosage(PREDNISONE, "1", "mg/kg")], medicines, body())
    assert (found.mg_per_day, found.missing) == (None, ("weight",))
    assert prednisone_equivalent([dosage(PREDNISONE, "1", "mg/kg")], medicines, body("30")).mg_per_day == 30
    assert prednisone_equivalent([], medicines, body()).mg_per_day == 0


def test_prednisone_equivalent_per_kg_needs_a_weight_only_where_it_was_not_ordered_so() -> None:
    medicines = {one.code: one for one in (PREDNISONE, METHYLPREDNISOLONE)}
    both = [dosage(PREDNISONE, "0.5", "mg/kg"), dosage(METHYLPREDNISOLONE, "8", route="oral")]
    # 0.5 + 8 × 1.25 ÷ 40.
    assert prednisone_equivalent(both, medicines, body("40")).mg_kg_day == Fraction(3, 4)
    assert prednisone_equivalent(both, medicines, body()).mg_kg_day is None
    assert prednisone_equivalent(both[:1], medicines, body()).mg_kg_day == Fraction(1, 2)
    assert prednisone_equivalent(both[1:], medicines, body()).mg_per_day == 10
    assert prednisone_equivalent([], medicines, body()).mg_kg_day == 0


def test_prednisone_equivalent_follows_a_taper_day_by_day() -> None:
    taper = [dosage(PREDNISONE, "20", stops_on=START), dosage(PREDNISONE, "15", starts_on=START + timedelta(days=1))]
    medicines = {PREDNISONE.code: PREDNISONE}
    assert prednisone_equivalent(taper, medicines, ADULT, on=START).mg_per_day == 20
    assert prednisone_equivalent(taper, medicines, ADULT, on=START + timedelta(days=1)).mg_per_day == 15
