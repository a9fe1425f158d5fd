"""The due work of governance: trying out wordings, one at a time in the whole installation, so that it never stands before
asking people.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from django.db import transaction
from django.db.models import Max, Min, QuerySet

from apps.accounts.actors import Careteam
from apps.common.clock import AppNow, app_now
from apps.common.refusals import Conflict, Invalid
from apps.escalation import backtest, journeys, operations
from apps.escalation.models import CriterionVersion, Trial
from apps.escalation.operations.trying import Result

log = structlog.get_logger(__name__)

#: Renewed with every journey and every batch of patients. What a crash leaves behind waits for no longer.
LEASE = timedelta(minutes=10)
GONE = "Whoever was at it went away before it was done."


def oldest() -> datetime | None:
    """Since when the oldest trial is due; nothing while one is going on. One that waited for another waits since that ended."""
    due: datetime | None = _waiting().filter(due_at__lte=AppNow()).aggregate(oldest=Min("due_at"))["oldest"]
    if due is None or _waiting().filter(lease_until__gt=AppNow()).exists():
        return None
    last: datetime | None = Trial.objects.aggregate(last=Max("done_at"))["last"]
    return max(due, last) if last is not None else due


def drain() -> int:
    """Try one out; returns how many that were."""
    trial = take()
    if trial is None:
        return 0
    run(trial)
    return 1


@transaction.atomic
def take(chosen: Trial | None = None) -> Trial | None:
    """Lease the trial that waits longest, or a chosen one; None when there is none, or another one is going on.

    One whose worker went away is taken once more; when that happens again, it has failed.
    """
    now = app_now()
    # All of them are locked, so that two workers cannot each take one.
    rows = list(_waiting().select_for_update(no_key=True).order_by("due_at", "pk"))
    if any(row.lease_until is not None and row.lease_until > now for row in rows):
        return None
    due = [
        row for row in rows if row.due_at is not None and row.due_at <= now and (chosen is None or row.pk == chosen.pk)
    ]
    return next((row for row in due if _lease(row, now)), None)


def _lease(row: Trial, now: datetime) -> bool:
    if row.lease_token is not None:
        if row.error:
            operations.fail_trial(trial=row, error=GONE, by=Careteam(at=now), at=now, final=True)
            return False
        row.error = GONE
    row.lease_token, row.lease_until = uuid4(), now + LEASE
    row.save(update_fields=["error", "lease_token", "lease_until"])
    return True


def run(trial: Trial) -> None:
    """Do a trial that was leased, and write down what came of it, or why nothing did."""
    try:
        _do(trial)
    except (Conflict, Invalid) as refusal:
        _fail(trial, refusal.detail, final=True)
    except journeys.BadJourney as error:
        _fail(trial, str(error), final=True)
    except Exception as error:
        log.exception("a trial failed", trial=str(trial.pk))
        # Which fault it was, without its words: they may name a patient.
        _fail(trial, f"{type(error).__module__}.{type(error).__qualname__}", final=False)


def _do(trial: Trial) -> None:
    version = CriterionVersion.objects.select_related("criterion").get(pk=trial.criterion_version_id)
    if version.digest != trial.digest:
        raise Conflict("The text was changed before this was done.")
    if trial.kind == Trial.Kind.TEST:
        results = _play(trial, version)
        operations.finish_test(
            trial=trial, results=results, by=_careteam(), at=app_now(), written_at=version.written_at
        )
    else:
        found = _look_back(trial, version)
        operations.finish_backtest(trial=trial, result=found, by=_careteam(), at=app_now())


def _play(trial: Trial, version: CriterionVersion) -> list[Result]:
    """Play every journey and vector that names the criterion."""
    results = []
    for journey in journeys.for_code(version.criterion.code):
        outcome = journeys.play(journey, versions=[version])
        results.append(Result(journey.id, journey.title, outcome.passed, outcome.difference, app_now()))
        _renew(trial)
    return results


def _look_back(trial: Trial, version: CriterionVersion) -> dict[str, object]:
    """Run it over what was recorded."""
    found = backtest.run(version, since=trial.since, until=trial.asked_at, progress=lambda _done, _all: _renew(trial))
    return found.plain()


def _renew(trial: Trial) -> None:
    Trial.objects.filter(pk=trial.pk, lease_token=trial.lease_token).update(lease_until=AppNow() + LEASE)


def _fail(trial: Trial, error: str, *, final: bool) -> None:
    with suppress(Conflict):
        operations.fail_trial(trial=trial, error=error, by=_careteam(), at=app_now(), final=final)


def _careteam() -> Careteam:
    return Careteam(at=app_now())


def _waiting() -> QuerySet[Trial]:
    return Trial.objects.filter(state=Trial.State.WAITING)
