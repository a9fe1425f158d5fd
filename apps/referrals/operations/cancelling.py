"""Ending a referral before its loop is closed."""

from datetime import datetime

from django.db import transaction

from apps.accounts.actors import Actor
from apps.referrals.models import Referral
from apps.referrals.operations.moving import begin, finish, worded
from apps.referrals.operations.visits import drop_visit

WHY = "Say why."


@transaction.atomic
def cancel(*, referral: Referral, by: Actor, at: datetime, words: str, version: int | None = None) -> Referral:
    """Withdraw what nobody has taken on, and say why. Raises Forbidden, Stale, ReferralMoved, NotYourMove or Invalid."""
    row = begin(referral, "cancel", by=by, version=version)
    words = worded("words", words, WHY)
    return finish(row, "cancel", by=by, at=at, words=words, end_reason=words[:500])


@transaction.atomic
def request_cancellation(
    *, referral: Referral, by: Actor, at: datetime, words: str, version: int | None = None
) -> Referral:
    """Ask whoever has it to let it end, and say why; they may have seen the patient already.

    Raises Forbidden, Stale, ReferralMoved, NotYourMove or Invalid.
    """
    row = begin(referral, "request_cancellation", by=by, version=version)
    return finish(row, "request_cancellation", by=by, at=at, words=worded("words", words, WHY))


@transaction.atomic
def confirm_cancellation(
    *, referral: Referral, by: Actor, at: datetime, words: str = "", version: int | None = None
) -> Referral:
    """Let it end as asked; a visit that is booked is cancelled. Raises Forbidden, Stale, ReferralMoved or NotYourMove."""
    row = begin(referral, "confirm_cancellation", by=by, version=version)
    asked = row.transitions.filter(move="request_cancellation").order_by("-number").first()
    why = asked.words if asked is not None else words.strip()
    drop_visit(row, why, by=by, at=at)
    return finish(row, "confirm_cancellation", by=by, at=at, words=words.strip(), end_reason=why[:500])


@transaction.atomic
def refuse_cancellation(
    *, referral: Referral, by: Actor, at: datetime, words: str, version: int | None = None
) -> Referral:
    """Let it go on where it was, and say why. Raises Forbidden, Stale, ReferralMoved, NotYourMove or Invalid."""
    row = begin(referral, "refuse_cancellation", by=by, version=version)
    return finish(row, "refuse_cancellation", by=by, at=at, words=worded("words", words, WHY))


@transaction.atomic
def enter_in_error(*, referral: Referral, by: Actor, at: datetime, words: str, version: int | None = None) -> Referral:
    """Say that it should never have been made, and why. Raises Forbidden, Stale, ReferralMoved, NotYourMove or Invalid."""
    row = begin(referral, "enter_in_error", by=by, version=version)
    words = worded("words", words, WHY)
    drop_visit(row, words, by=by, at=at)
    return finish(row, "enter_in_error", by=by, at=at, words=words, end_reason=words[:500])
