"""What ends an escalation: its own condition, and facts that were wrong."""

import pytest

from apps.common.clock import move_clock
from apps.escalation.models import Escalation
from apps.nudges.models import Nudge
from tests.cast import Cast
from tests.escalation.house import (
    TWO_WORKING_DAYS,
    ago,
    assess,
    codes,
    complication,
    look_again,
    nudge_of,
    only,
    owner_of,
    resolve,
    screen,
    told,
)
from tests.observations.house import correct, mark_wrong
from tests.thread.conftest import Postbox, work

EVERYBODY = {"covering", "rheumatologist", "coordinator"}


def wrong(cast: Cast, path: str, row: str) -> None:
    assert mark_wrong(cast, path, row).status_code == 200
    work()


def test_a_fact_entered_in_error_withdraws_it_and_everybody_told_is_told(house: Cast, postbox: Postbox) -> None:
    fact = screen(house)
    work()
    row = only("SW-01")
    assert {name for name in EVERYBODY if postbox.to(f"{name}@")} == EVERYBODY
    postbox.mails.clear()
    wrong(house, "observations", fact)
    row.refresh_from_db()
    assert row.state == "withdrawn"
    assert row.end_reason
    assert row.ended_at is not None
    assert nudge_of(row).state == "cancelled"
    assert told("told", row) == EVERYBODY
    assert all(len(postbox.to(f"{name}@")) == 1 for name in EVERYBODY)
    assert codes() == []


def test_a_complication_entered_in_error_withdraws_its_escalation(house: Cast) -> None:
    fact = complication(house, "pneumonitis")
    work()
    row = only("LU-00")
    wrong(house, "complications", fact)
    row.refresh_from_db()
    assert (row.state, nudge_of(row).state) == ("withdrawn", "cancelled")


def test_one_that_something_else_holds_up_goes_on(house: Cast) -> None:
    first = complication(house, "pneumonitis")
    complication(house, "dyspnoea")
    work()
    row = only("LU-00")
    wrong(house, "complications", first)
    assert only("LU-00").pk == row.pk
    assert [one.stands for one in row.evidence.order_by("effective_at")] == [False, True]
    assert nudge_of(row).state == "open"


def test_the_value_before_holds_it_up_when_the_latest_was_wrong(house: Cast) -> None:
    screen(house, 5, effective_at=ago(days=2))
    fact = screen(house, 8)
    work()
    row = only("SW-01")
    wrong(house, "observations", fact)
    assert only("SW-01").pk == row.pk
    assert "5" in only("SW-01").explanation


def test_a_fact_that_was_wrong_and_is_recorded_anew_opens_anew(house: Cast) -> None:
    wrong(house, "observations", screen(house))
    screen(house)
    work()
    row = only("SW-01")
    wrong(house, "observations", str(row.evidence.get().observation_id))
    assert codes() == []
    screen(house)
    work()
    assert only("SW-01").pk != row.pk


def test_a_value_corrected_to_a_harmless_one_withdraws_it(house: Cast) -> None:
    fact = screen(house, 8)
    work()
    row = only("SW-01")
    assert correct(house, fact, 2).status_code == 201
    work()
    row.refresh_from_db()
    assert (row.state, nudge_of(row).state) == ("withdrawn", "cancelled")
    assert told("told", row) == EVERYBODY


def test_a_value_corrected_to_another_bad_one_goes_on(house: Cast) -> None:
    fact = screen(house, 8)
    work()
    row = only("SW-01")
    right = correct(house, fact, 9).json()["id"]
    work()
    assert only("SW-01").pk == row.pk
    assert {str(one.observation_id): one.stands for one in row.evidence.all()} == {fact: False, right: True}
    nudge = nudge_of(row)
    assert (nudge.state, nudge.round, Nudge.objects.count()) == ("open", 1, 1)
    assert "9" in only("SW-01").explanation


@pytest.mark.parametrize(("criterion", "recording"), [("SW-00", complication), ("SW-01", screen)])
def test_speech_and_language_therapy_clears_what_asked_it(house: Cast, criterion: str, recording: object) -> None:
    assert callable(recording)
    recording(house)
    work()
    row = only(criterion)
    resolve(house)
    work()
    row.refresh_from_db()
    assert (row.state, nudge_of(row).state) == ("cleared", "cancelled")
    assert "ysphagia" in row.end_reason
    assert told("told", row) == EVERYBODY
    look_again(house.patient)
    move_clock(by=TWO_WORKING_DAYS)
    work()
    assert codes() == []


def test_a_coordinator_who_states_it_for_speech_and_language_therapy_clears_it(house: Cast) -> None:
    screen(house)
    work()
    resolve(house, who="coordinator", discipline="slt")
    work()
    assert codes() == []


@pytest.mark.parametrize(
    ("who", "more"),
    [
        ("coordinator", {"discipline": "rheumatology"}),
        ("coordinator", {"discipline": "coordination"}),
        ("rheumatologist", {}),
    ],
)
def test_nobody_else_clears_it(house: Cast, who: str, more: dict[str, str]) -> None:
    complication(house)
    screen(house)
    work()
    resolve(house, who=who, **more)
    work()
    assert codes() == ["SW-00", "SW-01"]
    # That the condition no longer holds is shown and not acted upon.
    assert only("SW-00").holds_no_longer_since is not None
    assert only("SW-01").holds_no_longer_since is None


def test_a_statement_of_before_the_last_evidence_clears_nothing(house: Cast) -> None:
    screen(house, effective_at=ago(hours=1))
    work()
    resolve(house, effective_at=ago(hours=2))
    work()
    assert codes() == ["SW-01"]


def test_only_its_own_condition_clears_it_and_not_a_number_that_got_better_or_an_assessment(house: Cast) -> None:
    screen(house, effective_at=ago(hours=3))
    work()
    assess(house, effective_at=ago(hours=2))
    screen(house, 0)
    work()
    row = only("SW-01")
    assert (row.state, nudge_of(row).state) == ("open", "open")
    assert row.holds_no_longer_since is not None


def test_no_fact_ends_what_only_a_person_may_end(house: Cast) -> None:
    complication(house, "pneumonitis")
    work()
    resolve(house, "pneumonitis", who="coordinator", discipline="pulmonology")
    work()
    row = only("LU-00")
    assert row.holds_no_longer_since is not None
    assert nudge_of(row).state == "open"


@pytest.mark.parametrize(("criterion", "recording"), [("SW-00", complication), ("SW-01", screen)])
def test_a_statement_entered_in_error_brings_it_back(house: Cast, criterion: str, recording: object) -> None:
    assert callable(recording)
    recording(house)
    work()
    statement = resolve(house)
    work()
    assert codes() == []
    wrong(house, "resolutions", statement)
    row = only(criterion)
    assert row.severity == "urgent"
    assert (nudge_of(row).state, owner_of(row)) == ("open", "covering")


def test_a_new_complication_after_it_was_cleared_opens_anew(house: Cast) -> None:
    complication(house)
    work()
    resolve(house)
    work()
    complication(house)
    work()
    assert only("SW-00").severity == "urgent"
    assert Escalation.objects.count() == 2
