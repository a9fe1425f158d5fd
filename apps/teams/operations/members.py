"""Members and how they can be reached."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, TypedDict

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.models import overlaps
from apps.common.refusals import Conflict, Forbidden, Invalid
from apps.knowledge.models import Discipline
from apps.teams.models import Member, WorkingHours
from apps.teams.signals import member_changed


class Hours(TypedDict):
    """One stretch of working hours: Monday is 0."""

    weekday: int
    starts: time
    ends: time


@transaction.atomic
def add_member(
    *,
    by: Actor,
    at: datetime,
    user: User,
    discipline: Discipline,
    channels: Sequence[str] = (Member.Channel.IN_APP, Member.Channel.EMAIL),
    time_zone: str = "",
    quiet_from: time | None = None,
    quiet_until: time | None = None,
    working_hours: Sequence[Hours] = (),
) -> Member:
    """Make a person a possible member of care teams. Raises Forbidden, Invalid, or Conflict when they are one already."""
    by.require(Permission.TEAMS_WRITE, user.home_site_id)
    if user.kind != User.Kind.PERSON:
        raise Invalid.field("user", "A service account cannot be a member of a care team.")
    User.locked(user)
    if Member.objects.filter(user=user).exists():
        raise Conflict("This person is a member already.")
    member = Member(
        user=user,
        discipline=discipline,
        channels=list(channels),
        time_zone=time_zone,
        quiet_from=quiet_from,
        quiet_until=quiet_until,
    )
    member.hold_to_rules()
    member.save(force_insert=True)
    _set_hours(member, working_hours)
    _record(
        member, by=by, at=at, verb="teams.add_member", changes=audit.created(member, "user", "discipline", "channels")
    )
    return member


@transaction.atomic
def change_member(
    *,
    member: Member,
    by: Actor,
    at: datetime,
    version: int | None = None,
    working_hours: Sequence[Hours] | None = None,
    **values: Any,
) -> Member:
    """Change discipline, channels, time zone, quiet or working hours.

    By a coordinator of the home site; one's own channels and hours also by oneself. Raises Forbidden, Stale or Invalid.
    """
    member = Member.locked(member, version)
    _may_change(member, by, set(values))
    changes = member.change(**values)
    if working_hours is not None:
        before = [str(hours) for hours in member.working_hours.all()]
        _set_hours(member, working_hours)
        changes["working_hours"] = (before, [str(hours) for hours in member.working_hours.all()])
        if "version" not in changes and len(changes) == 1:
            member.version += 1
            member.save(update_fields=["version"])
    if changes:
        _record(member, by=by, at=at, verb="teams.change_member", changes=changes)
    return member


def _may_change(member: Member, by: Actor, fields: set[str]) -> None:
    own = by.user_id == member.user_id and by.in_scope(Permission.COVER_OWN)
    if own and not fields - {"channels", "time_zone", "quiet_from", "quiet_until"}:
        return
    by.require(Permission.TEAMS_WRITE, member.user.home_site_id)


def _set_hours(member: Member, working_hours: Sequence[Hours]) -> None:
    rows = [WorkingHours(member=member, **hours) for hours in working_hours]
    for row in rows:
        row.hold_to_rules()
        if row.starts >= row.ends:
            raise Invalid.field("working_hours", "Working hours end after they start; split those that pass midnight.")
    for one in rows:
        if any(o is not one and o.weekday == one.weekday and o.starts < one.ends and one.starts < o.ends for o in rows):
            raise Invalid.field("working_hours", "Working hours of one day overlap.")
    member.working_hours.all().delete()
    WorkingHours.objects.bulk_create(rows)


@transaction.atomic
def deactivate_member(*, member: Member, by: Actor, at: datetime, version: int | None = None) -> Member:
    """Say that somebody no longer works in care teams.

    Raises Forbidden, Stale, or Conflict while they still belong to a team, stand in for somebody or are on call: each of
    these is handed over first, so that nobody is left without an owner.
    """
    member = Member.locked(member, version)
    by.require(Permission.TEAMS_WRITE, member.user.home_site_id)
    ties = {
        "belong to care teams": member.memberships.filter(overlaps(at, None)),
        "stand in for somebody": member.covering.filter(overlaps(at, None)),
        "are on call": member.on_calls.filter(overlaps(at, None)),
    }
    for tie, rows in ties.items():
        if rows.exists():
            raise Conflict(f"They still {tie} ({rows.count()}). Hand that over first.")
    return _activate(member, by=by, at=at, active=False)


@transaction.atomic
def reactivate_member(*, member: Member, by: Actor, at: datetime, version: int | None = None) -> Member:
    """Say that somebody works in care teams again. Raises Forbidden or Stale."""
    member = Member.locked(member, version)
    by.require(Permission.TEAMS_WRITE, member.user.home_site_id)
    return _activate(member, by=by, at=at, active=True)


def _activate(member: Member, *, by: Actor, at: datetime, active: bool) -> Member:
    changes = member.change(active=active)
    if changes:
        _record(
            member,
            by=by,
            at=at,
            verb="teams.reactivate_member" if active else "teams.deactivate_member",
            changes=changes,
        )
    return member


def require_active(member: Member) -> None:
    """Raise Conflict unless the member and their account are active."""
    if not (member.active and member.user.is_active):
        raise Conflict(f"{member.user.name} is not active.")


def may_set_cover(member: Member, by: Actor) -> None:
    """Raise Forbidden unless the actor coordinates the member's home site, or is the member."""
    if by.user_id == member.user_id and by.may(Permission.COVER_OWN):
        return
    if not by.may_at(Permission.TEAMS_WRITE, member.user.home_site_id):
        raise Forbidden("Cover is set by the person who will be away or by a coordinator of their home site.")


def _record(member: Member, *, by: Actor, at: datetime, verb: str, changes: dict[str, tuple[Any, Any]]) -> None:
    audit.record(by=by, at=at, verb=verb, subject=member, site_id=member.user.home_site_id, changes=changes)
    member_changed.send(sender=Member, user_id=member.user_id, at=at)
