"""Writing down a wording of a criterion: a new one, or another one of a criterion that is there."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Forbidden, Invalid
from apps.escalation import wording
from apps.escalation.models import Criterion, CriterionVersion, digest_of
from apps.escalation.operations.holding import held

State = CriterionVersion.State


@transaction.atomic
def draft(
    *,
    by: Actor,
    at: datetime,
    criterion: str = "",
    group: str = "",
    based_on: CriterionVersion | None = None,
    **content: Any,
) -> CriterionVersion:
    """Write a wording: from another one (`based_on`), changed in what `content` says, or a whole new one under a code.

    `group` belongs to a code that is not there yet. It is a draft, its author is whoever writes it, and nothing fires by it.
    Raises Forbidden, or Invalid, naming each field.
    """
    by.require_anywhere(Permission.CRITERIA_WRITE)
    author = by.user_id_known
    row = based_on.criterion if based_on is not None else _criterion(criterion, group, by, at)
    if based_on is not None and criterion not in {"", row.code}:
        raise Invalid.field("criterion", f"It is based on a wording of {row.code}.")
    whole = wording.complete({**(based_on.content if based_on is not None else {}), **content})
    wording.hold(whole, wording.known({row.code}), code=row.code)
    return write_down(criterion=row, content=whole, author_id=author, based_on=based_on, by=by, at=at)


def _criterion(code: str, group: str, by: Actor, at: datetime) -> Criterion:
    """The criterion of this code; a new one where there is none yet."""
    there: Criterion | None = Criterion.objects.filter(code=code).first()
    if there is not None:
        if group not in {"", there.group}:
            raise Invalid.field("group", f"{code} belongs to “{there.get_group_display()}”.")
        return there
    row = Criterion(code=code, group=group)
    row.hold_to_rules()
    row.save(force_insert=True)
    audit.record(
        by=by, at=at, verb="escalation.add_criterion", subject=row, changes=audit.created(row, "code", "group")
    )
    return row


def write_down(
    *,
    criterion: Criterion,
    content: dict[str, Any],
    by: Actor,
    at: datetime,
    author_id: Any = None,
    based_on: CriterionVersion | None = None,
    verb: str = "escalation.draft",
) -> CriterionVersion:
    """Put a content that was held to its rules beside the other wordings of its criterion, as the next draft.

    Call it in a transaction. Raises Invalid where a text is too long for its column.
    """
    # Two who write at once get two numbers.
    Criterion.objects.select_for_update(no_key=True).get(pk=criterion.pk)
    last = criterion.versions.aggregate(last=Max("number"))["last"] or 0
    row = CriterionVersion(
        criterion=criterion, number=last + 1, digest=digest_of(content), author_id=author_id, based_on=based_on,
        written_at=at, **content,
    )  # fmt: skip
    row.hold_to_rules()
    row.save(force_insert=True)
    audit.record(
        by=by, at=at, verb=verb, subject=row,
        changes=audit.created(row, "criterion", "number", "state", "severity"),
    )  # fmt: skip
    return row


@transaction.atomic
def edit(
    *, criterion_version: CriterionVersion, by: Actor, at: datetime, version: int | None = None, **content: Any
) -> CriterionVersion:
    """Change the text of one's own draft. One that was tested is a draft again, since the text is another one.

    Raises Forbidden for another's draft, Stale, Conflict once it is signed, or Invalid, naming each field.
    """
    by.require_anywhere(Permission.CRITERIA_WRITE)
    row = held(criterion_version, version)
    _hold_author(row, by)
    whole = wording.complete({**row.content, **content})
    code = row.criterion.code
    wording.hold(whole, wording.known(), code=code)
    digest = digest_of(whole)
    if digest == row.digest:
        return row
    changes = row.change(**whole, digest=digest, state=State.DRAFT, written_at=at)
    audit.record(by=by, at=at, verb="escalation.edit_draft", subject=row, changes=changes)
    return row


def _hold_author(row: CriterionVersion, by: Actor) -> None:
    """A draft has one author, so that it stays clear who must not sign it."""
    if not row.is_draft:
        raise Conflict("A wording that was signed does not change: write a new version of it.")
    if row.author_id is None:
        raise Conflict("This is as it was shipped and stays so: write a new version of it.")
    if row.author_id != by.user_id_known:
        raise Forbidden("Only its author writes on a draft: write a new version of it.")
