"""Members and coordinators come and go, and departments change: no referral is left without somebody."""

from datetime import timedelta

import pytest

from apps.accounts import operations as accounts
from apps.accounts.models import RoleGrant
from apps.accounts.permissions import Role
from apps.common import alarms
from apps.common.clock import app_now
from apps.knowledge.models import Discipline
from apps.nudges.models import Nudge
from apps.patients.models import PatientAccess
from apps.referrals.models import Referral
from apps.referrals.moves import State
from apps.teams import operations as teams
from tests.cast import Cast
from tests.nudges.house import give_addresses
from tests.referrals.house import (
    DAY,
    HOUR,
    Loop,
    accesses,
    asked,
    clock_to,
    colleague,
    fresh,
    moves,
    rungs,
    stuck_with,
    work,
)
from tests.referrals.people import (
    SENDER,
    THERAPIST,
    brought,
    close_account,
    end_role,
    joined,
    leave_team,
    no_faults,
    open_states,
)
from tests.referrals.walks import MINUTE


@pytest.fixture
def loop(cast: Cast) -> Loop:
    """A patient with a rheumatologist, and two speech therapists who are both there."""
    teams.end_cover(cover=cast.cover, by=cast.by, at=app_now())
    return Loop.begin(cast)


# Who answers for it.


@open_states
def test_whose_account_is_closed_answers_for_nothing_any_more(loop: Loop, state: State) -> None:
    """First the owner, then the sender, then everybody of either side."""
    joined(loop)
    row = brought(loop, state)
    first = fresh(row).owner.username
    close_account(loop, first)
    second = fresh(row).owner.username
    draft = state == State.DRAFT
    assert second == ("junior" if draft else next(one for one in ("covering", THERAPIST) if one != first))
    assert "find_owner" in moves(row)
    if not draft:
        close_account(loop, SENDER)
        assert fresh(row).sender.username == "junior"
        close_account(loop, second)
        assert fresh(row).owner.username == "coordinator", "nobody of speech therapy is left"
    close_account(loop, "junior")
    row = fresh(row)
    assert (row.state, row.sender.username) == (state, "coordinator")
    assert row.owner.username == "coordinator"
    if row.ask_at is None:
        assert asked(row) == "coordinator"
    assert no_faults()


@open_states
def test_whoever_is_seen_to_once_is_not_passed_from_hand_to_hand(loop: Loop, state: State) -> None:
    joined(loop)
    row = brought(loop, state)
    close_account(loop, SENDER)
    before = moves(row)
    for _ in range(3):
        Referral.objects.filter(pk=row.pk).update(look_at=app_now())
        work()
    assert moves(row) == before


def test_whoever_leaves_the_care_team_is_followed_by_somebody_of_the_same_discipline(loop: Loop) -> None:
    joined(loop)
    row = loop.reported()
    assert asked(row) == SENDER
    leave_team(loop, SENDER)
    assert fresh(row).sender.username == "junior"
    assert asked(row) == "junior", "the report still waits for somebody to read it"
    loop.move(row, "review", "junior")
    assert fresh(row).state == State.CLOSED


def test_an_end_at_a_later_day_takes_effect_on_that_day_and_not_before(loop: Loop) -> None:
    joined(loop)
    row = loop.reported()
    leave_team(loop, SENDER, ends_at=app_now() + 6 * HOUR)
    assert fresh(row).sender.username == SENDER
    clock_to(app_now() + 6 * HOUR - MINUTE)
    work()
    assert fresh(row).sender.username == SENDER
    clock_to(app_now() + 2 * MINUTE)
    work()
    assert fresh(row).sender.username == "junior"
    assert asked(row) == "junior"


def test_a_coordinator_whose_role_ends_is_followed_by_another_one_on_that_day(loop: Loop) -> None:
    colleague(loop.cast, "second", "", role=Role.COORDINATOR)
    give_addresses(loop.cast)
    row = loop.sent(who="coordinator")
    end_role(loop, "coordinator", ends_at=app_now() + 6 * HOUR)
    work()
    assert fresh(row).sender.username == "coordinator"
    clock_to(app_now() + 6 * HOUR + MINUTE)
    work()
    assert fresh(row).sender.username == "second"
    assert fresh(row).sender_discipline.code == "coordination"


