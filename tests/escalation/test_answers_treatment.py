"""What the words about people, medicines and response come to."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.escalation.picture import Known
from tests.escalation.pictures import (
    DAY,
    NOON,
    RITUXIMAB,
    TODAY,
    assessed,
    core_set,
    fires,
    followed,
    judge,
    number,
    order,
    rule,
)  # fmt: skip
from tests.plans.pure.sheet import AZATHIOPRINE, FOLIC_ACID, HCQ, METHOTREXATE, METHYLPREDNISOLONE, PREDNISONE

WEEKLY = {"often": "1/1wk"}
STEROID = '"systemic_steroid"'


def weight(kilograms: float, days: int = 1) -> Known:
    return number("weight", kilograms, NOON - days * DAY)


def plan(*orders: Any, **more: Any) -> dict[str, Any]:
    """The orders in one plan."""
    return {"plans": [followed(*orders, **more)]}


def says(text: str, *facts: Known, **more: Any) -> str | None:
    found = judge(
        rule("true", variants=[{"when": "true", "severity": "urgent", "reason": f"{{{text}}}"}]), *facts, **more
    )
    return None if found.reason == "unknown" else found.reason


# Who it is.


def test_who_the_patient_is_is_told_as_it_is_on_record() -> None:
    person: dict[str, Any] = {"onset": "juvenile", "phenotype": "amyopathic", "sex": "male"}
    assert fires('onset == "juvenile" && phenotype == "amyopathic" && sex == "male"', **person) is True
    assert fires('onset == "adult" || phenotype == "classic" || sex == "female"', **person) is False


@pytest.mark.parametrize(("days", "expected"), [(0, "0"), (31, "31"), (None, None)])
def test_the_days_since_the_diagnosis_are_days_of_the_calendar(days: int | None, expected: str | None) -> None:
    diagnosed = None if days is None else TODAY - timedelta(days=days)
    assert says("days_since_diagnosis", diagnosed_on=diagnosed) == expected


@pytest.mark.parametrize(("result", "expected"), [("high", True), ("low", False), (None, None)])
def test_the_result_of_an_assessment_is_the_one_that_was_given_last(result: str | None, expected: bool | None) -> None:
    last = assessed(NOON - 9 * DAY, "imacs_risk", result)
    assert fires('result("imacs_risk") == "high"', last) is expected
    assert fires('result("imacs_risk", "8d") == "high"', last) is None
    before = assessed(NOON - 20 * DAY, "imacs_risk", "intermediate")
    assert fires('result("imacs_risk") == "intermediate"', last, before) is (result is None)


# What is taken.


@pytest.mark.parametrize(
    ("starts", "stops", "today", "tail"),
    [
        ("2026-04-13", None, True, True),
        ("2026-04-14", None, False, False),
        ("2026-01-01", "2026-04-13", True, True),
        ("2026-01-01", "2026-04-12", False, True),
        ("2026-01-01", "2026-03-16", False, True),
        ("2026-01-01", "2026-03-15", False, False),
    ],
)
def test_a_medicine_is_taken_from_its_first_day_to_its_last_and_so_many_days_more(
    starts: str, stops: str | None, today: bool, tail: bool
) -> None:
    there = plan(order(METHOTREXATE, "15", starts, stops, **WEEKLY))
    assert fires('active("methotrexate")', **there) is today
    assert fires('active("methotrexate", "28d")', **there) is tail
    assert fires('active("azathioprine", "28d")', **there) is False


@pytest.mark.parametrize(
    ("group", "there"), [("csdmard", True), ("immunosuppressant", True), ("systemic_steroid", False)]
)
def test_a_group_is_taken_when_one_of_it_is(group: str, there: bool) -> None:
    assert fires(f'active("{group}")', **plan(order(METHOTREXATE, "15", "2026-01-01", **WEEKLY))) is there
    assert fires(f'active("{group}")', **plan(order(PREDNISONE, "5", "2026-01-01"))) is not there


def test_a_plan_that_was_stopped_is_followed_no_more_from_that_day_on() -> None:
    for ago, there in ((1, True), (2, True), (3, False)):
        stopped = followed(order(HCQ, "200", "2026-01-01"), stopped=NOON - ago * DAY)
        assert fires('active("hydroxychloroquine", "2d")', plans=[stopped]) is there
        assert fires('active("hydroxychloroquine")', plans=[stopped]) is False


def test_the_days_of_a_course_count_from_its_beginning_through_every_plan() -> None:
    first = followed(order(PREDNISONE, "60", "2026-03-02"), since="2026-03-02 09:00")
    second = followed(order(PREDNISONE, "40", "2026-03-02"), since="2026-03-30 09:00")
    assert says(f"days_on({STEROID})", plans=[first, second]) == "42"
    assert says(f"days_on({STEROID})", plans=[first, second], at=NOON - DAY) == "41"
    gone = followed(order(HCQ, "200", "2026-03-30"), since="2026-03-30 09:00")
    assert says(f"days_on({STEROID})", plans=[first, gone]) is None


@pytest.mark.parametrize(
    ("orders", "kilograms", "a_day", "per_kg"),
    [
        ([order(HCQ, "200", "2026-01-01", often="2/1d")], 80, "400", "5"),
        (
            [order(HCQ, "200", "2026-01-01", often="5/1wk"), order(HCQ, "400", "2026-01-01", often="2/1wk")],
            52,
            "257.14",
            "4.95",
        ),
        ([order(HCQ, "400", "2026-01-01", often="1/2d")], 50, "200", "4"),
        ([order(HCQ, "5", "2026-01-01", unit="mg/kg")], 52, "260", "5"),
        ([order(HCQ, "200", "2026-01-01")], None, "200", None),
        ([order(HCQ, "5", "2026-01-01", unit="mg/kg")], None, None, None),
        ([], 80, "0", "0"),
    ],
)
def test_a_dose_is_that_of_an_average_day(
    orders: list[Any], kilograms: float | None, a_day: str | None, per_kg: str | None
) -> None:
    facts = [] if kilograms is None else [weight(kilograms)]
    assert says('dose_mg_day("hydroxychloroquine")', *facts, **plan(*orders)) == a_day
    assert says('dose_mg_kg_day("hydroxychloroquine")', *facts, **plan(*orders)) == per_kg


def test_a_weight_holds_for_a_year() -> None:
    there = plan(order(HCQ, "200", "2024-01-01"))
    for days, expected in ((365, "4"), (366, None)):
        assert says('dose_mg_kg_day("hydroxychloroquine")', weight(50, days), **there) == expected


def test_all_steroids_come_to_one_dose_of_prednisone() -> None:
    both = plan(order(PREDNISONE, "10", "2026-01-01"), order(METHYLPREDNISOLONE, "8", "2026-01-01"))
    assert says("prednisone_mg_day", **both) == "20"
    assert says("prednisone_mg_day") == "0"


# Strong steroids: 0.5 mg/kg a day, or a pulse into a vein, at any time of the course that goes on.

PULSE = order(METHYLPREDNISOLONE, "1000", "2026-03-02", "2026-03-04", route="iv")


@pytest.mark.parametrize(
    ("orders", "kilograms", "expected"),
    [
        ([order(PREDNISONE, "35", "2026-03-02")], 70, "42"),
        ([order(PREDNISONE, "34.9", "2026-03-02")], 70, None),
        ([order(PREDNISONE, "35", "2026-03-02")], None, None),
        ([order(PREDNISONE, "0.5", "2026-03-02", unit="mg/kg")], None, "42"),
        ([order(PREDNISONE, "35", "2026-03-02", "2026-03-20"), order(PREDNISONE, "10", "2026-03-21")], 70, "42"),
        ([order(PREDNISONE, "10", "2026-03-02", "2026-03-20"), order(PREDNISONE, "35", "2026-03-21")], 70, "42"),
        ([order(PREDNISONE, "35", "2026-03-02", "2026-03-20"), order(PREDNISONE, "10", "2026-03-22")], 70, None),
        ([PULSE, order(PREDNISONE, "5", "2026-03-05")], None, "42"),
        ([order(PREDNISONE, "35", "2026-03-02", "2026-04-12")], 70, None),
        ([order(PREDNISONE, "10", "2026-03-02", "2026-04-12"), order(PREDNISONE, "35", "2026-04-14")], 70, None),
    ],
)  # fmt: skip
def test_the_days_on_strong_steroids_count_from_the_beginning_of_a_course_in_which_it_was_reached(
    orders: list[Any], kilograms: float | None, expected: str | None
) -> None:
    facts = [] if kilograms is None else [weight(kilograms)]
    said = {"when": "true", "severity": "urgent", "reason": "{days_on_strong_steroid(p.dose)}"}
    strong = rule("true", variants=[said], dose=("0.5", "mg/kg/d"))
    assert judge(strong, *facts, **plan(*orders)).reason == (expected or "unknown")


# Suppressed immunity (C.0, LP): a medicine that suppresses, rituximab for 6 months, or 20 mg of prednisone for 14 days.


@pytest.mark.parametrize(
    ("orders", "suppressed"),
    [
        ([order(METHOTREXATE, "15", "2026-04-13", **WEEKLY)], True),
        ([order(AZATHIOPRINE, "50", "2026-01-01", "2026-04-12")], False),
        ([order(HCQ, "200", "2026-01-01")], False),
        ([order(FOLIC_ACID, "5", "2026-01-01")], False),
        ([order(RITUXIMAB, "1000", "2025-10-12", "2025-10-12", route="iv")], True),
        ([order(RITUXIMAB, "1000", "2025-10-11", "2025-10-11", route="iv")], False),
        ([order(PREDNISONE, "20", "2026-03-30")], True),
        ([order(PREDNISONE, "20", "2026-03-31")], False),
        ([order(PREDNISONE, "19.9", "2026-01-01")], False),
        ([order(METHYLPREDNISOLONE, "16", "2026-03-30")], True),
        ([order(PREDNISONE, "40", "2026-03-30", often="1/2d")], True),
        ([order(PREDNISONE, "60", "2026-01-01", "2026-04-12"), order(PREDNISONE, "10", "2026-04-13")], False),
        ([], False),
    ],
)
def test_immunity_is_suppressed_by_what_the_sheet_says(orders: list[Any], suppressed: bool) -> None:
    assert fires("immunosuppressed", weight(70), **plan(*orders)) is suppressed


def test_a_dose_that_cannot_be_told_counts_as_enough() -> None:
    assert fires("immunosuppressed", **plan(order(PREDNISONE, "0.3", "2026-01-01", unit="mg/kg"))) is True
    assert fires("immunosuppressed", weight(60), **plan(order(PREDNISONE, "0.3", "2026-01-01", unit="mg/kg"))) is False


# Response: the vectors of the sheet (B.2.1), on prednisone from 2 March, scored on 13 April.

START = "2026-03-02 08:00"
STEROIDS = plan(order(PREDNISONE, "60", "2026-03-02"))
VECTORS: dict[str, tuple[tuple[Any, ...], tuple[Any, ...], str]] = {
    "T1": ((6, 6, 112, 1.75, 3200, 3), (3.5, 4, 124, 1.25, 900, 2), "52.5"),
    "T2": ((5.5, 6, 118, 1.5, 2400, 3), (5, 5.8, 120, 1.5, 2100, 3), "2.5"),
    "T3": ((7, 7, 105, 2, 4000, 4), (1, 1.5, 147, 0.25, 180, 0.5), "90"),
    "T4": ((5, 5, 100, 1.5, 1500, 5), (4.5, 4.5, 103, 1.35, 1350, 4.5), "0"),
    "T5": ((3, 3, 140, 0.5, 300, 2), (6, 6, 110, 1.5, 1800, 4.5), "0"),
}


@pytest.mark.parametrize(("before", "after", "expected"), VECTORS.values(), ids=VECTORS.keys())
def test_the_improvement_is_that_of_the_vectors_of_the_sheet(
    before: tuple[Any, ...], after: tuple[Any, ...], expected: str
) -> None:
    facts = [*core_set(START, *before), *core_set(NOON, *after)]
    assert says(f"tis({STEROID})", *facts, **STEROIDS) == expected
    assert fires(f"no_tis({STEROID})", *facts, **STEROIDS) is False
    assert fires(f"tis({STEROID}) >= 20", *facts, **STEROIDS) is (Decimal(expected) >= 20)


BEFORE, AFTER = VECTORS["T1"][0], VECTORS["T1"][1]


@pytest.mark.parametrize("lacking", ["phga", "ptga", "mmt8_150", "haqdi", "ck", "extramusc"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_without_one_of_its_measures_there_is_no_score_and_it_says_which(lacking: str, when: str) -> None:
    before, after = core_set(START, *BEFORE), core_set(NOON, *AFTER)
    kept = [fact for fact in (before if when == "before" else after) if fact.code != lacking]
    facts = [*kept, *(after if when == "before" else before)]
    found = judge(f"tis({STEROID}) >= 20", *facts, **STEROIDS)
    assert found.fires is None
    assert any(lacking in words and when in words for words in found.missing), found.missing
    assert fires(f"no_tis({STEROID})", *facts, **STEROIDS) is True


@pytest.mark.parametrize(("days", "scored"), [(27, False), (28, True), (42, True)])
def test_with_a_window_only_a_score_so_many_days_after_the_start_counts(days: int, scored: bool) -> None:
    later = core_set(number("x", 0, START).effective_at + days * DAY, *AFTER)
    facts = [*core_set(START, *BEFORE), *later]
    assert says(f'tis({STEROID}, "28d")', *facts, **STEROIDS) == ("52.5" if scored else None)
    assert fires(f'no_tis({STEROID}, "28d")', *facts, **STEROIDS) is not scored
    assert says(f"tis({STEROID})", *facts, **STEROIDS) == "52.5"


def test_without_a_course_there_is_nothing_to_respond_to() -> None:
    found = judge(f"no_tis({STEROID})", *core_set(START, *BEFORE))
    assert (found.fires, found.missing) == (None, ("a course of systemic steroid",))
