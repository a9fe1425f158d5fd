"""Judging a picture: windows, order, evidence, words, severity, what clears, and what is unknown. Nothing of a database."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Site
from apps.escalation import evaluator
from apps.escalation import picture as pictures
from apps.escalation.evaluator import Judgement
from apps.escalation.picture import Known, Picture
from apps.patients.models import Patient
from tests.escalation.house import shipped

NOON = datetime.fromisoformat("2026-04-13T12:00:00+02:00")
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class Wording:
    """What the evaluator needs of a version."""

    when: str
    clears: str = "by_person"
    severity: str = "urgent"
    variants: list[dict[str, Any]] = field(default_factory=list)
    values: dict[str, float] = field(default_factory=dict)


def wording(code: str) -> Wording:
    """A criterion as it is shipped."""
    row = shipped(code)
    values = {name: float(one["value"]) for name, one in row.get("parameters", {}).items()}
    return Wording(row["when"], row["clears"], row["severity"], row.get("variants", []), values)


SW_00, SW_01, LU_00 = wording("SW-00"), wording("SW-01"), wording("LU-00")


def known(kind: str, code: str, at: datetime | str, value: Any = None, **more: Any) -> Known:
    """A fact, recorded when it was true unless said."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    made: dict[str, Any] = {"id": uuid4(), "name": code.upper(), "recorded_at": moment, **more}
    return Known(kind=kind, code=code, value=value, effective_at=moment, **made)


def screened(value: int, at: datetime | str = NOON - HOUR, **more: Any) -> Known:
    return known("observation", "eat10", at, value, **more)


def complication(code: str, at: datetime | str = NOON - HOUR, **more: Any) -> Known:
    return known("condition", code, at, category="complication", **more)


def assessed(at: datetime | str) -> Known:
    return known("assessment", "slt_assessment", at, discipline="slt")


def resolution(at: datetime | str, discipline: str = "slt", **more: Any) -> Known:
    return known("resolution", "dysphagia", at, discipline=discipline, **more)


def look(*facts: Known, at: datetime = NOON, zone: str = "Europe/Berlin", **more: Any) -> Picture:
    """A picture as it promises to be: the most recent fact first."""
    rows = sorted(facts, key=lambda fact: fact.effective_at, reverse=True)
    described: dict[str, Any] = {"status": "active", "onset": "adult", "birth_date": date(1960, 1, 1), **more}
    return Picture(UUID(int=1), at, ZoneInfo(zone), facts=tuple(rows), **described)


def as_read(facts: list[Known], at: datetime = NOON) -> Picture:
    """A picture as reading makes it, from facts in any order."""
    patient = Patient(
        site=Site(time_zone="Europe/Berlin"),
        status="active",
        onset="adult",
        birth_date=date(1960, 1, 1),
        pk=UUID(int=1),
    )
    return pictures._picture(patient, at, list(facts))


def judge(*facts: Known, by: Wording = SW_01, **more: Any) -> Judgement:
    return evaluator.judge(look(*facts, **more), by)


def when(text: str, *facts: Known, **more: Any) -> bool | None:
    return judge(*facts, by=Wording(text), **more).fires


# SW-01: EAT-10 of 3 or more, and no assessment by SLT within 28 days, both ends included.


@pytest.mark.parametrize(("value", "fires"), [(0, False), (2, False), (3, True), (4, True), (40, True)])
def test_a_swallow_screen_is_positive_from_three_on(value: int, fires: bool) -> None:
    assert judge(screened(value)).fires is fires


@pytest.mark.parametrize(("days", "fires"), [(0, False), (27, False), (28, False), (29, True)])
def test_an_assessment_counts_for_twenty_eight_days(days: int, fires: bool) -> None:
    assert judge(screened(8), assessed(NOON - days * DAY)).fires is fires


