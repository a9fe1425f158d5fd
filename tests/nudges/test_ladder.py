"""Whom a nudge asks, in which order, and what is written down about those whom it cannot ask."""

from collections.abc import Callable

import pytest

from apps.accounts import operations as accounts
from apps.common.clock import app_now
from apps.nudges.models import BrokenAddress, Delivery, Nudge, Rung
from apps.teams import operations as teams
from apps.teams.models import Member, Membership
from tests.cast import Cast
from tests.nudges.house import (
    DAY,
    MINUTE,
    Server,
    acknowledge,
    address,
    ask,
    asked,
    body_of,
    climb_to_the_end,
    clock_to,
    coordinator,
    decline,
    fresh,
    join,
    member,
    next_step,
    on_call,
    owner,
    rungs,
    step,
    told,
)
from tests.thread.conftest import work


def lose_channels(cast: Cast, name: str) -> None:
    Member.objects.filter(pk=cast.member_of(name)).update(channels=[])


def lose_address(cast: Cast, name: str) -> None:
    cast.personas[name].who.email = ""
    cast.personas[name].who.save(update_fields=["email"])


def break_address(cast: Cast, name: str) -> None:
    user = cast.personas[name].who
    BrokenAddress.objects.create(user=user, channel="email", address=user.email, since=app_now(), reason="550")


CANNOT_BE_REACHED = [lose_channels, lose_address, break_address]
Lose = Callable[[Cast, str], None]


def test_the_lead_of_the_discipline_is_asked_first(house: Cast) -> None:
    join(house, "deputy", "rheumatology")
    nudge = ask(house, "rheumatology")
    assert rungs(nudge) == [("lead", "rheumatologist")]
    assert told(nudge, "ask") == ["rheumatologist"]


def test_a_lead_who_joined_later_is_asked_before_a_member(house: Cast) -> None:
    join(house, "early", "physiotherapy")
    join(house, "head", "physiotherapy", lead=True)
    assert rungs(ask(house, "physiotherapy")) == [("lead", "head")]


def test_without_a_lead_a_member_is_asked(house: Cast) -> None:
    join(house, "mover", "physiotherapy")
    assert rungs(ask(house, "physiotherapy")) == [("member", "mover")]


def test_only_one_person_is_asked_at_a_time(house: Cast) -> None:
    join(house, "deputy", "rheumatology")
    nudge = ask(house, "rheumatology", "slt")
    assert Delivery.objects.filter(nudge=nudge, kind="ask").values("recipient").distinct().count() == 1


def test_whoever_stands_in_is_asked_for_the_one_who_is_away(house: Cast) -> None:
    assert rungs(ask(house, "slt")) == [("cover", "covering")]


def test_when_the_cover_is_over_the_person_is_asked_again(house: Cast) -> None:
    teams.end_cover(cover=house.cover, by=house.by, at=app_now())
    assert rungs(ask(house, "slt")) == [("lead", "therapist")]


def test_who_is_there_is_worked_out_again_at_every_step(house: Cast) -> None:
    nudge = ask(house, "rheumatology", "slt")
    teams.end_cover(cover=house.cover, by=house.by, at=app_now())
    climb_to_the_end(nudge)
    assert asked(nudge)[:2] == ["rheumatologist", "therapist"]


def test_without_anybody_in_the_team_whoever_is_on_call_is_asked(house: Cast) -> None:
    assert rungs(ask(house, "pulmonology")) == [("on_call", "on.call.pulmonologist")]


def test_the_team_is_asked_before_whoever_is_on_call(house: Cast) -> None:
    join(house, "lungs", "pulmonology")
    nudge = ask(house, "pulmonology")
    next_step(nudge)  # the reminder
    next_step(nudge)
    assert rungs(nudge) == [("member", "lungs"), ("on_call", "on.call.pulmonologist")]


def test_whoever_is_on_call_comes_first_when_the_question_says_so(house: Cast) -> None:
    join(house, "lungs", "pulmonology", lead=True)
    nudge = ask(house, "pulmonology:on-call")
    assert climb_to_the_end(nudge) == ["on.call.pulmonologist", "lungs", "coordinator"]


def test_with_nobody_on_call_the_team_is_asked_although_the_question_says_on_call(house: Cast) -> None:
    assert rungs(ask(house, "rheumatology:on-call")) == [("lead", "rheumatologist")]


def test_at_most_two_people_of_a_discipline_are_asked(house: Cast) -> None:
    for name in ("second", "third", "fourth"):
        join(house, name, "rheumatology")
    assert climb_to_the_end(ask(house, "rheumatology")) == ["rheumatologist", "second", "coordinator"]


