"""The due work of this room: looking at referrals, one a transaction, so that one that fails holds up nobody."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Case, IntegerField, Min, QuerySet, Value, When

from apps.accounts.actors import Careteam
from apps.common.clock import AppNow, app_now
from apps.referrals import operations
from apps.referrals.models import Referral
from apps.referrals.operations.looking import locked

log = structlog.get_logger(__name__)

BATCH = 20
TRY_AGAIN = timedelta(seconds=60)
Urgency = Referral.Urgency
RANK = {Urgency.STAT: 0, Urgency.URGENT: 1, Urgency.ROUTINE: 2}


def oldest() -> datetime | None:
    """Since when the oldest look is due."""
    found: datetime | None = _due().aggregate(oldest=Min("look_at"))["oldest"]
    return found


def _due() -> QuerySet[Referral]:
    return Referral.objects.filter(look_at__lte=AppNow())


def drain() -> int:
    """Look at a batch of referrals, what presses most first; returns how many were looked at."""
    rank = Case(
        *[When(urgency=urgency, then=Value(place)) for urgency, place in RANK.items()], output_field=IntegerField()
    )
    rows = _due().annotate(rank=rank).order_by("rank", "look_at").values_list("pk", flat=True)
    return sum(_one(pk) for pk in list(rows[:BATCH]))


def _one(pk: UUID) -> int:
    """Read afresh: while others of the batch were looked at, it may have been moved, or looked at by another worker."""
    row = _due().filter(pk=pk).first()
    if row is None:
        return 0
    try:
        with transaction.atomic():
            # Whoever moves it now is waited for first: it is looked at as of a moment after their move, never before it.
            locked(row)
            at = app_now()
            operations.look(referral=row, by=Careteam(at=at), at=at)
    except Exception as error:
        # It is tried again in a minute, loudly each time; the ones behind it must not wait for it.
        log.exception("looking at a referral failed", referral=str(pk))
        fault = f"{type(error).__module__}.{type(error).__qualname__}"
        Referral.objects.filter(pk=pk, look_at__lte=AppNow()).update(look_at=AppNow() + TRY_AGAIN, last_error=fault)
    else:
        Referral.objects.filter(pk=pk).exclude(last_error="").update(last_error="")
    return 1