@pytest.mark.parametrize(
    ("now", "then", "within"),
    [
        # Dates are compared, whatever the time of day.
        ("2026-04-13T23:59:00+02:00", "2026-03-16T00:00:00+01:00", True),
        ("2026-04-13T00:00:00+02:00", "2026-03-15T23:59:59+01:00", False),
        # The same two instants around midnight at the site, as UTC has them: 15 and 16 March, and 13 and 14 April.
        ("2026-04-13T10:00:00+00:00", "2026-03-15T23:00:00+00:00", True),
        ("2026-04-13T10:00:00+00:00", "2026-03-15T22:59:59+00:00", False),
        ("2026-04-13T21:59:00+00:00", "2026-03-15T23:30:00+00:00", True),
        ("2026-04-13T22:00:00+00:00", "2026-03-15T23:30:00+00:00", False),
        # Over the end of summer time, 25 October 2026: the days are counted, not the hours.
        ("2026-11-02T00:30:00+01:00", "2026-10-05T00:30:00+02:00", True),
        ("2026-11-02T23:30:00+01:00", "2026-10-05T00:30:00+02:00", True),
        ("2026-11-02T00:30:00+01:00", "2026-10-04T23:59:00+02:00", False),
    ],
)
def test_day_windows_compare_dates_at_the_site(now: str, then: str, within: bool) -> None:
    at = datetime.fromisoformat(now)
    assert when('missing(slt_assessment, "28d")', assessed(then), at=at) is not within
    found = when('latest(eat10, "28d") >= 3.0', screened(8, then), at=at)
    assert found is (True if within else None)


@pytest.mark.parametrize(("zone", "missing"), [("Europe/Berlin", False), ("UTC", True), ("America/New_York", True)])
def test_the_dates_are_those_of_the_site(zone: str, missing: bool) -> None:
    """23:30 UTC on 15 March is 16 March in Berlin only, where that is 28 days before 13 April."""
    found = when('missing(slt_assessment, "28d")', assessed("2026-03-15T23:30:00+00:00"), at=NOON, zone=zone)
    assert found is missing


@pytest.mark.parametrize(
    ("then", "within"),
    [
        ("2026-03-27T12:00:00+01:00", True),  # 71 hours, since an hour was left out on 29 March
        ("2026-03-27T11:00:00+01:00", True),  # exactly 72
        ("2026-03-27T10:59:59+01:00", False),
        ("2026-03-30T12:00:00+02:00", True),
    ],
)
def test_hour_windows_compare_instants(then: str, within: bool) -> None:
    at = datetime.fromisoformat("2026-03-30T12:00:00+02:00")
    assert when('missing(eat10, "72h")', screened(8, then), at=at) is not within


@pytest.mark.parametrize(("days", "fires"), [(27, True), (28, True), (29, False)])
def test_conditions_have_windows_too(days: int, fires: bool) -> None:
    assert when('complication("dysphagia", "28d")', complication("dysphagia", NOON - days * DAY)) is fires


def test_the_latest_value_is_the_one_that_was_true_last_and_not_the_one_entered_last() -> None:
    late = screened(8, NOON - 3 * DAY, recorded_at=NOON)
    newest = screened(1, NOON - DAY, recorded_at=NOON - DAY)
    for facts in ([late, newest], [newest, late]):
        assert evaluator.judge(as_read(facts), SW_01).fires is False
    newest = replace(newest, value=9)
    for facts in ([late, newest], [newest, late]):
        assert evaluator.judge(as_read(facts), SW_01).evidence == (newest,)


def test_of_two_values_of_one_moment_the_one_entered_last_counts() -> None:
    first, second = screened(8, recorded_at=NOON - HOUR), screened(1, recorded_at=NOON - HOUR / 2)
    for facts in ([first, second], [second, first]):
        assert evaluator.judge(as_read(facts), SW_01).fires is False


