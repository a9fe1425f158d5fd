"""How an event and a stretch of events become a digest. Nothing but the standard library."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

ENTRY = 16 + 32
GENESIS = bytes(32)


@dataclass(frozen=True)
class Damage:
    """One thing that is wrong with the record: an event changed, missing or added, or a seal that does not fit."""

    kind: str
    seal: int
    event_id: UUID | None = None


def event_digest(fields: Mapping[str, Any]) -> bytes:
    """SHA-256 over the canonical JSON of an event's columns; times in UTC, keys sorted."""
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), default=_canonical, ensure_ascii=True)
    return hashlib.sha256(text.encode()).digest()


def _canonical(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value)


def pack(entries: list[tuple[UUID, bytes]]) -> bytes:
    """The ids and digests of a stretch, in order, 48 bytes each."""
    return b"".join(event_id.bytes + digest for event_id, digest in entries)


def unpack(packed: bytes) -> Iterator[tuple[UUID, bytes]]:
    """The reverse of pack."""
    for start in range(0, len(packed), ENTRY):
        yield UUID(bytes=packed[start : start + 16]), packed[start + 16 : start + ENTRY]


def seal_digest(*, previous: bytes, number: int, from_position: int, to_position: int, packed: bytes) -> bytes:
    """The link of the chain: SHA-256 over the previous link and everything that the seal says."""
    head = f"{number}:{from_position}:{to_position}:{len(packed) // ENTRY}:".encode()
    return hashlib.sha256(previous + head + packed).digest()


def differences(*, seal: int, packed: bytes, found: Mapping[UUID, bytes]) -> list[Damage]:
    """What differs between what was sealed and what is found now."""
    sealed = dict(unpack(packed))
    damage = [Damage("missing", seal, event_id) for event_id in sealed if event_id not in found]
    damage += [Damage("added", seal, event_id) for event_id in found if event_id not in sealed]
    both = [event_id for event_id in sealed if event_id in found]
    return damage + [Damage("changed", seal, event_id) for event_id in both if sealed[event_id] != found[event_id]]
