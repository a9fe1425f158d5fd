"""The life of a wording once it is written: signed by a named clinician, switched on, retired."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Forbidden, Invalid
from apps.escalation.models import CriterionVersion, Trial
from apps.escalation.operations.holding import held, hold_words, look_at_everybody

State = CriterionVersion.State


@transaction.atomic
def sign(
    *, criterion_version: CriterionVersion, by: Actor, at: datetime, waiver: str = "", version: int | None = None
) -> CriterionVersion:
    """Sign a wording, as a clinician who did not write it. One that did not pass all its tests needs a reason (`waiver`).

    Raises Forbidden, Stale, Conflict, or Invalid: without the reason, or when it names what is not there any more.
    """
    row = _held(criterion_version, by, version)
    if not row.is_draft:
        raise Conflict(f"This version is {row.get_state_display().lower()} already.")
    if row.author_id == by.user_id_known:
        raise Forbidden("Nobody signs what they wrote themselves.")
    waiver = waiver.strip()
    if not waiver and (lacking := lacks(row)):
        raise Invalid.field("waiver", f"{lacking} Say why you sign it nevertheless.")
    hold_words(row)
    changes = row.change(state=State.SIGNED, signed_by_id=by.user_id, signed_at=at, waiver=waiver)
    _record(row, by, at, "escalation.sign", changes)
    return row


def lacks(row: CriterionVersion) -> str:
    """Why a wording cannot be signed without a reason, in a sentence; empty when it passed every journey and vector."""
    done = Trial.objects.filter(
        criterion_version=row, kind=Trial.Kind.TEST, digest=row.digest, state=Trial.State.DONE
    ).order_by("-done_at")
    last = done.first() if row.state == State.TESTED else None
    if last is None:
        return "This text has not been tested."
    results = list(last.results.values_list("passed", flat=True))
    if not results:
        return "No journey and no vector tests it."
    failed = results.count(False)
    return f"{failed} of its {len(results)} journeys and vectors did not come out as expected." if failed else ""


@transaction.atomic
def activate(
    *, criterion_version: CriterionVersion, by: Actor, at: datetime, version: int | None = None, at_once: bool = True
) -> CriterionVersion:
    """Switch a signed wording on; the one that was on is retired. Everybody in care is looked at by it now; without `at_once`,
    each at their next look.

    Raises Forbidden, Stale, Conflict or Invalid.
    """
    row = _held(criterion_version, by, version)
    if row.state != State.SIGNED:
        raise Conflict("Only a signed version can be switched on.")
    hold_words(row)
    active = CriterionVersion.objects.filter(criterion=row.criterion, state=State.ACTIVE)
    for former in active.select_for_update(no_key=True):
        _record(former, by, at, "escalation.retire", former.change(state=State.RETIRED, active_until=at))
    _record(row, by, at, "escalation.activate", row.change(state=State.ACTIVE, active_from=at))
    if at_once:
        look_at_everybody(at=at)
    return row


@transaction.atomic
def retire(
    *, criterion_version: CriterionVersion, by: Actor, at: datetime, version: int | None = None
) -> CriterionVersion:
    """Switch an active wording off: it fires no more; what it has opened stays open. One that was not on never will be.

    Raises Forbidden, Stale or Conflict.
    """
    row = _held(criterion_version, by, version)
    if row.state == State.RETIRED:
        raise Conflict("This version is retired already.")
    was_on = row.state == State.ACTIVE
    _record(row, by, at, "escalation.retire", row.change(state=State.RETIRED, active_until=at if was_on else None))
    if was_on:
        look_at_everybody(at=at)
    return row


def _held(row: CriterionVersion, by: Actor, version: int | None) -> CriterionVersion:
    by.require_anywhere(Permission.CRITERIA_SIGN)
    return held(row, version)


def _record(row: CriterionVersion, by: Actor, at: datetime, verb: str, changes: dict[str, tuple[Any, Any]]) -> None:
    audit.record(by=by, at=at, verb=verb, subject=row, changes=changes)
