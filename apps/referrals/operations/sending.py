"""Sending a referral, sending it elsewhere, and giving the receiving side what it asks for."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.models import Site
from apps.common.refusals import Conflict, Invalid
from apps.knowledge.models import Discipline
from apps.knowledge.shelf import shelf
from apps.nudges import times
from apps.nudges.ladder import calendar_of
from apps.referrals.models import Referral
from apps.referrals.operations.moving import begin, finish, spans_of, worded
from apps.teams.models import Member

#: How far ahead a sender's own day may lie; beyond it the year was mistyped (local policy, no clinical number).
YEARS = 10


@transaction.atomic
def send(*, referral: Referral, by: Actor, at: datetime, version: int | None = None) -> Referral:
    """Send a draft: its target is worked out, and the receiving side is asked at once.

    Raises Forbidden, Stale, ReferralMoved, NotYourMove, or Invalid without a question or an urgency.
    """
    row = begin(referral, "send", by=by, version=version)
    worded("question", row.question, "Say what is asked.")
    hold_to_receiver(row, at)
    return finish(row, "send", by=by, at=at, sent_at=at, target_at=target_of(row, at))


def target_of(row: Referral, at: datetime) -> datetime:
    """By when the patient is to be seen: the sender's own day, else the reason's target in the site's working days, else the
    time to act that its severity has (proposal for local policy).
    """
    site, calendar = row.patient.site, calendar_of(row.patient.site)
    if row.target_on is not None:
        return datetime.combine(row.target_on + timedelta(days=1), time(0), tzinfo=site.zone)
    here: Any = shelf().here(row.reason)
    # The reason's target goes with the reason's urgency: what presses harder than that has the time of its own urgency.
    if here.target and row.urgency == here.urgency:
        return times.after(at, here.target, calendar)
    return times.after(at, spans_of(row).act, calendar)


def hold_to_receiver(row: Referral, at: datetime) -> None:
    """Raise Invalid unless somebody can receive it where it is addressed, by a day that can be meant."""
    _fits(row.to, row.to_site, row.to_member, row.outside)
    today = row.patient.site.local_date(at)
    if row.target_on is not None and row.target_on < today:
        raise Invalid.field("target_on", "The day lies in the past.")
    if row.target_on is not None and row.target_on.year > today.year + YEARS:
        raise Invalid.field("target_on", f"That is more than {YEARS} years ahead: look at the year.")


@transaction.atomic
def reroute(
    *,
    referral: Referral,
    by: Actor,
    at: datetime,
    words: str,
    to: Discipline | None = None,
    to_site: Site | None = None,
    to_member: Member | None = None,
    outside: str = "",
    version: int | None = None,
) -> Referral:
    """Send it to somebody else, and say why. The target stays: the patient has waited already.

    Raises Forbidden, Stale, ReferralMoved, NotYourMove, Invalid, or Conflict when it is there already.
    """
    row = begin(referral, "reroute", by=by, version=version)
    words = worded("words", words, "Say why it goes elsewhere.")
    to, to_site, outside = to or row.to, to_site or row.to_site, outside.strip()
    place = (to.pk, to_site.pk, to_member.pk if to_member is not None else None, outside)
    if place == (row.to_id, row.to_site_id, row.to_member_id, row.outside):
        raise Conflict("It is there already: say to whom else it goes.")
    _fits(to, to_site, to_member, outside)
    new: dict[str, Any] = {
        "to": to,
        "to_site": to_site,
        "to_member": to_member,
        "outside": outside,
        "filler_number": "",
    }
    # Until somebody is asked it is the sender's own: nobody of those who had it answers for it any more.
    return finish(row, "reroute", by=by, at=at, words=words, owner_id=row.sender_id, **new)


def _fits(to: Discipline, to_site: Site, to_member: Member | None, outside: str) -> None:
    if not to_site.active:
        raise Invalid.field("to_site", "That site is closed.")
    if to_member is None:
        return
    name = to_member.user.name
    if outside:
        raise Invalid.field("to_member", "A practice outside has no member here.")
    if not (to_member.active and to_member.user.is_active):
        raise Invalid.field("to_member", f"{name} is not active.")
    if to_member.discipline_id != to.pk:
        raise Invalid.field("to_member", f"{name} is not of {to.name}.")
    if to_member.user.home_site_id != to_site.pk:
        raise Invalid.field("to_member", f"{name} does not work at {to_site.name}.")


@transaction.atomic
def give_information(
    *, referral: Referral, by: Actor, at: datetime, words: str, version: int | None = None
) -> Referral:
    """Answer what the receiving side has asked. Raises Forbidden, Stale, ReferralMoved, NotYourMove, or Invalid without words."""
    row = begin(referral, "give_information", by=by, version=version)
    return finish(row, "give_information", by=by, at=at, words=worded("words", words, "Say what was asked for."))
