"""The due work of this room: working out what is due, asking for reviews."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Min, QuerySet

from apps.accounts.actors import Careteam
from apps.common.clock import AppNow, app_now
from apps.patients.models import Patient
from apps.plans import operations
from apps.plans.models import ResponseReview, Upkeep

log = structlog.get_logger(__name__)

BATCH = 20
TRY_AGAIN = timedelta(seconds=60)


def oldest_upkeep() -> datetime | None:
    """Since when the oldest patient whose dues are to be worked out is due."""
    found: datetime | None = _upkeep().aggregate(oldest=Min("due_at"))["oldest"]
    return found


def _upkeep() -> QuerySet[Upkeep]:
    return Upkeep.objects.filter(due_at__lte=AppNow())


def drain_upkeep() -> int:
    """Work out what is due for a batch of patients, each in a transaction of its own; returns how many."""
    found = list(_upkeep().order_by("due_at").values_list("patient_id", flat=True)[:BATCH])
    return sum(_one(patient_id) for patient_id in found)


def _one(patient_id: UUID) -> int:
    try:
        with transaction.atomic():
            # Whoever records a fact about the patient holds this lock, too, so that no fact lands in between.
            rows = Patient.objects.select_related("site").select_for_update(of=("self",), no_key=True, skip_locked=True)
            patient = rows.filter(pk=patient_id).first()
            if patient is None or not _upkeep().filter(patient=patient).exists():
                return 0
            at = app_now()
            operations.refresh(patient=patient, by=Careteam(at=at), at=at)
    except Exception as error:
        log.exception("working out what is due failed", patient=str(patient_id))
        Upkeep.objects.filter(patient=patient_id).update(due_at=AppNow() + TRY_AGAIN, last_error=_named(error))
    return 1


def oldest_review() -> datetime | None:
    """Since when the oldest review that nobody was asked for is due."""
    found: datetime | None = _reviews().aggregate(oldest=Min("nudge_at"))["oldest"]
    return found


def _reviews() -> QuerySet[ResponseReview]:
    return ResponseReview.objects.filter(nudge_at__lte=AppNow(), state=ResponseReview.State.SCHEDULED)


def drain_reviews() -> int:
    """Ask for a batch of reviews that are due, each in a transaction of its own; returns how many were looked at."""
    found = list(_reviews().order_by("nudge_at").values_list("pk", flat=True)[:BATCH])
    return sum(_ask(pk) for pk in found)


def _ask(pk: UUID) -> int:
    """Read afresh: while others of the batch were asked for, it may have been held, cancelled, or moved to another record."""
    row = _reviews().filter(pk=pk).first()
    if row is None:
        return 0
    at = app_now()
    try:
        operations.ask_for_review(response_review=row, by=Careteam(at=at), at=at)
    except Exception as error:
        # The next ones must not wait for it; it stays due, a minute later.
        log.exception("asking for a review failed", review=str(pk))
        waiting = ResponseReview.objects.filter(pk=pk, state=ResponseReview.State.SCHEDULED, nudge_at__isnull=False)
        waiting.update(nudge_at=AppNow() + TRY_AGAIN, last_error=_named(error))
    else:
        ResponseReview.objects.filter(pk=pk).exclude(last_error="").update(last_error="")
    return 1


def _named(error: Exception) -> str:
    """Which fault it was, without its words: they may name the patient."""
    return f"{type(error).__module__}.{type(error).__qualname__}"


def make_all_due() -> int:
    """Everybody's dues are worked out once a day, too, spread over it: knowledge changes, and children grow up."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE plans_upkeep SET due_at = LEAST(due_at, app_now() + random() * interval '20 hours')")
        return int(cursor.rowcount)