def test_what_lies_ahead_is_not_true_yet_and_its_time_is_known() -> None:
    ahead, further = screened(8, NOON + HOUR), screened(8, NOON + 2 * HOUR)
    seen = as_read([further, ahead])
    assert (seen.facts, seen.ahead) == ((), NOON + HOUR)
    assert evaluator.judge(seen, SW_01).fires is None
    assert evaluator.judge(as_read([ahead], NOON + HOUR), SW_01).fires is True


# Missing is not normal.


def test_a_screen_that_is_not_there_is_unknown_and_said_to_be_missing() -> None:
    found = judge()
    assert found.fires is None
    assert found.missing == ("eat10",)
    assert (found.evidence, found.words, found.variant) == ((), (), None)


def test_what_is_missing_within_a_window_is_said_with_the_window() -> None:
    found = judge(screened(8, NOON - 29 * DAY), by=Wording('latest(eat10, "28d") >= 3.0'))
    assert found.fires is None
    assert len(found.missing) == 1
    assert "eat10" in found.missing[0]
    assert "28 days" in found.missing[0]


def test_everything_that_is_missing_is_listed_once() -> None:
    found = judge(by=Wording("latest(eat10) >= 3.0 && latest(fois) <= 3.0 && latest(eat10) <= 30.0"))
    assert found.fires is None
    assert sorted(found.missing) == ["eat10", "fois"]


def test_what_is_decided_without_the_missing_value_is_not_unknown() -> None:
    assert judge(assessed(NOON - DAY)) == Judgement(False)
    assert when('latest(eat10) >= 3.0 || finding("choking")', known("condition", "choking", NOON, category="finding"))


def test_findings_and_complications_that_are_not_there_are_absent_and_not_unknown() -> None:
    assert judge(by=SW_00) == Judgement(False)
    assert judge(by=LU_00) == Judgement(False)


# Conditions.


@pytest.mark.parametrize(
    ("by", "code"),
    [
        (SW_00, "dysphagia"),
        (SW_00, "aspiration_pneumonia"),
        (LU_00, "interstitial_lung_disease"),
        (LU_00, "dyspnoea"),
        (LU_00, "respiratory_muscle_weakness"),
        (LU_00, "pneumonitis"),
    ],
)
def test_a_recorded_complication_fires_until_it_is_resolved(by: Wording, code: str) -> None:
    there = complication(code, NOON - 400 * DAY)
    assert judge(there, by=by).fires is True
    assert judge(replace(there, resolved_at=NOON + SECOND), by=by).fires is True
    assert judge(replace(there, resolved_at=NOON), by=by).fires is False
    assert judge(replace(there, resolved_at=NOON - DAY), by=by).fires is False


@pytest.mark.parametrize(("by", "code"), [(SW_00, "pneumonitis"), (LU_00, "dysphagia"), (LU_00, "calcinosis_cutis")])
def test_another_complication_does_not_fire(by: Wording, code: str) -> None:
    assert judge(complication(code), by=by).fires is False


def test_a_finding_is_no_complication() -> None:
    assert judge(known("condition", "dysphagia", NOON, category="finding"), by=SW_00).fires is False


# Severity.


@pytest.mark.parametrize(
    ("severity", "variant"), [("", None), ("mild", None), ("moderate", None), ("severe", "emergency")]
)
def test_a_severe_lung_complication_is_an_emergency(severity: str, variant: str | None) -> None:
    found = judge(complication("pneumonitis", severity=severity), by=LU_00)
    assert found.fires is True
    assert (found.variant or {}).get("severity") == variant


def test_a_severe_complication_that_is_resolved_makes_no_emergency_of_a_mild_one() -> None:
    over = complication("pneumonitis", severity="severe", resolved_at=NOON - DAY)
    assert judge(over, complication("dyspnoea", severity="mild"), by=LU_00).variant is None


