"""When the patient is seen: booking, moving, missing and cancelling a visit, and that it took place."""

import re
from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.common.refusals import Invalid
from apps.referrals.models import Referral, Visit
from apps.referrals.operations.moving import begin, finish, worded

Status = Visit.Status
#: A slip of the year would silence the referral until then (local policy, no clinical number).
FARTHEST = timedelta(days=2 * 366)
EARLIER = "The patient was seen before it."
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@transaction.atomic
def schedule(
    *, referral: Referral, by: Actor, at: datetime, starts_at: datetime, place: str = "", version: int | None = None
) -> Referral:
    """Book a visit. Raises Forbidden, Stale, ReferralMoved, NotYourMove, or Invalid for a time that has passed."""
    row = begin(referral, "schedule", by=by, version=version)
    _book(row, starts_at, place, by=by, at=at)
    return finish(row, "schedule", by=by, at=at, words=_when(row, starts_at), visit_at=starts_at)


@transaction.atomic
def reschedule(
    *, referral: Referral, by: Actor, at: datetime, starts_at: datetime, words: str, place: str = "",
    version: int | None = None,
) -> Referral:  # fmt: skip
    """Let the visit take place at another time, and say why.

    Raises Forbidden, Stale, ReferralMoved, NotYourMove, or Invalid for a time that has passed or without words.
    """
    row = begin(referral, "reschedule", by=by, version=version)
    words = worded("words", words, "Say why it is moved.")
    _end(row, Status.CANCELLED, words, by=by, at=at)
    _book(row, starts_at, place, by=by, at=at)
    return finish(row, "reschedule", by=by, at=at, words=f"{_when(row, starts_at)}: {words}"[:1000], visit_at=starts_at)


@transaction.atomic
def no_show(*, referral: Referral, by: Actor, at: datetime, words: str = "", version: int | None = None) -> Referral:
    """Note that the patient did not come: another visit is to be booked.

    Raises Forbidden, Stale, ReferralMoved, NotYourMove, or Invalid before the time of the visit.
    """
    row = begin(referral, "no_show", by=by, version=version)
    visit = row.visits.get(status=Status.BOOKED)
    if visit.starts_at > at:
        raise Invalid.field("words", "The visit has not begun: cancel or move it instead.")
    _end(row, Status.NOSHOW, words.strip(), by=by, at=at)
    return finish(row, "no_show", by=by, at=at, words=words.strip())


@transaction.atomic
def cancel_visit(*, referral: Referral, by: Actor, at: datetime, words: str, version: int | None = None) -> Referral:
    """Cancel the visit and say why: another one is to be booked.

    Raises Forbidden, Stale, ReferralMoved, NotYourMove, or Invalid without words.
    """
    row = begin(referral, "cancel_visit", by=by, version=version)
    words = worded("words", words, "Say why it is cancelled.")
    _end(row, Status.CANCELLED, words, by=by, at=at)
    return finish(row, "cancel_visit", by=by, at=at, words=words)


@transaction.atomic
def see(
    *, referral: Referral, by: Actor, at: datetime, seen_at: datetime | None = None, version: int | None = None
) -> Referral:
    """Note that the patient was seen (now, unless said): a report is owed from then on.

    Raises Forbidden, Stale, ReferralMoved, NotYourMove, or Invalid for a time in the future or before it was sent.
    """
    row = begin(referral, "see", by=by, version=version)
    seen_at = seen_at or at
    if seen_at > at:
        raise Invalid.field("seen_at", "Nobody was seen in the future.")
    if row.sent_at is not None and seen_at < row.sent_at:
        raise Invalid.field("seen_at", "That was before it was sent.")
    visit = row.visits.filter(status=Status.BOOKED).first()
    if visit is not None and visit.starts_at > at:
        _end(row, Status.CANCELLED, EARLIER, by=by, at=at)
    else:
        _end(row, Status.FULFILLED, "", by=by, at=at)
    return finish(row, "see", by=by, at=at, seen_at=seen_at)


def _book(row: Referral, starts_at: datetime, place: str, *, by: Actor, at: datetime) -> None:
    if starts_at <= at:
        raise Invalid.field("starts_at", "That time has passed: say that the patient was seen, or give a later one.")
    if starts_at > at + FARTHEST:
        raise Invalid.field("starts_at", "That is more than two years ahead: look at the year.")
    visit = Visit(referral=row, starts_at=starts_at, place=place.strip(), booked_at=at, booked_by_id=by.user_id_known)
    visit.hold_to_rules()
    visit.save(force_insert=True)
    _note(row, visit, by=by, at=at, verb="referrals.book_visit")


def _end(row: Referral, status: str, words: str, *, by: Actor, at: datetime) -> None:
    """End the booked visit, where there is one."""
    visit = row.visits.filter(status=Status.BOOKED).first()
    if visit is None:
        return
    visit.status, visit.words = status, words
    visit.hold_to_rules(only={"words"})
    visit.save(update_fields=["status", "words"])
    _note(row, visit, by=by, at=at, verb="referrals.end_visit")


def drop_visit(row: Referral, words: str, *, by: Actor, at: datetime) -> None:
    """Cancel the booked visit of a referral that goes on no longer, where there is one. Lines of a reason become one line."""
    _end(row, Status.CANCELLED, CONTROL.sub(" ", words)[:500], by=by, at=at)


def _note(row: Referral, visit: Visit, *, by: Actor, at: datetime, verb: str) -> None:
    audit.record(
        by=by, at=at, verb=verb, subject=visit, patient_id=row.patient_id, site_id=row.patient.site_id,
        changes=audit.created(visit, "referral", "starts_at", "status"),
    )  # fmt: skip


def _when(row: Referral, starts_at: datetime) -> str:
    return f"{starts_at.astimezone(row.patient.site.zone):%A %d %B %Y, %H:%M}"
