"""The life of a criterion's version: signed by a named clinician, switched on, retired."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Forbidden, Invalid
from apps.escalation import language
from apps.escalation.models import CriterionVersion
from apps.escalation.names import names

State = CriterionVersion.State


@transaction.atomic
def sign(
    *, criterion_version: CriterionVersion, by: Actor, at: datetime, waiver: str = "", version: int | None = None
) -> CriterionVersion:
    """Sign a wording, as a clinician who did not write it. One whose tests have not run needs a reason (`waiver`).

    Raises Forbidden, Stale, Conflict, or Invalid: without the reason, or when it names what is not there any more.
    """
    row = _held(criterion_version, by, version)
    if row.state not in {State.DRAFT, State.TESTED}:
        raise Conflict(f"This version is {row.get_state_display().lower()} already.")
    if row.author_id == by.user_id_known:
        raise Forbidden("Nobody signs what they wrote themselves.")
    if row.state == State.DRAFT and not waiver.strip():
        raise Invalid.field("waiver", "Its tests have not been run on this wording: say why you sign it nevertheless.")
    _check(row)
    changes = row.change(state=State.SIGNED, signed_by_id=by.user_id, signed_at=at, waiver=waiver.strip())
    _record(row, by, at, "escalation.sign", changes)
    return row


@transaction.atomic
def activate(
    *, criterion_version: CriterionVersion, by: Actor, at: datetime, version: int | None = None
) -> CriterionVersion:
    """Switch a signed wording on; the one that was on is retired. Patients are judged by it from the next pass on.

    Raises Forbidden, Stale, Conflict or Invalid.
    """
    row = _held(criterion_version, by, version)
    if row.state != State.SIGNED:
        raise Conflict("Only a signed version can be switched on.")
    _check(row)
    for former in CriterionVersion.objects.select_for_update().filter(criterion=row.criterion, state=State.ACTIVE):
        _record(former, by, at, "escalation.retire", former.change(state=State.RETIRED, active_until=at))
    _record(row, by, at, "escalation.activate", row.change(state=State.ACTIVE, active_from=at))
    return row


@transaction.atomic
def retire(
    *, criterion_version: CriterionVersion, by: Actor, at: datetime, version: int | None = None
) -> CriterionVersion:
    """Switch an active wording off: it fires no more; what it has opened stays open. Raises Forbidden, Stale or Conflict."""
    row = _held(criterion_version, by, version)
    if row.state == State.RETIRED:
        raise Conflict("This version is retired already.")
    until = at if row.state == State.ACTIVE else None
    _record(row, by, at, "escalation.retire", row.change(state=State.RETIRED, active_until=until))
    return row


def _held(row: CriterionVersion, by: Actor, version: int | None) -> CriterionVersion:
    by.require_anywhere(Permission.CRITERIA_SIGN)
    return CriterionVersion.locked(row, version)


def _check(row: CriterionVersion) -> None:
    texts = [row.when, *[variant["when"] for variant in row.variants]]
    for text in texts if row.clears == language.BY_PERSON else [*texts, row.clears]:
        try:
            language.check(text, parameters=row.parameters, names=names())
        except language.BadExpression as error:
            raise Invalid.field("when", str(error)) from None


def _record(row: CriterionVersion, by: Actor, at: datetime, verb: str, changes: dict[str, tuple[Any, Any]]) -> None:
    audit.record(by=by, at=at, verb=verb, subject=row, changes=changes)
