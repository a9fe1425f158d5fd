"""What this room does when something changes below: a fact makes its patient due, in the fact's own transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from apps.accounts.actors import Actor, Careteam
from apps.escalation import operations
from apps.observations.signals import fact_changed
from apps.patients.models import Patient
from apps.patients.signals import patient_changed, patient_status_changed
from apps.plans.signals import plan_changed
from apps.referrals.models import Referral
from apps.referrals.signals import referral_moved


@receiver(fact_changed)
def look_at_the_patient(*, patient_id: UUID, at: datetime, **_: Any) -> None:
    """Something is known now, or no longer."""
    operations.make_due(patient_id=patient_id, by=Careteam(at=at), at=at)


@receiver(patient_changed)
def look_at_the_person(*, patient_id: UUID, at: datetime, **_: Any) -> None:
    """The record says something else of the patient: an antibody, the class of onset, a range of their own, a mute that ended."""
    operations.make_due(patient_id=patient_id, by=Careteam(at=at), at=at)


@receiver(plan_changed)
def look_at_what_is_taken(*, patient_id: UUID, at: datetime, **_: Any) -> None:
    """The team follows something else: what criteria ask about medicines may be answered differently."""
    operations.make_due(patient_id=patient_id, by=Careteam(at=at), at=at)


@receiver(referral_moved)
def follow_the_referral(*, referral: Referral, by: Actor, at: datetime, **_: Any) -> None:
    """What criteria ask about referrals may be answered differently; and it may be what was done about an escalation."""
    operations.make_due(patient_id=referral.patient_id, by=Careteam(at=at), at=at)
    operations.follow_referral(referral=referral, by=by, at=at)


@receiver(patient_status_changed)
def stop_or_begin_asking(*, patient: Patient, by: Actor, at: datetime, **_: Any) -> None:
    """Nobody is asked about somebody who has died or left, from that very moment; a return is looked at anew."""
    if patient.status == Patient.Status.ACTIVE:
        operations.make_due(patient_id=patient.pk, by=by, at=at)
    else:
        operations.end_for_patient(patient=patient, by=by, at=at)
