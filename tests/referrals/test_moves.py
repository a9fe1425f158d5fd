"""The table of moves itself: no state is a trap, none is unreachable, and everything that can be done has an operation."""

import inspect

import pytest

from apps.referrals.models import Referral, Transition
from apps.referrals.moves import (
    ADDRESSED,
    ENDS,
    MOVES,
    NAMES,
    OPEN,
    SHOWN,
    TAKEN_ON,
    TASK_STATUS,
    TURNS,
    Party,
    State,
    allowed,
    reach,
)
from apps.referrals.operations import OPERATIONS
from apps.referrals.waiting import QUESTIONS, TOWARDS_TARGET

#: FHIR R4, http://hl7.org/fhir/ValueSet/task-status.
R4_TASK_STATUS = {
    "draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold", "failed",
    "completed", "entered-in-error",
}  # fmt: skip
#: What careteam does by itself.
OWN = {"find_owner", "end_with_care"}
PEOPLE = set(Party) - {Party.CARETEAM}
open_states = pytest.mark.parametrize("state", sorted(OPEN))


def after(state: State) -> set[State]:
    """Every state that can follow from this one, after any number of moves by people."""
    found, new = {state}, {state}
    while new:
        new = {
            end
            for one in new
            for move in MOVES.values()
            if one in move.sources and move.parties & PEOPLE
            for end in (MOVES["request_cancellation"].sources if move.back else {move.target or one})
        } - found
        found |= new
    return found


def test_the_ends_are_the_three_that_the_loop_has() -> None:
    assert {State.CLOSED, State.CANCELLED, State.ENTERED_IN_ERROR} == ENDS
    assert set(State) - ENDS == OPEN


@open_states
def test_an_open_state_has_a_turn_a_question_and_a_move_of_whoever_has_the_turn(state: State) -> None:
    assert QUESTIONS[state].title
    assert QUESTIONS[state].advice
    mine = set(allowed(state, {TURNS[state]})) - {"assign", "enter_in_error"}
    assert any(MOVES[name].back or MOVES[name].target not in {None, state} for name in mine)


@open_states
def test_from_every_open_state_people_can_reach_every_end_but_what_was_seen_is_not_cancelled(state: State) -> None:
    cannot = {State.CANCELLED} if state in {State.SEEN, State.REPORTED} else set()
    assert ENDS - after(state) == cannot


def test_every_state_can_be_reached_from_a_draft() -> None:
    assert after(State.DRAFT) == set(State)


@pytest.mark.parametrize("state", sorted(State))
def test_reach_says_where_one_move_leads(state: State) -> None:
    ends = {move.target or state for move in MOVES.values() if state in move.sources and not move.back}
    if state == State.CANCELLATION_REQUESTED:
        ends |= {State.RECEIVED, State.NEEDS_INFORMATION, State.ACCEPTED, State.SCHEDULED}
    assert reach(state) == ends


def test_an_end_is_left_by_nothing_but_being_entered_in_error() -> None:
    for party in Party:
        assert set(allowed(State.CLOSED, {party})) <= {"enter_in_error"}
        assert set(allowed(State.CANCELLED, {party})) <= {"enter_in_error"}
        assert allowed(State.ENTERED_IN_ERROR, {party}) == []


def test_only_the_sender_closes_the_loop_and_only_a_report_that_was_read_does() -> None:
    closing = {name: move for name, move in MOVES.items() if move.target == State.CLOSED}
    assert {name: (set(move.sources), set(move.parties)) for name, move in closing.items()} == {
        "review": ({State.REPORTED}, {Party.SENDER})
    }


def test_only_the_receiving_side_itself_takes_on_declines_and_reports() -> None:
    for name in ("accept", "decline", "ask_information", "report", "refuse_cancellation"):
        assert MOVES[name].parties == {Party.OWNER}


def test_whatever_was_taken_on_is_cancelled_only_with_the_receiving_side() -> None:
    withdrawn = MOVES["cancel"].sources
    assert not withdrawn & (TAKEN_ON | {State.RECEIVED, State.NEEDS_INFORMATION})
    assert MOVES["request_cancellation"].sources == {
        State.RECEIVED, State.NEEDS_INFORMATION, State.ACCEPTED, State.SCHEDULED,
    }  # fmt: skip
    assert State.SEEN not in MOVES["request_cancellation"].sources, "what has been seen is reported"


def test_a_coordinator_can_always_get_an_unanswered_one_moving() -> None:
    stuck = {State.DRAFT, State.SENT, State.NEEDS_INFORMATION, State.DECLINED, State.ACCEPTED, State.SCHEDULED}
    for state in stuck:
        on = set(allowed(state, {Party.COORDINATOR})) - {"assign", "enter_in_error"}
        assert on, state
    for state in OPEN - {State.DRAFT, State.DECLINED}:
        assert "assign" in allowed(state, {Party.COORDINATOR}), state
    assert "reroute" in allowed(State.DECLINED, {Party.COORDINATOR}), "whoever has declined it does not have it"


def test_each_move_of_people_has_the_operation_of_its_name_and_no_operation_goes_without_a_move() -> None:
    assert set(OPERATIONS) == set(MOVES) - OWN
    assert {name for name, move in MOVES.items() if Party.CARETEAM in move.parties} == OWN
    assert all(move.parties == {Party.CARETEAM} for name, move in MOVES.items() if name in OWN)
    for operation in OPERATIONS.values():
        named = inspect.signature(operation).parameters
        assert {"referral", "by", "at", "version"} <= set(named)
        assert all(one.kind == inspect.Parameter.KEYWORD_ONLY for one in named.values())


def test_only_a_refused_cancellation_goes_back() -> None:
    assert [name for name, move in MOVES.items() if move.back] == ["refuse_cancellation"]
    assert MOVES["refuse_cancellation"].end(State.CANCELLATION_REQUESTED, State.SCHEDULED) == State.SCHEDULED
    assert MOVES["assign"].end(State.SEEN, State.ACCEPTED) == State.SEEN
    assert MOVES["accept"].end(State.SENT, State.DRAFT) == State.ACCEPTED


def test_each_state_has_a_name_and_a_status_that_fhir_knows_and_each_move_its_words() -> None:
    assert set(NAMES) == set(State)
    assert set(TASK_STATUS) == set(State)
    assert set(TASK_STATUS.values()) <= R4_TASK_STATUS
    assert len({NAMES[state] for state in State}) == len(State)
    for move in MOVES.values():
        assert move.label, move.name
        assert move.meaning.endswith("."), move.name
        assert move.done, move.name


def test_no_state_is_of_a_department_that_sees_the_patient_and_of_one_that_does_not() -> None:
    assert not ADDRESSED & TAKEN_ON
    assert TAKEN_ON | SHOWN <= OPEN
    assert TOWARDS_TARGET <= OPEN
    assert {State.DRAFT, State.DECLINED} == OPEN - TAKEN_ON - SHOWN, "there the receiving side has nothing to do"


def test_columns_are_as_wide_as_what_they_hold() -> None:
    assert max(map(len, State)) <= (Referral._meta.get_field("state").max_length or 0)
    assert max(map(len, MOVES)) <= (Transition._meta.get_field("move").max_length or 0)
    assert max(map(len, Party)) <= (Transition._meta.get_field("party").max_length or 0)


def test_whoever_stands_on_no_side_can_do_nothing() -> None:
    assert all(allowed(state, set()) == [] for state in State)
