"""Faults of the core that a second reading found, each by what it would do to people."""

import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from apps.accounts import operations as accounts
from apps.accounts.models import User
from apps.accounts.permissions import Role
from apps.common.clock import app_now
from apps.common.refusals import Invalid, Refused
from apps.knowledge.models import Instrument
from apps.nudges import operations as nudges
from apps.nudges.models import Delivery, Nudge
from apps.observations import operations as observations
from apps.patients import operations as patients
from apps.patients.models import Patient, PatientAccess
from apps.referrals import operations
from apps.referrals.models import Referral
from apps.teams import operations as teams
from tests.cast import Cast
from tests.referrals.house import DAY, Loop, accesses, asked, clock_to, fresh, moves, work
from tests.rest.test_concurrency import at_once


def told(cast: Cast, who: str) -> list[str]:
    """What somebody finds in their inbox as told, and can read, newest last."""
    rows = Delivery.objects.visible_to(cast.personas[who].actor).filter(kind="told", channel="in_app")
    return list(rows.order_by("queued_at", "pk").values_list("words", flat=True))


# Whoever had it hears of its end, though they see the patient no longer by then.


@pytest.mark.parametrize("booked", [False, True])
def test_whoever_has_it_is_told_when_the_patient_dies(cast: Cast, *, booked: bool) -> None:
    loop = Loop.begin(cast)
    row = loop.accepted()
    if booked:
        row = loop.move(row, "schedule", "therapist")
    patients.record_death(patient=loop.patient, by=cast.coordinator.actor, at=app_now())
    assert fresh(row).state == "cancelled"
    assert not loop.sees("therapist")
    assert told(cast, "therapist")[-1:] == ["Coordinator ended it with the patient's care."]


def test_whoever_had_it_is_told_that_it_went_elsewhere(cast: Cast) -> None:
    loop = Loop.begin(cast)
    loop.move(loop.accepted(), "reroute", "rheumatologist")
    assert not loop.sees("therapist")
    assert told(cast, "therapist")[-1:] == ["Rheumatologist sent it elsewhere."]


def test_whoever_returned_the_report_is_told_that_the_loop_is_closed(cast: Cast) -> None:
    loop = Loop.begin(cast)
    loop.move(loop.reported(), "review", "rheumatologist")
    assert not loop.sees("therapist")
    assert told(cast, "therapist")[-1:] == ["Rheumatologist reviewed the report and closed the loop."]


