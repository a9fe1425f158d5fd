"""Judging a picture: which value counts, evidence and circumstances, words, severity, and what is unknown. No database."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from apps.escalation import evaluator
from apps.escalation.evaluator import Judgement
from apps.escalation.language import BadExpression
from tests.escalation.pictures import (
    DAY,
    HOUR,
    NOON,
    antibody,
    assessed,
    coded,
    complication,
    finding,
    fires,
    judge,
    look,
    number,
    referred,
    rule,
    ruling_of,
    screened,
    target,
)

SW_00, SW_01, LU_00 = ruling_of("SW-00"), ruling_of("SW-01"), ruling_of("LU-00")

# Which value counts.


def test_the_latest_value_is_the_one_that_was_true_last_and_not_the_one_entered_last() -> None:
    late = screened(8, NOON - 3 * DAY, recorded_at=NOON)
    newest = screened(1, NOON - DAY)
    for facts in ([late, newest], [newest, late]):
        assert judge(SW_01, *facts).fires is False
    newest = replace(newest, value=9)
    for facts in ([late, newest], [newest, late]):
        assert judge(SW_01, *facts).evidence == (newest,)


def test_of_two_values_of_one_moment_the_one_entered_last_counts() -> None:
    first, second = screened(8, recorded_at=NOON - HOUR), screened(1, recorded_at=NOON - HOUR / 2)
    for facts in ([first, second], [second, first]):
        assert judge(SW_01, *facts).fires is False


def test_what_lies_ahead_is_not_true_yet_and_its_time_is_known() -> None:
    ahead, further = screened(8, NOON + HOUR), screened(8, NOON + 2 * HOUR)
    seen = look(further, ahead)
    assert (seen.facts, seen.ahead) == ((), NOON + HOUR)
    assert evaluator.judge(seen, SW_01).fires is None
    assert judge(SW_01, ahead, at=NOON + HOUR).fires is True


# Evidence and circumstances.


def test_the_evidence_is_what_the_true_conditions_rest_on() -> None:
    worse, swallowing = screened(8), complication("dysphagia")
    found = judge(SW_01, worse, screened(1, NOON - 9 * DAY), swallowing, assessed(NOON - 40 * DAY))
    assert found.evidence == (worse,)
    assert found.absence is True
    both = judge(SW_00, swallowing, complication("aspiration_pneumonia"), worse)
    assert {fact.code for fact in both.evidence} == {"dysphagia", "aspiration_pneumonia"}
    assert both.absence is False


def test_a_condition_that_does_not_hold_gives_no_evidence() -> None:
    low, swallowing = screened(1), complication("dysphagia")
    found = judge('latest(eat10) >= 3.0 || complication("dysphagia")', low, swallowing)
    assert (found.evidence, found.context) == ((swallowing,), ())
    assert judge(SW_01, low).evidence == ()


def test_what_lies_within_a_part_that_does_not_hold_gives_none_either() -> None:
    lung, cough = number("spo2_rest_ra", 90), finding("new_cough")
    text = '(latest(spo2_rest_ra) <= 92 && severe("new_cough")) || finding("new_cough")'
    assert judge(text, lung, cough).evidence == (cough,)


def test_a_denied_condition_rests_on_what_denies_it() -> None:
    """Else no correction would ever withdraw it, and no new value would be news."""
    low = number("spo2_rest_ra", 90)
    found = judge("!(latest(spo2_rest_ra) > 92)", low)
    assert (found.fires, found.evidence) == (True, (low,))
    (words,) = found.words
    assert words.endswith("not above 92")


def test_circumstances_are_told_apart_from_evidence() -> None:
    before, last = number("fvc_pp", 82, NOON - 90 * DAY), number("fvc_pp", 77)
    swallow = coded("wst3oz", "fail", NOON - 20 * DAY)
    found = judge('dysphagia_active && drop(fvc_pp, "365d") >= 5', before, last, swallow)
    assert found.evidence == (last,)
    assert set(found.context) == {before, swallow}


def test_what_speaks_for_itself_is_no_circumstance() -> None:
    swallow = coded("wst3oz", "fail")
    found = judge('dysphagia_active && latest(wst3oz) == "fail"', swallow)
    assert (found.evidence, found.context) == ((swallow,), ())


def test_each_fact_is_evidence_once_and_each_clause_is_said_once() -> None:
    severe = complication("dyspnoea", severity="severe", name="New breathlessness")
    found = judge(LU_00, severe)
    assert found.evidence == (severe,)
    assert len(found.words) == 1
    assert "New breathlessness (severe)" in found.words[0]


def test_two_complications_of_one_kind_are_two_pieces_of_evidence() -> None:
    assert len(judge(LU_00, complication("dyspnoea"), complication("dyspnoea", NOON - DAY)).evidence) == 2


def test_a_referral_answers_and_is_no_evidence_of_a_patient() -> None:
    found = judge('open_referral("slt")', referred("slt"))
    assert (found.fires, found.evidence, found.context) == (True, (), ())


# Words.


def test_the_sentence_says_the_numbers_their_names_their_times_at_the_site_the_limits_and_what_is_not_there() -> None:
    found = judge(SW_01, screened(8, "2026-04-13 00:30", name="Eating Assessment Tool"))
    assert found.sentence == (
        "Eating Assessment Tool is 8 (13 April 2026, 00:30), at or above 3; there is no slt assessment within 28 days;"
        " there is no open referral to slt."
    )


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("latest(temp) >= p.fever", "at or above 38.0 °C"),
        ("p.fever <= latest(temp)", "at or above 38.0 °C"),
        ("p.fever < latest(temp)", "above 38.0 °C"),
        ("latest(temp) > 38.0", "above 38"),
        ("40 > latest(temp)", "under 40"),
        ("41 >= latest(temp)", "at or under 41"),
        ("latest(temp) != 38", "which is not 38"),
        ("latest(temp) < target_low(temp)", "under the lower bound of the patient's own range, 40"),
    ],
)
def test_a_comparison_says_its_limit_whichever_side_it_stands_on(text: str, limit: str) -> None:
    found = judge(rule(text, fever=("38.0", "Cel")), number("temp", "39.5"), targets=[target("40", code="temp")])
    assert [words.split("), ")[1] for words in found.words] == [limit]


@pytest.mark.parametrize(
    "text", ["latest(eat10) == 8", "8 == latest(eat10)", "latest(eat10) >= 8 && latest(eat10) == 8"]
)
def test_what_is_equal_is_said_once(text: str) -> None:
    assert "EAT10 is 8 (13 April 2026, 11:00)" in judge(text, screened(8)).words


# Severity.


@pytest.mark.parametrize(
    ("severity", "variant"), [("", None), ("mild", None), ("moderate", None), ("severe", "emergency")]
)
def test_a_variant_that_holds_is_taken(severity: str, variant: str | None) -> None:
    found = judge(LU_00, complication("pneumonitis", severity=severity))
    assert found.fires is True
    assert (found.variant or {}).get("severity") == variant


def variant(when: str, **more: Any) -> dict[str, Any]:
    return {"when": when, "severity": "emergency", **more}


def test_the_first_variant_that_holds_is_taken_and_one_that_is_unknown_is_not() -> None:
    several = [
        variant("latest(fois) < 3", name=1),
        variant("latest(eat10) > 9", name=2),
        variant("latest(eat10) > 5", name=3),
    ]
    three = rule("latest(eat10) >= 3", variants=several)
    assert [(judge(three, screened(value)).variant or {}).get("name") for value in (3, 6, 10)] == [None, 3, 2]
    assert judge(three, screened(2)).variant is None


def test_a_variant_adds_what_it_rests_on_and_says_its_values() -> None:
    eat, weak = screened(8), number("mip", "28.5")
    harder = variant("latest(mip) < p.weak", reason="It is {latest(mip)}, and {latest(fois)} before {p.weak}.")
    found = judge(rule("latest(eat10) >= 3", variants=[harder], weak=30), eat, weak)
    assert found.evidence == (eat, weak)
    assert found.reason == "It is 28.5, and unknown before 30."


# Populations.


@pytest.mark.parametrize(
    ("population", "onset", "born", "expected"),
    [
        ("any", "juvenile", "2020-01-01", True),
        ("adult", "adult", "2008-04-13", True),  # 18 today
        ("adult", "adult", "2008-04-14", False),
        ("adult", "juvenile", "1990-01-01", False),
        ("juvenile", "juvenile", "1990-01-01", True),
        ("juvenile", "adult", "2010-01-01", False),
    ],
)
def test_a_criterion_is_for_its_population_by_onset_and_age(
    population: str, onset: str, born: str, expected: bool
) -> None:
    whom = replace(rule("latest(eat10) >= 3"), population=population)
    described: dict[str, Any] = {"onset": onset, "birth_date": date.fromisoformat(born)}
    assert judge(whom, screened(8), **described).fires is expected
    flag = {"adult": "adult", "juvenile": "jdm"}.get(population)
    if flag is not None:
        assert fires(flag, **described) is expected
    if not expected:
        assert judge(whom, **described) == Judgement(False), "for others nothing is missing"


# Missing is not normal.


def test_a_screen_that_is_not_there_is_unknown_and_said_to_be_missing() -> None:
    assert judge(SW_01) == Judgement(None, missing=("eat10",))


def test_what_is_missing_within_a_window_is_said_with_the_window_and_its_name() -> None:
    found = judge('latest(eat10, "28d") >= 3.0', screened(8, NOON - 29 * DAY, name="Swallow screen"))
    assert (found.fires, found.missing) == (None, ("Swallow screen within 28 days",))


def test_everything_that_is_missing_is_listed_once_and_nothing_that_would_not_decide() -> None:
    assert judge("latest(eat10) >= 3 && latest(fois) <= 3 && latest(eat10) <= 30").missing == ("eat10", "fois")
    half = judge("latest(eat10) >= 3 && (latest(fois) <= 3 || latest(mip) > 1)", number("mip", 5))
    assert half.missing == ("eat10",)


def test_what_is_decided_without_the_missing_value_is_not_unknown() -> None:
    assert judge(SW_01, assessed(NOON - DAY)) == Judgement(False)
    assert fires('latest(eat10) >= 3.0 || finding("choking")', finding("choking")) is True


def test_findings_referrals_and_medicines_that_are_not_there_are_absent_and_not_unknown() -> None:
    for text in ('finding("choking")', 'complication("dysphagia")', 'open_referral("slt")', 'active("methotrexate")'):
        assert judge(text) == Judgement(False)


def test_an_antibody_that_was_never_tested_is_unknown() -> None:
    found = judge('antibody("mda5") == "positive"')
    assert (found.fires, found.missing) == (None, ("a test for MDA5 antibodies",))
    assert [fires('antibody("mda5") == "positive"', antibody(result)) for result in ("positive", "equivocal", "negative")] == [
        True, False, False,
    ]  # fmt: skip


def test_an_expression_that_is_no_condition_is_loud() -> None:
    with pytest.raises(BadExpression):
        judge("latest(nil_by_mouth)", number("nil_by_mouth", 1))
