"""How long a referral waits: targets in the site's working days, and what happens when a wait is over (D.2, SYS-02).

Every moment in here was worked out by hand with a calendar. The tests begin on Monday 7 June 2027 at ten in Berlin.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from apps.accounts import operations as accounts
from apps.common.clock import app_now
from apps.common.refusals import Invalid
from apps.nudges.models import Nudge
from apps.referrals.models import Referral
from apps.referrals.models.referral import overdue
from apps.referrals.moves import OPEN, State
from apps.teams import operations as teams
from tests.cast import Cast
from tests.referrals.house import DAY, HOUR, Loop, asked, clock_to, fresh, rungs, stuck_with, work
from tests.referrals.walks import BERLIN, MINUTE


def berlin(day: int, hour: int = 0, minute: int = 0, *, month: int = 6) -> datetime:
    return datetime(2027, month, day, hour, minute, tzinfo=BERLIN)


def near(found: datetime | None, expected: datetime) -> bool:
    """Within the seconds that a test takes."""
    return found is not None and abs(found - expected) < timedelta(seconds=50)


def left_until(moment: datetime, every: timedelta = 6 * HOUR) -> None:
    """Nobody does anything until then; careteam does what is due."""
    while (now := app_now()) < moment:
        clock_to(min(now + every, moment))
        work()


# The target.


@pytest.mark.parametrize(
    ("code", "target"),
    [
        ("slt_swallow", berlin(9, 10)),
        ("slt_instrumental_study", berlin(21, 10)),
        ("pulmonology_desaturation", berlin(14, 10)),
        ("pulmonology_baseline", berlin(5, 10, month=7)),
        ("dermatology_ulcer", berlin(9, 10)),
        ("physiotherapy_at_diagnosis", berlin(21, 10)),
        ("cardiology_troponin", berlin(8)),
        ("paediatric_centre_high_risk", berlin(8)),
    ],
)
def test_the_target_is_the_reasons_own(cast: Cast, code: str, target: datetime) -> None:
    """2 wd, 10 wd, 5 wd, 28 d, 2 wd, 14 d; “same day” ends with the day."""
    row = Loop.begin(cast).sent(code=code)
    assert near(row.target_at, target)
    assert near(row.wait_until, target)


@pytest.mark.parametrize(
    ("code", "target"), [("pulmonology_decline", berlin(9, 10)), ("ophthalmology_hydroxychloroquine", berlin(21, 10))]
)
def test_a_reason_without_a_target_has_the_time_to_act_of_its_urgency(cast: Cast, code: str, target: datetime) -> None:
    """Two working days for an urgent one, a fortnight for a routine one: the sheet's C.0, a local policy."""
    assert near(Loop.begin(cast).sent(code=code).target_at, target)


@pytest.mark.parametrize(("urgency", "target"), [("stat", berlin(8)), ("routine", berlin(21, 10))])
def test_another_urgency_than_the_reasons_has_the_time_of_that_urgency(
    cast: Cast, urgency: str, target: datetime
) -> None:
    assert near(Loop.begin(cast).sent(urgency=urgency).target_at, target)


def test_two_working_days_over_christmas_are_six_days(cast: Cast) -> None:
    """Thursday 23 December at ten; Friday and Monday the site does not work: Tuesday is one, Wednesday the 29th two."""
    for day in (24, 27):
        accounts.add_holiday(site=cast.site, by=cast.by, at=app_now(), on=date(2027, 12, day), name=f"Christmas {day}")
    loop = Loop.begin(cast)
    clock_to(berlin(23, 10, month=12))
    row = loop.sent()
    assert near(row.target_at, datetime(2027, 12, 29, 9, tzinfo=UTC))


def test_the_holidays_are_those_of_the_patients_site(cast: Cast) -> None:
    accounts.add_holiday(site=cast.elsewhere, by=cast.by, at=app_now(), on=date(2027, 6, 8), name="A fair")
    assert near(Loop.begin(cast).sent().target_at, berlin(9, 10))


@pytest.mark.parametrize(
    ("code", "sent", "target"),
    [
        ("pulmonology_desaturation", datetime(2027, 10, 27, 8, tzinfo=UTC), datetime(2027, 11, 3, 9, tzinfo=UTC)),
        ("pulmonology_baseline", datetime(2027, 10, 4, 8, tzinfo=UTC), datetime(2027, 11, 1, 9, tzinfo=UTC)),
    ],
)
def test_a_target_is_at_the_same_time_of_the_day_when_the_clocks_change(
    cast: Cast, code: str, sent: datetime, target: datetime
) -> None:
    """They go back on Sunday 31 October 2027: five working days from a Wednesday, and 28 days."""
    loop = Loop.begin(cast)
    clock_to(sent)
    assert near(loop.sent(code=code).target_at, target)