def test_in_an_emergency_the_second_one_is_on_call(house: Cast) -> None:
    join(house, "second", "rheumatology")
    on_call(house, "duty", "rheumatology")
    nudge = ask(house, "rheumatology", severity="emergency")
    assert climb_to_the_end(nudge) == ["rheumatologist", "duty", "coordinator"]


def test_when_it_is_no_emergency_the_second_one_is_of_the_team(house: Cast) -> None:
    join(house, "second", "rheumatology")
    on_call(house, "duty", "rheumatology")
    assert climb_to_the_end(ask(house, "rheumatology")) == ["rheumatologist", "second", "coordinator"]


def test_disciplines_are_asked_in_the_order_of_the_question(house: Cast) -> None:
    nudge = ask(house, "pulmonology", "slt", "rheumatology")
    expected = ["on.call.pulmonologist", "covering", "rheumatologist", "coordinator"]
    assert climb_to_the_end(nudge) == expected


def test_somebody_who_stands_on_two_rungs_is_asked_once(house: Cast) -> None:
    teams.add_to_team(
        by=house.by, at=app_now(), care_team=house.team, member=member(house, "rheumatologist"),
        discipline=member(house, "stranger").discipline,
    )  # fmt: skip
    nudge = ask(house, "rheumatology", "physiotherapy")
    assert climb_to_the_end(nudge) == ["rheumatologist", "coordinator"]


def test_a_discipline_without_anybody_is_written_down_and_the_next_asked_at_once(house: Cast) -> None:
    nudge = ask(house, "physiotherapy", "rheumatology")
    assert rungs(nudge) == [("nobody", "physiotherapy"), ("lead", "rheumatologist")]
    first, second = Rung.objects.filter(nudge=nudge).order_by("number")
    assert first.at == second.at == nudge.opened_at
    assert first.user is None


def test_a_discipline_without_anybody_is_written_down_once(house: Cast) -> None:
    nudge = ask(house, "physiotherapy", "rheumatology")
    climb_to_the_end(nudge)
    assert rungs(nudge).count(("nobody", "physiotherapy")) == 1


def test_whoever_asked_second_after_nobody_has_the_whole_time(house: Cast) -> None:
    nudge = ask(house, "physiotherapy", "rheumatology", within="30 min")
    clock_to(nudge.opened_at + 20 * MINUTE)
    step()
    assert asked(nudge) == ["rheumatologist"]
    clock_to(nudge.opened_at + 30 * MINUTE)
    step()
    assert asked(nudge) == ["rheumatologist", "coordinator"]


@pytest.mark.parametrize("lose", CANNOT_BE_REACHED)
def test_somebody_who_cannot_be_reached_is_written_down_and_the_next_asked_at_once(house: Cast, lose: Lose) -> None:
    lose(house, "rheumatologist")
    nudge = ask(house, "rheumatology", "slt")
    assert rungs(nudge) == [("unreachable", "rheumatologist"), ("cover", "covering")]
    assert set(Rung.objects.filter(nudge=nudge).values_list("at", flat=True)) == {nudge.opened_at}
    assert told(nudge, "ask") == ["covering"]


@pytest.mark.parametrize("lose", CANNOT_BE_REACHED)
def test_somebody_who_cannot_be_reached_uses_up_no_place_of_their_discipline(house: Cast, lose: Lose) -> None:
    for name in ("second", "third"):
        join(house, name, "rheumatology")
    lose(house, "rheumatologist")
    assert climb_to_the_end(ask(house, "rheumatology")) == ["second", "third", "coordinator"]


def test_an_inbox_is_enough_for_whoever_wants_no_mail(house: Cast, postbox: Server) -> None:
    Member.objects.filter(pk=house.member_of("rheumatologist")).update(channels=["in_app"])
    lose_address(house, "rheumatologist")
    nudge = ask(house, "rheumatology")
    work()
    assert rungs(nudge) == [("lead", "rheumatologist")]
    assert postbox.mails == []


def test_a_new_address_is_not_broken(house: Cast) -> None:
    break_address(house, "rheumatologist")
    house.rheumatologist.who.email = address("new")
    house.rheumatologist.who.save(update_fields=["email"])
    assert rungs(ask(house, "rheumatology")) == [("lead", "rheumatologist")]


def test_without_a_mail_server_whoever_counts_on_mail_cannot_be_reached(house: Cast, settings: object) -> None:
    settings.EMAIL_HOST = ""  # type: ignore[attr-defined]
    nudge = ask(house, "rheumatology")
    assert ("unreachable", "rheumatologist") in rungs(nudge)
    assert fresh(nudge).state == Nudge.State.EXHAUSTED


def test_somebody_who_left_the_team_is_not_asked(house: Cast) -> None:
    row = Membership.objects.get(care_team=house.team, member=member(house, "rheumatologist"))
    teams.end_membership(membership=row, by=house.by, at=app_now())
    assert rungs(ask(house, "rheumatology", "slt")) == [("nobody", "rheumatology"), ("cover", "covering")]


