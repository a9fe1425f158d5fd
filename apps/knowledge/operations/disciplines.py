"""A hospital's own disciplines, and its own wording of shipped ones. Shipped rows are written by `loading` only."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Invalid
from apps.knowledge.models import Discipline, DisciplineOverride, Origin


@transaction.atomic
def override_discipline(
    *,
    discipline: Discipline,
    by: Actor,
    at: datetime,
    reason: str,
    name: str | None = None,
    main_tasks: str | None = None,
    hidden: bool = False,
    version: int | None = None,
) -> Discipline:
    """Set the hospital's own wording beside a shipped discipline, or hide it here; an upgrade never loses it.

    `version` is that of the override, when there is one. Raises Forbidden, Stale, Invalid when nothing differs, Conflict
    for a discipline of the hospital's own, which is changed instead.
    """
    by.require_anywhere(Permission.KNOWLEDGE_WRITE)
    discipline = Discipline.locked(discipline)
    if discipline.origin != Origin.SHIPPED:
        raise Conflict("This discipline is the hospital's own: change it.")
    if not (name or main_tasks or hidden):
        raise Invalid.field("name", "Say what differs: a name, tasks, or that it is hidden here.")
    found = DisciplineOverride.objects.filter(discipline=discipline).first()
    override = DisciplineOverride.locked(found, version) if found else DisciplineOverride(discipline=discipline)
    before = {field: getattr(override, field) for field in ("name", "main_tasks", "hidden")}
    override.name, override.main_tasks, override.hidden = name or None, main_tasks or None, hidden
    override.reason, override.set_by_id, override.set_at = reason, by.user_id, at
    override.version += 0 if found is None else 1
    override.hold_to_rules()
    override.save()
    changes = {
        field: (value, getattr(override, field)) for field, value in before.items() if value != getattr(override, field)
    }
    audit.record(by=by, at=at, verb="knowledge.override_discipline", subject=override, changes=changes)
    return _shown(discipline)


@transaction.atomic
def drop_override(*, discipline: Discipline, by: Actor, at: datetime, version: int | None = None) -> Discipline:
    """Go back to the shipped wording. Raises Forbidden, Stale, or Conflict when there is none of the hospital's own."""
    by.require_anywhere(Permission.KNOWLEDGE_WRITE)
    found = DisciplineOverride.objects.filter(discipline=discipline).first()
    if found is None:
        raise Conflict("The shipped wording is in force already.")
    override = DisciplineOverride.locked(found, version)
    changes = {field: (getattr(override, field), None) for field in ("name", "main_tasks", "hidden")}
    audit.record(by=by, at=at, verb="knowledge.drop_override", subject=override, changes=changes)
    override.delete()
    return _shown(discipline)


@transaction.atomic
def add_local_discipline(
    *, by: Actor, at: datetime, code: str, name: str, main_tasks: str = "", letters: str = ""
) -> Discipline:
    """Add a discipline of the hospital's own. Raises Forbidden, or Invalid when a field breaks its rule or the code is taken."""
    by.require_anywhere(Permission.KNOWLEDGE_WRITE)
    discipline = Discipline(
        code=code, name=name, main_tasks=main_tasks, letters=letters, core=False, origin=Origin.LOCAL
    )
    discipline.hold_to_rules()
    if Discipline.objects.filter(code=code).exists():
        raise Invalid.field("code", "Another discipline has this code.")
    discipline.save(force_insert=True)
    changes = audit.created(discipline, "code", "name", "main_tasks")
    audit.record(by=by, at=at, verb="knowledge.add_local_discipline", subject=discipline, changes=changes)
    return _shown(discipline)


@transaction.atomic
def change_local_discipline(
    *, discipline: Discipline, by: Actor, at: datetime, version: int | None = None, **values: Any
) -> Discipline:
    """Change name, tasks or letters of a discipline of the hospital's own. Raises Forbidden, Stale, Invalid or Conflict."""
    discipline = _local(discipline, by, version)
    changes = discipline.change(**values)
    if changes:
        audit.record(by=by, at=at, verb="knowledge.change_local_discipline", subject=discipline, changes=changes)
    return _shown(discipline)


@transaction.atomic
def retire_local_discipline(
    *, discipline: Discipline, by: Actor, at: datetime, version: int | None = None
) -> Discipline:
    """Offer a discipline of the hospital's own no longer; what names it stays. Raises Forbidden, Stale or Conflict."""
    discipline = _local(discipline, by, version)
    if discipline.retired:
        raise Conflict("This discipline was retired already.")
    changes = discipline.change(retired=True)
    audit.record(by=by, at=at, verb="knowledge.retire_local_discipline", subject=discipline, changes=changes)
    return _shown(discipline)


def _local(discipline: Discipline, by: Actor, version: int | None) -> Discipline:
    by.require_anywhere(Permission.KNOWLEDGE_WRITE)
    discipline = Discipline.locked(discipline, version)
    if discipline.origin != Origin.LOCAL:
        raise Conflict("A shipped discipline is immutable: set your own wording beside it instead.")
    return discipline


def _shown(discipline: Discipline) -> Discipline:
    """The discipline with the wording that holds here."""
    found: Discipline = Discipline.objects.effective().get(pk=discipline.pk)
    return found
