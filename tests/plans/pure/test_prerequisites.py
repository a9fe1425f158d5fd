"""What has to be there before a medicine: the journeys' dates, and how a panel counts."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.knowledge.values import Panel, Requirement
from apps.plans.panels import Done, last_done, panel_state
from apps.plans.prerequisites import Standing, judge
from tests.plans.pure.sheet import (
    BLOODS,
    ECG,
    EYES,
    FBC,
    FOLIC_ACID,
    HCQ,
    LFT,
    METHOTREXATE,
    PR_01,
    PR_02_AZA,
    PR_02_MTX,
    TPMT,
    done,
    requirement,
)

BOTH_OPTIONS = frozenset({"eye_baseline", "ecg_baseline"})
DAY = date(2026, 6, 3)


def judged(rows: tuple[Requirement, ...], facts: dict[str, Done], on: date = DAY, **more: Any) -> list[Standing]:
    said: dict[str, Any] = {"options": BOTH_OPTIONS, "populations": {"any", "adult"}, "beside": set(), **more}
    return judge(rows, facts, on=on, **said)


def states(found: list[Standing]) -> dict[str, str]:
    return {one.requirement.citation.code: one.state.value for one in found}


def test_j01_a_bundle_of_three_days_ago_with_folic_acid_is_complete() -> None:
    facts = done(date(2026, 1, 2), *BLOODS)
    found = judged(PR_02_MTX, facts, date(2026, 1, 5), beside={"prednisone", "methotrexate", "folic_acid"})
    assert {one.state for one in found} == {"present"}
    assert not any(one.holds for one in found)
    assert found[0].words == "Full blood count: done on 2026-01-02, 3 days before 2026-01-05"
    assert found[3].words == "Folic acid: in the plan"


def test_j03_the_eyes_are_missing_and_the_ecg_is_there() -> None:
    found = judged(PR_01, done(date(2026, 2, 25), "qtc"), date(2026, 3, 2))
    assert states(found) == {"hydroxychloroquine_eye_exam": "missing", "hydroxychloroquine_ecg": "present"}
    assert found[0].words == "Eye examination: missing (eye exam)"
    assert found[0].parts == ("eye_exam",)


def test_j03_bloods_of_94_days_ago_are_too_old_and_hold_the_first_dose() -> None:
    facts = done(date(2026, 3, 1), *BLOODS)
    found = judged(PR_02_MTX, facts, DAY, beside={"folic_acid"})
    assert [one.state for one in found] == ["too_old", "too_old", "too_old", "present"]
    assert [one.holds for one in found] == [True, True, True, False]
    assert found[0].words == "Full blood count: 94 days old on 2026-06-03 (from 2026-03-01), at most 28 days"
    assert (found[0].on, found[0].parts) == (date(2026, 3, 1), ("wbc", "anc", "plt"))


def test_j07_of_azathioprine_tpmt_alone_is_missing() -> None:
    facts = done(date(2026, 5, 1), *BLOODS)
    before = states(judged(PR_02_AZA, facts, date(2026, 5, 4)))
    assert [code for code, state in before.items() if state != "present"] == ["azathioprine_tpmt"]
    after = judged(PR_02_AZA, facts | done(date(2026, 5, 6), "tpmt"), date(2026, 5, 6))
    assert {one.state for one in after} == {"present"}


def test_without_folic_acid_methotrexate_waits() -> None:
    found = judged(PR_02_MTX, done(DAY, *BLOODS), beside={"methotrexate"})
    assert (found[3].state, found[3].holds, found[3].words) == ("missing", True, "Folic acid: not in the plan")


@pytest.mark.parametrize(("age", "state"), [(0, "present"), (27, "present"), (28, "present"), (29, "too_old")])
def test_within_28_days_includes_the_28th(age: int, state: str) -> None:
    facts = done(DAY - timedelta(days=age), "wbc", "anc", "plt")
    assert judged((requirement(METHOTREXATE, FBC, 28),), facts)[0].state == state


def test_what_has_no_age_is_enough_when_it_was_ever_done() -> None:
    assert judged((requirement(METHOTREXATE, TPMT),), done(date(1999, 1, 1), "tpmt"))[0].state == "present"


def test_what_is_dated_after_the_day_does_not_count() -> None:
    assert judged((requirement(METHOTREXATE, TPMT),), done(DAY + timedelta(days=1), "tpmt"))[0].state == "missing"


def test_a_site_that_follows_another_guideline_does_not_ask() -> None:
    found = judged(PR_01, {}, options={"ecg_baseline"})
    assert [one.state for one in found] == ["switched_off", "missing"]
    assert "not asked for at this site" in found[0].words


def test_what_is_meant_for_others_does_not_apply() -> None:
    row = requirement(METHOTREXATE, FBC, 28, population="juvenile")
    assert judged((row,), {})[0].state == "not_applicable"
    assert judged((row,), {}, populations={"juvenile"})[0].state == "missing"


def test_what_applies_to_some_says_to_whom() -> None:
    row = replace(requirement(METHOTREXATE, FBC, 28), if_applicable="for whom pregnancy is possible")
    assert judged((row,), {})[0].words.endswith("; for whom pregnancy is possible")


def test_what_holds_no_first_dose_does_not_hold_it_even_when_missing() -> None:
    assert [one.holds for one in judged(PR_01, {})] == [False, False]


def test_of_a_panel_of_measures_the_oldest_counts_and_what_lacks_is_named() -> None:
    facts = done(date(2026, 6, 1), "alt") | done(date(2026, 4, 1), "ast")
    assert panel_state(LFT, facts).done_on == date(2026, 4, 1)
    old = judged((requirement(METHOTREXATE, LFT, 28),), facts)[0]
    assert (old.state, old.parts) == ("too_old", ("ast",))
    edge = done(DAY - timedelta(days=28), "alt") | done(DAY - timedelta(days=29), "ast")
    assert judged((requirement(METHOTREXATE, LFT, 28),), edge)[0].parts == ("ast",)
    today = done(DAY, "alt") | done(DAY - timedelta(days=29), "ast")
    assert judged((requirement(METHOTREXATE, LFT, 28),), today)[0].parts == ("ast",)
    half = judged((requirement(METHOTREXATE, FBC, 28),), done(DAY, "wbc", "plt"))[0]
    assert (half.state, half.parts, half.words) == ("missing", ("anc",), "Full blood count: missing (anc)")


def test_of_alternatives_the_newest_counts() -> None:
    facts = done(date(2026, 1, 1), "qtc") | done(date(2026, 5, 1), "ecg")
    assert last_done(ECG, facts) == date(2026, 5, 1)
    assert last_done(ECG, done(date(2026, 1, 1), "qtc")) == date(2026, 1, 1)
    assert last_done(ECG, facts, date(2026, 4, 1)) == date(2026, 1, 1)
    assert panel_state(ECG, {}).lacking == ("qtc", "ecg")
    assert judged((requirement(HCQ, ECG, 180),), {})[0].words == "ECG: missing (qtc or ecg)"


def test_an_examination_stands_for_its_measures() -> None:
    panel = Panel("pft", "Lung function", measures=("fvc_pp", "dlco_pp"), assessments=("pft",))
    assert last_done(panel, done(DAY, "pft")) == DAY
    assert last_done(panel, done(DAY, "fvc_pp")) is None
    later = done(date(2026, 1, 1), "pft") | done(DAY, "fvc_pp", "dlco_pp")
    assert last_done(panel, later) == DAY


def test_a_panel_of_nothing_is_never_done() -> None:
    assert judged((requirement(HCQ, Panel("none", "Nothing")),), done(DAY, "wbc"))[0].words == "Nothing: missing"


@given(st.integers(0, 800), st.integers(0, 400), st.integers(0, 400))
def test_what_is_too_old_stays_too_old(age: int, most: int, later: int) -> None:
    facts, row = done(DAY - timedelta(days=age), "eye_exam"), (requirement(HCQ, EYES, most),)
    today, then = judged(row, facts)[0].state, judged(row, facts, DAY + timedelta(days=later))[0].state
    assert today == ("present" if age <= most else "too_old")
    assert then == "too_old" or today == "present"


def test_the_medicine_beside_may_be_any_in_the_plan() -> None:
    row = requirement(METHOTREXATE, beside=FOLIC_ACID)
    assert judged((row,), {}, beside=["folic_acid"])[0].state == "present"