def test_whoever_has_no_role_any_more_owns_nothing_although_they_are_a_member_still(loop: Loop) -> None:
    row = loop.sent()
    assert fresh(row).owner.username == "covering"
    grant = RoleGrant.objects.get(user=loop.cast.covering.who, role=Role.MEMBER)
    accounts.end_grant(grant=grant, by=loop.cast.by, at=app_now())
    work()
    assert fresh(row).owner.username == THERAPIST


def test_while_the_owner_is_away_their_substitute_is_asked_and_may_answer_without_taking_it_over(loop: Loop) -> None:
    cast = loop.cast
    row = loop.accepted()
    assert fresh(row).owner.username == THERAPIST
    assert cast.therapist.member is not None
    assert cast.covering.member is not None
    at = app_now()
    teams.set_cover(
        by=cast.by, at=at, member=cast.therapist.member, substitute=cast.covering.member, ends_at=at + 9 * DAY
    )
    row = loop.move(row, "see", "covering")
    assert fresh(row).owner.username == THERAPIST, "she stands in, and takes nothing over"
    assert asked(row) == "covering", "whoever is away is not asked"
    row = loop.move(row, "report", "covering")
    assert fresh(row).state == State.REPORTED


def test_while_the_sender_is_away_their_substitute_reads_the_report(loop: Loop) -> None:
    cast = loop.cast
    joined(loop)
    at = app_now()
    assert cast.rheumatologist.member is not None
    assert cast.junior.member is not None
    teams.set_cover(
        by=cast.by, at=at, member=cast.rheumatologist.member, substitute=cast.junior.member, ends_at=at + 9 * DAY
    )
    row = loop.reported()
    assert asked(row) == "junior"
    assert fresh(row).sender.username == SENDER
    assert loop.move(row, "review", "junior").state == State.CLOSED


# The department.


TAKEN = pytest.mark.parametrize(
    "state", [State.ACCEPTED, State.SCHEDULED, State.SEEN, State.REPORTED, State.CANCELLATION_REQUESTED]
)


def taken(loop: Loop, state: State) -> Referral:
    """One that was taken on, also where its cancellation is asked for."""
    if state != State.CANCELLATION_REQUESTED:
        return brought(loop, state)
    return loop.move(loop.accepted(), "request_cancellation", SENDER)


@TAKEN
def test_whoever_joins_the_department_sees_the_patient_from_then_on(loop: Loop, state: State) -> None:
    row = taken(loop, state)
    clock_to(app_now() + HOUR)
    joining = app_now()
    person = colleague(loop.cast, "newcomer", "slt")
    work()
    assert accesses(row) == {THERAPIST, "covering", "newcomer"}
    access = PatientAccess.objects.get(user=person.who, patient=loop.patient)
    assert access.starts_at >= joining, "not since the acceptance: what was is not written anew"


@TAKEN
@pytest.mark.parametrize("leaving", ["account", "member", "site", "discipline"])
def test_whoever_leaves_the_department_sees_the_patient_no_longer(loop: Loop, state: State, leaving: str) -> None:
    row = taken(loop, state)
    at, by, cast = app_now(), loop.cast.by, loop.cast
    member = cast.covering.member
    assert member is not None
    assert loop.sees("covering")
    if leaving == "account":
        accounts.deactivate_user(user=cast.covering.who, by=by, at=at)
    elif leaving == "member":
        teams.deactivate_member(member=member, by=by, at=at)
    elif leaving == "site":
        accounts.change_user(user=cast.covering.who, by=by, at=at, home_site=cast.elsewhere)
    else:
        teams.change_member(member=member, by=by, at=at, discipline=Discipline.objects.get(code="dermatology"))
    work()
    assert accesses(row) == {THERAPIST}
    access = PatientAccess.objects.get(user=cast.covering.who, patient=loop.patient)
    assert access.ends_at is not None
    assert access.ends_at - at < timedelta(minutes=1)
    assert not loop.sees("covering")


