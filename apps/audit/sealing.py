"""Sealing the record in batches, and checking that nothing was changed, removed or slipped in since.

Writing never waits for a seal. A stretch is sealed only when it is complete: the trigger gives each event its
transaction id before its position, so once every transaction that was running when a position was handed out has ended,
no event at or below that position can still appear.
"""

import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction

from apps.audit.digests import GENESIS, Damage, differences, event_digest, pack, seal_digest
from apps.audit.models import AuditEvent, Seal
from apps.common.clock import app_now

log = structlog.get_logger(__name__)

BATCH = 5000
PATIENCE_SECONDS = 2.0
LOCK = 0x5EA1
COLUMNS = ("id", "position", "at", "actor_id", "token_id", "request_id", "verb", "subject_type", "subject_id",
           "patient_id", "site_id", "changes", "read_ids")  # fmt: skip


def seal_pending() -> int:
    """Seal every complete stretch; returns how many events were sealed. Safe to run twice at once: one waits."""
    horizon, count = complete_up_to(), 0
    if horizon is None:
        return 0
    while sealed := _seal_batch(horizon):
        count += sealed
    return count


def complete_up_to() -> int | None:
    """The highest position below which no event can appear any more; None when a long transaction is in the way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value, is_called FROM audit_position")
        position, called = cursor.fetchone()
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        (after,) = cursor.fetchone()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            if cursor.fetchone()[0] >= after:
                return int(position) if called else 0
            time.sleep(0.02)
    return None


@transaction.atomic
def _seal_batch(horizon: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    last = Seal.objects.order_by("-number").first()
    start = last.to_position if last else 0
    rows = list(_events(start, horizon)[:BATCH])
    if not rows:
        return 0
    packed = pack([(row["id"], event_digest(row)) for row in rows])
    number, previous = (last.number + 1, bytes(last.digest)) if last else (1, GENESIS)
    end = rows[-1]["position"]
    digest = seal_digest(previous=previous, number=number, from_position=start, to_position=end, packed=packed)
    Seal.objects.create(
        number=number, from_position=start, to_position=end, count=len(rows), digests=packed,
        previous=previous, digest=digest, sealed_at=app_now(),
    )  # fmt: skip
    log.info("sealed", sealed=number, count=len(rows), to_position=end, digest=digest.hex())
    return len(rows)


def _events(start: int, end: int) -> Any:
    return AuditEvent.objects.filter(position__gt=start, position__lte=end).order_by("position").values(*COLUMNS)


def verify() -> Iterator[Damage]:
    """Everything that is wrong with the sealed record, seal by seal."""
    previous, end = GENESIS, 0
    for number, seal in enumerate(Seal.objects.order_by("number").iterator(chunk_size=1), start=1):
        packed = bytes(seal.digests)
        expected = seal_digest(
            previous=previous, number=number, from_position=end, to_position=seal.to_position, packed=packed
        )
        if (seal.number, bytes(seal.digest), bytes(seal.previous)) != (number, expected, previous):
            yield Damage("seal", seal.number)
        yield from differences(seal=seal.number, packed=packed, found=_found(seal.from_position, seal.to_position))
        previous, end = bytes(seal.digest), seal.to_position


def _found(start: int, end: int) -> dict[UUID, bytes]:
    return {row["id"]: event_digest(row) for row in _events(start, end).iterator(chunk_size=2000)}
