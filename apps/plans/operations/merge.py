"""How plans follow when two records of one person become one, and what becomes of them when a patient leaves or comes back."""

from datetime import datetime

from django.db.models import QuerySet

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.patients import merging
from apps.patients.models import Patient
from apps.patients.operations.recording import note
from apps.plans.models import MonitoringItem, PlanVersion, ResponseReview, TreatmentPlan, Upkeep
from apps.plans.operations.base import ask_coordination, make_due, settle_asked
from apps.plans.operations.deciding import ENDED, end
from apps.plans.operations.upkeep import open_items, write

#: What the record of somebody says who is in our care no longer.
GONE = (Patient.Status.DECEASED, Patient.Status.LEFT, Patient.Status.ENTERED_IN_ERROR)


def _left(status: Patient.Status) -> str:
    """Why a plan has ended whose patient is in our care no longer."""
    return f"The record says “{status.label}”."


def end_for_patient(*, patient: Patient, by: Actor, at: datetime) -> None:
    """Nothing of a plan is followed any more for somebody who has died or left."""
    for plan in _open_plans(patient):
        plan.patient = patient
        end(plan, by=by, at=at, reason=_left(Patient.Status(patient.status)))
    with audit.together():
        for item in open_items(patient):
            _end_item(item, patient, by=by, at=at)
    settle_asked(patient, by=by, at=at, words=ENDED)


def _open_plans(patient: Patient) -> QuerySet[TreatmentPlan]:
    return TreatmentPlan.objects.select_for_update().filter(patient=patient, ended_at__isnull=True)


def _end_item(item: MonitoringItem, patient: Patient, *, by: Actor, at: datetime) -> None:
    item.patient = patient
    write(item, {"ended_at": at}, by=by, at=at, verb="plans.end_monitoring")


def ask_for_a_plan(*, patient: Patient, by: Actor, at: datetime) -> None:
    """Ask a coordinator about somebody who is in our care again, and whose plan had ended because they were not.

    Nothing where there is a plan, or there was none that ended so.
    """
    last = TreatmentPlan.objects.filter(patient=patient).order_by("-opened_at", "-id").first()
    if last is None or last.ended_at is None or last.end_reason not in {_left(status) for status in GONE}:
        return
    followed = last.versions.filter(state=PlanVersion.State.STOPPED).exists()
    ask_coordination(
        patient, by=by, at=at, title="Back in care without a plan", severity="urgent" if followed else "routine",
        advice="The plan ended when the patient left our care by the record. See to it that somebody proposes a new one.",
    )  # fmt: skip


def move_plans(gone: Patient, kept: Patient, by: Actor, at: datetime) -> None:
    """All plans go along. Two open ones would be two truths about what a patient takes: one ends, and a coordinator is asked.

    One that is followed outlives a mere proposal; of two that are followed, or of two proposals, the kept record's goes on.
    """
    ended = _end_one(gone, kept, by=by, at=at)
    with audit.together():
        _move_dues(gone, kept, by=by, at=at)
    for model in (TreatmentPlan, MonitoringItem, ResponseReview):
        model.objects.filter(patient=gone).update(patient=kept)
    Upkeep.objects.filter(patient=gone).delete()
    make_due(patient_id=kept.pk, at=at, new=True)
    if kept.status != Patient.Status.ACTIVE:
        end_for_patient(patient=kept, by=by, at=at)
    elif ended is not None:
        ask_coordination(
            kept, by=by, at=at, title="Two plans were merged: one was ended", severity="urgent" if ended else "routine",
            advice="Both records had an open plan. See to it that nothing is lost of the one that has ended.",
        )  # fmt: skip


def _end_one(gone: Patient, kept: Patient, *, by: Actor, at: datetime) -> bool | None:
    """End one of two open plans. Returns whether it was followed; None where there were not two."""
    theirs, ours = _open_plans(gone).first(), _open_plans(kept).first()
    if theirs is None or ours is None:
        return None
    loses, patient = (ours, kept) if _followed(theirs) and not _followed(ours) else (theirs, gone)
    loses.patient, was = patient, _followed(loses)
    end(loses, by=by, at=at, reason="Two records were merged, and the plan of the other one goes on.")
    return was


def _followed(plan: TreatmentPlan) -> bool:
    return plan.versions.filter(state=PlanVersion.State.ACTIVE).exists()


def _move_dues(gone: Patient, kept: Patient, *, by: Actor, at: datetime) -> None:
    """What is due goes along, with who has asked for it, unless the kept record has the same panel open already."""
    there = set(open_items(kept).values_list("panel_id", flat=True))
    for item in open_items(gone):
        if item.panel_id in there:
            _end_item(item, gone, by=by, at=at)
        else:
            item.patient = kept
            item.save(update_fields=["patient"])
            note(item, by=by, at=at, verb="plans.move_monitoring", changes={"patient": (gone, kept)})


for model in (TreatmentPlan, MonitoringItem, ResponseReview, Upkeep):
    merging.declare(model._meta.label, move_plans)
