"""A dose against every source: a line each, exactly at a bound is within, and what follows from all of them."""

from dataclasses import asdict, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.knowledge.values import Medicine
from apps.plans.dosing import Body
from tests.plans.pure.asking import AMYOPATHIC, checked, codes, outcomes, the
from tests.plans.pure.sheet import (
    AZA_ROWS,
    AZATHIOPRINE,
    CYC_ROW,
    CYCLOPHOSPHAMIDE,
    HCQ,
    HCQ_LIMIT,
    HCQ_S3,
    IVIG,
    IVIG_ROWS,
    METHYLPREDNISOLONE,
    MTX_ROWS,
    PREDNISONE,
    PREDNISONE_ROWS,
    PULSE_ROW,
    START,
    TACROLIMUS_ROW,
    TOPICAL_TACROLIMUS,
    body,
    dosage,
    guidance,
)


def test_j01_the_sources_differ_about_60_mg_of_prednisone_and_each_has_its_line() -> None:
    found = checked(PREDNISONE, PREDNISONE_ROWS, dosage(PREDNISONE, "60"), of=body("70"))
    assert outcomes(found) == {
        "pred_s0": "below",
        "pred_s2": "within",
        "pred_s3": "other_population",
        "pred_bsr_adult": "within",
        "pred_bsr_juvenile": "other_population",
    }
    assert found.lines[0].sentence == (
        "60 mg/day ÷ 70 kg = 0.86 mg/kg/day; the source says 1 to 2, that is 70 to 140 mg/day (S0-06 [S])"
    )
    assert codes(found) == {"sources_disagree"}
    assert the(found, "sources_disagree").severity == "info"
    assert the(found, "sources_disagree").citations == ("S0-06 [S]", "S2-19 [S]", "P-BSR22 [V2]")


@pytest.mark.parametrize(
    ("dose", "expected"),
    [
        # D-01 at 80 kg: 80–160, 60–80 and 40–80 mg; exactly at a bound is within.
        ("39.99", ("below", "below", "below")),
        ("40", ("below", "below", "within")),
        ("60", ("below", "within", "within")),
        ("80", ("within", "within", "within")),
        ("80.01", ("within", "above", "above")),
        ("160", ("within", "above", "above")),
        ("160.01", ("above", "above", "above")),
    ],
)
def test_d01_the_ranges_of_prednisone_at_80_kg(dose: str, expected: tuple[str, ...]) -> None:
    found = outcomes(
        checked(PREDNISONE, PREDNISONE_ROWS, dosage(PREDNISONE, dose), of=body("80"), populations=AMYOPATHIC)
    )
    assert tuple(found[code] for code in ("pred_s0", "pred_s2", "pred_s3")) == expected


def test_a_dose_by_weight_that_passes_the_cap_is_over_it_and_one_at_the_cap_is_not_too_little() -> None:
    # At 110 kg 0.75 mg/kg are 82.5 mg, but the source stops at 80.
    heavy = {
        dose: checked(PREDNISONE, PREDNISONE_ROWS, dosage(PREDNISONE, dose), of=body("110")) for dose in ("80", "85")
    }
    assert outcomes(heavy["80"])["pred_s2"] == "within"
    assert outcomes(heavy["85"])["pred_s2"] == "over_cap"
    assert "85 mg/day; the source says 0.75 to 1" in heavy["85"].lines[1].arithmetic


def test_a_cap_is_seen_to_be_passed_without_a_weight_too() -> None:
    found = checked(PREDNISONE, PREDNISONE_ROWS, dosage(PREDNISONE, "85"), of=body())
    assert outcomes(found)["pred_s2"] == "over_cap"
    assert outcomes(found)["pred_s0"] == "not_assessable"


def test_outside_every_source_is_said_as_such() -> None:
    above = checked(PREDNISONE, PREDNISONE_ROWS, dosage(PREDNISONE, "150"), of=body("70"))
    assert (codes(above), the(above, "dose_above").severity) == ({"dose_above"}, "warning")
    below = checked(PREDNISONE, PREDNISONE_ROWS, dosage(PREDNISONE, "5"), of=body("70"))
    assert (codes(below), the(below, "dose_below").severity) == ({"dose_below"}, "info")
    assert len(the(below, "dose_below").citations) == 3


def test_above_one_source_and_below_another_is_a_disagreement() -> None:
    rows = (
        guidance("low", "mg", "1", "2", medicine="prednisone"),
        guidance("high", "mg", "5", "6", medicine="prednisone"),
    )
    assert codes(checked(PREDNISONE, rows, dosage(PREDNISONE, "3"), of=body("70"))) == {"sources_disagree"}


