"""How plans follow when two records of one person become one, and what becomes of them when a patient leaves."""

from datetime import datetime

from apps.accounts.actors import Actor
from apps.patients import merging
from apps.patients.models import Patient
from apps.plans.models import MonitoringItem, ResponseReview, TreatmentPlan, Upkeep
from apps.plans.operations.base import make_due
from apps.plans.operations.deciding import end


def end_for_patient(*, patient: Patient, by: Actor, at: datetime) -> None:
    """Nothing of a plan is followed any more for somebody who has died or left."""
    words = f"The record says “{patient.get_status_display()}”."
    for plan in TreatmentPlan.objects.select_for_update().filter(patient=patient, ended_at__isnull=True):
        plan.patient = patient
        end(plan, by=by, at=at, reason=words)
    MonitoringItem.objects.filter(patient=patient, ended_at__isnull=True).update(ended_at=at)


def move_plans(gone: Patient, kept: Patient, by: Actor, at: datetime) -> None:
    """All plans go along. Where both records have an open one, the kept record's goes on and the other ends: two plans at once
    would be two truths about what a patient takes.
    """
    if TreatmentPlan.objects.filter(patient=kept, ended_at__isnull=True).exists():
        for plan in TreatmentPlan.objects.select_for_update().filter(patient=gone, ended_at__isnull=True):
            plan.patient = gone
            end(plan, by=by, at=at, reason="Another plan is followed in the record that this one was merged into.")
    MonitoringItem.objects.filter(patient=gone, ended_at__isnull=True).update(ended_at=at)
    for model in (TreatmentPlan, MonitoringItem, ResponseReview):
        model.objects.filter(patient=gone).update(patient=kept)
    Upkeep.objects.filter(patient=gone).delete()
    make_due(patient_id=kept.pk, at=at, new=True)


for model in (TreatmentPlan, MonitoringItem, ResponseReview, Upkeep):
    merging.declare(model._meta.label, move_plans)
