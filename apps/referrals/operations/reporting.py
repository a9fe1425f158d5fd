"""The answer: the report, and that the sender has read it. Only that closes the loop."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.common.refusals import Invalid
from apps.referrals.models import Referral
from apps.referrals.operations.moving import begin, finish, worded

LONGEST = 4000


@transaction.atomic
def report(
    *,
    referral: Referral,
    by: Actor,
    at: datetime,
    outcome_note: str,
    filler_number: str = "",
    version: int | None = None,
) -> Referral:
    """Return the report: the sender is asked to read it.

    Raises Forbidden, Stale, ReferralMoved, NotYourMove, or Invalid without a report or for one that is too long.
    """
    row = begin(referral, "report", by=by, version=version)
    outcome_note = worded("outcome_note", outcome_note, "Say what was found and what you advise.")
    if len(outcome_note) > LONGEST:
        raise Invalid.field("outcome_note", f"At most {LONGEST} characters.")
    values: dict[str, Any] = {"filler_number": filler_number.strip()} if filler_number.strip() else {}
    return finish(row, "report", by=by, at=at, words=outcome_note, outcome_note=outcome_note, **values)


@transaction.atomic
def ask_again(*, referral: Referral, by: Actor, at: datetime, words: str, version: int | None = None) -> Referral:
    """Send a report back that leaves the question open; it stays as a part of the next one.

    Raises Forbidden, Stale, ReferralMoved, NotYourMove, or Invalid without words.
    """
    row = begin(referral, "ask_again", by=by, version=version)
    return finish(row, "ask_again", by=by, at=at, words=worded("words", words, "Say what is still open."))


@transaction.atomic
def review(*, referral: Referral, by: Actor, at: datetime, review_note: str, version: int | None = None) -> Referral:
    """Say that one has read the report, and what follows from it: the loop is closed, and the receiving side sees the patient
    no longer by it.

    Raises Forbidden, Stale, ReferralMoved, NotYourMove, or Invalid without words.
    """
    row = begin(referral, "review", by=by, version=version)
    review_note = worded("review_note", review_note, "Say what follows from the report.")
    return finish(row, "review", by=by, at=at, words=review_note, review_note=review_note)
