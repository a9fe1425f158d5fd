"""Recurring work: a due row like any other, so that no beat process is needed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from django.db import transaction
from django.db.models import Min, Q, QuerySet

from apps.common import due
from apps.common.clock import AppNow, app_now
from apps.common.models import RecurringJob

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)
TRY_AGAIN = timedelta(seconds=60)


@dataclass(frozen=True)
class Job:
    """What to run, and how often."""

    name: str
    every: timedelta
    run: Callable[[], object]


_jobs: dict[str, Job] = {}


def declare(job: Job) -> Job:
    """Make a job known. Raises ValueError when another one has its name."""
    if _jobs.get(job.name, job) != job:
        raise ValueError(f"there is a recurring job {job.name!r} already")
    _jobs[job.name] = job
    return job


def jobs() -> dict[str, Job]:
    """Every declared job, by name."""
    return dict(_jobs)


def plant() -> None:
    """Make the missing rows of declared jobs, due now."""
    now = app_now()
    rows = [RecurringJob(name=name, due_at=now) for name in _jobs]
    RecurringJob.objects.bulk_create(rows, ignore_conflicts=True)


def oldest() -> datetime | None:
    """Since when the oldest job that nobody holds is due."""
    found: datetime | None = _due().aggregate(oldest=Min("due_at"))["oldest"]
    return found


def drain() -> int:
    """Take one due job, run it outside any transaction, and set its next time; returns 1, or 0 when none is due."""
    row = _lease()
    if row is None:
        return 0
    job, error = _jobs[row.name], ""
    try:
        job.run()
    except Exception as failure:
        error = f"{type(failure).__module__}.{type(failure).__qualname__}"
        log.exception("recurring job failed", job=row.name)
    now = app_now()
    RecurringJob.objects.filter(name=row.name, lease_token=row.lease_token).update(
        due_at=now + (min(job.every, TRY_AGAIN) if error else job.every),
        lease_until=None,
        lease_token=None,
        last_finished_at=now,
        last_error=error,
    )
    return 1


def _due() -> QuerySet[RecurringJob]:
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=AppNow())
    return RecurringJob.objects.filter(free, name__in=_jobs, due_at__lte=AppNow())


@transaction.atomic
def _lease() -> RecurringJob | None:
    row = _due().select_for_update(skip_locked=True).order_by("due_at").first()
    if row is not None:
        now = app_now()
        row.lease_until, row.lease_token, row.last_started_at = now + LEASE, uuid4(), now
        row.save(update_fields=["lease_until", "lease_token", "last_started_at"])
    return row


QUEUE = due.declare(due.DueQueue("recurring", "apps.common.tasks.run_recurring", oldest, drain))
