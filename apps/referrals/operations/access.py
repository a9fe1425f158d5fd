"""Who sees the patient because of a referral: the receiving department, from the acceptance until the loop closes."""

from datetime import datetime

from apps.accounts.actors import Actor
from apps.patients.models import PatientAccess
from apps.patients.operations import Wanted, keep_access
from apps.referrals.models import Referral, Transition
from apps.referrals.moves import TAKEN_ON, State
from apps.referrals.parties import department

Kind = PatientAccess.Kind


def keep(row: Referral, *, by: Actor, at: datetime) -> None:
    """Bring who sees the patient by this referral up to date; call it in the transaction that changed something.

    Each acceptance is a reason of its own, so that who could see what when stays known. While a cancellation is asked for,
    they see what they saw before.
    """
    accepted = list(row.transitions.filter(move="accept").order_by("number"))
    if not accepted:
        return
    *past, last = accepted
    for one in past:
        keep_access(patient=row.patient, holder_id=one.pk, wanted=[], by=by, at=at)
    wanted = _wanted(row, last, at) if _is_taken_on(row) else []
    keep_access(patient=row.patient, holder_id=last.pk, wanted=wanted, by=by, at=at)


def _is_taken_on(row: Referral) -> bool:
    if row.state != State.CANCELLATION_REQUESTED:
        return row.state in TAKEN_ON
    asked = row.transitions.filter(move="request_cancellation").order_by("-number").first()
    return asked is not None and asked.source in TAKEN_ON


def _wanted(row: Referral, accepted: Transition, at: datetime) -> list[Wanted]:
    """The department, and whoever has taken it on beside it: somebody of the team, or on call.

    Who comes later sees the patient from then on, and not since the acceptance.
    """
    begun = dict(PatientAccess.objects.filter(holder_id=accepted.pk).values_list("source_id", "starts_at"))
    found = {one.user_id: one.pk for one in department(row)}
    if not row.outside:
        found.setdefault(row.owner_id, row.owner_id)
    return [Wanted(user, Kind.REFERRAL, source, begun.get(source, at), None) for user, source in found.items()]
