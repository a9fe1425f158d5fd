"""Sites and their holidays."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.models import Holiday, RoleGrant, Site
from apps.accounts.permissions import Permission, Role
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Invalid


@transaction.atomic
def open_site(*, by: Actor, at: datetime, code: str, name: str, time_zone: str) -> Site:
    """Open a site; whoever opens it becomes its administrator.

    Raises Forbidden unless the actor administers some site, Invalid when a field breaks its rule or is taken.
    """
    by.require_anywhere(Permission.ACCOUNTS_WRITE)
    site = Site(code=code, name=name, time_zone=time_zone)
    site.hold_to_rules()
    _unique(site, code=site.code, name=site.name)
    site.save(force_insert=True)
    audit.record(
        by=by,
        at=at,
        verb="accounts.open_site",
        subject=site,
        site_id=site.pk,
        changes=audit.created(site, "code", "name", "time_zone"),
    )
    if by.user_id is not None:
        grant = RoleGrant.objects.create(user_id=by.user_id, site=site, role=Role.ADMINISTRATOR, starts_at=at)
        audit.record(
            by=by,
            at=at,
            verb="accounts.grant_role",
            subject=grant,
            site_id=site.pk,
            changes=audit.created(grant, "role"),
        )
    return site


@transaction.atomic
def change_site(*, site: Site, by: Actor, at: datetime, version: int | None = None, **values: Any) -> Site:
    """Change a site's code, name, time zone or whether it is active.

    Raises Forbidden, Stale, or Invalid when a field breaks its rule or is taken.
    """
    site = Site.locked(site, version)
    by.require(Permission.ACCOUNTS_WRITE, site.pk)
    _unique(site, **{field: values[field] for field in ("code", "name") if field in values})
    changes = site.change(**values)
    if changes:
        audit.record(by=by, at=at, verb="accounts.change_site", subject=site, site_id=site.pk, changes=changes)
    return site


def _unique(site: Site, **wanted: str) -> None:
    for field, value in wanted.items():
        if Site.objects.filter(**{field: value}).exclude(pk=site.pk).exists():
            raise Invalid.field(field, f"Another site has this {field}.")


@transaction.atomic
def add_holiday(*, site: Site, by: Actor, at: datetime, on: date, name: str) -> Holiday:
    """Add a day on which the site does not work. Raises Forbidden, or Conflict when the day is one already."""
    by.require(Permission.ACCOUNTS_WRITE, site.pk)
    holiday = Holiday(site=site, on=on, name=name)
    holiday.hold_to_rules()
    Site.locked(site)
    if site.holidays.filter(on=on).exists():
        raise Conflict("That day is a holiday of this site already.")
    holiday.save(force_insert=True)
    audit.record(
        by=by,
        at=at,
        verb="accounts.add_holiday",
        subject=holiday,
        site_id=site.pk,
        changes=audit.created(holiday, "on", "name"),
    )
    return holiday


@transaction.atomic
def remove_holiday(*, holiday: Holiday, by: Actor, at: datetime) -> None:
    """Make the day a working day again. Raises Forbidden, or Conflict when somebody else just did."""
    by.require(Permission.ACCOUNTS_WRITE, holiday.site_id)
    if not Holiday.objects.select_for_update(of=("self",)).filter(pk=holiday.pk).exists():
        raise Conflict("That day is a working day already.")
    audit.record(
        by=by, at=at, verb="accounts.remove_holiday", subject=holiday, site_id=holiday.site_id,
        changes={"on": (holiday.on, None), "name": (holiday.name, None)},
    )  # fmt: skip
    holiday.delete()
