"""What a site decides about its plans, and the secret addresses of calendars."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.accounts.actors import Actor
from apps.accounts.models import Site
from apps.accounts.permissions import Permission
from apps.accounts.secrets import new_secret
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Forbidden, Invalid
from apps.knowledge.models import Discipline, Prerequisite
from apps.plans.models import CalendarFeed, PlanPolicy

MOST_FEEDS = 10


@transaction.atomic
def set_policy(*, site: Site, by: Actor, at: datetime, version: int | None = None, **values: Any) -> PlanPolicy:
    """Decide for a site: second_approver, approving_disciplines, scheme, options. What is not named stays.

    What is due for the site's patients is worked out anew. Raises Forbidden, Stale or Invalid.
    """
    by.require(Permission.PLANS_POLICY, site.pk)
    found = PlanPolicy.objects.filter(site=site).first()
    if found is None:
        found = PlanPolicy.objects.create(site=site)
    policy = PlanPolicy.locked(found, version)
    _hold_codes(values)
    changes = policy.change(**values)
    if changes:
        audit.record(by=by, at=at, verb="plans.set_policy", subject=policy, site_id=site.pk, changes=changes)
        _make_all_due(site, at)
    return policy


def _hold_codes(values: dict[str, Any]) -> None:
    disciplines = values.get("approving_disciplines")
    if disciplines is not None:
        known = set(Discipline.objects.active().values_list("code", flat=True))
        if not disciplines or not set(disciplines) <= known:
            raise Invalid.field("approving_disciplines", "Name at least one discipline, by its code.")
    options = values.get("options")
    if options is not None:
        there = set(Prerequisite.objects.exclude(option="").values_list("option", flat=True))
        if not set(options) <= there:
            raise Invalid.field("options", f"Any of: {', '.join(sorted(there))}.")


def _make_all_due(site: Site, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE plans_upkeep SET due_at = LEAST(due_at, %s) FROM patients_patient WHERE patients_patient.id ="
            " plans_upkeep.patient_id AND patients_patient.site_id = %s",
            [at, site.pk],
        )


@transaction.atomic
def open_feed(*, by: Actor, at: datetime, name: str) -> tuple[CalendarFeed, str]:
    """Make a secret calendar address of one's own; the secret is given once and never again.

    Raises Forbidden, Invalid or Conflict.
    """
    if by.user_id is None or not by.may(Permission.PATIENTS_READ):
        raise Forbidden("A calendar is for people who look after patients.")
    if by.token_id is not None:
        # The address lasts longer than any token, so that a leaked one could breed.
        raise Forbidden("Calendars are made by a person who is logged in, not with a token.")
    if CalendarFeed.objects.filter(user=by.user_id, revoked_at__isnull=True).count() >= MOST_FEEDS:
        raise Conflict(f"You have {MOST_FEEDS} calendars: revoke one first.")
    secret = new_secret()
    row = CalendarFeed(user_id=by.user_id, name=name, prefix=secret.prefix, digest=secret.digest, made_at=at)
    row.hold_to_rules()
    row.save(force_insert=True)
    audit.record(by=by, at=at, verb="plans.open_feed", subject=row, changes=audit.created(row, "user", "prefix"))
    return row, secret.secret


@transaction.atomic
def revoke_feed(*, calendar_feed: CalendarFeed, by: Actor, at: datetime) -> CalendarFeed:
    """Let an address answer no longer. Raises Forbidden, or Conflict when it was revoked."""
    row = CalendarFeed.objects.select_for_update().get(pk=calendar_feed.pk)
    if row.user_id != by.user_id:
        raise Forbidden("This calendar is somebody else's.")
    if row.revoked_at is not None:
        raise Conflict("This calendar was revoked already.")
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    audit.record(by=by, at=at, verb="plans.revoke_feed", subject=row, changes={"revoked_at": (None, at)})
    return row
