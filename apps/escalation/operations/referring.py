"""Referring a patient because of an escalation, and what becomes of it when the referral comes to nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.common.refusals import Conflict, Invalid
from apps.escalation.models import Action, Escalation
from apps.escalation.operations.matters import ask_more, asks_of, held, variant_for
from apps.escalation.suggesting import facts_of, suggested
from apps.knowledge.models import ReferralReason
from apps.nudges import operations as nudges
from apps.patients.models import Patient
from apps.patients.operations.recording import note
from apps.referrals import operations as referrals
from apps.referrals.models import Referral
from apps.referrals.moves import State as Loop
from apps.referrals.operations.suggested import NAME_ONE
from apps.referrals.suggesting import first_of

State = Escalation.State
SETTLED = "The patient was referred. To whom and why stands on the matter's page."
CAME_TO_NOTHING = "The referral that was made about it has ended, and the patient was not seen."
#: Where a referral leads nowhere any more.
NOWHERE = frozenset({Loop.CANCELLED, Loop.ENTERED_IN_ERROR})


@transaction.atomic
def refer(
    *,
    escalation: Escalation,
    by: Actor,
    at: datetime,
    reason: ReferralReason | None = None,
    facts: Sequence[UUID] | None = None,
    send: bool = True,
    version: int | None = None,
    **values: Any,
) -> Referral:
    """Refer the patient because of an escalation: nobody is asked about it any more once the referral is sent. It stays open
    until its own condition, or a person, ends it.

    Without a reason, for what suggests itself first. `values` are those of a referral's draft. Raises what drafting one raises,
    Stale, Conflict when the escalation has ended, or Invalid where no reason is named and none suggests itself.
    """
    by.require_anywhere(Permission.ESCALATIONS_WRITE)
    # Always the patient before what is known about them, so that nobody waits for each other.
    Patient.objects.select_for_update(no_key=True).get(pk=escalation.patient_id)
    row = held(escalation, by, version)
    if row.state != State.OPEN:
        raise Conflict(f"This has ended: {row.end_reason}")
    referral = referrals.draft(
        patient=row.patient,
        by=by,
        at=at,
        reason=reason or _first(row),
        facts=facts_of(row) if facts is None else facts,
        **values,
    )
    to = referral.outside or referral.to.name
    words = f"Referred to {to}: {referral.reason.name}"
    made = Action.objects.create(escalation=row, words=words, by_id=by.user_id_known, at=at, referral=referral)
    note(
        row, by=by, at=at, verb="escalation.refer", changes={"referral": (None, referral.pk), "words": ("", made.words)}
    )
    return referrals.send(referral=referral, by=by, at=at) if send else referral


def _first(row: Escalation) -> ReferralReason:
    found = first_of(suggested(row))
    if found is None:
        raise Invalid.field("reason", NAME_ONE)
    return found.reason


def follow_referral(*, referral: Referral, by: Actor, at: datetime) -> None:
    """What the move of a referral means for the escalation because of which it was made, if there is one that is open.

    Sent, it is what was done about the escalation. Ended without the patient having been seen, nothing was done after all.
    """
    found = Action.objects.filter(referral=referral, escalation__state=State.OPEN).first()
    if found is None:
        return
    row = Escalation.locked(found.escalation)
    if row.state != State.OPEN:
        return
    if referral.state == Loop.SENT and referral.sent_at == at:
        _settle(row, by=by, at=at)
    elif referral.state in NOWHERE and referral.sent_at is not None and referral.seen_at is None:
        _ask_anew(row, referral, by=by, at=at)


def _settle(row: Escalation, *, by: Actor, at: datetime) -> None:
    note(row, by=by, at=at, verb="escalation.referred", changes=row.change(acted_at=at))
    if row.nudge is not None:
        nudges.settle(nudge=row.nudge, by=by, at=at, words=SETTLED)


def _ask_anew(row: Escalation, referral: Referral, *, by: Actor, at: datetime) -> None:
    """People are asked about it again, unless another referral that was made about it goes on, or nobody is to be asked."""
    others = Action.objects.filter(escalation=row, referral__ended_at__isnull=True, referral__sent_at__isnull=False)
    if referral.patient.status != Patient.Status.ACTIVE or others.exists():
        return
    note(row, by=by, at=at, verb="escalation.referral_ended", changes={"referral": (referral.pk, None)})
    version = row.criterion_version
    whom = asks_of(version, variant_for(version, row.severity))
    ask_more(escalation=row, by=by, at=at, words=CAME_TO_NOTHING, **whom)
