"""Limits, orders that are refused, and what cannot be assessed: what DS-07 and DS-08 of the sheet are about."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.knowledge.values import Citation
from apps.plans.dosing import UnsafeOrder
from tests.plans.pure.asking import AMYOPATHIC, JUVENILE, checked, codes, outcomes, the, weekly
from tests.plans.pure.sheet import (
    CO_TRIMOXAZOLE,
    FOLIC_ACID,
    HCQ,
    HCQ_LIMIT,
    HCQ_S3,
    METHOTREXATE,
    METHYLPREDNISOLONE,
    MTX_LIMIT_ADULT,
    MTX_LIMIT_JUVENILE,
    MTX_ROWS,
    MTX_S0,
    MTX_S3,
    PREDNISONE,
    PREDNISONE_ROWS,
    START,
    body,
    dosage,
    guidance,
)

CHILD = body("17", "104")


def test_j03_400_mg_of_hydroxychloroquine_pass_the_limit_at_52_kg_and_257_do_not() -> None:
    rows = (HCQ_S3, HCQ_LIMIT)
    much = checked(HCQ, rows, dosage(HCQ, "200", often="2/1d"), of=body("52"), populations=AMYOPATHIC)
    assert outcomes(much) == {"hcq_s3": "within", "hcq_limit": "above"}
    assert codes(much) == {"over_limit"}
    warning = the(much, "over_limit")
    assert (warning.severity, warning.citations) == ("warning", ("P-RCO20, P-AAO16 [V]",))
    assert warning.arithmetic == (
        "400 mg/day ÷ 52 kg = 7.69 mg/kg/day; at most 5, that is 260 mg/day (P-RCO20, P-AAO16 [V])"
    )
    week = (dosage(HCQ, "200", often="5/1wk"), dosage(HCQ, "400", often="2/1wk"))
    assert "over_limit" not in codes(checked(HCQ, rows, *week, of=body("52"), populations=AMYOPATHIC))


def test_exactly_the_limit_is_not_above_it() -> None:
    assert codes(checked(HCQ, (HCQ_LIMIT,), dosage(HCQ, "200", often="2/1d"), of=body("80"))) == set()
    over = checked(HCQ, (HCQ_LIMIT,), dosage(HCQ, "200", often="2/1d"), of=body("79.999"))
    assert codes(over) == {"over_limit"}
    # Rounding must not make it look like 5.
    assert "= 5.0001 mg/kg/day; at most 5," in the(over, "over_limit").arithmetic


@pytest.mark.parametrize(("dose", "over"), [("25", False), ("25.01", True)])
def test_methotrexate_above_25_mg_a_week_is_urgent_in_adults(dose: str, over: bool) -> None:
    found = checked(METHOTREXATE, MTX_ROWS, weekly(dose), of=body("75", "170"))
    assert outcomes(found)["mtx_limit_juvenile"] == "other_population"
    assert ("over_limit" in codes(found)) is over
    if over:
        assert the(found, "over_limit").severity == "urgent"


def test_j08_the_limit_of_a_child_goes_by_its_surface() -> None:
    fifteen = checked(METHOTREXATE, MTX_ROWS, weekly("15", route="sc"), of=CHILD, populations=JUVENILE)
    assert outcomes(fifteen)["mtx_limit_adult"] == "other_population"
    warning = the(fifteen, "over_limit")
    assert warning.severity == "urgent"
    assert (
        "= 21.4 mg/m²/week; at most 20, that is 14 mg/week, and at most 40 mg/week (P-SHARE [V])" in warning.arithmetic
    )
    for dose in ("10", "14"):
        found = checked(METHOTREXATE, MTX_ROWS, weekly(dose, route="sc"), of=CHILD, populations=JUVENILE)
        assert outcomes(found)["mtx_limit_juvenile"] == "within"
        assert "over_limit" not in codes(found)


def test_whoever_no_limit_is_meant_for_is_not_taken_to_be_within_one() -> None:
    found = checked(METHOTREXATE, MTX_ROWS, weekly("30"), of=body("60", "170"), populations={"any"})
    assert the(found, "no_limit").severity == "warning"
    assert (
        the(found, "no_limit").words
        == "Methotrexate: limits are known for adult and juvenile only, none for this patient."
    )
    assert "no_limit" not in codes(checked(METHOTREXATE, MTX_ROWS, weekly("30"), of=body("60", "170")))


def test_a_large_adolescent_is_held_by_the_40_mg_and_not_by_the_surface() -> None:
    # 250 cm and 90 kg make 2.5 m²: 20 mg/m² would be 50 mg.
    tall = body("90", "250")
    inside = checked(METHOTREXATE, (MTX_LIMIT_JUVENILE,), weekly("40"), of=tall, populations=JUVENILE)
    assert outcomes(inside) == {"mtx_limit_juvenile": "within"}
    beyond = checked(METHOTREXATE, (MTX_LIMIT_JUVENILE,), weekly("41"), of=tall, populations=JUVENILE)
    assert outcomes(beyond) == {"mtx_limit_juvenile": "over_cap"}
    assert codes(beyond) == {"over_limit"}


def test_d03_by_surface_an_adult_would_get_more_than_by_the_flat_dose() -> None:
    found = checked(
        METHOTREXATE, (MTX_S0, MTX_S3, MTX_LIMIT_ADULT), weekly("25"), of=body("75", "170"), populations=AMYOPATHIC
    )
    assert outcomes(found) == {"mtx_s0": "within", "mtx_s3": "below", "mtx_limit_adult": "within"}
    assert "÷ 1.88 m²" in found.lines[1].arithmetic
    assert "that is 28.2 to 37.6 mg/week" in found.lines[1].arithmetic
    smaller = checked(METHOTREXATE, (MTX_S3,), weekly("25"), of=body("60", "160"), populations=AMYOPATHIC)
    assert outcomes(smaller) == {"mtx_s3": "within"}
    assert (
        "÷ 1.63 m² = 15.3 mg/m²/week; the source says 15 to 20, that is 24.5 to 32.7 mg/week"
        in smaller.lines[0].arithmetic
    )


@pytest.mark.parametrize(
    "often", ["1/1d", "2/1wk", "1/6d", "5/1mo", "1/2d", "4/4wk", "52/364d", "4/1mo", "1/1mo", "1/2wk", "1/14d"]
)
def test_methotrexate_ordered_in_any_other_way_than_once_in_seven_days_is_refused(often: str) -> None:
    with pytest.raises(UnsafeOrder, match="Methotrexate is given once a week and never daily") as refused:
        checked(METHOTREXATE, MTX_ROWS, dosage(METHOTREXATE, "2.5", often=often), of=body("70"))
    assert "S0-13, S2-24 [S]" in str(refused.value)


def test_a_course_of_methotrexate_over_days_is_refused_and_a_later_daily_order_too() -> None:
    course = replace(weekly("15"), basis="course", course_days=3)
    later = dosage(METHOTREXATE, "15", starts_on=START + timedelta(days=365))
    for orders in ([course], [weekly("15", stops_on=START), later]):
        with pytest.raises(UnsafeOrder):
            checked(METHOTREXATE, MTX_ROWS, *orders, of=body("70"))


@pytest.mark.parametrize("often", ["1/1wk", "1/7d"])
def test_methotrexate_once_in_seven_days_is_not_refused(often: str) -> None:
    assert (
        checked(METHOTREXATE, MTX_ROWS, dosage(METHOTREXATE, "15", often=often), of=body("70")).medicine
        == "methotrexate"
    )


def test_two_weekly_orders_at_once_add_up_and_are_pointed_at() -> None:
    found = checked(METHOTREXATE, MTX_ROWS, weekly("15"), weekly("15"), of=body("70", "170"))
    assert {"several_orders", "over_limit"} <= codes(found)
    assert found.amounts["mg_per_week"] == 30


def test_methotrexate_beside_trimethoprim_is_urgent_whichever_is_asked_about() -> None:
    found = checked(METHOTREXATE, (), weekly("15"), of=body("70"), beside=[FOLIC_ACID, CO_TRIMOXAZOLE, CO_TRIMOXAZOLE])
    assert [(one.code, one.severity) for one in found.warnings] == [("clash", "urgent"), ("no_source", "warning")]
    assert found.warnings[0].citations == ("S0-13, S2-24 [S]",)
    other = checked(CO_TRIMOXAZOLE, (), dosage(CO_TRIMOXAZOLE, "960"), of=body("70"), beside=[METHOTREXATE])
    assert codes(other) == {"clash"}


def test_without_a_weight_what_goes_by_weight_is_not_assessable_and_a_limit_says_so_louder() -> None:
    found = checked(HCQ, (HCQ_S3, HCQ_LIMIT), dosage(HCQ, "200", often="2/1d"), of=body(), populations=AMYOPATHIC)
    assert outcomes(found) == {"hcq_s3": "within", "hcq_limit": "not_assessable"}
    assert found.lines[1].needs == ("weight",)
    assert the(found, "no_weight").severity == "warning"
    steroid = checked(PREDNISONE, PREDNISONE_ROWS, dosage(PREDNISONE, "60"), of=body())
    assert the(steroid, "no_weight").severity == "info"


def test_without_a_height_a_surface_is_not_assessable() -> None:
    found = checked(METHOTREXATE, (MTX_LIMIT_JUVENILE,), weekly("15"), of=body("17"), populations=JUVENILE)
    assert found.lines[0].needs == ("height",)
    assert codes(found) == {"no_height"}
    by_surface = checked(METHOTREXATE, (MTX_S3,), weekly("15", "mg/m2"), of=body(), populations=AMYOPATHIC)
    assert outcomes(by_surface) == {"mtx_s3": "within"}


def test_a_weight_of_more_than_a_year_ago_does_not_count() -> None:
    old = body("52", weight_on=START - timedelta(days=366))
    found = checked(HCQ, (HCQ_LIMIT,), dosage(HCQ, "200", often="2/1d"), of=old)
    assert outcomes(found) == {"hcq_limit": "not_assessable"}
    since = body("52", weight_on=START)
    late = checked(HCQ, (HCQ_LIMIT,), dosage(HCQ, "200", often="2/1d"), of=since, today=START + timedelta(days=366))
    assert outcomes(late) == {"hcq_limit": "not_assessable"}


def test_a_course_is_not_compared_with_what_is_taken_daily_but_its_average_keeps_a_limit() -> None:
    course = dosage(METHYLPREDNISOLONE, "3", "g", "1/4wk", basis="course", course_days=3)
    daily = guidance("daily", "mg", "50", "100", medicine="methylprednisolone")
    limit = guidance("limit", "mg", None, "100", medicine="methylprednisolone", kind="limit")
    found = checked(METHYLPREDNISOLONE, (daily, limit), course, of=body("70"))
    # 3,000 mg in 28 days are 107 mg a day.
    assert outcomes(found) == {"daily": "not_comparable", "limit": "above"}


def test_a_hospitals_own_value_is_named_as_such() -> None:
    own = replace(HCQ_LIMIT, high=Decimal(4), citation=Citation("hcq_limit", (), ("P-RCO20",), "LP", local=True))
    found = checked(HCQ, (own,), dosage(HCQ, "360"), of=body("80"))
    assert the(found, "over_limit").citations == ("P-RCO20 [LP], set here",)


@given(st.integers(1, 400), st.integers(1, 400))
def test_the_limit_is_passed_exactly_when_the_dose_is_more_than_five_times_the_weight(dose: int, weight: int) -> None:
    found = checked(HCQ, (HCQ_LIMIT,), dosage(HCQ, str(dose)), of=body(str(weight)))
    assert ("over_limit" in codes(found)) is (dose > 5 * weight)
