"""Somebody who has the matter already is asked before the disciplines."""

from datetime import timedelta

import pytest

from apps.accounts import operations as accounts
from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.nudges.models import Delivery, Nudge, Rung
from apps.teams import operations as teams
from tests.cast import Cast
from tests.nudges.house import (
    DAY,
    MINUTE,
    V1,
    Server,
    acknowledge,
    address,
    ask,
    asked,
    climb_to_the_end,
    clock_to,
    decline,
    department,
    fresh,
    join,
    next_step,
    owner,
    rungs,
    stand_in,
    step,
    told,
    upgrade,
)
from tests.nudges.test_ladder import CANNOT_BE_REACHED, Lose
from tests.thread.conftest import work


def test_whoever_has_the_matter_is_asked_before_the_disciplines(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "slt", named="rheumatologist")
    assert rungs(nudge) == [("named", "rheumatologist")]
    assert fresh(nudge).discipline == house.rheumatologist.member.discipline  # type: ignore[union-attr]
    work()
    assert len(postbox.to(address("rheumatologist"))) == 1
    shown = house.rheumatologist.client().get(f"{V1}nudges/{nudge.pk}/").json()
    assert [(one["why"], one["discipline"]) for one in shown["rungs"]] == [("named", "rheumatology")]


def test_after_whoever_has_the_matter_the_ladder_goes_on_as_ever(house: Cast) -> None:
    nudge = ask(house, "slt", "pulmonology", named="rheumatologist")
    assert climb_to_the_end(nudge) == ["rheumatologist", "covering", "on.call.pulmonologist", "coordinator"]


def test_nobody_is_asked_twice_for_having_it_and_leading_the_discipline(house: Cast) -> None:
    for name in ("second", "third"):
        join(house, name, "rheumatology")
    nudge = ask(house, "rheumatology", named="second")
    assert climb_to_the_end(nudge) == ["second", "rheumatologist", "coordinator"]


def test_without_anybody_named_the_ladder_is_as_ever(house: Cast) -> None:
    nudge = ask(house, "rheumatology")
    assert (nudge.named, nudge.addressees) == (None, [])
    assert rungs(nudge) == [("lead", "rheumatologist")]


def test_whoever_stands_in_for_them_is_asked_instead_and_once(house: Cast) -> None:
    nudge = ask(house, "slt", "rheumatology", named="therapist")
    assert rungs(nudge) == [("cover", "covering")]
    assert climb_to_the_end(nudge) == ["covering", "rheumatologist", "coordinator"]


def test_when_their_cover_begins_the_next_step_asks_the_substitute(house: Cast) -> None:
    join(house, "second", "rheumatology")
    join(house, "third", "rheumatology")
    nudge = ask(house, "slt", named="second")
    stand_in(house, "second", "third")
    next_step(nudge)  # no reminder to who is away
    assert told(nudge, "reminder") == []
    assert rungs(nudge) == [("named", "second"), ("cover", "third")]


@pytest.mark.parametrize("lose", CANNOT_BE_REACHED)
def test_whoever_has_it_and_cannot_be_reached_is_written_down_once_and_the_next_asked_at_once(
    house: Cast, lose: Lose
) -> None:
    lose(house, "rheumatologist")
    nudge = ask(house, "rheumatology", "slt", named="rheumatologist")
    assert rungs(nudge) == [("unreachable", "rheumatologist"), ("cover", "covering")]
    assert set(Rung.objects.filter(nudge=nudge).values_list("at", flat=True)) == {nudge.opened_at}
    assert told(nudge, "ask") == ["covering"]


def test_whoever_asked_second_after_somebody_unreachable_has_the_whole_time(house: Cast) -> None:
    CANNOT_BE_REACHED[0](house, "rheumatologist")
    nudge = ask(house, "slt", named="rheumatologist", within="30 min")
    clock_to(nudge.opened_at + 29 * MINUTE)
    step()
    assert asked(nudge) == ["covering"]
    clock_to(nudge.opened_at + 30 * MINUTE)
    step()
    assert asked(nudge) == ["covering", "coordinator"]


def test_whoever_is_named_must_see_the_patient(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "slt", named="stranger")
    work()
    assert rungs(nudge) == [("unreachable", "stranger"), ("cover", "covering")]
    assert not Delivery.objects.filter(recipient=house.stranger.who).exists()
    assert postbox.to(address("stranger")) == []
    assert house.stranger.client().get(f"{V1}nudges/{nudge.pk}/").status_code == 404