def test_an_aspiration_pneumonia_is_an_emergency_and_dysphagia_is_not() -> None:
    swallowing, lung = complication("dysphagia"), complication("aspiration_pneumonia")
    assert judge(swallowing, by=SW_00).variant is None
    for facts in ((lung,), (swallowing, lung)):
        found = judge(*facts, by=SW_00).variant
        assert found is not None
        assert found["severity"] == "emergency"


# Evidence and words.


def test_the_evidence_is_what_the_true_conditions_rest_on() -> None:
    worse, swallowing = screened(8), complication("dysphagia")
    found = judge(worse, screened(1, NOON - 9 * DAY), swallowing, assessed(NOON - 40 * DAY))
    assert found.evidence == (worse,)
    assert found.absence is True
    both = judge(swallowing, complication("aspiration_pneumonia"), worse, by=SW_00)
    assert {fact.code for fact in both.evidence} == {"dysphagia", "aspiration_pneumonia"}
    assert both.absence is False


def test_each_fact_is_evidence_once() -> None:
    severe = complication("dyspnoea", severity="severe")
    assert judge(severe, by=LU_00).evidence == (severe,)


def test_two_complications_of_one_kind_are_two_pieces_of_evidence() -> None:
    assert len(judge(complication("dyspnoea"), complication("dyspnoea", NOON - DAY), by=LU_00).evidence) == 2


def test_a_condition_that_does_not_hold_gives_no_evidence() -> None:
    low, swallowing = screened(1), complication("dysphagia")
    found = judge(low, swallowing, by=Wording('latest(eat10) >= 3.0 || complication("dysphagia")'))
    assert found.evidence == (swallowing,)
    assert judge(low).evidence == ()


def test_the_words_say_the_number_its_name_its_time_at_the_site_and_what_is_not_there() -> None:
    found = judge(screened(8, "2026-04-12T22:30:00+00:00", name="Eating Assessment Tool"))
    number, absent = found.words
    assert "Eating Assessment Tool" in number
    assert "8" in number
    assert "13 April 2026" in number
    assert "00:30" in number
    assert "slt assessment" in absent
    assert "28 days" in absent


def test_the_words_say_how_severe_a_complication_is_and_each_line_once() -> None:
    found = judge(complication("dyspnoea", severity="severe", name="New breathlessness"), by=LU_00)
    assert len(found.words) == 1
    assert "New breathlessness" in found.words[0]
    assert "severe" in found.words[0]


@pytest.mark.parametrize(
    ("onset", "born", "flag", "holds"),
    [
        ("adult", date(2008, 4, 13), "adult", True),  # 18 today
        ("adult", date(2008, 4, 14), "adult", False),
        ("juvenile", date(1990, 1, 1), "adult", False),
        ("juvenile", date(1990, 1, 1), "jdm", True),
        ("adult", date(1990, 1, 1), "jdm", False),
    ],
)
def test_who_is_an_adult_and_who_has_the_juvenile_disease(onset: str, born: date, flag: str, holds: bool) -> None:
    assert when(flag, onset=onset, birth_date=born) is holds


# Clearing.

EVIDENCE, OPENED = NOON - 5 * DAY, NOON - 4 * DAY


def clears(*facts: Known, by: Wording = SW_01) -> tuple[str, ...] | None:
    return evaluator.clears(look(*facts), by, since=EVIDENCE, opened_at=OPENED)


@pytest.mark.parametrize("by", [SW_00, SW_01])
def test_speech_and_language_therapy_ends_it(by: Wording) -> None:
    said = clears(resolution(NOON - DAY, name="Dysphagia"), by=by)
    assert said is not None
    assert "Dysphagia" in said[0]
    assert "12 April 2026" in said[0]


@pytest.mark.parametrize("discipline", ["rheumatology", "coordination", "pulmonology", ""])
def test_no_other_discipline_does(discipline: str) -> None:
    assert clears(resolution(NOON - DAY, discipline)) is None


