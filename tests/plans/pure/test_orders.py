"""What cannot be meant is refused, with the field and the rule; numbers and units in words."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from apps.plans.dosing import Impossible, amounts, check
from apps.plans.dosing.words import number
from tests.plans.pure.sheet import HCQ, IVIG, PREDNISONE, TOPICAL_TACROLIMUS, body, dosage

ADULT = body("70", "175")
DAILY = dosage(PREDNISONE, "60")
COURSE = dosage(IVIG, "2", "g/kg", "1/4wk", basis="course", course_days=2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"dose": Decimal(0)}, "dose"),
        ({"dose": Decimal(-1)}, "dose"),
        ({"dose": Decimal("NaN")}, "dose"),
        ({"dose": Decimal("Infinity")}, "dose"),
        ({"unit": "mcg"}, "unit"),
        ({"unit": "[iU]"}, "unit"),
        ({"unit": ""}, "unit"),
        ({"unit": "%"}, "unit"),
        ({"route": "topical", "unit": "mg/kg"}, "unit"),
        ({"route": "topical", "unit": "%", "dose": Decimal(101)}, "unit"),
        ({"frequency": 0}, "frequency"),
        ({"frequency": -1}, "frequency"),
        ({"period": 0}, "period"),
        ({"frequency": 25}, "frequency"),
        ({"period_unit": "h"}, "period_unit"),
        ({"basis": "week"}, "basis"),
        ({"course_days": 2}, "course_days"),
        ({"stops_on": date(2026, 3, 1)}, "stops_on"),
    ],
)
def test_a_dosage_that_cannot_be_meant_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Impossible) as refused:
        amounts([replace(DAILY, **change)], ADULT)
    assert refused.value.field == field
    assert refused.value.rule


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"course_days": None}, "course_days"),
        ({"course_days": 0}, "course_days"),
        ({"course_days": 29}, "course_days"),
        ({"frequency": 15}, "course_days"),
    ],
)
def test_a_course_that_cannot_be_meant_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Impossible) as refused:
        amounts([replace(COURSE, **change)], ADULT)
    assert refused.value.field == field


def test_a_course_may_fill_its_whole_period_and_a_dosage_may_last_one_day_and_come_every_hour() -> None:
    assert amounts([replace(COURSE, course_days=28)], ADULT).g_per_course == 140
    assert amounts([replace(DAILY, stops_on=DAILY.starts_on)], ADULT).mg_per_day == 60
    assert amounts([replace(DAILY, frequency=24)], ADULT).mg_per_day == 24 * 60


@pytest.mark.parametrize(
    ("weight", "height", "field"),
    [("0", None, "weight_kg"), ("-5", None, "weight_kg"), ("70", "0", "height_cm"), ("70", "1.75", "height_cm")],
)
def test_a_body_that_nobody_has_is_refused(weight: str, height: str | None, field: str) -> None:
    with pytest.raises(Impossible) as refused:
        amounts([DAILY], body(weight, height))
    assert refused.value.field == field


def test_a_strength_may_be_a_hundred_per_cent() -> None:
    assert amounts([dosage(TOPICAL_TACROLIMUS, "100", "%")], ADULT).percent == 100


def test_a_strength_says_nothing_of_a_medicine_that_is_not_put_on_the_skin() -> None:
    with pytest.raises(Impossible) as refused:
        check([dosage(HCQ, "1", "%", route="")], ADULT, (), populations={"adult"}, medicine=HCQ)
    assert refused.value.field == "unit"
    ointment = dosage(TOPICAL_TACROLIMUS, "0.1", "%", "2/1d", route="")
    assert check([ointment], ADULT, (), populations={"adult"}, medicine=TOPICAL_TACROLIMUS).warnings == ()


def test_a_check_wants_dosages_of_its_medicine_that_run() -> None:
    for rows, field in (([], "dose"), ([dosage(PREDNISONE, "10")], "medicine")):
        with pytest.raises(Impossible) as refused:
            check(rows, ADULT, (), populations={"adult"}, medicine=HCQ)
        assert refused.value.field == field
    with pytest.raises(Impossible) as refused:
        check([DAILY], ADULT, (), populations={"adult"}, medicine=PREDNISONE, on=date(2026, 3, 1))
    assert refused.value.field == "starts_on"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (dosage(HCQ, "200", often="2/1d"), "200 mg twice a day"),
        (dosage(PREDNISONE, "0.50", "mg/kg"), "0.5 mg/kg once a day"),
        (dosage(PREDNISONE, "10", often="1/2d"), "10 mg once every 2 days"),
        (dosage(HCQ, "500", "ug", "3/1d"), "500 µg 3 times a day"),
        (COURSE, "2 g/kg over 2 days, once every 4 weeks"),
        (dosage(TOPICAL_TACROLIMUS, "0.1", "%"), "0.1 % once a day"),
        (dosage(IVIG, "15", "mg/m2", "1/1wk"), "15 mg/m² once a week"),
    ],
)
def test_a_dosage_in_words(one: Any, words: str) -> None:
    assert one.words == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Fraction(400, 52), "7.69"),
        (Fraction(1800, 7), "257"),
        (Fraction(60, 70), "0.86"),
        (Fraction(164), "164"),
        (Fraction("61.5"), "61.5"),
        (Fraction("1234.25"), "1234.25"),
        (Fraction(10000, 3), "3333"),
        (Fraction(37, 3000), "0.012"),
        (Fraction(0), "0"),
        (Fraction(5, 1000), "0.005"),
    ],
)
def test_a_number_is_shown_in_few_digits(value: Fraction, words: str) -> None:
    assert number(value) == words


def test_rounding_never_hides_on_which_side_of_a_bound_a_number_lies() -> None:
    assert number(Fraction("5.001"), [Fraction(5)]) == "5.001"
    assert number(Fraction("4.9996"), [Fraction(5)]) == "4.9996"
    assert number(Fraction(5), [Fraction(5)]) == "5"
