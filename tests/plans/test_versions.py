"""A plan through its versions: what is refused, what is bound to what, who may, and what ends with the patient's care."""

from collections.abc import Callable
from datetime import date
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.accounts.actors import Actor, Careteam
from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.common.refusals import Conflict, Forbidden, Invalid, Stale
from apps.escalation.models import Watch
from apps.patients import operations as patients
from apps.plans import operations
from apps.plans.models import MedicationItem, MonitoringItem, PlanVersion, PlanWarning, ResponseReview, TreatmentPlan
from apps.plans.operations import AnotherApprover, PlanOpen, ProposalPending, ReasonsMissing, UnsafeOrder
from tests.cast import Cast
from tests.plans.house import Story, daily, dosed, weekly

State = PlanVersion.State


def opened(cast: Cast, *medications: dict[str, Any], by: Actor | None = None, **more: Any) -> TreatmentPlan:
    by = by or cast.rheumatologist.actor
    rows = list(medications) or [daily("folic_acid", "5")]
    return operations.open_plan(patient=cast.patient, by=by, at=app_now(), medications=rows, **more)


def version_of(plan: TreatmentPlan) -> PlanVersion:
    found = plan.versions.order_by("-number").first()
    assert found is not None
    return found


def approved(cast: Cast, plan: TreatmentPlan) -> PlanVersion:
    return operations.approve(plan_version=version_of(plan), by=cast.rheumatologist.actor, at=app_now())


def followed(cast: Cast, plan: TreatmentPlan) -> PlanVersion:
    return operations.activate(plan_version=approved(cast, plan), by=cast.rheumatologist.actor, at=app_now())


