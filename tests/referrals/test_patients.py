"""Patients die, leave, come back, change hospitals and turn out to be one person: their referrals follow."""

from typing import Any

import pytest

from apps.common.clock import app_now
from apps.nudges.models import Nudge
from apps.patients import operations as patients
from apps.patients.models import PatientAccess
from apps.referrals.models import Referral, Visit
from apps.referrals.moves import MOVES, Party, State
from apps.teams import operations as teams
from tests.cast import Cast
from tests.referrals.house import (
    DAY,
    Loop,
    accesses,
    asked,
    clock_to,
    fresh,
    moves,
    stuck_with,
    work,
)
from tests.referrals.people import SENDER, THERAPIST, brought, no_faults, open_states, patient
from tests.referrals.walks import MINUTE, shortest


@pytest.fixture
def loop(cast: Cast) -> Loop:
    """A patient with a rheumatologist, and two speech therapists who are both there."""
    teams.end_cover(cover=cast.cover, by=cast.by, at=app_now())
    return Loop.begin(cast)


@open_states
@pytest.mark.parametrize("change", [patients.record_death, patients.record_departure, patients.enter_in_error])
def test_nobody_is_referred_who_has_died_or_left(loop: Loop, state: State, change: Any) -> None:
    row = brought(loop, state)
    change(patient=loop.patient, by=loop.cast.coordinator.actor, at=app_now(), reason="So it is.")
    row = fresh(row)
    assert row.state == State.CANCELLED
    assert row.end_reason == f"The record says “{patient(loop).get_status_display()}”."
    assert moves(row)[-1] == "end_with_care"
    assert row.transitions.order_by("-number")[0].by == loop.cast.coordinator.who
    assert not Nudge.objects.unfinished().filter(patient=loop.patient).exists()
    assert accesses(row) == set()
    assert not loop.sees(THERAPIST)
    assert not Visit.objects.filter(referral=row, status=Visit.Status.BOOKED).exists()
    work()
    assert fresh(row).state == State.CANCELLED


def test_for_whoever_comes_back_it_lies_before_its_sender_as_a_draft_once(loop: Loop) -> None:
    by = loop.cast.coordinator.actor
    old = brought(loop, State.SCHEDULED, question="Is swallowing safe?", patient_informed=True)
    patients.record_departure(patient=loop.patient, by=by, at=app_now(), reason="Moved away.")
    clock_to(app_now() + DAY)
    patients.reactivate(patient=loop.patient, by=by, at=app_now(), reason="Came back.")
    work()
    new = Referral.objects.exclude(pk=old.pk).get(patient=loop.patient)
    assert new.state == State.DRAFT
    assert (new.question, new.sender, new.owner, new.patient_informed) == (
        "Is swallowing safe?", old.sender, old.sender, True,
    )  # fmt: skip
    assert asked(new) == SENDER, "at once: the patient has waited already"
    assert not loop.sees_referral(new, THERAPIST), "nothing was sent"
    patients.record_departure(patient=loop.patient, by=by, at=app_now(), reason="Moved away.")
    clock_to(app_now() + DAY)
    patients.reactivate(patient=loop.patient, by=by, at=app_now(), reason="Came back.")
    assert Referral.objects.open().filter(patient=loop.patient).count() == 1, "not once more for each time"


def test_two_for_one_reason_that_ended_with_care_both_come_back(loop: Loop) -> None:
    by = loop.cast.coordinator.actor
    loop.sent(question="One?")
    loop.sent(question="Two?", beside_open=True)
    closed = loop.move(loop.reported(code="dermatology_ulcer", who="former"), "review", SENDER)
    patients.record_departure(patient=loop.patient, by=by, at=app_now(), reason="Moved away.")
    patients.reactivate(patient=loop.patient, by=by, at=app_now() + MINUTE, reason="Came back.")
    drafts = Referral.objects.filter(patient=loop.patient, state=State.DRAFT)
    assert sorted(row.question for row in drafts) == ["One?", "Two?"]
    assert fresh(closed).state == State.CLOSED, "what was answered stays answered"


@open_states
def test_at_another_hospital_its_coordinators_chase_it_and_both_sides_stay(loop: Loop, state: State) -> None:
    row = brought(loop, state)
    owner, sender = row.owner_id, row.sender_id
    patients.transfer(patient=loop.patient, by=loop.cast.by, at=app_now(), to_site=loop.cast.elsewhere)
    work()
    row = fresh(row)
    assert (row.state, row.owner_id, row.sender_id) == (state, owner, sender)
    assert row.wait_until is not None
    clock_to(row.wait_until + MINUTE)
    work()
    assert stuck_with(row) == "coordinator.elsewhere"
    assert no_faults()


def test_what_a_coordinator_asked_goes_to_a_coordinator_of_the_other_hospital(loop: Loop) -> None:
    row = loop.sent(who="coordinator")
    assert row.sender_discipline.code == "coordination"
    patients.transfer(patient=loop.patient, by=loop.cast.by, at=app_now(), to_site=loop.cast.elsewhere)
    work()
    assert fresh(row).sender == loop.cast.coordinator_elsewhere.who
    assert moves(row)[-1] == "find_owner"


@open_states
def test_with_two_records_of_one_person_the_referral_goes_on_in_the_one_that_stays(loop: Loop, state: State) -> None:
    row = brought(loop, state)
    before = accesses(row)
    kept = loop.cast.patient_of("Quandt-Meyer")
    patients.merge(patient=loop.patient, into=kept, by=loop.cast.by, at=app_now(), reason="One person.")
    work()
    row = fresh(row)
    assert (row.patient, row.state) == (kept, state)
    assert accesses(row) == before
    assert all(one.patient_id == kept.pk for one in PatientAccess.objects.in_force(app_now()).filter(kind="referral"))
    now = Loop(loop.cast, kept)
    assert now.sees(THERAPIST) == (THERAPIST in before)
    assert not Nudge.objects.unfinished().filter(patient=loop.patient).exists()
    assert no_faults()
    for name in shortest(state):
        row = now.move(row, name, SENDER if Party.SENDER in MOVES[name].parties else THERAPIST)
    assert row.state in {State.CLOSED, State.CANCELLED}
