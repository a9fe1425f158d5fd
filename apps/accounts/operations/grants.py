"""Who is what, where, and for how long."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.models import RoleGrant, Site, User
from apps.accounts.permissions import GIVEN_BY_HAND, Permission, Role
from apps.accounts.signals import user_changed
from apps.audit import operations as audit
from apps.common.models import overlaps
from apps.common.refusals import Conflict, Invalid


@transaction.atomic
def grant_role(
    *,
    user: User,
    site: Site,
    role: str,
    by: Actor,
    at: datetime,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> RoleGrant:
    """Make somebody something at a site, from `starts_at` (now, unless said) until `ends_at` (open, unless said).

    Raises Forbidden, Conflict when they are that already in this time, Invalid for a role that is not given by hand, one
    that does not fit the kind of account, or a period that ends before it starts.
    """
    by.require(Permission.ACCOUNTS_WRITE, site.pk)
    _fits(user, role)
    starts_at = starts_at or at
    if ends_at is not None and ends_at <= starts_at:
        raise Invalid.field("ends_at", "The end must be after the start.")
    User.locked(user)
    if RoleGrant.objects.filter(overlaps(starts_at, ends_at), user=user, site=site, role=role).exists():
        raise Conflict("They have this role at this site in that time already.")
    grant = RoleGrant.objects.create(
        user=user, site=site, role=role, starts_at=starts_at, ends_at=ends_at, granted_by_id=by.user_id
    )
    _record(grant, by=by, at=at, verb="accounts.grant_role")
    return grant


def _fits(user: User, role: str) -> None:
    if role not in GIVEN_BY_HAND:
        raise Invalid.field("role", "This role is not given by hand.")
    if (role == Role.SERVICE) != (user.kind == User.Kind.SERVICE):
        raise Invalid.field("role", "The role “service” is for service accounts, and they have no other.")


@transaction.atomic
def end_grant(*, grant: RoleGrant, by: Actor, at: datetime, ends_at: datetime | None = None) -> RoleGrant:
    """End a grant at `ends_at` (now, unless said). Raises Forbidden, or Conflict when it has ended or follows from a roster."""
    grant = RoleGrant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
    by.require(Permission.ACCOUNTS_WRITE, grant.site_id)
    if grant.source_id is not None:
        raise Conflict("Being on call ends with the roster.")
    if grant.ends_at is not None and grant.ends_at <= at:
        raise Conflict("This grant has ended already.")
    return _end(grant, by=by, at=at, ends_at=ends_at or at)


def _end(grant: RoleGrant, *, by: Actor, at: datetime, ends_at: datetime) -> RoleGrant:
    if ends_at < at:
        raise Invalid.field("ends_at", "What has happened stays: the end cannot lie in the past.")
    grant.ends_at = max(ends_at, grant.starts_at)
    grant.save(update_fields=["ends_at"])
    _record(grant, by=by, at=at, verb="accounts.end_grant")
    user_changed.send(sender=RoleGrant, user_id=grant.user_id, at=at)
    return grant


@transaction.atomic
def grant_on_call(
    *,
    user_id: UUID,
    site_id: UUID,
    source_id: UUID,
    by: Actor,
    at: datetime,
    starts_at: datetime,
    ends_at: datetime,
) -> RoleGrant:
    """Let somebody see a site's patients while they are on call for it; `source_id` is the line of the roster."""
    grant = RoleGrant.objects.create(
        user_id=user_id, site_id=site_id, role=Role.ON_CALL, source_id=source_id,
        starts_at=starts_at, ends_at=ends_at, granted_by_id=by.user_id,
    )  # fmt: skip
    _record(grant, by=by, at=at, verb="accounts.grant_role")
    return grant


@transaction.atomic
def end_grants_of(*, source_id: UUID, by: Actor, at: datetime, ends_at: datetime) -> None:
    """End the grants that follow from a line of the roster, when that line ends earlier than planned."""
    for grant in RoleGrant.objects.select_for_update(of=("self",)).filter(source_id=source_id, ends_at__gt=ends_at):
        _end(grant, by=by, at=at, ends_at=ends_at)


def _record(grant: RoleGrant, *, by: Actor, at: datetime, verb: str) -> None:
    fields = ("user", "site", "role", "starts_at", "ends_at", "source_id")
    audit.record(by=by, at=at, verb=verb, subject=grant, site_id=grant.site_id, changes=audit.created(grant, *fields))
