"""What this room does when something changes below: the referrals concerned become due, in the same transaction."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.dispatch import receiver

from apps.accounts.actors import Actor
from apps.accounts.signals import user_changed
from apps.common import due
from apps.nudges.models import Nudge
from apps.nudges.signals import nudge_acknowledged, nudge_climbed
from apps.patients.models import Patient, PatientAccess
from apps.patients.signals import patient_status_changed, patient_transferred
from apps.referrals import operations
from apps.referrals.models import Referral, Transition
from apps.referrals.operations.moving import QUEUE
from apps.teams.models import Member
from apps.teams.signals import member_changed


def mark(wanted: Q, at: datetime) -> None:
    """Make those due that wait for later, in the transaction that changed something about them.

    Whoever moves one now holds its row, and may wait for what is changed here: it is passed over, not waited for. They leave
    it due themselves, unless they are refused, or have looked before the change was there to be seen: so what was passed
    over is made due once more when the change stands and nothing is held any more.
    """
    rows = Referral.objects.filter(wanted, ended_at__isnull=True, look_at__gt=at)
    every = set(rows.order_by().values_list("pk", flat=True))
    free = rows.order_by().filter(pk__in=every).select_for_update(of=("self",), no_key=True, skip_locked=True)
    marked = set(free.values_list("pk", flat=True))
    Referral.objects.filter(pk__in=marked).update(look_at=at)
    if every - marked:
        transaction.on_commit(partial(_mark_passed_over, every - marked, at))
    if every:
        due.wake(QUEUE)


def _mark_passed_over(passed_over: set[UUID], at: datetime) -> None:
    """One after the other, so that whoever holds several in another order is not waited for."""
    for pk in sorted(passed_over):
        Referral.objects.filter(pk=pk, look_at__gt=at).update(look_at=at)
    due.wake(QUEUE)


@receiver(nudge_acknowledged)
@receiver(nudge_climbed)
def look_who_has_it(*, nudge: Nudge, at: datetime, **_: Any) -> None:
    """Somebody has it, or somebody else is asked."""
    if nudge.topic != operations.TOPIC:
        return
    mark(Q(nudge=nudge.pk), at)


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
    mark(theirs, at)


@receiver(patient_transferred)
def look_where_the_patient_is(*, patient_id: UUID, at: datetime, **_: Any) -> None:
    """The patient is at another site: others see them, other days are holidays."""
    mark(Q(patient=patient_id), at)


@receiver(patient_status_changed)
def end_or_draft_anew(*, patient: Patient, by: Actor, at: datetime, **_: Any) -> None:
    """Nobody is referred who has died or left; for whoever comes back, what ended then is drafted anew."""
    if patient.status == Patient.Status.ACTIVE:
        operations.draft_anew(patient=patient, by=by, at=at)
    elif patient.status != Patient.Status.MERGED:
        operations.end_for_patient(patient=patient, by=by, at=at)
