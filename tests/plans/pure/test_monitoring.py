"""Which panels are due when: the journeys' dates, the vectors of the sheet, phases, and what has to hold for all."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.knowledge.values import Schedule
from apps.plans.monitoring import Due, Running, dues
from apps.plans.panels import Done
from tests.plans.pure.sheet import (
    BLOODS,
    EYES_NO_RISK,
    EYES_RISK,
    FBC,
    MONTHLY,
    PFT,
    PFT_ILD,
    PFT_ONCE,
    PFT_RISK,
    PUBLISHED,
    SKIN_SCORE,
    SKIN_YEARLY,
    done,
    schedule,
)

START = date(2026, 1, 5)
MTX = Running("methotrexate", "csdmard", True, START)
HCQ = Running("hydroxychloroquine", "antimalarial", False, START)


def after(days: int, since: date = START) -> date:
    return since + timedelta(days=days)


def asked(
    *schedules: Schedule,
    running: tuple[Running, ...] = (),
    facts: dict[str, Done] | None = None,
    on: date = START,
    **more: Any,
) -> list[Due]:
    said: dict[str, Any] = {
        "phenotype": "classic", "populations": {"any", "adult"}, "has_ild": False, "ild_since": None, "ild_risk": False,
        "diagnosed_on": START, "scheme": "monthly", "flags": frozenset({"hcq_no_risk"}), **more,
    }  # fmt: skip
    return dues(running, schedules=schedules, done=facts or {}, on=on, **said)


def the(found: list[Due]) -> Due:
    assert len(found) == 1
    return found[0]


def test_j01_bloods_of_2026_03_02_are_overdue_on_04_07_and_not_the_day_before() -> None:
    prednisone = Running("prednisone", "corticosteroid", True, START)
    found = asked(*MONTHLY, running=(prednisone, MTX), facts=done(date(2026, 3, 2), *BLOODS), on=date(2026, 4, 6))
    assert {one.panel.code for one in found} == {"fbc", "lft", "renal", "ck"}
    for one in found:
        assert (one.last_on, one.next_on, one.every_days) == (date(2026, 3, 2), date(2026, 4, 1), 30)
        assert not one.overdue(date(2026, 4, 6))
        assert one.overdue(date(2026, 4, 7))
    again = asked(*MONTHLY, running=(MTX,), facts=done(date(2026, 4, 9), *BLOODS), on=date(2026, 4, 9))
    assert not any(one.overdue(date(2026, 4, 9)) for one in again)


def test_bloods_before_the_start_are_a_baseline_and_the_start_counts() -> None:
    found = the(asked(MONTHLY[0], running=(MTX,), facts=done(date(2026, 1, 2), *BLOODS)))
    assert (found.last_on, found.next_on) == (date(2026, 1, 2), after(30))


def test_never_done_it_is_due_one_interval_after_the_start() -> None:
    found = the(asked(MONTHLY[0], running=(MTX,)))
    assert (found.last_on, found.next_on, found.overdue_from) == (None, after(30), after(36))


def test_what_suppresses_nothing_needs_no_bloods() -> None:
    assert asked(*MONTHLY, running=(HCQ,)) == []


def test_a_medicine_is_watched_to_its_last_day_and_no_longer() -> None:
    stopped = replace(MTX, stopped_on=after(20))
    assert len(asked(*MONTHLY, running=(stopped,), on=after(20))) == 4
    assert asked(*MONTHLY, running=(stopped,), on=after(21)) == []
    assert asked(*MONTHLY, running=(MTX,), on=after(-1)) == []


def test_only_the_scheme_of_the_site_counts() -> None:
    both = (MONTHLY[0], PUBLISHED)
    assert the(asked(*both, running=(MTX,))).every_days == 30
    assert the(asked(*both, running=(MTX,), scheme="published")).every_days == 14


@pytest.mark.parametrize(
    ("last", "due"),
    [
        # Every 14 days until day 42, every 30 until day 132, then every 84.
        (None, 14),
        (0, 14),
        (27, 41),
        (28, 58),
        (41, 71),
        (100, 130),
        (101, 131),
        (102, 186),
        (131, 215),
        (200, 284),
    ],
)
def test_b4_the_published_schedule_loosens_as_the_dose_stays(last: int | None, due: int) -> None:
    facts = {} if last is None else done(after(last), *BLOODS)
    found = the(asked(PUBLISHED, running=(MTX,), facts=facts, on=after(last or 0), scheme="published"))
    assert found.next_on == after(due)


def test_a_change_of_dose_starts_the_published_schedule_anew() -> None:
    changed = replace(MTX, dose_changed_on=after(200))
    facts = done(after(190), *BLOODS)
    # Without the change it would be day 274.
    assert the(asked(PUBLISHED, running=(changed,), facts=facts, on=after(200), scheme="published")).next_on == after(
        214
    )


def test_a_change_of_dose_never_puts_off_what_is_due() -> None:
    changed = replace(MTX, dose_changed_on=after(270))
    facts = done(after(190), *BLOODS)
    assert the(asked(PUBLISHED, running=(changed,), facts=facts, on=after(270), scheme="published")).next_on == after(
        274
    )


def test_mo02_lung_tests_are_overdue_on_day_31_after_the_diagnosis_if_never_done() -> None:
    found = the(asked(PFT_ONCE))
    assert (found.next_on, found.every_days) == (START, None)
    assert not found.overdue(after(30))
    assert found.overdue(after(31))


def test_j02_no_lung_test_on_2026_03_05_and_j05_one_at_the_diagnosis() -> None:
    assert the(asked(PFT_ONCE, diagnosed_on=date(2026, 2, 2))).overdue_from == date(2026, 3, 5)
    assert (
        asked(PFT_ONCE, diagnosed_on=date(2026, 3, 2), facts=done(date(2026, 3, 4), "fvc_pp"), on=date(2026, 4, 2))
        == []
    )


@pytest.mark.parametrize("day", [-400, 0, 100])
def test_what_is_wanted_once_at_the_diagnosis_may_have_been_done_at_any_time(day: int) -> None:
    assert asked(PFT_ONCE, facts=done(after(day), "pft"), on=after(200)) == []


def test_j06_gaps_of_120_and_90_days_are_fine_in_the_first_year_of_lung_disease() -> None:
    ild: dict[str, Any] = {"has_ild": True, "ild_since": date(2025, 6, 10), "diagnosed_on": date(2024, 1, 1)}
    days = [date(2025, 6, 10), date(2025, 10, 8), date(2026, 2, 5), date(2026, 5, 6)]
    for last, following in zip(days, [*days[1:], date(2026, 6, 20)], strict=True):
        assert not the(asked(PFT_ONCE, PFT_ILD, facts=done(last, "fvc_pp"), on=following, **ild)).overdue(following)


@pytest.mark.parametrize(("last", "due"), [(0, 183), (100, 283), (181, 364), (182, 547), (400, 765)])
def test_mo02_lung_disease_is_tested_every_183_days_in_the_first_year_and_yearly_later(last: int, due: int) -> None:
    found = the(asked(PFT_ILD, has_ild=True, ild_since=START, facts=done(after(last), "pft"), on=after(last)))
    assert (found.next_on, found.overdue_from) == (after(due), after(due + 1))


def test_a_lung_test_from_long_before_the_lung_disease_is_no_test_of_it() -> None:
    found = the(asked(PFT_ILD, has_ild=True, ild_since=START, facts=done(after(-300), "pft")))
    assert (found.next_on, found.overdue_from) == (START, after(1))


def test_lung_disease_counts_from_the_diagnosis_where_nobody_knows_since_when() -> None:
    assert the(asked(PFT_ILD, has_ild=True)).next_on == after(183)
    assert asked(PFT_ILD, PFT_ONCE, has_ild=True, diagnosed_on=None) == []


def test_whoever_has_lung_disease_is_not_watched_for_the_risk_of_it() -> None:
    assert the(asked(PFT_RISK, ild_risk=True)).next_on == after(365)
    assert asked(PFT_RISK) == []
    assert asked(PFT_RISK, ild_risk=True, has_ild=True, ild_since=START) == []
    assert the(asked(PFT_RISK, PFT_ILD, ild_risk=True, has_ild=True, ild_since=START)).every_days == 183


@pytest.mark.parametrize(("age", "overdue"), [(365, False), (366, True)])
def test_e9_a_skin_check_is_overdue_after_365_days(age: int, overdue: bool) -> None:
    started = replace(MTX, started_on=after(-1000))
    found = the(asked(SKIN_YEARLY, running=(started,), facts=done(after(-age), "skin_check")))
    assert found.overdue(START) is overdue


def test_a_first_skin_check_is_wanted_a_year_after_the_start() -> None:
    found = the(asked(SKIN_YEARLY, running=(MTX,)))
    assert found.overdue_from == after(365)
    at_start = the(asked(SKIN_YEARLY, running=(MTX,), facts=done(START, "skin_check")))
    assert (at_start.next_on, at_start.overdue_from) == (after(365), after(366))
    assert the(
        asked(SKIN_YEARLY, running=(MTX,), facts=done(after(200), "skin_check"), on=after(300))
    ).next_on == after(565)


def test_e9_eyes_are_overdue_at_five_years_and_not_the_day_before() -> None:
    started = date(2021, 2, 1)
    taken = replace(HCQ, started_on=started)
    found = the(asked(EYES_NO_RISK, EYES_RISK, running=(taken,), on=date(2026, 1, 31)))
    assert not found.overdue(date(2026, 1, 31))
    assert found.overdue(date(2026, 2, 1))
    assert found.next_on < found.overdue_from
    seen_at_start = asked(EYES_NO_RISK, running=(taken,), facts=done(started, "eye_exam"), on=date(2026, 1, 31))
    assert the(seen_at_start).overdue_from == date(2026, 2, 1)


def test_mo03_eyes_at_risk_are_examined_from_the_first_year_on() -> None:
    both = (EYES_NO_RISK, EYES_RISK)
    assert the(asked(*both, running=(HCQ,), flags={"hcq_risk"})).overdue_from == after(365)
    seen = done(after(380), "eye_exam")
    assert the(asked(*both, running=(HCQ,), flags={"hcq_risk"}, facts=seen, on=after(400))).next_on == after(745)
    assert asked(*both, running=(HCQ,), flags=frozenset()) == []


@pytest.mark.parametrize(("scored", "overdue_on"), [(None, 91), (-7, 91), (70, 91), (76, 91), (77, None), (78, None)])
def test_sk01_a_skin_score_at_twelve_weeks(scored: int | None, overdue_on: int | None) -> None:
    facts = {} if scored is None else done(after(scored), "cdasi_a")
    found = asked(SKIN_SCORE, running=(HCQ,), facts=facts, on=after(90))
    if overdue_on is None:
        assert found == []
    else:
        assert (the(found).next_on, the(found).overdue_from) == (after(84), after(overdue_on))


def test_a_shorter_phase_cuts_a_longer_one() -> None:
    shortening = schedule(FBC, "immunosuppressed", (0, 365), (100, 30))
    facts = done(after(50), *BLOODS)
    assert the(asked(shortening, running=(MTX,), facts=facts, on=after(50))).next_on <= after(100)
    assert the(asked(shortening, running=(MTX,), facts=facts, on=after(50))).overdue_from == after(100)


def test_of_several_reasons_the_earliest_counts_and_all_are_named() -> None:
    strict = schedule(FBC, "medicine", (0, 14), medicine="azathioprine")
    azathioprine = Running("azathioprine", "csdmard", True, after(10))
    found = the(asked(MONTHLY[0], strict, running=(MTX, azathioprine), on=after(10)))
    assert (found.next_on, found.every_days) == (after(24), 14)
    assert found.why == [
        {"words": "methotrexate since 2026-01-05", "citation": "S0-32 [S]", "every_days": 30},
        {"words": "azathioprine since 2026-01-15", "citation": "S0-32 [S]", "every_days": 30},
        {"words": "azathioprine since 2026-01-15", "citation": "S0-32 [S]", "every_days": 14},
    ]
    assert found.schedules == (MONTHLY[0], strict)


def test_a_reason_with_less_grace_makes_it_overdue_sooner() -> None:
    lenient = schedule(FBC, "everybody", (0, 30), grace_days=60)
    strict = schedule(FBC, "immunosuppressed", (0, 35))
    found = the(asked(lenient, strict, running=(MTX,)))
    assert (found.next_on, found.overdue_from) == (after(30), after(36))


def test_a_schedule_of_a_phenotype_is_for_that_phenotype() -> None:
    skin = schedule(PFT, "phenotype", (0, 100), phenotype="amyopathic")
    assert asked(skin) == []
    assert the(asked(skin, phenotype="amyopathic")).next_on == after(100)
    juvenile = replace(skin, phenotype="juvenile")
    assert the(asked(juvenile, populations={"juvenile"})).why[0]["words"] == "juvenile disease since 2026-01-05"


def test_what_is_dated_later_was_not_done_yet() -> None:
    assert the(asked(MONTHLY[0], running=(MTX,), facts=done(after(5), *BLOODS))).last_on is None


def test_what_is_due_first_stands_first() -> None:
    found = asked(*MONTHLY, PFT_ONCE, SKIN_YEARLY, running=(MTX,))
    assert [one.next_on for one in found] == sorted(one.next_on for one in found)


def test_a_reason_that_is_not_known_wants_nothing() -> None:
    assert asked(schedule(FBC, "weather", (0, 30)), running=(MTX,)) == []


phases = st.lists(
    st.tuples(st.integers(0, 400), st.one_of(st.none(), st.integers(1, 400))),
    min_size=1,
    max_size=4,
    unique_by=lambda one: one[0],
).map(sorted)
reasons = st.sampled_from(["immunosuppressed", "everybody"])
anchors = st.sampled_from(["start", "dose_change"])
lasts = st.one_of(st.none(), st.integers(-500, 900))


@given(phases, reasons, anchors, lasts, st.integers(0, 60), st.integers(0, 500))
def test_nothing_is_due_before_it_was_done_nor_overdue_before_it_is_due(
    rows: list[tuple[int, int | None]], reason: str, anchor: str, last: int | None, grace: int, changed: int
) -> None:
    row = schedule(PFT, reason, *rows, grace_days=grace, anchor=anchor)
    facts = {} if last is None else done(after(last), "pft")
    for one in asked(row, running=(replace(MTX, dose_changed_on=after(changed)),), facts=facts, on=after(1000)):
        assert one.last_on is None or one.next_on >= one.last_on
        assert one.overdue_from > one.next_on
        assert one.every_days is None or one.every_days in {every for _, every in rows}


@given(phases, reasons, lasts, st.integers(0, 2000), st.integers(0, 2000))
def test_what_is_overdue_stays_overdue_until_it_is_done(
    rows: list[tuple[int, int | None]], reason: str, last: int | None, day: int, later: int
) -> None:
    facts = {} if last is None else done(after(last), "pft")
    row, first = schedule(PFT, reason, *rows), max(day, last or 0)
    now, then = (asked(row, running=(MTX,), facts=facts, on=after(first + add)) for add in (0, later))
    assert now == then
    assert all(one.overdue(after(first + later)) for one in then if one.overdue(after(first)))


@given(st.integers(0, 900), st.integers(1, 900))
def test_doing_it_later_never_makes_it_due_earlier(first: int, more: int) -> None:
    found = [
        the(
            asked(PUBLISHED, running=(MTX,), facts=done(after(day), *BLOODS), on=after(2000), scheme="published")
        ).next_on
        for day in (first, first + more)
    ]
    assert found[0] <= found[1]
