"""Climbing ladders that are due: one nudge a transaction, so that one that fails holds up nobody."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Case, Min, QuerySet, Value, When

from apps.accounts.actors import Careteam
from apps.common.clock import AppNow, app_now
from apps.nudges import operations
from apps.nudges.models import RANK, Nudge

log = structlog.get_logger(__name__)

BATCH = 50
TRY_AGAIN = timedelta(seconds=60)


def oldest() -> datetime | None:
    """Since when the oldest step is due."""
    found: datetime | None = _due().aggregate(oldest=Min("next_step_at"))["oldest"]
    return found


def _due() -> QuerySet[Nudge]:
    return Nudge.objects.filter(next_step_at__lte=AppNow())


def drain() -> int:
    """Do the steps that are due, emergencies first; returns how many.

    A nudge that another worker has locked is left to that one.
    """
    rank = Case(*[When(severity=severity, then=Value(place)) for severity, place in RANK.items()])
    rows = _due().annotate(rank=rank).order_by("rank", "next_step_at").values_list("pk", flat=True)
    return sum(_step(nudge_id) for nudge_id in list(rows[:BATCH]))


def _step(nudge_id: UUID) -> int:
    try:
        with transaction.atomic():
            held = Nudge.objects.select_for_update(skip_locked=True).filter(pk=nudge_id, next_step_at__lte=AppNow())
            nudge = held.first()
            if nudge is None:
                return 0
            at = app_now()
            operations.step(nudge=nudge, by=Careteam(at=at), at=at)
            Nudge.objects.filter(pk=nudge_id).exclude(step_error="").update(step_error="")
    except Exception as error:
        # It is tried again in a minute, loudly each time; the ones behind it must not wait for it.
        log.exception("a step failed", nudge=str(nudge_id))
        Nudge.objects.filter(pk=nudge_id, next_step_at__lte=AppNow()).update(
            next_step_at=AppNow() + TRY_AGAIN, step_error=f"{type(error).__module__}.{type(error).__qualname__}"
        )
    return 1
