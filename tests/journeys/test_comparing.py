"""What is a failure, and how it is told: values in, words out. No database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from apps.escalation.journeys.comparing import Moment, Played, compare
from apps.escalation.journeys.events import Event, Standing, Unknown, between
from apps.escalation.journeys.model import Journey
from apps.escalation.language import FAULT
from tests.journeys.house import journey

AT = datetime(2026, 5, 4, 8, tzinfo=UTC)
LATER = AT + timedelta(days=1)
OPENED = Event(AT, "opened", "SW-01", severity="urgent", words="EAT-10 is 8, at or above 3.")
STANDING = Standing("SW-01", "", "urgent", "open", "", "EAT-10 is 8.", "", AT, "slt", {"a": "EAT-10: 8"})


def two_steps(folder: Path, first: str = "", second: str = "") -> Journey:
    """Monday 10:00 and Tuesday 10:00, each with an expectation."""
    return journey(folder, f"2026-05-04 10:00 || {first}", f"2026-05-05 10:00 || {second}", criteria="[SW-01, LU-01]")


def played(*events: Event, unknown: tuple[Unknown, ...] = (), rows: tuple[Standing, ...] = ()) -> Played:
    """These events, and nothing else; what is unknown and stands is so after both steps."""
    held = dict(enumerate(rows))
    return Played(events, [Moment(AT, held, unknown), Moment(LATER, held, unknown)])


def test_nothing_expected_and_nothing_happened_is_as_expected(tmp_path: Path) -> None:
    assert compare(two_steps(tmp_path), played()) == ""


def test_what_was_expected_and_happened_is_as_expected(tmp_path: Path) -> None:
    assert compare(two_steps(tmp_path, "opened: [{code: SW-01, severity: urgent}]"), played(OPENED)) == ""


@pytest.mark.parametrize("kind", ["opened", "upgraded", "cleared", "withdrawn"])
def test_what_nobody_expects_is_a_failure(tmp_path: Path, kind: str) -> None:
    said = compare(two_steps(tmp_path), played(replace(OPENED, kind=kind)))
    assert said.splitlines()[0].startswith("step 1, 2026-05-04 Mon 10:00 (")
    assert "not expected: SW-01" in said
    assert "EAT-10 is 8, at or above 3." in said


@pytest.mark.parametrize("kind", ["evidence", "escalated", "closed"])
def test_what_is_looked_at_only_where_given_may_happen_unsaid(tmp_path: Path, kind: str) -> None:
    assert compare(two_steps(tmp_path), played(replace(OPENED, kind=kind))) == ""


def test_it_is_a_failure_where_the_same_thing_happens_twice(tmp_path: Path) -> None:
    said = compare(two_steps(tmp_path, "opened: [SW-01]"), played(OPENED, replace(OPENED, key="fbc")))
    assert "not expected: SW-01 for fbc opened" in said


def test_what_the_clock_brings_between_two_steps_is_told_with_its_time(tmp_path: Path) -> None:
    morning = replace(OPENED, at=datetime(2026, 5, 5, 4, tzinfo=UTC))
    said = compare(two_steps(tmp_path, second="opened: [SW-01]"), played(morning))
    assert "2026-05-05 Tue 06:00, before step 2 and at no step:\n  not expected: SW-01 opened (urgent)" in said
    # Nor does it count as what the later step expects.
    assert "SW-01 is to open" in said


def test_what_did_not_happen_is_told_with_what_is_missing(tmp_path: Path) -> None:
    unknown = (Unknown("SW-01", ("EAT-10",)),)
    said = compare(two_steps(tmp_path, "opened: [SW-01]"), played(unknown=unknown))
    assert "it did not: it is not assessable: missing EAT-10" in said


def test_what_did_not_happen_because_the_condition_does_not_hold_says_so(tmp_path: Path) -> None:
    assert "its condition does not hold" in compare(two_steps(tmp_path, "opened: [SW-01]"), played())


def test_what_does_not_open_because_it_is_open_says_since_when(tmp_path: Path) -> None:
    said = compare(two_steps(tmp_path, "opened: [SW-01]", "opened: [SW-01]"), played(OPENED, rows=(STANDING,)))
    assert said.splitlines()[0].startswith("step 2, ")
    assert "one is open since 2026-05-04 Mon 10:00" in said


def test_what_cannot_clear_because_none_is_open_says_so(tmp_path: Path) -> None:
    assert "none is open" in compare(two_steps(tmp_path, "cleared: [SW-01]"), played())


@pytest.mark.parametrize(
    ("more", "fits"),
    [
        ("severity: urgent", True),
        ("severity: emergency", False),
        ("reason: eat-10 IS 8", True),
        ("reason: weight", False),
        ("key: fbc", False),
    ],
)
def test_what_is_named_of_an_expectation_has_to_fit(tmp_path: Path, more: str, fits: bool) -> None:
    said = compare(two_steps(tmp_path, f"opened: [{{code: SW-01, {more}}}]"), played(OPENED))
    assert (said == "") is fits
    assert fits or "it is otherwise: SW-01 opened (urgent)" in said


def test_evidence_that_is_named_must_come_and_more_is_no_failure(tmp_path: Path) -> None:
    more = [replace(OPENED, kind="evidence", at=LATER, code=code) for code in ("SW-01", "LU-01")]
    assert compare(two_steps(tmp_path, second="evidence: [SW-01]"), played(*more)) == ""
    assert "LU-01 is to have more evidence" in compare(two_steps(tmp_path, second="evidence: [LU-01]"), played(more[0]))


def test_evidence_since_the_step_before_counts(tmp_path: Path) -> None:
    night = replace(OPENED, kind="evidence", at=datetime(2026, 5, 5, 4, tzinfo=UTC))
    assert compare(two_steps(tmp_path, second="evidence: [SW-01]"), played(night)) == ""
    assert "LU-01" not in compare(two_steps(tmp_path, first="evidence: [SW-01]"), played(night))


@pytest.mark.parametrize("kind", ["evidence", "escalated"])
def test_an_empty_list_says_that_there_is_none(tmp_path: Path, kind: str) -> None:
    one = replace(OPENED, kind=kind)
    assert "not expected: SW-01" in compare(two_steps(tmp_path, f"{kind}: []"), played(one))
    assert compare(two_steps(tmp_path, f"{kind}: []"), played()) == ""


def test_what_is_to_be_unknown_must_be_and_for_that_reason(tmp_path: Path) -> None:
    unknown = (Unknown("SW-01", ("spo2 rest ra within 24 hours",)),)
    for expected, fits in (
        ("SW-01", True),
        ("{code: SW-01, reason: spo2_rest_ra}", True),
        ("{code: SW-01, reason: weight}", False),
        ("LU-01", False),
    ):
        said = compare(two_steps(tmp_path, f"unknown: [{expected}]"), played(unknown=unknown))
        assert (said == "") is fits, said
    assert "it was judged" in compare(two_steps(tmp_path, "unknown: [LU-01]"), played(unknown=unknown))
    assert "not expected: SW-01 is not assessable" in compare(
        two_steps(tmp_path, "unknown: []"), played(unknown=unknown)
    )


def test_a_criterion_that_is_at_fault_fails_any_journey(tmp_path: Path) -> None:
    said = compare(two_steps(tmp_path), played(unknown=(Unknown("SW-01", (FAULT,)),)))
    assert "SW-01 could not be judged: a fault of the criterion" in said


def test_two_readings_tell_what_happened() -> None:
    worse = replace(STANDING, severity="emergency", evidence={"a": "EAT-10: 8", "b": "EAT-10: 20"})
    over = replace(STANDING, state="cleared", end_reason="Dysphagia resolved.")
    assert [(one.kind, one.asked) for one in between({}, {1: STANDING}, AT)] == [("opened", "slt")]
    assert [(one.kind, one.words) for one in between({1: STANDING}, {1: worse}, AT)] == [
        ("evidence", "EAT-10: 20"),
        ("upgraded", "EAT-10 is 8."),
    ]
    assert [(one.kind, one.words) for one in between({1: STANDING}, {1: over}, AT)] == [
        ("cleared", "Dysphagia resolved.")
    ]
    assert [one.kind for one in between({}, {1: over}, AT)] == ["cleared", "opened"]
    assert between({1: STANDING}, {1: STANDING}, AT) == []
    assert between({1: over}, {1: over}, AT) == []


def test_what_is_asked_less_urgently_is_no_event() -> None:
    assert between({1: replace(STANDING, severity="emergency")}, {1: STANDING}, AT) == []
