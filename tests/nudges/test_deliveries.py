"""The outbox against a real mail server: what leaves, what does not, in which order, and what troubles do to it."""

import random
from contextlib import suppress
from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from apps.common.clock import app_now
from apps.nudges import messages
from apps.nudges.channels import CHANNELS
from apps.nudges.delivering import trouble
from apps.nudges.models import Breaker, BrokenAddress, Delivery, Nudge
from apps.nudges.operations import try_address_again
from apps.teams import operations as teams
from apps.teams.models import Member, Membership
from tests.cast import Cast
from tests.nudges.house import (
    A_WHILE,
    BERLIN,
    MINUTE,
    SECOND,
    Server,
    acknowledge,
    address,
    ask,
    asked,
    body_of,
    cancel,
    clock_to,
    decline,
    fresh,
    give_addresses,
    hand_over,
    mail_of,
    member,
    next_step,
    owner,
    rungs,
    settle,
    step,
    told,
    upgrade,
)
from tests.thread.conftest import work


def wait(by: timedelta) -> None:
    clock_to(app_now() + by)


def leave_hanging(delivery: Delivery, seconds: int = 30) -> None:
    """As a worker leaves it that was killed while it held the lease."""
    until = app_now() + seconds * SECOND
    Delivery.objects.filter(pk=delivery.pk).update(
        state="leased", lease_token=uuid4(), lease_until=until, attempts=delivery.attempts + 1
    )


class GoneWrong(Exception):  # noqa: N818
    pass


