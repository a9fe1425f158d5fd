"""A plan that passes from hand to hand: escalated, merged, left and come back to; and what may be written down in it."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.actors import Careteam
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.common import due
from apps.common.clock import app_now
from apps.common.refusals import Invalid
from apps.knowledge.models import Instrument, Pathway
from apps.nudges.models import Delivery, Nudge
from apps.patients import operations as patients
from apps.patients.models import Patient
from apps.plans import operations
from apps.plans.models import (
    MedicationItem,
    MonitoringItem,
    PlanVersion,
    ResponseReview,
    TreatmentPlan,
)
from apps.plans.operations import ProposalPending
from apps.plans.operations.content import content_of
from apps.plans.operations.reviewing import plain_item
from tests.access.test_ledger import counted
from tests.cast import Cast
from tests.plans.house import daily, weekly
from tests.plans.test_following import REASONS, amyopathic, follow, items, review, today
from tests.plans.test_safety import DAY, activated, approved, escalate, explained, join, opened, proposed, record

State = PlanVersion.State


# Escalating


def test_escalating_withdraws_nobodys_version_unless_it_is_named(cast: Cast) -> None:
    plan = amyopathic(cast)
    pending = approved(cast, proposed(cast, plan, daily("folic_acid", "5"), summary="Stop it: retinopathy."))
    with pytest.raises(ProposalPending), transaction.atomic():
        escalate(cast)
    pending.refresh_from_db()
    assert (pending.state, review(cast).state) == (State.APPROVED, ResponseReview.State.SCHEDULED)
    done = escalate(cast, replaces=pending)
    pending.refresh_from_db()
    assert done.proposed is not None
    assert (pending.state, done.proposed.replaces_id) == (State.WITHDRAWN, pending.pk)


def test_the_door_of_reviews_takes_the_version_that_is_replaced_and_only_with_an_escalation(cast: Cast) -> None:
    plan = amyopathic(cast)
    pending = proposed(cast, plan, daily("folic_acid", "5"))
    address, client = f"/api/v1/response-reviews/{review(cast).pk}/complete/", cast.rheumatologist.client()
    body = {"outcome": "continue", "reason": "Better.", "replaces": str(pending.pk)}
    assert client.post(address, body, format="json").status_code == 422
    step = Pathway.objects.get(code="amyopathic_ladder").steps.get(ordinal=2)
    option = next(one["code"] for one in step.options if "methotrexate" in one["medicines"])
    body = {"outcome": "escalate", "reason": "Not enough.", "option": option}
    refused = client.post(address, body, format="json")
    assert (refused.status_code, refused.json()["type"].rsplit(":", 1)[-1]) == (409, "proposal-pending")
    assert client.post(address, {**body, "replaces": str(pending.pk)}, format="json").status_code == 200


def test_an_item_is_proposed_again_without_a_query_of_its_own(cast: Cast) -> None:
    plan = follow(cast, weekly("methotrexate", "15"), weekly("folic_acid", "5"), daily("prednisone", "20"))
    rows = content_of(plan.versions.get()).medications
    with counted() as count:
        found = [plain_item(row) for row in rows]
    assert count() == 0
    assert {one["prescriber_id"] for one in found} == {cast.rheumatologist.who.pk}


# Merging, leaving, coming back


def followed_elsewhere(cast: Cast) -> tuple[Patient, TreatmentPlan]:
    """Another record of the same person, with a plan that is followed."""
    gone, me = cast.patient_of("Albers-Twin"), Careteam(at=app_now())
    join(cast, gone)
    plan = operations.open_plan(
        patient=gone, by=me, at=app_now(),
        medications=[weekly("methotrexate", "15", **REASONS), weekly("folic_acid", "5", **REASONS)],
    )  # fmt: skip
    version = explained(cast, plan.versions.get())
    version = operations.approve(plan_version=version, by=me, at=app_now(), approver=cast.rheumatologist.who)
    operations.activate(plan_version=version, by=me, at=app_now())
    return gone, plan


def merge(cast: Cast, gone: Patient) -> None:
    by = cast.coordinator.actor
    patients.merge(patient=gone, by=by, at=app_now(), into=cast.patient, reason="One person.")


@pytest.fixture
def mailed(cast: Cast, settings: Any) -> None:
    """The coordinator can be reached."""
    settings.EMAIL_HOST = "127.0.0.1"
    User.objects.filter(pk=cast.coordinator.who.pk).update(email="coordinator@linden.example")


def nudge_about(patient: Patient) -> Nudge:
    return Nudge.objects.get(patient=patient, topic="plan")


@pytest.mark.usefixtures("mailed")
def test_a_plan_that_is_followed_outlives_a_mere_proposal_of_the_record_that_stays(cast: Cast) -> None:
    mine = opened(cast, daily("folic_acid", "5"))
    gone, plan = followed_elsewhere(cast)
    merge(cast, gone)
    mine.refresh_from_db()
    plan.refresh_from_db()
    assert (plan.patient_id, plan.ended_at) == (cast.patient.pk, None)
    assert mine.ended_at is not None
    assert plan.versions.get().state == State.ACTIVE
    due.drain_all("plans.upkeep")
    assert "fbc" in items(cast)
    asked = nudge_about(cast.patient)
    assert (asked.title, asked.severity) == ("Two plans were merged: one was ended", "routine")
    assert (asked.link, asked.owner_id) == (f"/plans/{cast.patient.pk}/", cast.coordinator.who.pk)


def test_of_two_plans_that_are_followed_one_ends_and_a_coordinator_is_asked_urgently(cast: Cast) -> None:
    mine = follow(cast, daily("folic_acid", "5"))
    gone, plan = followed_elsewhere(cast)
    merge(cast, gone)
    mine.refresh_from_db()
    plan.refresh_from_db()
    assert mine.ended_at is None
    assert plan.ended_at is not None
    assert nudge_about(cast.patient).severity == "urgent"
    version = approved(cast, explained(cast, proposed(cast, mine, daily("folic_acid", "1", **REASONS))))
    activated(cast, version)
    assert nudge_about(cast.patient).state == Nudge.State.ACTIONED


def test_what_was_due_or_asked_for_goes_along_and_each_end_is_in_the_record(cast: Cast) -> None:
    gone, _ = followed_elsewhere(cast)
    before = {row.panel.code: row.pk for row in MonitoringItem.objects.filter(patient=gone).select_related("panel")}
    mine = follow(cast, weekly("azathioprine", "50"))
    shared = set(items(cast)) & set(before)
    alone = set(before) - shared
    assert shared
    merge(cast, gone)
    for code in shared:
        assert AuditEvent.objects.filter(
            verb="plans.end_monitoring", subject_id=before[code], patient_id=gone.pk
        ).exists()
    for code in alone:
        assert items(cast)[code].pk == before[code]
        assert AuditEvent.objects.filter(verb="plans.move_monitoring", subject_id=before[code]).exists()
    assert TreatmentPlan.objects.get(pk=mine.pk).ended_at is None


def test_what_a_version_of_the_other_record_had_asked_for_stays_asked_for(cast: Cast) -> None:
    gone, me = cast.patient_of("Albers-Twin"), Careteam(at=app_now())
    plan = operations.open_plan(
        patient=gone, by=me, at=app_now(), medications=[weekly("methotrexate", "15"), weekly("folic_acid", "5")]
    )
    operations.request_missing(plan_version=plan.versions.get(), by=me, at=app_now())
    merge(cast, gone)
    due.drain_all("plans.upkeep")
    assert items(cast)["fbc"].requested_on == today(cast)
    assert not Nudge.objects.filter(topic="plan").exists()


def test_whatever_ends_with_a_patients_care_is_in_the_record(cast: Cast) -> None:
    follow(cast, weekly("methotrexate", "15"), weekly("folic_acid", "5"))
    ids = {row.pk for row in items(cast).values()}
    assert ids
    patients.record_departure(patient=cast.patient, by=cast.coordinator.actor, at=app_now(), reason="Moved.")
    events = AuditEvent.objects.filter(verb="plans.end_monitoring", patient_id=cast.patient.pk)
    assert set(events.values_list("subject_id", flat=True)) == ids


@pytest.mark.usefixtures("mailed")
@pytest.mark.parametrize("leaving", ["record_death", "record_departure"])
def test_whoever_comes_back_without_a_plan_is_asked_about(cast: Cast, leaving: str) -> None:
    follow(cast, weekly("methotrexate", "15"), weekly("folic_acid", "5"))
    by = cast.coordinator.actor
    getattr(patients, leaving)(patient=cast.patient, by=by, at=app_now(), reason="Wrong bed.")
    assert not Nudge.objects.filter(topic="plan").exists()
    patients.reactivate(patient=cast.patient, by=by, at=app_now(), reason="Another patient.")
    asked = nudge_about(cast.patient)
    assert (asked.title, asked.severity, asked.owner_id) == (
        "Back in care without a plan",
        "urgent",
        cast.coordinator.who.pk,
    )
    assert asked.link == f"/plans/{cast.patient.pk}/"


def test_whoever_had_no_plan_comes_back_without_a_question(cast: Cast) -> None:
    plan = follow(cast, daily("folic_acid", "5"))
    by = cast.coordinator.actor
    operations.stop_plan(plan=plan, by=cast.rheumatologist.actor, at=app_now(), reason="Remission.")
    patients.record_departure(patient=cast.patient, by=by, at=app_now(), reason="Moved.")
    patients.reactivate(patient=cast.patient, by=by, at=app_now(), reason="Back.")
    assert not Nudge.objects.filter(topic="plan").exists()


# Words, days, numbers


def test_nothing_that_was_typed_when_a_plan_ends_leaves_in_a_mail(
    cast: Cast, later: Callable[[timedelta], None], settings: Any
) -> None:
    settings.EMAIL_HOST = "127.0.0.1"
    User.objects.filter(pk=cast.rheumatologist.who.pk).update(email="rheumatologist@linden.example")
    plan = amyopathic(cast)
    later(2 * DAY)
    assert due.drain_all("plans.reviews") == 1
    Delivery.objects.update(state="delivered", sent_at=app_now())
    operations.stop_plan(
        plan=plan, by=cast.coordinator.actor, at=app_now(), reason="Mrs Albers has moved to her sister."
    )
    told = [*Delivery.objects.values_list("words", flat=True), *Nudge.objects.values_list("end_reason", flat=True)]
    assert "The plan has ended." in told
    assert not [words for words in told if "Albers" in words]
    assert TreatmentPlan.objects.get(pk=plan.pk).end_reason == "Mrs Albers has moved to her sister."


@pytest.mark.parametrize("far", [date(1899, 12, 31), date(2201, 1, 1), date(9999, 12, 31), date(1, 1, 1)])
def test_a_day_that_is_a_slip_is_refused_by_its_field(cast: Cast, far: date) -> None:
    with pytest.raises(Invalid) as caught:
        opened(cast, daily("folic_acid", "5", starts_on=far))
    assert "medications.0.starts_on" in caught.value.errors
    start = min(far, today(cast))
    with pytest.raises(Invalid) as caught:
        opened(cast, daily("folic_acid", "5", starts_on=start, stops_on=far))
    assert "medications.0.stops_on" in caught.value.errors
    with pytest.raises(Invalid) as caught:
        opened(cast, goals=[{"text": "To swim", "due_on": far}])
    assert "goals.0.due_on" in caught.value.errors


def test_the_first_and_the_last_day_that_may_be_meant_are_taken(cast: Cast) -> None:
    order = daily("folic_acid", "5", starts_on=date(1900, 1, 1), stops_on=date(2200, 12, 31))
    assert opened(cast, order).versions.get().medicationitems.get().stops_on == date(2200, 12, 31)


def test_a_goal_that_is_measured_otherwise_begins_with_that_measure(cast: Cast) -> None:
    record(cast, "weight", "60")
    record(cast, "height", "170")
    measured = {code: Instrument.objects.get(code=code) for code in ("weight", "height")}
    goal = {"text": "To grow", "comparison": "at_least"}
    plan = opened(cast, goals=[{**goal, "instrument": measured["weight"], "target": Decimal(65)}])
    first = plan.versions.get().goals.get()
    assert first.start_value == 60
    other = {**goal, "item_id": first.item_id, "instrument": measured["height"], "target": Decimal(180)}
    second = proposed(cast, plan, goals=[other], replaces=plan.versions.get())
    assert second.goals.get().start_value == 170
    record(cast, "weight", "62")
    back = {**goal, "item_id": first.item_id, "instrument": measured["weight"], "target": Decimal(65)}
    assert proposed(cast, plan, goals=[back], replaces=second).goals.get().start_value == 60


@pytest.mark.parametrize(
    "half",
    [{"frequency": None}, {"period": None}, {"dose": None}, {"unit": ""}, {"period_unit": ""}, {"basis": "course"}],
)
def test_half_a_dosage_cannot_be_stored(cast: Cast, half: dict[str, Any]) -> None:
    opened(cast, daily("folic_acid", "5"))
    with pytest.raises(IntegrityError), transaction.atomic():
        MedicationItem.objects.update(**half)


def test_a_coordinator_says_that_it_is_seen_to_and_is_asked_no_more(cast: Cast) -> None:
    plan = opened(cast, daily("folic_acid", "5"))
    patients.record_departure(patient=cast.patient, by=cast.coordinator.actor, at=app_now(), reason="Moved.")
    cast.patient.refresh_from_db()
    patients.reactivate(patient=cast.patient, by=cast.coordinator.actor, at=app_now(), reason="Came back.")
    address, client = f"/api/v1/treatment-plans/{plan.pk}/see-to/", cast.coordinator.client()
    assert Nudge.objects.unfinished().filter(patient=cast.patient, topic="plan").count() == 1
    said = client.post(address, {"reason": "A new plan is being written."}, format="json")
    assert said.status_code == 200, said.json()
    assert not Nudge.objects.unfinished().filter(patient=cast.patient, topic="plan").exists()
    assert client.post(address, {"reason": "Again."}, format="json").status_code == 409
