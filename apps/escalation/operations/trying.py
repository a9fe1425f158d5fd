"""Trying a wording out before it is signed: asking for it, and writing down what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common import due
from apps.common.refusals import Conflict, Forbidden, Invalid
from apps.escalation.models import CriterionVersion, TestResult, Trial
from apps.escalation.operations.holding import held

QUEUE = "escalation.trials"
TRY_AGAIN = timedelta(seconds=60)
State = CriterionVersion.State


@dataclass(frozen=True)
class Result:
    """How one journey or vector went; `difference` says what was expected and what happened, where it failed."""

    journey: str
    title: str
    passed: bool
    difference: str
    ran_at: datetime


@transaction.atomic
def ask_for_test(*, criterion_version: CriterionVersion, by: Actor, at: datetime, version: int | None = None) -> Trial:
    """Ask that every journey and vector naming the criterion be played with this text, by a worker.

    Raises Forbidden, Stale, or Conflict when the version is retired or waits for a test already.
    """
    return _ask(criterion_version, Trial.Kind.TEST, by, at, version)


@transaction.atomic
def ask_for_backtest(
    *, criterion_version: CriterionVersion, by: Actor, at: datetime, since: datetime, version: int | None = None
) -> Trial:
    """Ask that this text be run over what was recorded from `since` on, beside the version that is on.

    Raises Forbidden, Stale, Invalid when `since` is not in the past, or Conflict as `ask_for_test` does.
    """
    if since >= at:
        raise Invalid.field("since", "This must lie in the past.")
    return _ask(criterion_version, Trial.Kind.BACKTEST, by, at, version, since)


def _ask(
    criterion_version: CriterionVersion, kind: Trial.Kind, by: Actor, at: datetime, version: int | None,
    since: datetime | None = None,
) -> Trial:  # fmt: skip
    if not by.may(Permission.CRITERIA_WRITE) and not by.may(Permission.CRITERIA_SIGN):
        raise Forbidden(f"This needs the permission {Permission.CRITERIA_WRITE} or {Permission.CRITERIA_SIGN}.")
    row = held(criterion_version, version)
    if row.state == State.RETIRED:
        raise Conflict("A retired version is not tried out: write a new version of it.")
    if row.trials.filter(kind=kind, state=Trial.State.WAITING, digest=row.digest, since=since).exists():
        raise Conflict("This is being tried out already.")
    trial = Trial.objects.create(
        criterion_version=row, kind=kind, since=since, digest=row.digest, asked_by_id=by.user_id, asked_at=at, due_at=at
    )
    _record(
        trial, by, at, "escalation.ask_for_trial", audit.created(trial, "criterion_version", "kind", "since", "digest")
    )
    due.wake(QUEUE)
    return trial


@transaction.atomic
def finish_test(
    *, trial: Trial, results: Sequence[Result], by: Actor, at: datetime, written_at: datetime | None = None
) -> Trial:
    """Write down how each journey went; a draft whose text is still the one that was played is tested by it.
    `written_at` is when that text had been written: one that was changed and changed back was not played throughout.

    Raises Conflict when the text was changed meanwhile, or somebody else has finished it.
    """
    trial = _waiting(trial)
    row = held(trial.criterion_version)
    if row.digest != trial.digest or written_at not in {None, row.written_at}:
        raise Conflict("The text was changed meanwhile: ask for a test of what it says now.")
    TestResult.objects.bulk_create([TestResult(trial=trial, **vars(one)) for one in results])
    trial.result = {"passed": sum(one.passed for one in results), "failed": sum(not one.passed for one in results)}
    _end(trial, Trial.State.DONE, by, at)
    if row.state == State.DRAFT:
        audit.record(
            by=by, at=at, verb="escalation.tested", subject=row, changes=row.change(state=State.TESTED)
        )  # fmt: skip
    return trial


@transaction.atomic
def finish_backtest(*, trial: Trial, result: dict[str, Any], by: Actor, at: datetime) -> Trial:
    """Write down what a backtest found. Raises Conflict when somebody else has finished it."""
    trial = _waiting(trial)
    trial.result = result
    _end(trial, Trial.State.DONE, by, at)
    return trial


@transaction.atomic
def fail_trial(*, trial: Trial, error: str, by: Actor, at: datetime, final: bool = False) -> Trial:
    """Keep why it could not be done: it is tried once more, and has failed after that, or at once when that is `final`.

    Raises Conflict when somebody else has finished it.
    """
    trial = _waiting(trial)
    again = not final and not trial.error
    trial.error = error[:300]
    if again:
        trial.due_at, trial.lease_until, trial.lease_token = at + TRY_AGAIN, None, None
        trial.save(update_fields=["error", "due_at", "lease_until", "lease_token"])
        return trial
    _end(trial, Trial.State.FAILED, by, at)
    return trial


def _waiting(trial: Trial) -> Trial:
    """The trial locked, while it is still held by whoever took it."""
    rows = Trial.objects.select_related("criterion_version").select_for_update(of=("self",), no_key=True)
    fresh: Trial | None = rows.filter(pk=trial.pk, state=Trial.State.WAITING, lease_token=trial.lease_token).first()
    if fresh is None:
        raise Conflict("Somebody else has finished this trial.")
    return fresh


def _end(trial: Trial, state: Trial.State, by: Actor, at: datetime) -> None:
    before = trial.state
    trial.state, trial.done_at, trial.due_at, trial.lease_until, trial.lease_token = state, at, None, None, None
    trial.error = trial.error if state == Trial.State.FAILED else ""
    trial.save()
    _record(trial, by, at, "escalation.end_trial", {"state": (before, trial.state)})


def _record(trial: Trial, by: Actor, at: datetime, verb: str, changes: dict[str, tuple[Any, Any]]) -> None:
    audit.record(by=by, at=at, verb=verb, subject=trial, changes=changes)