def test_a_question_leaves_as_one_mail_with_text_html_and_a_link(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", severity="emergency")
    work()
    (mail,) = postbox.mails
    assert mail["To"] == "Rheumatologist <rheumatologist@linden.example>"
    assert mail["Importance"] == "high"
    assert "/n/" in body_of(mail, "plain")
    assert "/n/" in body_of(mail, "html")
    row = mail_of(nudge, "rheumatologist")
    assert (row.state, row.attempts, row.provider_id) == ("sent", 1, mail["Message-ID"])
    assert row.sent_at is not None
    assert work() == 0
    assert len(postbox.mails) == 1


def test_the_inbox_has_it_at_once_whatever_the_mail_server_does(house: Cast, postbox: Server) -> None:
    postbox.stop()
    nudge = ask(house, "rheumatology")
    row = Delivery.objects.get(nudge=nudge, channel="in_app")
    assert (row.state, row.sent_at) == ("delivered", nudge.opened_at)


def test_the_same_message_has_the_same_id_when_it_is_sent_again(house: Cast, postbox: Server) -> None:
    """A worker was killed after the mail had left and before that was written down: the one duplicate there can be."""
    nudge = ask(house, "rheumatology")
    delivery = mail_of(nudge, "rheumatologist")
    CHANNELS["email"].send(messages.compose(delivery))
    leave_hanging(delivery)
    wait(31 * SECOND)
    work()
    first, second = postbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert work() == 0


def test_different_messages_have_different_ids(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", "slt", informs=["coordination"])
    work()
    clock_to(nudge.opened_at + 15 * MINUTE)
    work()
    clock_to(nudge.opened_at + 30 * MINUTE)
    work()
    hand_over(house, nudge, "covering", "therapist")
    hand_over(house, nudge, "covering", "rheumatologist")
    work()
    hand_over(house, nudge, "covering", "therapist")
    work()
    ids = [str(mail["Message-ID"]) for mail in postbox.mails]
    assert len(ids) == len(set(ids)) >= 5


def test_a_lease_that_ran_out_is_sent_again_and_one_that_holds_is_left_alone(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology")
    leave_hanging(mail_of(nudge, "rheumatologist"))
    wait(29 * SECOND)
    assert work() == 0
    assert postbox.mails == []
    wait(2 * SECOND)
    work()
    assert len(postbox.mails) == 1
    assert mail_of(nudge, "rheumatologist").state == "sent"


def test_an_emergency_whose_lease_ran_out_is_sent_again(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", severity="emergency")
    leave_hanging(mail_of(nudge, "rheumatologist"))
    wait(31 * SECOND)
    work()
    assert len(postbox.mails) == 1


def test_what_was_acknowledged_is_not_sent_any_more(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology")
    acknowledge(house, nudge, "rheumatologist")
    work()
    assert postbox.mails == []
    assert mail_of(nudge, "rheumatologist").state == "cancelled"


def test_what_was_acknowledged_while_a_worker_held_it_is_not_sent_any_more(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology")
    leave_hanging(mail_of(nudge, "rheumatologist"))
    acknowledge(house, nudge, "rheumatologist")
    wait(31 * SECOND)
    work()
    assert postbox.mails == []
    assert mail_of(nudge, "rheumatologist").state == "cancelled"


def test_whoever_declined_before_the_mail_left_is_not_mailed(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", "slt")
    decline(house, nudge, "rheumatologist")
    work()
    assert postbox.to(address("rheumatologist")) == []
    assert len(postbox.to(address("covering"))) == 1


@pytest.mark.parametrize("code", ["550 5.1.1 No such user", "551 Gone", "553 Bad name"])
def test_an_address_that_refuses_for_good_is_broken_and_the_ladder_goes_on_at_once(
    house: Cast, postbox: Server, code: str
) -> None:
    postbox.refuse(address("rheumatologist"), code)
    nudge = ask(house, "rheumatology", "slt")
    work()
    broken = BrokenAddress.objects.get()
    assert (broken.user, broken.address) == (house.rheumatologist.who, address("rheumatologist"))
    assert code[:3] in broken.reason
    assert mail_of(nudge, "rheumatologist").state == "failed"
    assert asked(nudge) == ["rheumatologist", "covering"]
    assert len(postbox.to(address("covering"))) == 1
    assert app_now() - nudge.opened_at < MINUTE


def test_everybody_broken_ends_with_the_coordinators_at_once(house: Cast, postbox: Server) -> None:
    postbox.answer = lambda to: "250 OK" if to == address("coordinator") else "550 No such user"
    nudge = ask(house, "rheumatology", "slt", severity="emergency")
    work(12)
    assert owner(nudge) == "coordinator"
    assert len(postbox.to(address("coordinator"))) >= 1


def test_a_policy_of_the_server_breaks_no_address(house: Cast, postbox: Server) -> None:
    postbox.refuse(address("rheumatologist"), "554 5.7.1 Not today")
    nudge = ask(house, "rheumatology", "slt")
    work()
    assert not BrokenAddress.objects.exists()
    assert owner(nudge) == "rheumatologist"


def test_a_broken_address_can_be_tried_again(house: Cast, postbox: Server) -> None:
    postbox.refuse(address("rheumatologist"), "550 No such user")
    ask(house, "rheumatology", key="a")
    work()
    postbox.refuse("", "")
    assert ("unreachable", "rheumatologist") in rungs(ask(house, "rheumatology", key="b"))
    try_address_again(broken=BrokenAddress.objects.get(), by=house.coordinator.actor, at=app_now())
    assert rungs(ask(house, "rheumatology", key="c")) == [("lead", "rheumatologist")]


@pytest.mark.parametrize("severity", ["routine", "urgent", "emergency"])
def test_a_refusal_for_the_moment_is_tried_again_without_a_duplicate(
    house: Cast, postbox: Server, severity: str
) -> None:
    postbox.refuse(address("rheumatologist"), "451 Try again later")
    nudge = ask(house, "rheumatology", severity=severity)
    work()
    row = mail_of(nudge, "rheumatologist")
    assert (row.state, row.attempts) == ("queued", 1)
    assert row.due_at > app_now() - SECOND
    assert "451" in row.last_error
    assert not BrokenAddress.objects.exists()
    assert not Breaker.objects.exists()
    postbox.refuse("", "")
    wait(A_WHILE)
    work()
    wait(A_WHILE)
    work()
    assert len(postbox.mails) == 1
    assert mail_of(nudge, "rheumatologist").attempts == 2


def test_one_address_in_trouble_holds_up_nobody_else(house: Cast, postbox: Server) -> None:
    postbox.refuse(address("rheumatologist"), "451 Try again later")
    ask(house, "rheumatology", key="a")
    ask(house, "slt", key="b")
    work()
    assert len(postbox.to(address("covering"))) == 1


def test_a_server_that_is_down_trips_the_breaker_and_uses_up_no_attempts(house: Cast, postbox: Server) -> None:
    postbox.stop()
    ask(house, "rheumatology", key="a")
    ask(house, "slt", key="b")
    work()
    for _ in range(15):
        wait(A_WHILE)
        work()
    breaker = Breaker.objects.get()
    assert breaker.channel == "email"
    assert "does not work since" in trouble()
    rows = Delivery.objects.filter(channel="email", state="queued")
    assert rows.exists()
    assert set(rows.values_list("attempts", flat=True)) == {0}
    assert not BrokenAddress.objects.exists()


def test_while_the_breaker_is_shut_nothing_is_tried(house: Cast, postbox: Server) -> None:
    postbox.stop()
    ask(house, "rheumatology")
    work()
    postbox.start()
    assert Breaker.objects.get().retry_at > app_now() - 2 * SECOND
    Breaker.objects.update(retry_at=app_now() + MINUTE)
    ask(house, "slt", key="another")
    assert work() == 0
    assert postbox.mails == []


def test_when_the_server_is_back_mails_leave_what_presses_most_first(house: Cast, postbox: Server) -> None:
    postbox.stop()
    order = ["routine", "emergency", "urgent"]
    random.shuffle(order)
    for severity in order:
        ask(house, "rheumatology", severity=severity, within="2 h", key=severity)
    work()
    wait(A_WHILE)
    work()
    assert postbox.mails == []
    postbox.start()
    wait(A_WHILE)
    work()
    firsts = [subject.split(":")[0] for subject in postbox.subjects()]
    assert firsts == ["Emergency", "Urgent", "Please look"]
    assert not Breaker.objects.exists()
    assert trouble() == ""


def test_while_the_server_is_down_the_ladder_goes_on_and_what_was_taken_meanwhile_is_not_sent(
    house: Cast, postbox: Server
) -> None:
    postbox.stop()
    climbing, taken = ask(house, "rheumatology", "slt", key="a"), ask(house, "rheumatology", key="b")
    work()
    acknowledge(house, taken, "rheumatologist")
    clock_to(climbing.opened_at + 31 * MINUTE)
    work()
    assert owner(climbing) == "covering"
    postbox.start()
    wait(A_WHILE)
    work()
    assert [str(mail["To"]) for mail in postbox.mails] == ["Covering <covering@linden.example>"]


def test_a_server_that_was_down_has_used_nobody_up(house: Cast, postbox: Server) -> None:
    postbox.stop()
    nudge = ask(house, "slt")
    for _ in range(4):
        next_step(nudge)
    assert "covering" in asked(nudge)[1:]
    assert fresh(nudge).state == Nudge.State.OPEN


def test_a_server_that_hangs_up_is_down_and_not_the_address(house: Cast, postbox: Server) -> None:
    postbox.refuse(address("rheumatologist"), "421 Closing")
    nudge = ask(house, "rheumatology")
    work()
    assert not BrokenAddress.objects.exists()
    assert mail_of(nudge, "rheumatologist").state == "queued"
    postbox.refuse("", "")
    wait(A_WHILE)
    work()
    assert len(postbox.mails) == 1


@pytest.mark.parametrize("severity", ["routine", "info"])
def test_quiet_hours_hold_what_does_not_press_until_their_end(house: Cast, postbox: Server, severity: str) -> None:
    rows = Member.objects.filter(pk=house.member_of("rheumatologist"))
    rows.update(quiet_from=time(9), quiet_until=time(17))
    nudge = ask(house, "rheumatology", severity=severity, within="1 wd", act="2 wd")
    assert told(nudge, "ask") == ["rheumatologist"]  # the inbox has it
    clock_to(datetime(2027, 6, 7, 17, tzinfo=BERLIN) - 2 * SECOND)
    work()
    assert postbox.mails == []
    clock_to(datetime(2027, 6, 7, 17, 15, tzinfo=BERLIN))
    work()
    assert len(postbox.mails) == 1


def test_quiet_hours_pass_midnight_and_are_the_member_s_own(house: Cast, postbox: Server) -> None:
    rows = Member.objects.filter(pk=house.member_of("rheumatologist"))
    rows.update(quiet_from=time(18), quiet_until=time(7), time_zone="Asia/Tokyo")
    clock_to(datetime(2027, 6, 7, 12, tzinfo=BERLIN))  # 19:00 in Tokyo, whose morning at 7 is midnight in Berlin
    ask(house, "rheumatology", severity="routine", within="2 wd", act="3 wd")
    clock_to(datetime(2027, 6, 8, 0, tzinfo=BERLIN) - 2 * SECOND)
    work()
    assert postbox.mails == []
    clock_to(datetime(2027, 6, 8, 0, 15, tzinfo=BERLIN))
    work()
    assert len(postbox.mails) == 1


@pytest.mark.parametrize("severity", ["urgent", "emergency"])
def test_quiet_hours_hold_nothing_that_presses(house: Cast, postbox: Server, severity: str) -> None:
    rows = Member.objects.filter(pk=house.member_of("rheumatologist"))
    rows.update(quiet_from=time(9), quiet_until=time(17))
    ask(house, "rheumatology", severity=severity)
    work()
    assert len(postbox.mails) == 1


def test_settling_tells_those_asked_by_mail_and_those_informed_in_the_inbox_only(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "slt", "pulmonology", informs=["rheumatology"])
    work()
    decline(house, nudge, "covering")
    work()
    settle(house, nudge, "on_call_pulmonologist")
    work()
    assert postbox.subjects(address("covering"))[-1].startswith("News")
    assert [s.split(":")[0] for s in postbox.subjects(address("rheumatologist"))] == ["For information"]
    assert sorted(told(nudge, "told")) == ["covering", "rheumatologist"]
    assert told(nudge, "told", "email") == ["covering"]
    assert fresh(nudge).state == Nudge.State.ACTIONED


def test_whoever_settles_it_is_not_told_what_they_know(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology")
    work()
    settle(house, nudge, "rheumatologist")
    work()
    assert len(postbox.mails) == 1


def test_cancelling_tells_everybody_who_was_told(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "slt", "pulmonology", informs=["rheumatology"])
    work()
    decline(house, nudge, "covering")
    work()
    cancel(nudge)
    work()
    for name in ("covering", "on_call_pulmonologist", "rheumatologist"):
        assert postbox.subjects(address(name))[-1].startswith("News"), name
        assert "It was withdrawn." in body_of(postbox.to(address(name))[-1], "plain")
    assert fresh(nudge).state == Nudge.State.CANCELLED


def test_nothing_more_is_asked_after_the_end(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "slt", "pulmonology")
    work()
    settle(house, nudge, "coordinator")
    work()
    count = len(postbox.mails)
    for minutes in (16, 31, 60, 600):
        clock_to(nudge.opened_at + minutes * MINUTE)
        assert work() == 0
    assert len(postbox.mails) == count
    assert fresh(nudge).next_step_at is None


def test_ending_twice_tells_once(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "slt")
    work()
    for _ in range(2):
        settle(house, nudge, "coordinator")
        cancel(nudge)
    work()
    assert len(postbox.to(address("covering"))) == 2
    assert fresh(nudge).state == Nudge.State.ACTIONED


def test_an_unsent_mail_about_what_ended_meanwhile_does_not_leave(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "slt", informs=["rheumatology"])
    settle(house, nudge, "coordinator")
    work()
    assert not any("asked to look" in body_of(mail, "plain") for mail in postbox.mails)
    assert postbox.to(address("rheumatologist")) == []


def test_somebody_who_lost_access_before_the_mail_left_gets_none_and_the_ladder_goes_on(
    house: Cast, postbox: Server
) -> None:
    nudge = ask(house, "rheumatology", "slt")
    row = Membership.objects.get(care_team=house.team, member=member(house, "rheumatologist"))
    teams.end_membership(membership=row, by=house.by, at=app_now())
    work()
    assert postbox.to(address("rheumatologist")) == []
    assert owner(nudge) == "covering"
    assert len(postbox.to(address("covering"))) == 1
    assert app_now() - nudge.opened_at < MINUTE


def test_somebody_who_lost_access_is_told_nothing_when_it_ends(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "slt", informs=["rheumatology"])
    work()
    row = Membership.objects.get(care_team=house.team, member=member(house, "rheumatologist"))
    teams.end_membership(membership=row, by=house.by, at=app_now())
    cancel(nudge)
    work()
    assert len(postbox.to(address("rheumatologist"))) == 1


def test_a_reminder_whose_person_answered_meanwhile_does_not_leave(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", "slt")
    work()
    clock_to(nudge.opened_at + 15 * MINUTE)
    step()
    acknowledge(house, nudge, "rheumatologist")
    work()
    assert len(postbox.mails) == 1


def test_an_upgrade_takes_back_what_had_not_left(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", severity="routine")
    upgrade(nudge, "emergency")
    work()
    assert [subject.split(":")[0] for subject in postbox.subjects()] == ["Emergency"]


@pytest.mark.parametrize("fact", ["asked", "declined"])
def test_a_transaction_that_is_rolled_back_leaves_no_nudge_and_no_delivery(
    real_cast: Cast, postbox: Server, fact: str
) -> None:
    give_addresses(real_cast)
    nudge = None if fact == "asked" else ask(real_cast, "rheumatology", "pulmonology")
    before = Delivery.objects.count()
    with suppress(GoneWrong), transaction.atomic():
        if nudge is None:
            ask(real_cast, "rheumatology")
        else:
            decline(real_cast, nudge, "rheumatologist")
        assert Delivery.objects.count() > before
        raise GoneWrong
    assert Delivery.objects.count() == before
    work()
    assert [str(mail["To"]) for mail in postbox.mails] == (
        [] if nudge is None else ["Rheumatologist <rheumatologist@linden.example>"]
    )
    assert Nudge.objects.count() == (0 if nudge is None else 1)
