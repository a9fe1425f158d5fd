"""Cover and on-call."""

from datetime import datetime

from django.db import transaction

from apps.accounts import operations as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Site
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.models import overlaps
from apps.common.refusals import Conflict, Invalid
from apps.knowledge.models import Discipline
from apps.teams.models import Cover, Member, OnCall
from apps.teams.operations.access import sync_member
from apps.teams.operations.members import may_set_cover, require_active
from apps.teams.signals import member_changed


@transaction.atomic
def set_cover(
    *,
    by: Actor,
    at: datetime,
    member: Member,
    substitute: Member,
    ends_at: datetime,
    starts_at: datetime | None = None,
    reason: str = Cover.Reason.LEAVE,
) -> Cover:
    """Let `substitute` stand in for `member`: they see the same patients from `starts_at` (now) until `ends_at`.

    By the member or a coordinator of their home site. Raises Forbidden, Invalid, or Conflict when the member is covered
    in that time already, or when either of the two is needed elsewhere: the substitute is away, or the member stands in
    for somebody, in that time.
    """
    starts_at = starts_at or at
    _hold_to_period(starts_at, ends_at, at)
    may_set_cover(member, by)
    _lock_both(member, substitute)
    if member.pk == substitute.pk:
        raise Invalid.field("substitute", "Nobody stands in for themselves.")
    require_active(substitute)
    _refuse_clashes(member, substitute, starts_at, ends_at)
    cover = Cover(
        member=member, substitute=substitute, reason=reason, starts_at=starts_at, ends_at=ends_at, set_by_id=by.user_id
    )
    cover.hold_to_rules()
    cover.save(force_insert=True)
    _record_cover(cover, by=by, at=at, verb="teams.set_cover")
    sync_member(member=member, by=by, at=at)
    return cover


def _refuse_clashes(member: Member, substitute: Member, starts_at: datetime, ends_at: datetime) -> None:
    then = overlaps(starts_at, ends_at)
    if Cover.objects.filter(then, member=member).exists():
        raise Conflict("Somebody stands in for them in that time already.")
    if Cover.objects.filter(then, member=substitute).exists():
        raise Conflict(f"{substitute.user.name} is away in that time.")
    if Cover.objects.filter(then, substitute=member).exists():
        raise Conflict(
            f"{member.user.name} stands in for somebody in that time. Find another substitute for that first."
        )


@transaction.atomic
def end_cover(*, cover: Cover, by: Actor, at: datetime, ends_at: datetime | None = None) -> Cover:
    """End a cover earlier than planned, at `ends_at` (now). Raises Forbidden, Invalid, or Conflict when it is over."""
    cover = (
        Cover.objects.select_for_update(of=("self",))
        .select_related("member__user", "substitute__user")
        .get(pk=cover.pk)
    )
    may_set_cover(cover.member, by)
    cover.ends_at = _earlier(cover.starts_at, cover.ends_at, ends_at, at)
    cover.save(update_fields=["ends_at"])
    _record_cover(cover, by=by, at=at, verb="teams.end_cover")
    sync_member(member=cover.member, by=by, at=at)
    return cover


@transaction.atomic
def put_on_call(
    *,
    by: Actor,
    at: datetime,
    site: Site,
    discipline: Discipline,
    member: Member,
    ends_at: datetime,
    starts_at: datetime | None = None,
) -> OnCall:
    """Put a member on call for a discipline at a site; they see the site's patients for that time.

    Raises Forbidden, Invalid, or Conflict when somebody is on call for it in that time.
    """
    by.require(Permission.TEAMS_WRITE, site.pk)
    starts_at = starts_at or at
    _hold_to_period(starts_at, ends_at, at)
    require_active(member)
    Site.locked(site)
    if OnCall.objects.filter(overlaps(starts_at, ends_at), site=site, discipline=discipline).exists():
        raise Conflict("Somebody is on call for this discipline at this site in that time already.")
    duty = OnCall(
        site=site, discipline=discipline, member=member, starts_at=starts_at, ends_at=ends_at, set_by_id=by.user_id
    )
    duty.hold_to_rules()
    duty.save(force_insert=True)
    _record_duty(duty, by=by, at=at, verb="teams.put_on_call")
    accounts.grant_on_call(
        user_id=member.user_id, site_id=site.pk, source_id=duty.pk, by=by, at=at, starts_at=starts_at, ends_at=ends_at
    )
    return duty


@transaction.atomic
def end_on_call(*, on_call: OnCall, by: Actor, at: datetime, ends_at: datetime | None = None) -> OnCall:
    """End a duty earlier than planned, at `ends_at` (now). Raises Forbidden, Invalid, or Conflict when it is over."""
    duty: OnCall = OnCall.objects.select_for_update(of=("self",)).get(pk=on_call.pk)
    by.require(Permission.TEAMS_WRITE, duty.site_id)
    duty.ends_at = _earlier(duty.starts_at, duty.ends_at, ends_at, at)
    duty.save(update_fields=["ends_at"])
    _record_duty(duty, by=by, at=at, verb="teams.end_on_call")
    accounts.end_grants_of(source_id=duty.pk, by=by, at=at, ends_at=duty.ends_at)
    return duty


def _hold_to_period(starts_at: datetime, ends_at: datetime, at: datetime) -> None:
    if starts_at < at:
        raise Invalid.field("starts_at", "The start cannot lie in the past.")
    if ends_at <= starts_at:
        raise Invalid.field("ends_at", "The end must be after the start.")


def _earlier(starts_at: datetime, planned: datetime, ends_at: datetime | None, at: datetime) -> datetime:
    if planned <= at:
        raise Conflict("That is over already.")
    ends_at = ends_at or at
    if not at <= ends_at <= planned:
        raise Invalid.field("ends_at", "The end lies between now and the planned end.")
    return max(starts_at, ends_at)


def _lock_both(*members: Member) -> None:
    """Lock the members in the order of their ids, so that two rosters cannot wait for each other."""
    ids = [member.pk for member in members]
    list(Member.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk").values_list("pk"))


def _record_cover(cover: Cover, *, by: Actor, at: datetime, verb: str) -> None:
    changes = audit.created(cover, "member", "substitute", "starts_at", "ends_at")
    audit.record(by=by, at=at, verb=verb, subject=cover, site_id=cover.member.user.home_site_id, changes=changes)
    member_changed.send(sender=Cover, user_id=cover.member.user_id, at=at)


def _record_duty(duty: OnCall, *, by: Actor, at: datetime, verb: str) -> None:
    changes = audit.created(duty, "site", "discipline", "member", "starts_at", "ends_at")
    audit.record(by=by, at=at, verb=verb, subject=duty, site_id=duty.site_id, changes=changes)
    member_changed.send(sender=OnCall, user_id=duty.member.user_id, at=at)