def test_whoever_asked_for_information_is_told_that_it_was_entered_in_error(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.move(loop.sent(), "ask_information", "therapist")
    loop.move(row, "enter_in_error", "rheumatologist")
    assert told(cast, "therapist")[-1:] == ["Rheumatologist entered it in error."]


# Nobody at all.


def test_when_nobody_can_be_reached_the_look_is_made_nevertheless(cast: Cast, settings: Any) -> None:
    loop = Loop.begin(cast)
    row = loop.draft()
    settings.EMAIL_HOST = ""
    clock_to(app_now() + 2 * DAY)
    work()
    kept = fresh(row)
    assert kept.last_error == ""
    assert kept.nudge is not None
    assert kept.nudge.state == Nudge.State.EXHAUSTED


def test_a_coordinator_who_sends_to_a_department_without_anybody_is_asked_and_has_not_said_yes(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.sent("coordinator", code="cardiology_troponin")
    work()
    kept = fresh(row)
    assert (kept.state, asked(row)) == ("sent", "coordinator")
    assert kept.nudge is not None
    assert kept.nudge.state == Nudge.State.OPEN
    assert Delivery.objects.filter(nudge=kept.nudge, recipient=cast.coordinator.user, channel="email").exists()


# Who is no receiving side.


def test_who_was_handed_the_question_and_is_not_of_the_receiving_side_does_not_receive(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.sent()
    holder = asked(row)
    member = cast.rheumatologist.member
    assert member is not None
    nudge, by = fresh(row).nudge, cast.personas[holder].actor
    assert nudge is not None
    nudges.hand_over(nudge=nudge, by=by, at=app_now(), to=member, reason="You know her.")
    nudges.acknowledge(nudge=nudge, by=cast.rheumatologist.actor, at=app_now())
    work()
    kept = fresh(row)
    assert (kept.state, kept.owner.username) == ("sent", holder)
    with pytest.raises(operations.NotYourMove):
        loop.move(row, "accept", "rheumatologist")
    assert asked(row) == "rheumatologist"


def test_a_coordinator_who_once_worked_in_a_team_goes_on_as_sender(cast: Cast) -> None:
    cast.person("second_coordinator", Role.COORDINATOR, discipline="physiotherapy")
    cast.person("third_coordinator", Role.COORDINATOR)
    member = cast.second_coordinator.member
    assert member is not None
    teams.deactivate_member(member=member, by=cast.by, at=app_now())
    row = Loop.begin(cast).draft("second_coordinator")
    work()
    assert fresh(row).sender == cast.second_coordinator.user
    assert moves(row) == []


# Rules.


def test_whether_the_patient_is_informed_can_be_said_after_the_day_that_was_set(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.sent(target_on=cast.site.local_date(app_now()))
    clock_to(app_now() + 2 * DAY)
    row = operations.change(referral=row, by=cast.rheumatologist.actor, at=app_now(), patient_informed=True)
    assert row.patient_informed


def test_nothing_is_sent_elsewhere_to_a_site_that_is_closed(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.sent()
    accounts.change_site(site=cast.elsewhere, by=cast.by, at=app_now(), active=False)
    cast.elsewhere.refresh_from_db()
    with pytest.raises(Invalid) as refused:
        loop.move(row, "reroute", "rheumatologist", to_site=cast.elsewhere)
    assert refused.value.errors == {"to_site": "That site is closed."}


def test_other_facts_are_another_version(cast: Cast) -> None:
    row = Loop.begin(cast).draft()
    changed = operations.change(referral=row, by=cast.rheumatologist.actor, at=app_now(), facts=[])
    assert changed.version == row.version + 1


# At the same moment, on real connections.


@pytest.fixture
def real(real_cast: Cast, settings: Any) -> Loop:
    settings.EMAIL_HOST = "127.0.0.1"
    User.objects.update(email="somebody@linden.example")
    return Loop.begin(real_cast)


def slowly(piece: Callable[[], Any], *, then: float = 0.6) -> Callable[[], Any]:
    """Do it at once, and commit a while later."""

    def run() -> Any:
        with transaction.atomic():
            found = piece()
            time.sleep(then)
        return found

    return run


def meanwhile(piece: Callable[[], Any], *, after: float = 0.2) -> Callable[[], Any]:
    """Do it while somebody else has not committed yet."""

    def run() -> Any:
        time.sleep(after)
        return piece()

    return run


@pytest.mark.xdist_group("real")
def test_what_is_accepted_while_two_records_become_one_is_accepted_for_the_one_that_stays(real: Loop) -> None:
    row = real.sent()
    kept = real.cast.patient_of("Quandt-Twin")
    merge = partial(patients.merge, patient=real.patient, into=kept, reason="twice", by=real.cast.by, at=app_now())
    at_once([slowly(merge), meanwhile(lambda: real.move(row, "accept", "therapist"))])
    found = fresh(row)
    assert (found.state, found.patient) == ("accepted", kept)
    assert accesses(row) == {"therapist", "covering"}
    assert not PatientAccess.objects.in_force(app_now()).filter(patient=real.patient).exists()
    assert found.nudge is not None
    assert found.nudge.patient_id == kept.pk


@pytest.mark.xdist_group("real")
def test_what_is_drafted_and_moved_while_the_patient_changes_site_is_done(real: Loop) -> None:
    row = real.sent()
    transfer = partial(
        patients.transfer, patient=real.patient, to_site=real.cast.elsewhere, by=real.cast.by, at=app_now()
    )
    at_once(
        [
            slowly(transfer),
            meanwhile(lambda: real.move(row, "accept", "therapist")),
            meanwhile(lambda: real.draft(code="dermatology_ladder")),
        ]
    )
    assert Patient.objects.get(pk=real.patient.pk).site == real.cast.elsewhere
    assert fresh(row).state == "accepted"
    assert Referral.objects.filter(patient=real.patient).count() == 2


@pytest.mark.xdist_group("real")
def test_whoever_leaves_and_whoever_moves_what_they_have_do_not_wait_for_each_other(real: Loop) -> None:
    row = real.accepted()
    work()
    therapist = real.cast.therapist.who
    faults: list[BaseException] = []

    def book() -> None:
        with transaction.atomic():
            held = Referral.locked(row)
            time.sleep(0.5)
            # What every move does next: a row that names the owner.
            real.move(held, "schedule", "covering")

    def leave() -> None:
        accounts.deactivate_user(user=therapist, by=real.cast.by, at=app_now())

    def kept(piece: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                piece()
            except Exception as fault:  # noqa: BLE001 - counted below
                faults.append(fault)

        return run

    at_once([kept(book), kept(meanwhile(leave))])
    assert faults == []
    work()
    found = fresh(row)
    assert found.state == "scheduled"
    assert found.owner != therapist
    assert "therapist" not in accesses(row)


@pytest.mark.xdist_group("real")
def test_an_answer_is_followed_though_somebody_s_refused_move_held_the_referral_meanwhile(real: Loop) -> None:
    row = real.sent()
    work()
    nudge, who = fresh(row).nudge, asked(row)
    assert nudge is not None

    def refused() -> None:
        try:
            with transaction.atomic():
                Referral.locked(row)
                time.sleep(0.6)
                raise Invalid.field("words", "Say why.")
        except Refused:
            return

    by = real.cast.personas[who].actor
    at_once([refused, meanwhile(partial(nudges.acknowledge, nudge=nudge, by=by, at=app_now()))])
    work()
    assert fresh(row).state == "received"


def test_whoever_waits_for_a_patient_who_has_died_reads_it_in_the_mail_too(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.move(loop.accepted(), "schedule", "therapist")
    patients.record_death(patient=loop.patient, by=cast.coordinator.actor, at=app_now())
    assert fresh(row).state == "cancelled"
    heard = Delivery.objects.filter(recipient=cast.therapist.who, kind="told", nudge__patient=loop.patient)
    assert set(heard.order_by("-queued_at").values_list("channel", flat=True)[:2]) == {"in_app", "email"}


def test_what_is_drafted_anew_has_the_facts_that_stand_and_the_sender_s_number(cast: Cast) -> None:
    loop = Loop.begin(cast)
    at = app_now()
    value = observations.record_observation(
        patient=loop.patient, by=cast.rheumatologist.actor, at=at, instrument=Instrument.objects.get(code="eat10"),
        effective_at=at, value=Decimal(8), unit="{score}",
    )  # fmt: skip
    loop.sent(facts=[value.pk], placer_number="R-17")
    left = patients.record_departure(patient=loop.patient, by=cast.coordinator.actor, at=app_now(), reason="Moved.")
    patients.reactivate(patient=left, by=cast.coordinator.actor, at=app_now(), reason="Back.")
    anew = Referral.objects.get(patient=loop.patient, state="draft")
    assert anew.placer_number == "R-17"
    assert [one.observation_id for one in anew.attachments.all()] == [value.pk]


def test_the_receiving_side_cannot_put_off_the_day_on_which_the_sender_has_let_it_lie(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.reported()
    until = fresh(row).wait_until
    clock_to(app_now() + DAY)
    loop.move(row, "assign", "therapist", to_member=cast.covering.member)
    assert fresh(row).wait_until == until
