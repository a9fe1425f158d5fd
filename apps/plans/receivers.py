"""What this room does when something changes below: what follows from a plan is marked to be worked out anew."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from apps.accounts.actors import Actor
from apps.observations.signals import fact_changed
from apps.patients.models import Patient
from apps.patients.signals import patient_changed, patient_status_changed
from apps.plans import operations
from apps.plans.operations.base import make_due


@receiver(fact_changed)
def work_out_anew(*, patient_id: UUID, at: datetime, **_: Any) -> None:
    """Something is known now, or no longer: perhaps a panel was done."""
    make_due(patient_id=patient_id, at=at)


@receiver(patient_changed)
def work_out_for_who_it_is(*, patient_id: UUID, at: datetime, **_: Any) -> None:
    """What is due depends on the diagnosis and its date, on the antibodies, and on what the site has decided."""
    make_due(patient_id=patient_id, at=at)


@receiver(patient_status_changed)
def end_or_begin(*, patient: Patient, by: Actor, at: datetime, **_: Any) -> None:
    """Nothing is followed for somebody who has died or left; whoever comes back is looked at anew."""
    if patient.status == Patient.Status.ACTIVE:
        make_due(patient_id=patient.pk, at=at)
        operations.ask_for_a_plan(patient=patient, by=by, at=at)
    elif patient.status != Patient.Status.MERGED:
        operations.end_for_patient(patient=patient, by=by, at=at)
