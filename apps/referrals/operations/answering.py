"""What the receiving side answers."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.common.refusals import Invalid
from apps.referrals.models import Referral
from apps.referrals.operations.moving import begin, finish, worded
from apps.referrals.parties import receives
from apps.teams.models import Member


@transaction.atomic
def receive(*, referral: Referral, by: Actor, at: datetime, version: int | None = None) -> Referral:
    """Say that it has arrived and is being looked at. Raises Forbidden, Stale, ReferralMoved or NotYourMove."""
    row = begin(referral, "receive", by=by, version=version)
    return finish(row, "receive", by=by, at=at)


@transaction.atomic
def ask_information(*, referral: Referral, by: Actor, at: datetime, words: str, version: int | None = None) -> Referral:
    """Ask the sender for what is missing. Raises Forbidden, Stale, ReferralMoved, NotYourMove, or Invalid without words."""
    row = begin(referral, "ask_information", by=by, version=version)
    return finish(row, "ask_information", by=by, at=at, words=worded("words", words, "Say what you need to know."))


@transaction.atomic
def accept(
    *, referral: Referral, by: Actor, at: datetime, words: str = "", filler_number: str = "", version: int | None = None
) -> Referral:
    """Take it on: the receiving department sees the patient from now on, until the loop closes.

    Raises Forbidden, Stale, ReferralMoved, NotYourMove or Invalid.
    """
    row = begin(referral, "accept", by=by, version=version)
    values: dict[str, Any] = {"filler_number": filler_number.strip()} if filler_number.strip() else {}
    return finish(row, "accept", by=by, at=at, words=words.strip(), **values)


@transaction.atomic
def decline(*, referral: Referral, by: Actor, at: datetime, words: str, version: int | None = None) -> Referral:
    """Say that it cannot be taken on, and why; the sender sends it elsewhere or withdraws it.

    Raises Forbidden, Stale, ReferralMoved, NotYourMove, or Invalid without words.
    """
    row = begin(referral, "decline", by=by, version=version)
    return finish(row, "decline", by=by, at=at, words=worded("words", words, "Say why, so that it can go elsewhere."))


@transaction.atomic
def assign(
    *, referral: Referral, by: Actor, at: datetime, to_member: Member, words: str = "", version: int | None = None
) -> Referral:
    """Let a colleague of the receiving side have it from now on; they are asked at once, as far as it is their turn.

    Raises Forbidden, Stale, ReferralMoved, NotYourMove, or Invalid for somebody who is not of the receiving side.
    """
    row = begin(referral, "assign", by=by, version=version)
    if to_member.user_id == row.owner_id:
        raise Invalid.field("to_member", f"{to_member.user.name} has it already.")
    if not receives(row, to_member, at):
        raise Invalid.field("to_member", f"{to_member.user.name} is not of the receiving side.")
    return finish(row, "assign", by=by, at=at, words=words.strip(), owner_id=to_member.user_id)
