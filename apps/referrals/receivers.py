"""What this room does when something changes below: the referrals concerned become due, in the same transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.dispatch import receiver

from apps.accounts.actors import Actor
from apps.accounts.signals import user_changed
from apps.common import due
from apps.nudges.models import Nudge
from apps.nudges.signals import nudge_acknowledged, nudge_climbed
from apps.patients.models import Patient, PatientAccess
from apps.patients.signals import patient_changed, patient_status_changed
from apps.referrals import operations
from apps.referrals.models import Referral, Transition
from apps.referrals.operations.moving import QUEUE
from apps.teams.models import Member
from apps.teams.signals import member_changed

#: Whoever moves the referral now holds its row and waits for the question that is being answered here: it is passed over, not
#: waited for, since a move leaves it due anyway.
MARK = """
UPDATE referrals_referral SET look_at = LEAST(look_at, %s) WHERE id IN (
    SELECT id FROM referrals_referral WHERE nudge_id = %s AND look_at IS NOT NULL FOR UPDATE SKIP LOCKED)
"""


@receiver(nudge_acknowledged)
@receiver(nudge_climbed)
def look_who_has_it(*, nudge: Nudge, at: datetime, **_: Any) -> None:
    """Somebody has it, or somebody else is asked."""
    if nudge.topic != operations.TOPIC:
        return
    with connection.cursor() as cursor:
        cursor.execute(MARK, [at, nudge.pk])
    due.wake(QUEUE)


@receiver(user_changed)
@receiver(member_changed)
def look_who_is_there(*, user_id: UUID, at: datetime, **_: Any) -> None:
    """Somebody has come or left: of theirs, and of what their department has taken on, it is looked who answers for it."""
    department = Member.objects.filter(user=user_id).values_list("discipline_id", "user__home_site_id").first()
    accepted = PatientAccess.objects.in_force(at).filter(user=user_id, kind=PatientAccess.Kind.REFERRAL)
    # What the department that they have left has taken on they must see no longer.
    seen = Transition.objects.filter(pk__in=accepted.values("holder_id")).values("referral")
    theirs = Q(owner=user_id) | Q(sender=user_id) | Q(pk__in=seen)
    if department is not None:
        theirs |= Q(to=department[0], to_site=department[1])
    if Referral.objects.filter(theirs, ended_at__isnull=True, look_at__gt=at).update(look_at=at):
        due.wake(QUEUE)


@receiver(patient_changed)
def look_where_the_patient_is(*, patient_id: UUID, at: datetime, **_: Any) -> None:
    """The patient is at another site, perhaps: others see them, other days are holidays."""
    Referral.objects.filter(patient=patient_id, ended_at__isnull=True, look_at__gt=at).update(look_at=at)


@receiver(patient_status_changed)
def end_or_draft_anew(*, patient: Patient, by: Actor, at: datetime, **_: Any) -> None:
    """Nobody is referred who has died or left; for whoever comes back, what ended then is drafted anew."""
    if patient.status == Patient.Status.ACTIVE:
        operations.draft_anew(patient=patient, by=by, at=at)
    elif patient.status != Patient.Status.MERGED:
        operations.end_for_patient(patient=patient, by=by, at=at)