def test_a_closed_account_that_is_named_is_written_down_and_passed_over(house: Cast) -> None:
    accounts.deactivate_user(user=house.rheumatologist.who, by=house.by, at=app_now())
    nudge = ask(house, "slt", named="rheumatologist")
    assert rungs(nudge) == [("unreachable", "rheumatologist"), ("cover", "covering")]


def test_somebody_who_is_no_member_can_have_it(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "slt", named="coordinator")
    assert rungs(nudge) == [("named", "coordinator")]
    assert fresh(nudge).discipline is None
    work()
    assert len(postbox.to(address("coordinator"))) == 1
    assert climb_to_the_end(nudge) == ["coordinator", "covering"]


def test_whoever_has_it_is_reminded(house: Cast) -> None:
    nudge = ask(house, "slt", named="rheumatologist", within="30 min")
    clock_to(nudge.opened_at + 15 * MINUTE)
    step()
    assert told(nudge, "reminder") == ["rheumatologist"]


def test_when_whoever_has_it_declines_the_ladder_goes_on(house: Cast) -> None:
    nudge = ask(house, "rheumatology", "slt", named="rheumatologist")
    decline(house, nudge, "rheumatologist")
    assert rungs(nudge) == [("named", "rheumatologist"), ("cover", "covering")]
    climb_to_the_end(nudge)
    assert asked(nudge).count("rheumatologist") == 1


def test_in_a_new_round_whoever_has_it_is_asked_first_again(house: Cast) -> None:
    nudge = ask(house, "slt", named="rheumatologist", within="30 min")
    clock_to(nudge.opened_at + 30 * MINUTE)
    step()
    assert owner(nudge) == "covering"
    upgrade(nudge)
    assert rungs(nudge)[-1] == ("named", "rheumatologist")


def test_whoever_had_it_and_let_the_time_run_out_is_not_asked_again_at_once(house: Cast) -> None:
    nudge = ask(house, "slt", named="rheumatologist", act="4 h")
    acknowledge(house, nudge, "rheumatologist")
    clock_to(nudge.opened_at + timedelta(hours=4))
    step()
    assert (fresh(nudge).state, owner(nudge)) == (Nudge.State.OPEN, "covering")


def test_whoever_left_after_being_named_is_not_mailed(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "slt", named="rheumatologist")
    teams.end_membership(
        membership=house.team.memberships.get(member=house.rheumatologist.member), by=house.by, at=app_now()
    )
    work()
    assert postbox.to(address("rheumatologist")) == []
    assert owner(nudge) == "covering"


def test_the_record_says_who_was_named_and_who_was_addressed(house: Cast) -> None:
    (mover,) = department(house, "physiotherapy", "mover")
    nudge = ask(house, "physiotherapy", named="rheumatologist", addressees=[mover])
    event = AuditEvent.objects.get(subject_id=nudge.pk, verb="nudges.open")
    assert event.changes["named"] == [None, str(house.rheumatologist.who.pk)]
    assert event.changes["addressees"] == [None, [str(house.personas[mover].who.pk)]]
    plain = ask(house, "physiotherapy", key="another")
    assert set(AuditEvent.objects.get(subject_id=plain.pk, verb="nudges.open").changes) == {
        "topic",
        "severity",
        "act_by",
    }


def test_somebody_named_of_the_department_asked_need_not_see_the_patient(house: Cast, postbox: Server) -> None:
    department(house, "physiotherapy", "first", "second")
    nudge = ask(house, "physiotherapy", named="second", addressees=["first", "second"])
    assert climb_to_the_end(nudge) == ["second", "first", "coordinator"]
    assert rungs(nudge)[:2] == [("named", "second"), ("department", "first")]
    assert len(postbox.to(address("second"))) >= 1


def test_a_substitute_who_may_not_hear_of_it_is_not_told_for_somebody_named(house: Cast, postbox: Server) -> None:
    department(house, "physiotherapy", "away", "first", "outsider")
    stand_in(house, "away", "outsider")
    nudge = ask(house, "physiotherapy", named="away", addressees=["away", "first"])
    work()
    assert rungs(nudge) == [("unreachable", "outsider"), ("department", "first")]
    assert postbox.to(address("outsider")) == postbox.to(address("away")) == []
    clock_to(app_now() + DAY)
    step()
    assert "outsider" not in asked(nudge)
