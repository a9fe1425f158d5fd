"""Judging a picture: keys, clocks, and what ends what is open. No database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from apps.escalation import evaluator
from apps.escalation.evaluator import Judge
from apps.escalation.picture import Known
from apps.escalation.rulings import Ruling
from tests.escalation.pictures import (
    DAY,
    HOUR,
    NOON,
    SECOND,
    TODAY,
    assessed,
    complication,
    followed,
    judge,
    look,
    order,
    resolution,
    rule,
    ruling_of,
    screened,
)
from tests.plans.pure.sheet import AZATHIOPRINE, METHOTREXATE

SW_00, SW_01, LU_00 = ruling_of("SW-00"), ruling_of("SW-01"), ruling_of("LU-00")

# Keys.


def test_a_criterion_with_a_key_is_judged_for_each_medicine_that_is_taken_or_ended_lately() -> None:
    plan = followed(
        order(METHOTREXATE, "15", "2026-01-01", often="1/1wk"),
        order(AZATHIOPRINE, "50", "2026-01-01", TODAY - 28 * DAY),
    )
    each = replace(rule("active(key)"), key="medicine")
    seen = look(plans=[plan])
    assert evaluator.keys(seen, each) == ("azathioprine", "methotrexate")
    assert [evaluator.judge(seen, each, key).fires for key in evaluator.keys(seen, each)] == [False, True]
    assert evaluator.keys(look(plans=[plan], at=NOON + DAY), each) == ("methotrexate",)
    assert evaluator.keys(look(), each) == ()
    assert evaluator.keys(look(), rule("adult")) == ("",)


# Clocks.


def variant(when: str, **more: Any) -> dict[str, Any]:
    return {"when": when, "severity": "emergency", **more}


def test_an_hour_window_turns_the_moment_after_it_has_passed_and_a_day_window_in_the_morning() -> None:
    last, clock = screened(2, NOON - HOUR), 'missing(eat10, "72h")'
    found = judge(clock, last)
    assert (found.fires, found.turns_at) == (False, last.effective_at + timedelta(hours=72, microseconds=1))
    assert found.turns_at is not None
    assert judge(clock, last, at=found.turns_at - timedelta(microseconds=1)).fires is False
    assert judge(clock, last, at=found.turns_at).fires is True
    assert judge('missing(eat10, "3d")', last).turns_at is None


def test_the_clock_of_a_variant_turns_too() -> None:
    last = screened(8, NOON - HOUR)
    harder = rule("latest(eat10) >= 3", variants=[variant('missing(eat10, "4h")')])
    assert judge(harder, last).turns_at == last.effective_at + timedelta(hours=4, microseconds=1)


# Clearing.

EVIDENCE, OPENED = NOON - 5 * DAY, NOON - 4 * DAY


def clears(*facts: Known, by: Ruling = SW_01) -> tuple[str, ...] | None:
    return evaluator.clears(look(*facts), by, since=EVIDENCE, opened_at=OPENED)


@pytest.mark.parametrize("by", [SW_00, SW_01])
def test_speech_and_language_therapy_ends_it(by: Ruling) -> None:
    said = clears(resolution(NOON - DAY, name="Dysphagia"), by=by)
    assert said == ("Dysphagia resolved on 12 April 2026, 12:00, by slt",)


@pytest.mark.parametrize(
    "statement",
    [
        *[resolution(NOON - DAY, discipline) for discipline in ("rheumatology", "coordination", "")],
        resolution(EVIDENCE - SECOND, recorded_at=NOON),
        resolution(NOON, recorded_at=OPENED - SECOND),
        resolution(NOON - DAY, code="choking"),
    ],
    ids=[
        "rheumatology",
        "coordination",
        "nobody",
        "before the last evidence",
        "said before it was opened",
        "another problem",
    ],
)
def test_no_other_statement_does(statement: Known) -> None:
    assert clears(statement) is None


def test_one_of_the_very_moment_of_the_last_evidence_does() -> None:
    assert clears(resolution(EVIDENCE, recorded_at=NOON)) is not None


def test_numbers_that_get_better_end_nothing() -> None:
    assert clears(screened(0), assessed(NOON)) is None


def test_what_only_a_person_ends_is_never_ended_by_facts() -> None:
    assert clears(resolution(NOON - DAY), by=LU_00) is None


def test_one_judge_judges_by_many_and_forgets_what_was_before() -> None:
    seen = Judge(look(screened(8), complication("dyspnoea", severity="severe")))
    assert [seen.judge(one).fires for one in (SW_01, LU_00, SW_00)] == [True, True, False]
    assert seen.clears(SW_01, since=EVIDENCE, opened_at=OPENED) is None
    assert seen.judge(SW_01) == evaluator.judge(seen.picture, SW_01)