def test_whoever_has_taken_it_on_from_beside_the_department_sees_the_patient_too(loop: Loop) -> None:
    """Somebody on call for another hospital's speech therapy: their duty ends, the referral does not."""
    cast = loop.cast
    duty = colleague(cast, "duty", "slt", site=cast.elsewhere)
    give_addresses(cast)
    assert duty.member is not None
    at = app_now()
    teams.put_on_call(
        by=cast.by, at=at, site=cast.site, discipline=duty.member.discipline, member=duty.member, ends_at=at + HOUR
    )
    row = loop.accepted(who="duty")
    assert accesses(row) == {"duty", THERAPIST, "covering"}
    clock_to(app_now() + 2 * HOUR)
    work()
    assert loop.sees("duty")
    assert fresh(row).owner.username == "duty"
    loop.move(row, "see", "duty")


# Nobody at all.


def nobody_there(loop: Loop) -> None:
    """Of dermatology nobody works here, and of coordinators neither."""
    accounts.deactivate_user(user=loop.cast.former.who, by=loop.cast.by, at=app_now())
    end_role(loop, "coordinator")


def test_where_nobody_can_be_asked_it_is_loud_and_the_sender_answers_for_it(loop: Loop) -> None:
    nobody_there(loop)
    row = loop.sent(code="dermatology_ulcer")
    work()
    row = fresh(row)
    assert (row.state, row.owner.username) == (State.SENT, SENDER)
    assert row.nudge is not None
    assert row.nudge.state == Nudge.State.EXHAUSTED
    assert rungs(row.nudge) == []
    assert any("nobody is left to ask" in sentence.lower() for sentence in alarms.sounding()), alarms.sounding()
    assert row.wait_until is not None
    clock_to(row.wait_until + MINUTE)
    work()
    assert stuck_with(row) == SENDER, "SYS-02 goes to the sender where there is no coordinator"


def test_whoever_comes_is_asked_about_what_waited_for_nobody(loop: Loop) -> None:
    nobody_there(loop)
    row = loop.sent(code="dermatology_ulcer")
    work()
    colleague(loop.cast, "arriving", "dermatology")
    give_addresses(loop.cast)
    work()
    assert asked(row) == "arriving", "at once: it has waited already"
    assert fresh(row).owner.username == "arriving"
    assert not any("nobody is left to ask" in sentence.lower() for sentence in alarms.sounding())
    assert loop.move(row, "accept", "arriving").state == State.ACCEPTED


def test_where_whoever_comes_cannot_be_asked_either_it_stays_loud_and_is_asked_anew_once(loop: Loop) -> None:
    nobody_there(loop)
    row = loop.sent(code="dermatology_ulcer")
    work()
    colleague(loop.cast, "arriving", "dermatology")
    work()
    nudge = fresh(row).nudge
    assert nudge is not None
    assert nudge.state == Nudge.State.EXHAUSTED, "without an address nobody can be mailed"
    Referral.objects.filter(pk=row.pk).update(look_at=app_now())
    work()
    assert fresh(row).nudge == nudge


def test_where_nobody_is_left_at_all_it_still_has_both_sides_and_says_so(loop: Loop) -> None:
    row = loop.accepted()
    end_role(loop, "coordinator")
    for name in (THERAPIST, "covering", SENDER):
        close_account(loop, name)
    row = fresh(row)
    assert row.state == State.ACCEPTED
    assert row.owner_id is not None
    assert row.sender_id is not None
    assert row.look_at is not None
    assert alarms.sounding() != []
    assert no_faults()
    assert row.wait_until is not None
    clock_to(row.wait_until + MINUTE)
    work()
    stuck = fresh(row).stuck_nudge
    assert stuck is not None
    assert stuck.state == Nudge.State.EXHAUSTED
    assert any("nobody is left to ask" in sentence.lower() for sentence in alarms.sounding())
