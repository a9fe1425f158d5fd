"""What the words about measured values come to: every word by a table that was reckoned by hand."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from apps.escalation.answers import plain
from apps.escalation.picture import Known
from tests.escalation.pictures import (
    DAY,
    NOON,
    TODAY,
    assessed,
    coded,
    fires,
    followed,
    judge,
    number,
    order,
    rule,
    series,
    target,
)  # fmt: skip
from tests.plans.pure.sheet import PREDNISONE

# Every word by itself.

FALLING = series("fvc_pp", (100, 80), (60, 70), (30, 75), (0, 72))


def says(text: str, *facts: Known, **more: Any) -> str | None:
    """What a word that is a number comes to, as the reason of a variant has it; None when it is unknown."""
    found = judge(
        rule("true", variants=[{"when": "true", "severity": "urgent", "reason": f"{{{text}}}"}]), *facts, **more
    )
    return None if found.reason == "unknown" else found.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("latest(fvc_pp)", "72"),
        ('latest(fvc_pp, "1d")', "72"),
        ("prior(fvc_pp)", "75"),
        ('prior(fvc_pp, "30d")', "75"),
        ('prior(fvc_pp, "29d")', None),
        ("base(fvc_pp)", "80"),
        ('hi(fvc_pp, "99d")', "75"),
        ('hi(fvc_pp, "100d")', "80"),
        ('hi(fvc_pp, "29d")', None),
        ('lo(fvc_pp, "99d")', "70"),
        ('lo(fvc_pp, "59d")', "75"),
        ('highest(fvc_pp, "29d")', "72"),
        ('highest(fvc_pp, "99d")', "75"),
        ('lowest(fvc_pp, "59d")', "72"),
        ('lowest(fvc_pp, "99d")', "70"),
        ('drop(fvc_pp, "99d")', "3"),
        ('drop(fvc_pp, "100d")', "8"),
        ('drop(fvc_pp, "29d")', None),
        ('rise(fvc_pp, "99d")', "2"),
        ('rise(fvc_pp, "59d")', "-3"),
        ('loss_percent(fvc_pp, "99d")', "4"),
        ('loss_percent(fvc_pp, "100d")', "10"),
        ('ratio(fvc_pp, "99d")', "1.03"),
        ('ratio(fvc_pp, "59d")', "0.96"),
        ('stepped_up(fvc_pp, "99d")', "5"),
        ('stepped_up(fvc_pp, "30d")', "5"),
        ('stepped_up(fvc_pp, "29d")', "-3"),
        ("drop_from_prior(fvc_pp)", "3"),
        ('drop_from_prior(fvc_pp, "30d")', "3"),
        ('drop_from_prior(fvc_pp, "29d")', None),
        ("rise_from_prior(fvc_pp)", "-3"),
        ('rise_from_prior(fvc_pp, "29d")', None),
        ("drop_from_base(fvc_pp)", "8"),
        ("rise_from_base(fvc_pp)", "-8"),
        ("days_since(fvc_pp)", "0"),
    ],
)
def test_a_word_over_four_values_comes_to_what_was_reckoned(text: str, expected: str | None) -> None:
    assert says(text, *FALLING) == expected


WORDS_OF_MEASURES = [
    "latest(fvc_pp)", "prior(fvc_pp)", "base(fvc_pp)", 'hi(fvc_pp, "9d")', 'lo(fvc_pp, "9d")', 'highest(fvc_pp, "9d")',
    'lowest(fvc_pp, "9d")', 'drop(fvc_pp, "9d")', 'rise(fvc_pp, "9d")', 'loss_percent(fvc_pp, "9d")', 'ratio(fvc_pp, "9d")',
    'stepped_up(fvc_pp, "9d")', "drop_from_prior(fvc_pp)", "rise_from_prior(fvc_pp)", "drop_from_base(fvc_pp)",
    "rise_from_base(fvc_pp)", "times_limit(fvc_pp)", "session_drop(fvc_pp, fvc)", "days_since(fvc_pp)", "target_low(fvc_pp)",
    "body_mass_index", "vc_ml_kg",
]  # fmt: skip


@pytest.mark.parametrize("text", WORDS_OF_MEASURES)
def test_without_any_value_every_word_is_unknown(text: str) -> None:
    assert says(text) is None


@pytest.mark.parametrize(
    "text",
    ["prior(fvc_pp)", 'hi(fvc_pp, "9d")', 'drop(fvc_pp, "9d")', 'stepped_up(fvc_pp, "9d")', "rise_from_prior(fvc_pp)"],
)
def test_with_one_value_nothing_is_compared(text: str) -> None:
    assert says(text, *series("fvc_pp", (0, 72))) is None


def test_a_percentage_or_a_multiple_of_nothing_is_unknown() -> None:
    nothing = series("fvc_pp", (5, 0), (0, 0))
    assert (says('loss_percent(fvc_pp, "9d")', *nothing), says('ratio(fvc_pp, "9d")', *nothing)) == (None, None)


@pytest.mark.parametrize(
    ("marked", "expected"), [((), "97"), ((100,), "97"), ((60,), "96"), ((100, 30), "95"), ((0,), "93")]
)
def test_the_base_is_what_a_clinician_marked_last_or_else_the_first(marked: tuple[int, ...], expected: str) -> None:
    told_at = {100: "97", 60: "96", 30: "95", 0: "93"}
    facts = [
        number("spo2_rest_ra", value, NOON - days * DAY, baseline=days in marked) for days, value in told_at.items()
    ]
    assert says("base(spo2_rest_ra)", *facts) == expected
    assert says("drop_from_base(spo2_rest_ra)", *facts) == plain(int(expected) - 93)


def test_the_fall_from_the_base_asks_for_a_value_in_the_window_and_not_for_a_base_in_it() -> None:
    facts = series("spo2_rest_ra", (400, 97), (28, 94))
    assert says('drop_from_base(spo2_rest_ra, "28d")', *facts) == "3"
    assert says('drop_from_base(spo2_rest_ra, "27d")', *facts) is None


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        # Days before the start, on which the values of 120, 130 and so on were; below 0 they lie after it.
        ((40, 28, 10), "130"),
        ((29, -1, -14), "121"),
        ((29, -14), "121"),
        ((29, -15), None),
        ((0, -1), "120"),
        ((28, -1), "120"),
    ],
)
def test_the_base_at_a_treatment_is_of_28_days_before_or_else_of_14_days_after(
    days: tuple[int, ...], expected: str | None
) -> None:
    values = {40: 110, 28: 120, 29: 120, 10: 130, 0: 120, -1: 121, -14: 121, -15: 122}
    start = NOON - 60 * DAY
    facts = [number("mmt8_150", values[one], start - one * DAY) for one in days]
    plan = followed(order(PREDNISONE, "60", TODAY - 60 * DAY))
    assert says('base(mmt8_150, "systemic_steroid")', *facts, plans=[plan]) == expected


def test_the_base_at_a_treatment_that_never_began_is_unknown() -> None:
    found = judge('base(mmt8_150, "systemic_steroid") < 150', number("mmt8_150", 100))
    assert found.missing == ("a course of systemic steroid",)


@pytest.mark.parametrize(
    ("value", "limit", "expected"), [("34", "18", "1.89"), ("18", "18", "1"), ("9", "0", None), ("9", None, None)]
)
def test_the_limit_is_the_one_that_came_with_the_value(value: str, limit: str | None, expected: str | None) -> None:
    given_limit = Decimal(limit) if limit else None
    older = number("tni", 90, NOON - 2 * DAY, limit=Decimal(30))
    assert says("times_limit(tni)", older, number("tni", value, limit=given_limit)) == expected


ONE, TWO, NONE = UUID(int=11), UUID(int=12), None


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        # Of each value: days ago, measure, value, session.
        ([(1, "rest", 97, ONE), (1, "nadir", 92, ONE)], "5"),
        ([(1, "rest", 97, ONE), (1, "nadir", 92, TWO)], None),
        ([(1, "rest", 97, NONE), (1, "nadir", 92, NONE)], None),
        ([(1, "rest", 97, ONE)], None),
        ([(9, "rest", 97, ONE), (9, "nadir", 92, ONE), (1, "rest", 96, TWO), (1, "nadir", 94, TWO)], "2"),
        ([(9, "rest", 97, ONE), (9, "nadir", 92, ONE), (1, "nadir", 80, TWO)], "5"),
        ([(9, "rest", 97, ONE), (9, "nadir", 92, ONE), (1, "rest", 90, NONE)], "5"),
        ([(10, "rest", 97, ONE), (10, "nadir", 92, ONE)], None),
    ],
)
def test_a_fall_is_one_within_the_last_test_that_has_both(sessions: list[Any], expected: str | None) -> None:
    codes = {"rest": "spo2_rest_ra", "nadir": "spo2_exert_nadir"}
    facts = [number(codes[code], value, NOON - days * DAY, session=at) for days, code, value, at in sessions]
    assert says('session_drop(spo2_rest_ra, spo2_exert_nadir, "9d")', *facts) == expected


@pytest.mark.parametrize(
    ("days", "window", "missing"), [(None, "9d", True), (9, "9d", False), (10, "9d", True), (0, "1d", False)]
)
@pytest.mark.parametrize("made", [assessed, lambda at: number("slt_assessment", 1, at)], ids=["assessment", "value"])
def test_missing_is_true_of_absence_in_its_window(made: Any, days: int | None, window: str, missing: bool) -> None:
    facts = [] if days is None else [made(NOON - days * DAY)]
    assert fires(f'missing(slt_assessment, "{window}")', *facts) is missing
    assert fires("missing(slt_assessment)", *facts) is (days is None)


@pytest.mark.parametrize(
    ("last", "now", "days"),
    [
        ("2026-04-12 23:59", "2026-04-13 00:00", 1),
        ("2026-04-13 00:00", "2026-04-13 23:59", 0),
        ("2026-03-28 12:00", "2026-03-30 11:00", 2),
        ("2026-02-28 12:00", "2026-03-01 00:00", 1),
        ("2024-02-28 12:00", "2024-03-01 00:00", 2),
    ],
)
def test_days_since_are_whole_days_of_the_calendar(last: str, now: str, days: int) -> None:
    from_ = number("cdasi_a", 9, last)
    at = number("x", 0, now).effective_at
    assert says("days_since(cdasi_a)", from_, at=at) == str(days)


def test_values_that_are_words_or_yes_and_no_are_told_as_they_are() -> None:
    assert [fires('latest(wst3oz) == "fail"', coded("wst3oz", value)) for value in ("fail", "pass")] == [True, False]
    assert [fires("latest(nil_by_mouth)", coded("nil_by_mouth", value)) for value in (True, False)] == [True, False]
    before = coded("wst3oz", "pass", NOON - DAY)
    assert fires('prior(wst3oz) == "pass"', before, coded("wst3oz", "fail")) is True


@pytest.mark.parametrize(
    ("low", "high", "more", "own"),
    [
        ("88", "92", {}, True),
        ("88", None, {}, True),
        (None, "92", {}, False),
        ("88", None, {"starts_at": NOON}, True),
        ("88", None, {"starts_at": NOON + DAY}, False),
        ("88", None, {"ends_at": NOON}, False),
        ("88", None, {"ends_at": NOON + DAY}, True),
        ("88", None, {"code": "spo2_exert_nadir"}, False),
    ],
)
def test_a_range_of_ones_own_holds_from_its_beginning_to_its_end(
    low: str | None, high: str | None, more: dict[str, Any], own: bool
) -> None:
    targets = [target(low, high, **more)]
    assert fires("own_target(spo2_rest_ra)", targets=targets) is own
    assert says("target_low(spo2_rest_ra)", targets=targets) == (low if own else None)


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        ([("bmi", 18.4, 1)], "18.4"),
        ([("bmi", 18.4, 366)], None),
        ([("weight", 50, 1), ("height", 160, 900)], "19.53"),
        ([("weight", 50, 366), ("height", 160, 1)], None),
        ([("weight", 50, 1)], None),
        ([("bmi", 18.4, 2), ("weight", 50, 1), ("height", 160, 9)], "19.53"),
        ([("bmi", 18.4, 1), ("weight", 50, 2), ("height", 160, 9)], "18.4"),
        ([("bmi", 18.4, 2), ("weight", 50, 1)], "18.4"),
        ([("bmi", 18.4, 1), ("weight", 50, 1), ("height", 160, 9)], "18.4"),
    ],
)
def test_the_body_mass_index_is_the_last_one_or_of_the_last_weight(measured: list[Any], expected: str | None) -> None:
    assert (
        says("body_mass_index", *[number(code, value, NOON - days * DAY) for code, value, days in measured]) == expected
    )


@pytest.mark.parametrize(("days", "expected"), [(1, "20"), (365, "20"), (366, None)])
def test_vital_capacity_is_told_for_each_kilogram_of_a_weight_of_a_year(days: int, expected: str | None) -> None:
    assert says("vc_ml_kg", number("fvc", "1.2"), number("weight", 60, NOON - days * DAY)) == expected