def test_somebody_who_joins_tomorrow_is_not_asked_today(house: Cast) -> None:
    nudge = ask(house, "neurology", "slt")
    assert rungs(nudge) == [("nobody", "neurology"), ("cover", "covering")]


def test_somebody_who_lost_their_role_is_skipped(house: Cast, postbox: Server) -> None:
    accounts.end_grant(grant=house.rheumatologist.who.grants.get(), by=house.by, at=app_now())
    nudge = ask(house, "rheumatology", "slt", informs=["rheumatology"])
    work()
    assert owner(nudge) == "covering"
    assert not Delivery.objects.filter(recipient=house.rheumatologist.who).exists()
    assert postbox.to(address("rheumatologist")) == []


def test_a_closed_account_is_skipped(house: Cast) -> None:
    accounts.deactivate_user(user=house.rheumatologist.who, by=house.by, at=app_now())
    assert asked(ask(house, "rheumatology", "slt")) == ["covering"]


def test_coordinators_are_asked_last_each_in_turn(house: Cast) -> None:
    coordinator(house, "second_coordinator")
    nudge = ask(house, "slt")
    assert climb_to_the_end(nudge) == ["covering", "coordinator", "second.coordinator"]
    assert rungs(nudge)[1:] == [("coordinator", "coordinator"), ("coordinator", "second.coordinator")]


def test_coordinators_of_another_site_are_never_asked(house: Cast) -> None:
    nudge = ask(house, "slt")
    climb_to_the_end(nudge)
    assert "coordinator.elsewhere" not in asked(nudge)
    assert not Delivery.objects.filter(recipient=house.coordinator_elsewhere.who).exists()


def test_when_nobody_is_left_it_is_exhausted_and_the_coordinators_are_told(house: Cast, postbox: Server) -> None:
    coordinator(house, "second_coordinator")
    nudge = ask(house, "slt")
    climb_to_the_end(nudge)
    assert fresh(nudge).state == Nudge.State.EXHAUSTED
    assert told(nudge, "told") == ["coordinator", "second.coordinator"]
    work()
    assert "Nobody is left to ask" in body_of(postbox.to(address("coordinator"))[-1], "plain")


def test_an_exhausted_nudge_goes_on_looking_and_tells_the_coordinators_once(house: Cast) -> None:
    nudge = ask(house, "slt")
    climb_to_the_end(nudge)
    for _ in range(3):
        next_step(nudge)
    assert fresh(nudge).state == Nudge.State.EXHAUSTED
    assert fresh(nudge).next_step_at is not None
    assert told(nudge, "told") == ["coordinator"]


def test_with_nobody_at_all_it_is_exhausted_from_the_beginning(house: Cast) -> None:
    accounts.end_grant(grant=house.coordinator.who.grants.get(), by=house.by, at=app_now())
    nudge = ask(house, "physiotherapy")
    assert (nudge.state, nudge.owner) == (Nudge.State.EXHAUSTED, None)
    assert rungs(nudge) == [("nobody", "physiotherapy")]


def test_somebody_who_comes_on_call_later_is_asked_when_an_exhausted_nudge_steps(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "slt")
    climb_to_the_end(nudge)
    on_call(house, "night", "slt")
    next_step(nudge)
    assert (fresh(nudge).state, owner(nudge)) == (Nudge.State.OPEN, "night")
    assert rungs(nudge)[-1] == ("on_call", "night")
    work()
    assert len(postbox.to(address("night"))) == 1


def test_an_exhausted_nudge_can_still_be_taken(house: Cast) -> None:
    nudge = ask(house, "slt")
    climb_to_the_end(nudge)
    taken = acknowledge(house, nudge, "covering")
    assert (taken.state, owner(nudge)) == (Nudge.State.ACKNOWLEDGED, "covering")


def test_whoever_declined_is_not_asked_again_in_this_round(house: Cast) -> None:
    nudge = ask(house, "slt")
    decline(house, nudge, "covering")
    climb_to_the_end(nudge)
    clock_to(app_now() + DAY)
    step()
    assert asked(nudge) == ["covering", "coordinator"]


def test_whoever_is_informed_is_one_person_of_each_discipline_and_not_an_owner(house: Cast, postbox: Server) -> None:
    join(house, "deputy", "rheumatology")
    nudge = ask(house, "slt", informs=["rheumatology", "coordination", "slt"])
    assert told(nudge, "inform") == ["rheumatologist", "coordinator"]
    work()
    said = body_of(postbox.to(address("rheumatologist"))[0], "plain")
    assert "you need not do anything" in said
    assert "/n/" not in said
