"""Addresses that refuse mail."""

from datetime import datetime

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.nudges.models import BrokenAddress


@transaction.atomic
def try_address_again(*, broken: BrokenAddress, by: Actor, at: datetime) -> BrokenAddress:
    """Say that an address works again. Raises Forbidden for somebody who does not coordinate the person's home site."""
    site_id = broken.user.home_site_id
    by.require(Permission.TEAMS_WRITE, site_id)
    audit.record(
        by=by,
        at=at,
        verb="nudges.try_address_again",
        subject=broken,
        site_id=site_id,
        changes={"user": (broken.user, None)},
    )
    BrokenAddress.objects.filter(pk=broken.pk).delete()
    return broken