def test_a_patient_has_one_open_plan(cast: Cast) -> None:
    opened(cast)
    with pytest.raises(PlanOpen):
        opened(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        TreatmentPlan.objects.create(patient=cast.patient, opened_at=app_now())


def test_who_does_not_see_the_patient_makes_no_plan(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        opened(cast, by=cast.stranger.actor)
    with pytest.raises(Forbidden):
        opened(cast, by=cast.service.actor)
    assert not TreatmentPlan.objects.exists()


def test_the_second_of_two_editors_is_told(cast: Cast) -> None:
    plan = opened(cast)
    read, first = plan.version, version_of(plan)
    at, by = app_now(), cast.rheumatologist.actor
    operations.propose(plan=plan, by=by, at=at, version=read, replaces=first, medications=[daily("folic_acid", "1")])
    with pytest.raises(Stale):
        operations.propose(
            plan=plan, by=by, at=at, version=read, replaces=first, medications=[daily("folic_acid", "2")]
        )


def test_a_second_proposal_says_which_one_it_replaces(cast: Cast) -> None:
    plan = opened(cast)
    first, by = version_of(plan), cast.rheumatologist.actor
    with pytest.raises(ProposalPending):
        operations.propose(plan=plan, by=by, at=app_now(), medications=[daily("folic_acid", "1")])
    second = operations.propose(plan=plan, by=by, at=app_now(), replaces=first, medications=[daily("folic_acid", "1")])
    first.refresh_from_db()
    assert (first.state, second.number, second.state) == (State.WITHDRAWN, 2, State.PROPOSED)
    with pytest.raises(ProposalPending):
        operations.propose(plan=plan, by=by, at=app_now(), replaces=first, medications=[daily("folic_acid", "1")])


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"dose": "-1"}, "medications.0.dose"),
        ({"dose": "0"}, "medications.0.dose"),
        ({"unit": "bananas"}, "medications.0.unit"),
        ({"unit": "%"}, "medications.0.unit"),
        ({"frequency": 0}, "medications.0.frequency"),
        ({"frequency": 30}, "medications.0.frequency"),
        ({"unit": ""}, "medications.0.unit"),
        ({"course_days": 2}, "medications.0.course_days"),
        ({"stops_on": date(2000, 1, 1)}, "medications.0.stops_on"),
        ({"stop_reason": "nausea"}, "medications.0.stop_reason"),
        ({"item_id": "01900000-0000-7000-8000-000000000000"}, "medications.0.item_id"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_field_and_nothing_is_written(
    cast: Cast, values: dict[str, Any], field: str
) -> None:
    dose = values.pop("dose", "20")
    with pytest.raises(Invalid) as caught, transaction.atomic():
        opened(cast, {**daily("prednisone", dose), **values})
    assert field in caught.value.errors
    assert not TreatmentPlan.objects.exists()
    assert not AuditEvent.objects.filter(verb__startswith="plans.").exists()


@pytest.mark.parametrize("timing", [(1, 1, "d"), (2, 1, "wk"), (3, 1, "wk"), (1, 2, "d"), (7, 1, "wk")])
def test_methotrexate_more_often_than_once_a_week_is_refused_whatever_the_reason(
    cast: Cast, timing: tuple[int, int, str]
) -> None:
    order = dosed("methotrexate", "15", "mg", *timing, dose_reason="I mean it.")
    with pytest.raises(UnsafeOrder) as caught:
        opened(cast, order)
    assert caught.value.status == 422
    assert "medications.0.frequency" in caught.value.errors


def test_methotrexate_over_the_limit_or_beside_co_trimoxazole_is_urgent_and_wants_a_reason(cast: Cast) -> None:
    # Adults: at most 25 mg a week (S0-13, S2-24, DS-08); trimethoprim beside it is marrow toxicity (B.4).
    plan = opened(cast, weekly("methotrexate", "27.5"), daily("co_trimoxazole", "480"), weekly("folic_acid", "5"))
    urgent = set(version_of(plan).warnings.filter(severity="urgent").values_list("code", flat=True))
    assert {"over_limit", "clash"} <= urgent
    with pytest.raises(ReasonsMissing) as caught:
        approved(cast, plan)
    assert "Methotrexate" in caught.value.detail


def test_exactly_25_mg_a_week_is_not_over_the_limit(cast: Cast) -> None:
    plan = opened(cast, weekly("methotrexate", "25"), weekly("folic_acid", "5"))
    assert not version_of(plan).warnings.filter(code="over_limit").exists()


def test_a_reason_is_written_once_and_stays(cast: Cast) -> None:
    plan = opened(cast, weekly("methotrexate", "30"), weekly("folic_acid", "5"))
    row = version_of(plan).warnings.get(code="over_limit")
    by = cast.rheumatologist.actor
    with pytest.raises(Invalid):
        operations.explain(row=row, by=by, at=app_now(), reason="  ")
    said = operations.explain(row=row, by=by, at=app_now(), reason="Refractory; agreed with pharmacy.")
    assert isinstance(said, PlanWarning)
    assert (said.open, said.reason_by_id) == (False, by.user_id)
    with pytest.raises(Conflict):
        operations.explain(row=row, by=by, at=app_now(), reason="Something else.")
    event = AuditEvent.objects.get(verb="plans.explain")
    assert event.changes == {"reason": "withheld"}


def test_a_reason_may_come_with_the_order(cast: Cast) -> None:
    # 3 mg/kg/day: more than any source says (S0-12, S2-19 [S]), and no limit that is passed.
    plan = opened(cast, daily("prednisone", "3", "mg/kg", dose_reason="Refractory; agreed with pharmacy."))
    rows = version_of(plan).warnings.filter(medicine__code="prednisone", needs_reason=True)
    assert "dose_above" in {row.code for row in rows}
    assert not [row for row in rows if row.open]


def test_an_urgent_warning_is_not_answered_by_words_that_were_written_before_it_was_seen(cast: Cast) -> None:
    order = weekly("methotrexate", "30", dose_reason="Refractory; agreed with pharmacy.")
    plan = opened(cast, order, weekly("folic_acid", "5"))
    row = version_of(plan).warnings.get(code="over_limit")
    assert (row.severity, row.reason, row.open) == ("urgent", "", True)
    with pytest.raises(ReasonsMissing):
        approved(cast, plan)
    operations.explain(row=row, by=cast.rheumatologist.actor, at=app_now(), reason="Refractory; agreed with pharmacy.")
    assert approved(cast, plan).state == State.APPROVED


def test_approval_is_bound_to_exactly_what_was_proposed(cast: Cast) -> None:
    plan = opened(cast, daily("folic_acid", "5"))
    row, by = version_of(plan), cast.rheumatologist.actor
    with pytest.raises(Invalid):
        operations.approve(plan_version=row, by=by, at=app_now(), digest="0" * 64)
    MedicationItem.objects.filter(version=row).update(dose=50)
    with pytest.raises(Conflict, match="not what was proposed"):
        operations.approve(plan_version=row, by=by, at=app_now())
    MedicationItem.objects.filter(version=row).update(dose=5)
    done = operations.approve(plan_version=row, by=by, at=app_now(), digest=row.digest)
    assert (done.state, done.approved_digest, done.approver_id) == (State.APPROVED, row.digest, by.user_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanVersion.objects.filter(pk=row.pk).update(approved_digest="0" * 64)


def test_where_the_site_asks_for_it_somebody_other_than_the_author_approves(cast: Cast) -> None:
    operations.set_policy(site=cast.site, by=cast.administrator.actor, at=app_now(), second_approver=True)
    mine = opened(cast)
    with pytest.raises(AnotherApprover):
        approved(cast, mine)
    operations.stop_plan(plan=mine, by=cast.rheumatologist.actor, at=app_now(), reason="To try again.")
    other = opened(cast, by=cast.coordinator.actor)
    assert approved(cast, other).state == State.APPROVED


def test_a_coordinator_writes_down_who_approved_and_both_names_stay(cast: Cast) -> None:
    plan, by = opened(cast), cast.coordinator.actor
    row = version_of(plan)
    with pytest.raises(Invalid):
        operations.approve(plan_version=row, by=by, at=app_now())
    done = operations.approve(plan_version=row, by=by, at=app_now(), approver=cast.rheumatologist.who)
    assert (done.approver_id, done.approval_recorded_by_id) == (cast.rheumatologist.who.pk, by.user_id)


@pytest.mark.parametrize("name", ["therapist", "stranger", "former", "administrator"])
def test_who_does_not_prescribe_or_does_not_see_the_patient_cannot_be_the_approver(cast: Cast, name: str) -> None:
    plan = opened(cast)
    with pytest.raises(Invalid):
        operations.approve(
            plan_version=version_of(plan), by=cast.coordinator.actor, at=app_now(), approver=cast.personas[name].who
        )


def test_nobody_approves_in_another_members_name(cast: Cast) -> None:
    plan = opened(cast)
    with pytest.raises(Forbidden):
        operations.approve(
            plan_version=version_of(plan), by=cast.therapist.actor, at=app_now(), approver=cast.rheumatologist.who
        )


def test_only_an_approved_version_is_followed_and_the_one_before_is_superseded(cast: Cast) -> None:
    plan, by = opened(cast), cast.rheumatologist.actor
    with pytest.raises(Conflict):
        operations.activate(plan_version=version_of(plan), by=by, at=app_now())
    first = followed(cast, plan)
    item = first.medicationitems.get()
    operations.propose(plan=plan, by=by, at=app_now(), medications=[daily("folic_acid", "1", item_id=item.item_id)])
    second = followed(cast, plan)
    first.refresh_from_db()
    assert (first.state, second.state) == (State.SUPERSEDED, State.ACTIVE)
    assert second.medicationitems.get().item_id == item.item_id


def test_illegal_states_cannot_be_stored(cast: Cast) -> None:
    row = version_of(opened(cast))
    for values in ({"state": "active"}, {"state": "withdrawn"}, {"state": "approved"}, {"ended_at": app_now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PlanVersion.objects.filter(pk=row.pk).update(**values)


def test_a_plan_without_anything_in_it_is_none(cast: Cast) -> None:
    with pytest.raises(Invalid):
        operations.open_plan(patient=cast.patient, by=cast.rheumatologist.actor, at=app_now())


def test_ending_a_plan_ends_what_follows_from_it(cast: Cast) -> None:
    plan = opened(cast, daily("prednisone", "20", dose_reason="Low on purpose."))
    followed(cast, plan)
    assert ResponseReview.objects.filter(plan=plan, state="scheduled").count() == 1
    operations.stop_plan(plan=plan, by=cast.rheumatologist.actor, at=app_now(), reason="Remission.")
    assert version_of(plan).state == State.STOPPED
    assert ResponseReview.objects.get(plan=plan).state == "cancelled"
    with pytest.raises(Conflict):
        operations.propose(
            plan=plan, by=cast.rheumatologist.actor, at=app_now(), medications=[daily("folic_acid", "5")]
        )


@pytest.mark.parametrize("leave", ["record_death", "record_departure", "enter_in_error"])
def test_when_the_patient_is_in_our_care_no_longer_the_plan_ends_with_that_reason(cast: Cast, leave: str) -> None:
    waits = "The bloods were taken elsewhere."
    mtx = weekly("methotrexate", "15", dose_reason="Meant.", prerequisite_reason=waits)
    plan = opened(cast, mtx, weekly("folic_acid", "5"))
    followed(cast, plan)
    assert MonitoringItem.objects.filter(patient=cast.patient, ended_at__isnull=True).exists()
    getattr(patients, leave)(patient=cast.patient, by=cast.coordinator.actor, at=app_now(), reason="Said so.")
    plan.refresh_from_db()
    assert plan.ended_at is not None
    assert "record says" in plan.end_reason
    assert not MonitoringItem.objects.filter(patient=cast.patient, ended_at__isnull=True).exists()
    assert not ResponseReview.objects.filter(plan=plan, state="scheduled").exists()
    with pytest.raises(Conflict):
        opened(cast)


def test_of_two_records_that_become_one_the_kept_ones_plan_goes_on(cast: Cast) -> None:
    gone, kept = cast.patient_of("Albers-Twin"), cast.patient
    mine = opened(cast)
    other = operations.open_plan(
        patient=gone, by=Careteam(at=app_now()), at=app_now(), medications=[daily("folic_acid", "5")]
    )
    patients.merge(patient=gone, by=cast.coordinator.actor, at=app_now(), into=kept, reason="One person.")
    other.refresh_from_db()
    mine.refresh_from_db()
    assert (other.patient_id, other.ended_at is None, mine.ended_at) == (kept.pk, False, None)
    assert "merged" in other.end_reason


def test_a_record_without_a_plan_takes_over_that_of_the_one_that_goes(cast: Cast) -> None:
    gone, kept = cast.patient_of("Albers-Twin"), cast.patient
    other = operations.open_plan(
        patient=gone, by=Careteam(at=app_now()), at=app_now(), medications=[daily("folic_acid", "5")]
    )
    patients.merge(patient=gone, by=cast.coordinator.actor, at=app_now(), into=kept, reason="One person.")
    other.refresh_from_db()
    assert (other.patient_id, other.ended_at) == (kept.pk, None)


def test_criteria_are_judged_anew_when_the_team_follows_something_else(cast: Cast) -> None:
    plan = opened(cast)
    approved(cast, plan)
    before = Watch.objects.filter(patient=cast.patient).values_list("seq", flat=True).first() or 0
    operations.activate(plan_version=version_of(plan), by=cast.rheumatologist.actor, at=app_now())
    assert Watch.objects.get(patient=cast.patient).seq > before


def whole_life(cast: Cast) -> list[tuple[str, Callable[[], Any]]]:
    """Every step of a plan's life, in order."""
    by, at = cast.rheumatologist.actor, app_now()
    kept: dict[str, Any] = {}

    def open_it() -> None:
        kept["plan"] = opened(cast, weekly("methotrexate", "30"), weekly("folic_acid", "5"))

    def warning() -> PlanWarning:
        return version_of(kept["plan"]).warnings.get(code="over_limit")

    def explain_rest() -> None:
        version = version_of(kept["plan"])
        rows: list[Any] = [*version.warnings.filter(needs_reason=True)]
        for row in [*rows, *version.prerequisites.filter(state="missing", holds_first_dose=True)]:
            if not row.reason:
                operations.explain(row=row, by=by, at=at, reason="Meant.")

    return [
        ("plans.open", open_it),
        ("plans.explain", lambda: operations.explain(row=warning(), by=by, at=at, reason="Meant.")),
        ("plans.explain", explain_rest),
        ("plans.request", lambda: operations.request_missing(plan_version=version_of(kept["plan"]), by=by, at=at)),
        ("plans.approve", lambda: approved(cast, kept["plan"])),
        ("plans.activate", lambda: operations.activate(plan_version=version_of(kept["plan"]), by=by, at=at)),
        ("plans.end", lambda: operations.stop_plan(plan=kept["plan"], by=by, at=at, reason="Enough.")),
    ]


def test_every_step_is_audited_and_leaves_nothing_when_the_audit_record_cannot_be_written(cast: Cast) -> None:
    for verb, step in whole_life(cast):
        before = snapshot()
        with (
            patch.object(AuditEvent, "save", side_effect=DatabaseError("no record")),
            patch.object(AuditEvent.objects, "bulk_create", side_effect=DatabaseError("no record")),
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            step()
        assert snapshot() == before, verb
        step()
        assert AuditEvent.objects.filter(verb=verb, patient_id=cast.patient.pk, site_id=cast.site.pk).exists(), verb


def snapshot() -> dict[str, Any]:
    """Every row of the room, as text."""
    found = {}
    with connection.cursor() as cursor:
        for table in [name for name in connection.introspection.table_names(cursor) if name.startswith("plans_")]:
            cursor.execute(f"SELECT coalesce(json_agg(t ORDER BY t.id), '[]')::text FROM \"{table}\" t")  # noqa: S608 - our own
            found[table] = cursor.fetchone()[0]
    return found


def test_what_stands_in_the_record_names_no_words_of_people(cast: Cast) -> None:
    opened(cast, weekly("methotrexate", "30", note="Her sister drives her."), summary="Because of the rash.")
    text = str(list(AuditEvent.objects.filter(verb__startswith="plans.").values_list("changes", flat=True)))
    assert "sister" not in text
    assert "rash" not in text


def test_azathioprine_after_an_absent_tpmt_is_urgent_and_after_an_intermediate_one_for_information(cast: Cast) -> None:
    # P-SPS: absent, avoid; intermediate, a lower dose (clinical sheet, B.4).
    for result, severity in (("intermediate", "info"), ("absent", "urgent")):
        story = Story(cast.patient_of(f"Tpmt-{result}"))
        story.record("2026-05-06", tpmt=result)
        plan = story.plan("2026-05-07", daily("azathioprine", "50"))
        row = version_of(plan).warnings.get(code="look_at_result")
        assert (row.severity, row.needs_reason) == (severity, severity == "urgent")
        assert "P-SPS" in row.words
