"""Saying that something was recorded wrongly: the same for every kind of fact."""

from datetime import datetime

from django.db import transaction

from apps.accounts.actors import Actor
from apps.common.refusals import Invalid
from apps.observations.models import Fact, Resolution
from apps.observations.operations.base import AnyFact, locked, tell
from apps.observations.operations.conditions import reopen
from apps.patients.operations.recording import note


@transaction.atomic
def enter_in_error(*, fact: AnyFact, by: Actor, at: datetime, reason: str) -> AnyFact:
    """Say that a fact was recorded wrongly, and why. It stays readable; what a resolution had closed is open again.

    Raises Forbidden, Invalid without a reason, or Conflict when the fact stands no longer.
    """
    fact = locked(fact, by)
    before = fact.status
    fact.status, fact.error_reason, fact.error_at = Fact.Status.ENTERED_IN_ERROR, reason.strip(), at
    if not fact.error_reason:
        raise Invalid.field("reason", "Say what was wrong.")
    if isinstance(fact, Resolution):
        reopen(fact, by=by, at=at)
    fact.save(update_fields=["status", "error_reason", "error_at"])
    changes = {"status": (before, fact.status), "error_reason": ("", reason)}
    note(fact, by=by, at=at, verb="observations.enter_in_error", changes=changes)
    tell(fact, at=at)
    return fact