def test_what_to_begin_with_is_compared_at_the_beginning_only() -> None:
    start = dosage(AZATHIOPRINE, "50")
    first = checked(AZATHIOPRINE, AZA_ROWS, start, of=body("75"))
    # J07: 50 mg is 0.67 mg/kg, less than both ranges, but a source begins with it.
    assert outcomes(first) == {"aza_s0": "below", "aza_start": "within", "aza_s2": "below"}
    assert codes(first) == set()
    later = checked(AZATHIOPRINE, AZA_ROWS, start, of=body("75"), weeks_since_start=8)
    assert outcomes(later)["aza_start"] == "not_comparable"
    assert codes(later) == {"dose_below"}
    much = checked(AZATHIOPRINE, AZA_ROWS, dosage(AZATHIOPRINE, "150"), of=body("75"))
    assert (codes(much), the(much, "start_differs").severity) == ({"start_differs"}, "info")


def test_where_doses_follow_one_another_the_first_is_begun_with_and_the_largest_is_compared() -> None:
    steps = (
        dosage(AZATHIOPRINE, "50", stops_on=START + timedelta(days=13)),
        dosage(AZATHIOPRINE, "150", starts_on=START + timedelta(days=14)),
    )
    found = checked(AZATHIOPRINE, AZA_ROWS, *steps, of=body("75"))
    assert outcomes(found) == {"aza_s0": "within", "aza_start": "within", "aza_s2": "within"}
    assert (found.starts_on, found.stops_on) == (START + timedelta(days=14), None)
    assert found.arithmetic[0] == "from 2026-03-16"
    first = checked(AZATHIOPRINE, AZA_ROWS, *steps, of=body("75"), on=START)
    assert outcomes(first)["aza_s0"] == "below"
    assert found.amounts["mg_per_day"] == 150


@pytest.mark.parametrize(
    ("weeks", "dose", "expected"),
    [
        (15, "1", {"ivig_s0": "below", "ivig_s2": "below", "ivig_taper": "not_comparable"}),
        (16, "1", {"ivig_s0": "below", "ivig_s2": "below", "ivig_taper": "within"}),
        (0, "2", {"ivig_s0": "within", "ivig_s2": "within", "ivig_taper": "not_comparable"}),
        (16, "2", {"ivig_s0": "within", "ivig_s2": "within", "ivig_taper": "within"}),
    ],
)
def test_ivig_and_its_taper_after_sixteen_weeks(weeks: int, dose: str, expected: dict[str, str]) -> None:
    course = dosage(IVIG, dose, "g/kg", "1/4wk", basis="course", course_days=2)
    found = checked(IVIG, IVIG_ROWS, course, of=body("82"), weeks_since_start=weeks)
    assert outcomes(found) == expected
    assert codes(found) <= {"sources_disagree", "dose_below"}


def test_the_days_of_a_course_and_the_time_between_are_said_beside_the_dose() -> None:
    course = dosage(IVIG, "2", "g/kg", "1/4wk", basis="course", course_days=2)
    found = checked(IVIG, IVIG_ROWS, course, of=body("82"))
    assert found.lines[0].words == "Over 2 days; the source says 2 to 3. Every 28 days; the source says every month"
    assert found.lines[0].arithmetic == "2 g/kg a course; the source says 2, that is 164 g a course"
    in_one = checked(IVIG, IVIG_ROWS, replace(course, course_days=1), of=body("82"))
    assert (codes(in_one), the(in_one, "course_days").severity) == ({"course_days"}, "info")
    assert codes(checked(IVIG, IVIG_ROWS, replace(course, course_days=5), of=body("82"))) == set()


def test_a_course_written_as_single_doses_is_compared_as_what_it_comes_to() -> None:
    five_days = dosage(IVIG, "0.4", "g/kg", stops_on=START + timedelta(days=4))
    cycle = dosage(IVIG, "1", "g/kg", "2/4wk")
    in_a_week = dosage(IVIG, "1", "g/kg", "2/1wk")
    for one in (five_days, cycle, in_a_week):
        assert outcomes(checked(IVIG, IVIG_ROWS, one, of=body("82")))["ivig_s2"] == "within"
    endless = dosage(IVIG, "0.4", "g/kg")
    line = checked(IVIG, IVIG_ROWS, endless, of=body("82")).lines[0]
    assert (line.outcome, line.words) == ("not_comparable", "The source speaks of an amount a course")


def test_a_pulse_is_compared_by_the_day_on_which_it_is_given() -> None:
    daily = dosage(METHYLPREDNISOLONE, "1", "g", stops_on=START + timedelta(days=2))
    course = dosage(METHYLPREDNISOLONE, "3000", "mg", "1/1mo", basis="course", course_days=3)
    for one in (daily, course):
        assert outcomes(checked(METHYLPREDNISOLONE, (PULSE_ROW,), one, of=body("70"))) == {"pulse": "within"}
    double = replace(daily, dose=Decimal(2))
    assert codes(checked(METHYLPREDNISOLONE, (PULSE_ROW,), double, of=body("70"))) == {"dose_above"}
    swallowed = dosage(METHYLPREDNISOLONE, "32", route="oral")
    assert outcomes(checked(METHYLPREDNISOLONE, (PULSE_ROW,), swallowed, of=body("70"))) == {"pulse": "other_route"}
    anyhow = replace(PULSE_ROW, route="")
    assert outcomes(checked(METHYLPREDNISOLONE, (anyhow,), swallowed, of=body("70"))) == {"pulse": "not_comparable"}


