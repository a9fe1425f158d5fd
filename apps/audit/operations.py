"""Writing the record: always in the transaction of what it records."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from apps.audit.agents import Agent
from apps.audit.models import AuditEvent
from apps.common.ids import new_id
from apps.common.models import Row

WITHHELD = "withheld"


def record(
    *,
    by: Agent,
    at: datetime,
    verb: str,
    subject: Row,
    patient_id: UUID | None = None,
    site_id: UUID | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> AuditEvent:
    """Record that `by` did `verb` to `subject`; call it in the transaction that did it.

    `changes` is {field: (before, after)}; a value is kept only where the subject's `audited_fields` names the field.
    """
    event = AuditEvent(
        at=at,
        actor_id=by.user_id,
        token_id=by.token_id,
        request_id=by.request_id,
        verb=verb,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        patient_id=patient_id,
        site_id=site_id,
        changes=_safe(subject, changes or {}),
    )
    collected = _collected.get()
    if collected is None:
        event.save(force_insert=True)
    else:
        collected.append(event)
    return event


_collected: ContextVar[list[AuditEvent] | None] = ContextVar("collected", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Write everything that is recorded within in one statement, at its end; call it inside the transaction.

    For operations that record many small things. An exception writes nothing, like the transaction that it ends.
    """
    if _collected.get() is not None:
        yield
        return
    events: list[AuditEvent] = []
    token = _collected.set(events)
    try:
        yield
    finally:
        _collected.reset(token)
    AuditEvent.objects.bulk_create(events)


def record_read(
    *,
    by: Agent,
    at: datetime,
    verb: str,
    subject_type: str,
    ids: Iterable[UUID],
    patient_id: UUID | None = None,
) -> None:
    """Record that `by` read the rows `ids`, one event for the whole request.

    One statement, and without waiting for the disk: losing the last reads of a crashed server harms nobody, slow
    reading does.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH lazily AS (SELECT set_config('synchronous_commit', 'off', true))"
            " INSERT INTO audit_auditevent (id, at, actor_id, token_id, request_id, verb, subject_type, patient_id,"
            " changes, read_ids) SELECT %s, %s, %s, %s, %s, %s, %s, %s, '{}'::jsonb, %s::uuid[] FROM lazily",
            [new_id(), at, by.user_id, by.token_id, by.request_id, verb, subject_type, patient_id, list(ids)],
        )


def created(row: Row, *fields: str) -> dict[str, tuple[Any, Any]]:
    """The changes of a row that was just made: the named fields, from nothing."""
    return {field: (None, getattr(row, field)) for field in fields}


def _safe(subject: Row, changes: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    return {
        field: [_plain(before), _plain(after)] if field in subject.audited_fields else WITHHELD
        for field, (before, after) in changes.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Row):
        return str(value.pk)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return str(value)
