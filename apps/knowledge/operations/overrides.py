"""A hospital's own values of shipped rows."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Invalid, Stale
from apps.knowledge.models import OVERRIDABLE, Origin, Override
from apps.knowledge.operations.common import checked_values, hold, locked, of_kind
from apps.knowledge.rules import overridable

SAID = ("values", "hidden", "reason")


@transaction.atomic
def override(
    *,
    by: Actor,
    at: datetime,
    kind: str,
    code: str,
    reason: str,
    values: Mapping[str, Any] | None = None,
    hidden: bool = False,
    version: int | None = None,
) -> Override:
    """Set a hospital's own values beside a shipped row, or say that it is not used here; an upgrade never loses them.

    What was set before is replaced: `values` is everything that differs now. A value that is the shipped one is left out.
    `version` is that of the own values that are replaced. Raises Forbidden, Stale, Conflict for a row that is the hospital's own
    or was retired, or when there are own values already and no `version` says which were read, and Invalid, which names kind,
    code or `values.<field>`, also when nothing differs.
    """
    return _replace(by, at, kind, code, version, {"values": values or {}, "hidden": hidden, "reason": reason})


@transaction.atomic
def change_override(
    *, override: Override, by: Actor, at: datetime, version: int | None = None, **said: Any
) -> Override:
    """Change values, hidden or reason of what a hospital says differently; what is not given stays. Refused as `override` is."""
    own = Override.locked(override, version)
    said = {name: getattr(own, name) for name in SAID} | said
    return _replace(by, at, own.kind, own.code, own.version, said)


@transaction.atomic
def drop_override_of(*, override: Override, by: Actor, at: datetime, version: int | None = None) -> Override:
    """Go back to what the edition says. Returns what was dropped. Raises Forbidden or Stale."""
    by.require_anywhere(Permission.KNOWLEDGE_WRITE)
    own = Override.locked(override, version)
    changes = {name: (getattr(own, name), None) for name in SAID}
    audit.record(by=by, at=at, verb="knowledge.drop_override_of", subject=own, changes=changes)
    Override.objects.filter(pk=own.pk).delete()
    return own


def _replace(by: Actor, at: datetime, kind: str, code: str, version: int | None, said: Mapping[str, Any]) -> Override:
    by.require_anywhere(Permission.KNOWLEDGE_WRITE)
    row = locked(of_kind(OVERRIDABLE, kind), code, Origin.SHIPPED, "This row is the hospital's own: change it.")
    if row.retired:
        raise Conflict("The edition no longer has this row.")
    differs = _differing(row, said["values"])
    if not (differs or said["hidden"]):
        raise Invalid.field(
            "values", "Say what differs: a value other than the shipped one, or that it is not used here."
        )
    found = Override.objects.filter(kind=kind, code=code).first()
    if found is None and version is not None:
        raise Stale
    if found is not None and version is None:
        raise Conflict(
            "This hospital has own values for this row already: read them, and name their version to replace them."
        )
    own = Override.locked(found, version) if found else Override(kind=kind, code=code)
    return _say(own, by, at, {**said, "values": differs})


def _differing(row: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that are not the shipped ones, as JSON keeps them; the row with them in place keeps its rules."""
    found = checked_values(row, overridable(type(row)), values)
    differs = {name: value for name, value in found.items() if getattr(row, name) != value}
    for name, value in differs.items():
        setattr(row, name, value)
    hold(row)
    return {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in differs.items()}


def _say(own: Override, by: Actor, at: datetime, said: Mapping[str, Any]) -> Override:
    adding = own._state.adding
    changes = {name: (getattr(own, name), value) for name, value in said.items() if getattr(own, name) != value}
    for name, value in said.items():
        setattr(own, name, value)
    own.set_by_id, own.set_at = by.user_id, at
    own.version += 0 if adding else 1
    own.hold_to_rules()
    own.save()
    audit.record(by=by, at=at, verb="knowledge.override", subject=own, changes=changes)
    return own