def test_a_source_that_gives_no_dose_says_its_interval() -> None:
    one = dosage(CYCLOPHOSPHAMIDE, "1000", often="1/5wk")
    line = checked(CYCLOPHOSPHAMIDE, (CYC_ROW,), one, of=body("70")).lines[0]
    assert line.outcome == "not_comparable"
    assert line.words == "Gives no dose. Every 35 days; the source says every 4 to 6 weeks"


def test_strengths_are_compared_with_strengths_only() -> None:
    for strength, expected in (("0.03", "below"), ("0.1", "within"), ("0.2", "above")):
        one = dosage(TOPICAL_TACROLIMUS, strength, "%", "2/1d")
        assert outcomes(checked(TOPICAL_TACROLIMUS, (TACROLIMUS_ROW,), one, of=body())) == {"top": expected}
    grams = dosage(TOPICAL_TACROLIMUS, "1", "g", "2/1d")
    assert outcomes(checked(TOPICAL_TACROLIMUS, (TACROLIMUS_ROW,), grams, of=body())) == {"top": "not_comparable"}


def test_a_strength_is_not_compared_with_an_amount() -> None:
    ointment = dosage(TOPICAL_TACROLIMUS, "0.1", "%", "2/1d")
    row = guidance("amount", "mg", "1", "2", medicine="topical_tacrolimus")
    line = checked(TOPICAL_TACROLIMUS, (row,), ointment, of=body()).lines[0]
    assert (line.outcome, line.words) == ("not_comparable", "The source speaks of an amount a day")


def test_maintenance_is_compared_after_the_beginning_and_induction_always() -> None:
    rituximab = Medicine("rituximab", "Rituximab", "biologic", ("iv",))
    rows = (
        guidance("first", "g", "1", "1", medicine="rituximab", kind="induction", basis="dose", doses=2),
        guidance("then", "g", "1", "1", medicine="rituximab", kind="maintenance", basis="dose"),
    )
    one = dosage(rituximab, "1000", often="1/6mo")
    assert outcomes(checked(rituximab, rows, one, of=body())) == {"first": "within", "then": "not_comparable"}
    later = checked(rituximab, rows, one, of=body(), weeks_since_start=26)
    assert outcomes(later) == {"first": "within", "then": "within"}


def test_a_source_may_give_a_lower_end_alone() -> None:
    row = guidance("least", "mg/kg", "1", None, medicine="prednisone")
    found = [checked(PREDNISONE, (row,), dosage(PREDNISONE, dose), of=body("70")) for dose in ("69", "70", "7000")]
    assert [one.lines[0].outcome for one in found] == ["below", "within", "within"]
    assert found[0].lines[0].arithmetic.endswith("the source says at least 1, that is 70 mg/day")


def test_a_unit_that_is_not_understood_in_a_source_is_not_compared() -> None:
    row = guidance("odd", "[iU]/kg", "1", "2", medicine="prednisone")
    line = checked(PREDNISONE, (row,), dosage(PREDNISONE, "60"), of=body("70")).lines[0]
    assert (line.outcome, line.words) == ("not_comparable", "“[iU]/kg” is not compared")


def test_what_is_said_of_another_medicine_has_no_line() -> None:
    assert checked(PREDNISONE, MTX_ROWS, dosage(PREDNISONE, "60"), of=body("70")).lines == ()


def test_the_result_is_made_of_plain_values() -> None:
    plain = asdict(checked(HCQ, (HCQ_S3, HCQ_LIMIT), dosage(HCQ, "200", often="2/1d"), of=body("52")))
    assert plain["amounts"]["mg_kg_day"] == Decimal("7.6923")
    assert plain["lines"][1]["outcome"] == "above"
    assert plain["starts_on"] == date(2026, 3, 2)
    assert plain["arithmetic"] == ("200 mg twice a day = 400 mg/day", "400 mg/day ÷ 52 kg = 7.69 mg/kg/day")


RANKS = {"below": 0, "within": 1, "over_cap": 2, "above": 2}


@given(
    st.decimals(min_value=Decimal(1), max_value=Decimal(300), places=2),
    st.decimals(min_value=Decimal("0.01"), max_value=Decimal(100), places=2),
    st.decimals(min_value=Decimal(10), max_value=Decimal(150), places=1),
)
def test_a_larger_dose_never_stands_lower_against_a_source(dose: Decimal, more: Decimal, weight: Decimal) -> None:
    of = Body(weight_kg=weight)
    less = outcomes(checked(PREDNISONE, PREDNISONE_ROWS, dosage(PREDNISONE, str(dose)), of=of, populations=AMYOPATHIC))
    much = outcomes(
        checked(PREDNISONE, PREDNISONE_ROWS, dosage(PREDNISONE, str(dose + more)), of=of, populations=AMYOPATHIC)
    )
    assert all(RANKS[less[code]] <= RANKS[much[code]] for code in less if less[code] in RANKS)