def test_a_day_of_the_senders_own_lasts_until_midnight(cast: Cast) -> None:
    row = Loop.begin(cast).sent(target_on=date(2027, 6, 11))
    assert row.target_at == berlin(12)
    assert row.wait_until == berlin(12)


def test_a_day_that_has_passed_is_no_target(cast: Cast) -> None:
    loop = Loop.begin(cast)
    with pytest.raises(Invalid) as refused:
        loop.draft(target_on=date(2027, 6, 6))
    assert "target_on" in str(refused.value.__dict__)
    row = loop.draft(target_on=date(2027, 6, 7))
    clock_to(berlin(8, 0, 1))
    with pytest.raises(Invalid):
        loop.move(row, "send", "rheumatologist")


def test_the_target_stays_when_it_goes_elsewhere(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.sent()
    before = row.target_at
    clock_to(app_now() + DAY)
    row = loop.move(row, "reroute", "rheumatologist")
    assert row.target_at == before
    assert row.wait_until == before


# Overdue.


def test_overdue_is_computed_and_stored_nowhere(cast: Cast) -> None:
    assert not [one.name for one in Referral._meta.get_fields() if "overdue" in one.name or "late" in one.name]
    loop = Loop.begin(cast)
    row, target = loop.sent(), berlin(9, 10)
    assert not row.overdue(target - HOUR)
    assert row.overdue(target + HOUR)
    assert not Referral.objects.filter(overdue(target - HOUR)).exists()
    assert Referral.objects.filter(overdue(target + HOUR)).get() == row
    clock_to(target + HOUR)
    before = fresh(row).__dict__ | {"_state": None}
    assert fresh(row).overdue(app_now())
    assert {**fresh(row).__dict__, "_state": None} == before, "time alone writes nothing"
    row = loop.move(row, "accept", "therapist")
    assert row.overdue(app_now())
    row = loop.move(row, "see", "therapist")
    assert not row.overdue(app_now()), "whoever was seen waits no longer"


# SYS-02.


def test_one_day_past_its_target_and_not_accepted_it_is_stuck(cast: Cast) -> None:
    """The sheet's E.9."""
    row = Loop.begin(cast).sent()
    left_until(berlin(9, 9, 55))
    assert stuck_with(row) == ""
    left_until(berlin(10, 10))
    assert stuck_with(row) == "coordinator"
    nudge = fresh(row).stuck_nudge
    assert nudge is not None
    assert (nudge.topic, nudge.severity, nudge.asks) == ("SYS-02", "urgent", ["coordination", "rheumatology"])


def test_accepted_with_a_booked_visit_it_is_not_stuck(cast: Cast) -> None:
    """The sheet's E.9: just not."""
    loop = Loop.begin(cast)
    row = loop.move(loop.accepted(), "schedule", "therapist", starts_at=berlin(14, 9))
    left_until(berlin(10, 10))
    assert fresh(row).overdue(app_now()), "it is late, and somebody has it in hand"
    assert stuck_with(row) == ""
    assert asked(row) == ""


def test_a_routine_one_is_stuck_as_a_routine_matter(cast: Cast) -> None:
    row = Loop.begin(cast).sent(code="physiotherapy_at_diagnosis")
    clock_to(berlin(21, 10, 1))
    work()
    nudge = fresh(row).stuck_nudge
    assert nudge is not None
    assert nudge.severity == "routine"


# Each way of being stuck, left alone.


@dataclass(frozen=True)
class Left:
    """Somewhere on the way: by which moves of whom, whom it then waits for and until when, and what settles it."""

    state: State
    way: tuple[str, ...]
    first: str
    until: datetime
    then: tuple[str, str]
    asked_at: datetime = field(default_factory=lambda: berlin(7, 10))
    values: tuple[tuple[str, Any], ...] = ()


THERAPIST, SENDER = "therapist", "rheumatologist"
LEFT = [
    Left(State.DRAFT, (), SENDER, berlin(10, 10), ("send", SENDER), asked_at=berlin(8, 10)),
    Left(State.SENT, ("send",), "covering", berlin(9, 10), ("accept", THERAPIST)),
    Left(State.RECEIVED, ("send", "receive"), THERAPIST, berlin(9, 10), ("accept", THERAPIST)),
    Left(State.NEEDS_INFORMATION, ("send", "ask_information"), SENDER, berlin(9, 10), ("give_information", SENDER)),
    Left(State.ACCEPTED, ("send", "accept"), THERAPIST, berlin(9, 10), ("schedule", THERAPIST)),
    Left(State.DECLINED, ("send", "decline"), SENDER, berlin(9, 10), ("reroute", SENDER)),
    Left(
        State.SCHEDULED, ("send", "accept", "schedule"), THERAPIST, berlin(11), ("see", THERAPIST), asked_at=berlin(9),
        values=(("starts_at", berlin(8, 11)),),
    ),
    Left(State.SEEN, ("send", "accept", "see"), THERAPIST, berlin(9, 10), ("report", THERAPIST)),
    Left(State.REPORTED, ("send", "accept", "see", "report"), SENDER, berlin(9, 10), ("review", SENDER)),
    Left(
        State.CANCELLATION_REQUESTED, ("send", "accept", "request_cancellation"), THERAPIST, berlin(9, 10),
        ("confirm_cancellation", THERAPIST),
    ),
]  # fmt: skip


def brought(cast: Cast, left: Left) -> tuple[Loop, Referral]:
    """The referral where it is left alone; the sender has a colleague, and both therapists are there."""
    teams.end_cover(cover=cast.cover, by=cast.by, at=app_now())
    loop = Loop.begin(cast)
    row = loop.draft()
    for name in left.way:
        sends = name in {"send", "request_cancellation"}
        values = dict(left.values) if name == "schedule" else {}
        row = loop.move(row, name, SENDER if sends else THERAPIST, **values)
    return loop, row


def test_every_open_state_is_left_alone_below() -> None:
    assert {left.state for left in LEFT} == OPEN


@pytest.mark.parametrize("left", LEFT, ids=[left.state for left in LEFT])
def test_left_alone_somebody_is_asked_then_the_next_and_the_coordinators_until_somebody_moves_it(
    cast: Cast, left: Left
) -> None:
    loop, row = brought(cast, left)
    assert near(row.wait_until, left.until)
    left_until(left.asked_at - MINUTE)
    assert asked(row) == "" or left.asked_at == berlin(7, 10)
    left_until(left.asked_at + MINUTE)
    assert asked(row) == left.first
    left_until(left.until - MINUTE)
    assert stuck_with(row) == ""
    left_until(left.until + MINUTE)
    assert stuck_with(row) == "coordinator", "the wait is over"
    nudge, stuck = fresh(row).nudge, fresh(row).stuck_nudge
    assert nudge is not None
    assert stuck is not None
    assert rungs(nudge)[0] == left.first
    left_until(left.until + 3 * DAY)
    assert len(set(rungs(nudge))) > 1, "somebody else was asked meanwhile"
    assert nudge.pk == fresh(row).nudge_id, "by the same question"
    row = loop.move(row, *left.then)
    for past in (nudge, stuck):
        past.refresh_from_db()
        assert past.state == Nudge.State.CANCELLED if row.state == State.CANCELLED else Nudge.State.ACTIONED
        assert not past.unfinished
    assert fresh(row).stuck_nudge is None
    work()
    assert stuck_with(row) == ""


def test_a_visit_that_was_moved_is_asked_about_when_its_new_day_is_over(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.move(loop.accepted(), "schedule", "therapist", starts_at=berlin(8, 11))
    row = loop.move(row, "reschedule", "therapist", starts_at=berlin(10, 11))
    assert row.ask_at == berlin(11)
    assert row.wait_until == berlin(15), "Friday ends one working day later on Monday, the second on Tuesday"
    left_until(berlin(10, 23, 59))
    assert asked(row) == ""
    left_until(berlin(11, 0, 1))
    assert asked(row) != ""


def test_a_no_show_waits_for_the_target_again_and_behind_it_for_the_time_to_act(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.move(loop.accepted(), "schedule", "therapist", starts_at=berlin(8, 11))
    clock_to(berlin(8, 12))
    row = loop.move(row, "no_show", "therapist")
    assert near(row.wait_until, berlin(9, 10))
    row = loop.move(row, "schedule", "therapist", starts_at=berlin(10, 11))
    clock_to(berlin(10, 12))
    row = loop.move(row, "no_show", "therapist")
    assert near(row.wait_until, berlin(14, 12)), "two working days from Thursday noon"


def test_saying_i_have_it_does_not_put_off_the_day_on_which_it_is_stuck(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.sent()
    clock_to(berlin(9, 9))
    row = loop.move(row, "receive", "covering")
    assert near(row.wait_until, berlin(9, 10))
    left_until(berlin(9, 10, 1), every=10 * MINUTE)
    assert stuck_with(row) == "coordinator"
