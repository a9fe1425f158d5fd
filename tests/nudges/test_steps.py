"""What happens as time passes: reminders, the next rung, acknowledgements that run out; and nothing early."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from apps.common.clock import app_now
from apps.nudges.models import Nudge, Policy, Rung
from apps.nudges.queues import steps_that_fail
from apps.teams.models import Member
from tests.cast import Cast
from tests.nudges.house import (
    BERLIN,
    HOUR,
    MINUTE,
    SECOND,
    Server,
    acknowledge,
    address,
    ask,
    asked,
    body_of,
    climb_to_the_end,
    clock_to,
    decline,
    fresh,
    join,
    mail_of,
    next_step,
    owner,
    step,
    token_in,
    told,
    upgrade,
)
from tests.thread.conftest import work

JUST_BEFORE = SECOND


def minutes_after(nudge: Nudge) -> list[int]:
    """When each person was asked, in minutes after it was opened."""
    rows = Rung.objects.filter(nudge=nudge).exclude(why__in=["nobody", "unreachable"]).order_by("number")
    return [round((row.at - nudge.opened_at) / MINUTE) for row in rows]


@pytest.mark.parametrize("severity", ["urgent", "emergency"])
def test_a_reminder_comes_at_half_the_time_and_not_before(house: Cast, postbox: Server, severity: str) -> None:
    nudge = ask(house, "rheumatology", severity=severity, within="30 min")
    work()
    clock_to(nudge.opened_at + 15 * MINUTE - JUST_BEFORE)
    assert step() == 0
    assert told(nudge, "reminder") == []
    clock_to(nudge.opened_at + 15 * MINUTE)
    step()
    assert told(nudge, "reminder") == ["rheumatologist"]
    assert owner(nudge) == "rheumatologist"
    work()
    assert [s.split(":")[0] for s in postbox.subjects(address("rheumatologist"))][1:] == ["Reminder"]


def test_the_next_rung_is_asked_at_the_end_of_the_time_and_not_before(house: Cast) -> None:
    nudge = ask(house, "rheumatology", "slt", within="30 min")
    clock_to(nudge.opened_at + 15 * MINUTE)
    step()
    clock_to(nudge.opened_at + 30 * MINUTE - JUST_BEFORE)
    assert step() == 0
    assert asked(nudge) == ["rheumatologist"]
    clock_to(nudge.opened_at + 30 * MINUTE)
    step()
    assert asked(nudge) == ["rheumatologist", "covering"]


def test_later_rungs_have_half_the_time(house: Cast) -> None:
    nudge = ask(house, "rheumatology", "slt", "pulmonology", within="30 min")
    climb_to_the_end(nudge)
    assert minutes_after(nudge) == [0, 30, 45, 60]
    assert round((fresh(nudge).rung_at - nudge.opened_at) / MINUTE) == 75


def test_routine_reminds_nobody_and_gives_every_rung_the_whole_time(house: Cast) -> None:
    nudge = ask(house, "rheumatology", "slt", severity="routine", within="30 min")
    climb_to_the_end(nudge)
    assert minutes_after(nudge) == [0, 30, 60]
    assert told(nudge, "reminder") == []


def test_a_working_day_runs_over_the_weekend(house: Cast) -> None:
    clock_to(datetime(2027, 6, 11, 20, tzinfo=BERLIN))  # a Friday evening
    nudge = ask(house, "rheumatology", "slt", within="1 wd", act="2 wd")
    reminder, end = datetime(2027, 6, 14, 8, tzinfo=BERLIN), datetime(2027, 6, 14, 20, tzinfo=BERLIN)
    clock_to(reminder - JUST_BEFORE)
    assert step() == 0
    clock_to(reminder + 5 * SECOND)
    step()
    assert told(nudge, "reminder") == ["rheumatologist"]
    clock_to(end - JUST_BEFORE)
    assert step() == 0
    clock_to(end + 5 * SECOND)
    step()
    assert asked(nudge) == ["rheumatologist", "therapist"]  # the cover was until Wednesday


def test_steps_that_are_long_overdue_ask_the_next_person_and_remind_nobody_late(house: Cast) -> None:
    nudge = ask(house, "rheumatology", "slt", within="30 min")
    clock_to(nudge.opened_at + 40 * MINUTE)
    step()
    assert told(nudge, "reminder") == []
    assert asked(nudge) == ["rheumatologist", "covering"]


@pytest.mark.parametrize("channels", [["in_app", "email"], ["in_app"], ["email"]])
def test_nobody_is_reminded_more_than_three_times_and_then_somebody_else_is_asked(
    house: Cast, channels: list[str]
) -> None:
    Policy.objects.filter(severity="urgent").update(reminders=["1/6", "2/6", "3/6", "4/6", "5/6"])
    Member.objects.filter(pk=house.member_of("rheumatologist")).update(channels=channels)
    nudge = ask(house, "rheumatology", "slt", within="30 min")
    for minute in (5, 10, 15):
        clock_to(nudge.opened_at + minute * MINUTE)
        step()
        assert owner(nudge) == "rheumatologist"
    assert len(told(nudge, "reminder", channels[0])) == 3
    clock_to(nudge.opened_at + 20 * MINUTE)
    step()
    assert len(told(nudge, "reminder", channels[0])) == 3
    assert asked(nudge) == ["rheumatologist", "covering"]


def test_reminders_are_counted_over_the_whole_nudge_and_not_afresh_when_it_presses_harder(house: Cast) -> None:
    Policy.objects.filter(severity__in=["urgent", "emergency"]).update(reminders=["1/6", "2/6", "3/6"])
    nudge = ask(house, "rheumatology", "slt", within="30 min")
    for _ in range(2):
        next_step(nudge)
    upgrade(nudge)
    climb_to_the_end(nudge)
    assert told(nudge, "reminder").count("rheumatologist") == 3


def test_the_ladder_is_climbed_as_it_was_when_the_question_was_asked(house: Cast) -> None:
    nudge = ask(house, "rheumatology", "slt", within="30 min")
    Policy.objects.filter(severity="urgent").update(reminders=[], next_rung="2", later_rungs="2")
    climb_to_the_end(nudge)
    assert minutes_after(nudge) == [0, 30, 45]
    assert told(nudge, "reminder") == ["rheumatologist"]


def test_in_an_emergency_coordinators_are_told_when_the_first_has_not_taken_it(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", "slt", "pulmonology", severity="emergency", within="30 min")
    clock_to(nudge.opened_at + 30 * MINUTE - JUST_BEFORE)
    step()
    assert told(nudge, "inform") == []
    clock_to(nudge.opened_at + 30 * MINUTE)
    work()
    assert told(nudge, "inform") == ["coordinator"]
    assert len(postbox.to(address("coordinator"))) == 1
    clock_to(nudge.opened_at + 46 * MINUTE)
    work()
    assert asked(nudge)[-1] == "on.call.pulmonologist"
    assert told(nudge, "inform") == ["coordinator"]  # once


def test_in_an_emergency_coordinators_are_told_when_the_first_declines(house: Cast) -> None:
    nudge = ask(house, "rheumatology", "slt", severity="emergency")
    decline(house, nudge, "rheumatologist")
    assert told(nudge, "inform") == ["coordinator"]


def test_when_it_is_only_urgent_coordinators_are_left_alone(house: Cast) -> None:
    nudge = ask(house, "rheumatology", "slt", within="30 min")
    clock_to(nudge.opened_at + 30 * MINUTE)
    step()
    assert owner(nudge) == "covering"
    assert told(nudge, "inform") == []


def test_whoever_has_acknowledged_is_left_alone_until_the_time_to_act_has_passed(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", "slt", within="30 min", act="4 h")
    work()
    acknowledge(house, nudge, "rheumatologist")
    for minute in (15, 30, 45, 180):
        clock_to(nudge.opened_at + minute * MINUTE)
        assert work() == 0
    clock_to(nudge.opened_at + 4 * HOUR - JUST_BEFORE)
    assert step() == 0
    assert fresh(nudge).state == Nudge.State.ACKNOWLEDGED
    assert len(postbox.mails) == 1


def test_an_acknowledgement_runs_out_and_the_next_person_is_asked_while_the_late_one_is_told(
    house: Cast, postbox: Server
) -> None:
    nudge = ask(house, "rheumatology", "slt", within="30 min", act="4 h")
    work()
    acknowledge(house, nudge, "rheumatologist")
    clock_to(nudge.opened_at + 4 * HOUR)
    work()
    late = fresh(nudge)
    assert (late.state, owner(nudge), late.round) == (Nudge.State.OPEN, "covering", 2)
    assert late.acknowledged_at is None
    assert told(nudge, "told") == ["rheumatologist"]
    assert told(nudge, "ask") == ["rheumatologist", "covering"]
    assert "The time to act has passed" in body_of(postbox.to(address("rheumatologist"))[-1], "plain")
    assert len(postbox.to(address("covering"))) == 1


def test_after_an_acknowledgement_ran_out_there_is_a_new_clock(house: Cast) -> None:
    nudge = ask(house, "rheumatology", "slt", within="30 min", act="4 h")
    acknowledge(house, nudge, "rheumatologist")
    end = nudge.opened_at + 4 * HOUR
    clock_to(end)
    step()
    late = fresh(nudge)
    assert timedelta(0) <= late.acknowledge_by - (end + 30 * MINUTE) < MINUTE
    assert timedelta(0) <= late.act_by - (end + 4 * HOUR) < MINUTE
    clock_to(late.rung_at + 30 * MINUTE - JUST_BEFORE)
    step()
    assert owner(nudge) == "covering"
    clock_to(late.rung_at + 30 * MINUTE)
    step()
    assert owner(nudge) != "covering"


def test_the_late_one_can_still_take_it_again(house: Cast) -> None:
    nudge = ask(house, "rheumatology", "slt", act="4 h")
    acknowledge(house, nudge, "rheumatologist")
    clock_to(nudge.opened_at + 4 * HOUR)
    step()
    again = acknowledge(house, nudge, "rheumatologist")
    assert (again.state, owner(nudge)) == (Nudge.State.ACKNOWLEDGED, "rheumatologist")


def test_acknowledging_in_time_keeps_the_time_to_act(house: Cast) -> None:
    nudge = ask(house, "rheumatology", within="30 min", act="4 h")
    clock_to(nudge.opened_at + HOUR)
    assert acknowledge(house, nudge, "rheumatologist").act_by == nudge.opened_at + 4 * HOUR


def test_acknowledging_after_the_time_to_act_gives_a_new_one(house: Cast) -> None:
    nudge = ask(house, "rheumatology", within="30 min", act="1 h")
    climb_to_the_end(nudge)
    clock_to(nudge.opened_at + 3 * HOUR)
    taken = acknowledge(house, nudge, "rheumatologist")
    assert taken.acknowledged_at is not None
    assert taken.act_by == taken.acknowledged_at + HOUR
    clock_to(taken.act_by - JUST_BEFORE)
    assert step() == 0
    clock_to(taken.act_by)
    step()
    assert fresh(nudge).state != Nudge.State.ACKNOWLEDGED


def test_an_upgrade_asks_the_first_rung_anew_with_a_new_clock_and_tells_the_others(
    house: Cast, postbox: Server
) -> None:
    nudge = ask(house, "rheumatology", "slt", informs=["coordination"], within="1 wd", act="2 wd")
    work()
    acknowledge(house, nudge, "rheumatologist")
    clock_to(nudge.opened_at + 2 * HOUR)
    harder = upgrade(nudge, "emergency", within="30 min", act="2 h")
    assert (harder.state, harder.round, harder.severity) == (Nudge.State.OPEN, 2, "emergency")
    assert owner(nudge) == "rheumatologist"
    assert timedelta(0) <= harder.acknowledge_by - (nudge.opened_at + 2 * HOUR + 30 * MINUTE) < MINUTE
    assert told(nudge, "told") == ["coordinator"]
    work()
    assert postbox.subjects(address("rheumatologist"))[-1].startswith("Emergency")


def test_an_upgrade_to_less_or_of_what_is_over_changes_nothing(house: Cast) -> None:
    nudge = ask(house, "rheumatology", severity="urgent")
    assert upgrade(nudge, "routine").version == nudge.version
    assert upgrade(nudge, "urgent").version == nudge.version


def test_asking_again_about_the_same_matter_gives_the_same_nudge(house: Cast, postbox: Server) -> None:
    assert ask(house, "rheumatology").pk == ask(house, "slt").pk
    work()
    assert len(postbox.mails) == 1


def test_a_step_that_fails_holds_up_nobody_and_is_said_aloud(house: Cast) -> None:
    broken, well = ask(house, "rheumatology", key="a"), ask(house, "slt", key="b")
    Nudge.objects.filter(pk=broken.pk).update(policy={})
    clock_to(well.opened_at + 16 * MINUTE)
    step()
    assert told(well, "reminder") == ["covering"]
    assert fresh(broken).step_error
    assert "1 nudges cannot go on" in steps_that_fail(app_now())
    Nudge.objects.filter(pk=broken.pk).update(policy=well.policy)
    clock_to(app_now() + 2 * MINUTE)
    step()
    assert fresh(broken).step_error == ""
    assert told(broken, "reminder") == ["rheumatologist"]


def test_steps_of_emergencies_are_done_first(house: Cast) -> None:
    join(house, "mover", "physiotherapy")
    urgent = ask(house, "physiotherapy", severity="urgent", key="a")
    emergency = ask(house, "rheumatology", severity="emergency", key="b")
    clock_to(emergency.opened_at + 16 * MINUTE)
    step()
    reminded = [mail_of(one, name, "reminder") for one, name in ((emergency, "rheumatologist"), (urgent, "mover"))]
    assert reminded[0].queued_at < reminded[1].queued_at


def test_a_mail_of_an_earlier_round_does_not_acknowledge_the_next(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", "slt")
    work()
    upgrade(nudge)
    answer = Client().post(f"/n/{token_in(postbox.mails[0])}/")
    assert answer.status_code == 409
    assert fresh(nudge).state == Nudge.State.OPEN