def test_what_was_over_before_the_last_evidence_ends_nothing() -> None:
    assert clears(resolution(EVIDENCE - SECOND, recorded_at=NOON)) is None
    assert clears(resolution(EVIDENCE + SECOND, recorded_at=NOON)) is not None


def test_what_was_stated_before_it_was_opened_ends_nothing() -> None:
    assert clears(resolution(NOON, recorded_at=OPENED - SECOND)) is None


def test_another_problem_that_is_over_ends_nothing() -> None:
    assert clears(replace(resolution(NOON - DAY), code="choking")) is None


def test_numbers_that_get_better_end_nothing() -> None:
    assert clears(screened(0), assessed(NOON)) is None


def test_what_only_a_person_ends_is_never_ended_by_facts() -> None:
    assert clears(resolution(NOON - DAY), by=LU_00) is None


# For any facts.

CODES = st.sampled_from(["eat10", "fois", "weight", "temp", "wst3oz"])
MOMENTS = st.integers(-60 * 24, 24).map(lambda hours: NOON + hours * HOUR)
IDS = st.uuids()


@st.composite
def any_facts(draw: st.DrawFn) -> Known:
    """A fact of the shipped criteria."""
    at, recorded = draw(MOMENTS), draw(MOMENTS)
    more: dict[str, Any] = {"id": draw(IDS), "recorded_at": recorded}
    kind = draw(st.sampled_from(["observation", "condition", "resolution", "assessment"]))
    if kind == "observation":
        return screened(draw(st.integers(0, 6)), at, **more)
    if kind == "condition":
        code = draw(st.sampled_from(["dysphagia", "aspiration_pneumonia", "dyspnoea", "pneumonitis"]))
        over = draw(st.none() | st.just(at + DAY))
        return complication(code, at, severity=draw(st.sampled_from(["", "severe"])), resolved_at=over, **more)
    if kind == "resolution":
        return resolution(at, draw(st.sampled_from(["slt", "rheumatology"])), **more)
    return replace(assessed(at), **more)


@st.composite
def strange_facts(draw: st.DrawFn) -> Known:
    """A fact that no shipped criterion asks about."""
    at = draw(MOMENTS)
    kind = draw(st.sampled_from(["observation", "condition", "resolution", "assessment"]))
    code = draw(st.sampled_from(["fois", "weight", "ecg", "choking", "calcinosis_cutis", "slt"]))
    return known(kind, code, at, draw(st.integers(0, 40)), severity="severe", category="complication", discipline="slt")


UNIQUE: Any = {"max_size": 8, "unique_by": lambda fact: fact.id}


def verdicts(seen: Picture) -> list[Any]:
    """How every shipped criterion stands, and what would end it."""
    return [
        (evaluator.judge(seen, by), evaluator.clears(seen, by, since=EVIDENCE, opened_at=OPENED))
        for by in (SW_00, SW_01, LU_00)
    ]


@given(st.lists(any_facts(), **UNIQUE), st.lists(strange_facts(), max_size=5))
def test_facts_of_other_instruments_never_change_a_judgement(facts: list[Known], strange: list[Known]) -> None:
    assert verdicts(as_read([*strange, *facts])) == verdicts(as_read(facts))


@given(st.lists(any_facts(), **UNIQUE).flatmap(lambda facts: st.tuples(st.just(facts), st.permutations(facts))))
def test_the_order_of_facts_never_matters(orders: tuple[list[Known], list[Known]]) -> None:
    assert verdicts(as_read(orders[0])) == verdicts(as_read(orders[1]))


@given(st.lists(any_facts(), **UNIQUE))
def test_only_what_fires_has_evidence_and_only_what_is_unknown_lacks_something(facts: list[Known]) -> None:
    for by in (SW_00, SW_01, LU_00):
        found = evaluator.judge(as_read(facts), by)
        assert bool(found.missing) is (found.fires is None)
        assert bool(found.evidence) is (found.fires is True)
        assert set(found.evidence) <= set(facts)
