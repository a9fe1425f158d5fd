"""A hospital's own rows of knowledge."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Invalid, Stale
from apps.knowledge.models import LOCAL_KINDS, Mark, Medicine, Origin, Override, Shipped, Source, Statement
from apps.knowledge.operations.common import checked_values, hold, known, locked, of_kind
from apps.knowledge.shelf import trimmed

#: What is not a value of a hospital's own row.
OURS = frozenset({"id", "code", "origin", "retired", "edition"})
#: The source of what nobody has published: the hospital's policy.
POLICY = "LP"
SHIPPED = "A shipped row is immutable: set your own values beside it instead."


@transaction.atomic
def add_local(*, by: Actor, at: datetime, kind: str, code: str, values: Mapping[str, Any]) -> Any:
    """Add a row of the hospital's own: `values` by field, rows it points at by their codes.

    Unless it says otherwise its mark and its source are local policy. Returns the row. Raises Forbidden, or Invalid, which names
    kind, code or `values.<field>`.
    """
    by.require_anywhere(Permission.KNOWLEDGE_WRITE)
    model = of_kind(LOCAL_KINDS, kind)
    row = model(code=code, origin=Origin.LOCAL, mark=Mark.POLICY)
    given = _set(row, values)
    if not (row.sources or row.statements):
        row.sources = [POLICY]
    hold(row)
    _hold_free(model, code)
    row.save(force_insert=True)
    audit.record(
        by=by,
        at=at,
        verb="knowledge.add_local",
        subject=row,
        changes=audit.created(row, "code", "mark", "sources", *given),
    )
    return row


@transaction.atomic
def change_local(
    *,
    by: Actor,
    at: datetime,
    kind: str,
    code: str,
    values: Mapping[str, Any],
    rename_to: str | None = None,
    tag: str | None = None,
) -> Any:
    """Change a row of the hospital's own; `rename_to` gives it another code, as when an edition brings a row of the same.

    `tag` is that of the row as it was read. Returns the row. Raises Forbidden, Invalid, Stale when somebody has changed it since,
    or Conflict for a shipped row and for renaming what is named elsewhere.
    """
    row = _own(by, kind, code, tag)
    before = {name: getattr(row, name) for name in values if name in _fields(row)}
    _set(row, values)
    if rename_to is not None and rename_to != code:
        _hold_free(type(row), rename_to)
        _hold_unnamed(code)
        before["code"], row.code = code, rename_to
    hold(row)
    changes = {name: (value, getattr(row, name)) for name, value in before.items() if value != getattr(row, name)}
    if changes:
        row.save(update_fields=list(changes))
        audit.record(by=by, at=at, verb="knowledge.change_local", subject=row, changes=changes)
    return row


@transaction.atomic
def retire_local(*, by: Actor, at: datetime, kind: str, code: str, tag: str | None = None) -> Any:
    """Use a row of the hospital's own no longer; what names it stays. `tag` is that of the row as it was read.

    Returns the row. Raises Forbidden, Invalid, Stale when somebody has changed it since, or Conflict.
    """
    row = _own(by, kind, code, tag)
    if row.retired:
        raise Conflict("This row was retired already.")
    row.retired = True
    row.save(update_fields=["retired"])
    audit.record(by=by, at=at, verb="knowledge.retire_local", subject=row, changes={"retired": (False, True)})
    return row


def tag_of(row: Shipped) -> str:
    """What tells a row from itself after a change: SHA-256 over everything that it says. Its columns have no version."""
    said = {own.attname: _said(getattr(row, own.attname)) for own in row._meta.concrete_fields}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _said(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{trimmed(value):f}"
    return value if isinstance(value, list | dict | bool | int) or value is None else str(value)


def _own(by: Actor, kind: str, code: str, tag: str | None) -> Any:
    by.require_anywhere(Permission.KNOWLEDGE_WRITE)
    row = locked(of_kind(LOCAL_KINDS, kind), code, Origin.LOCAL, SHIPPED)
    if tag is not None and tag != tag_of(row):
        raise Stale
    return row


def _fields(row: Shipped) -> dict[str, Any]:
    return {own.name: own for own in row._meta.concrete_fields if own.name not in OURS}


def _set(row: Shipped, values: Mapping[str, Any]) -> list[str]:
    """Set the values, and return the names of those that were given."""
    found = checked_values(row, _fields(row), values)
    for name, model in (("statements", Statement), ("sources", Source)):
        if unknown := set(found.get(name, [])) - known(model):
            raise Invalid.field(f"values.{name}", f"There is no {model._meta.verbose_name} “{min(unknown)}”.")
    for name, value in found.items():
        setattr(row, name, value)
    return list(found)


def _hold_free(model: type[Shipped], code: str) -> None:
    if model._default_manager.filter(code=code).exists():
        raise Invalid.field("code", f"Another {model._meta.verbose_name} has this code.")


def _hold_unnamed(code: str) -> None:
    """Refuse a new code where lists name the row by its old one: it would be lost from them."""
    own = [json.dumps(values) for values in Override.objects.values_list("values", flat=True)]
    if any(f'"{code}"' in text for text in own) or Medicine.objects.filter(clashes_with__contains=[code]).exists():
        raise Conflict("Own values name this row by its code: take it out of them first.")
