"""The whole loop: a speech therapist who does not see the patient is asked, takes it on, answers, and the sender reads it."""

from apps.common.clock import app_now
from apps.nudges import operations as nudges
from apps.nudges.models import Nudge
from apps.referrals.moves import State
from tests.cast import Cast
from tests.referrals.house import HOUR, Loop, accesses, asked, clock_to, fresh, moves, stuck_with, work


def test_a_referral_goes_its_whole_way_and_whoever_has_the_turn_is_asked(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.sent()
    assert row.state == State.SENT
    assert asked(row) == "covering", "the therapist is away, and her colleague stands in"
    assert fresh(row).owner == cast.covering.who
    assert not loop.sees("therapist")
    assert loop.sees_referral(row, "therapist")
    assert not loop.sees_referral(row, "stranger")

    row = loop.move(row, "accept", "therapist")
    assert loop.sees("therapist")
    assert loop.sees("covering"), "the department sees the patient now"
    assert not loop.sees("stranger")
    assert accesses(row) == {"therapist", "covering"}
    assert fresh(row).owner == cast.therapist.who

    row = loop.move(row, "schedule", "therapist", starts_at=app_now() + HOUR)
    assert asked(row) == "", "nobody is asked before the visit's day is over"
    clock_to(app_now() + 2 * HOUR)
    row = loop.move(row, "see", "therapist")
    row = loop.move(row, "report", "therapist")
    assert asked(row) == "rheumatologist"
    row = loop.move(row, "review", "rheumatologist")
    assert row.state == State.CLOSED
    assert not loop.sees("therapist")
    assert asked(row) == ""
    assert accesses(row) == set()
    assert moves(row) == ["send", "accept", "schedule", "see", "report", "review"]
    assert not Nudge.objects.unfinished().filter(patient=loop.patient).exists()


def test_saying_i_have_it_receives_it_and_left_alone_a_coordinator_is_asked(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.sent()
    nudge = fresh(row).nudge
    assert nudge is not None
    nudges.acknowledge(nudge=nudge, by=cast.covering.actor, at=app_now())
    work()
    assert fresh(row).state == State.RECEIVED
    assert moves(row) == ["send", "receive"]
    until = fresh(row).wait_until
    assert until is not None
    clock_to(until)
    work()
    assert stuck_with(row) == "coordinator"
