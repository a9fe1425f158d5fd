"""What happened to a patient's escalations: the difference between two readings. Plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.escalation.journeys.model import CLEARED, CLOSED, EVIDENCE, OPENED, UPGRADED, WITHDRAWN

#: What an end is called, by the state that it leaves.
ENDS = {"cleared": CLEARED, "withdrawn": WITHDRAWN, "closed": CLOSED}
RANK = {"emergency": 0, "urgent": 1, "routine": 2, "info": 3}


@dataclass(frozen=True)
class Event:
    """Something that happened to one criterion for one key at a time.

    `words` say why, `reason` is the escalation's own, `asked` whom it asks.
    """

    at: datetime
    kind: str
    code: str
    key: str = ""
    severity: str = ""
    reason: str = ""
    words: str = ""
    asked: str = ""


@dataclass(frozen=True)
class Standing:
    """One escalation as it stands. `asked` is the discipline that is asked about it; `evidence` is in words, by id."""

    code: str
    key: str
    severity: str
    state: str
    reason: str
    explanation: str
    end_reason: str
    opened_at: datetime
    asked: str = ""
    evidence: Mapping[Any, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Unknown:
    """A criterion that could not be judged for a key, and what was missing."""

    code: str
    missing: tuple[str, ...]
    key: str = ""

    @property
    def words(self) -> str:
        """As a person reads it."""
        return (
            f"{self.code}{f' for {self.key}' if self.key else ''} is not assessable: missing {'; '.join(self.missing)}"
        )


Standings = Mapping[Any, Standing]


def between(before: Standings, after: Standings, at: datetime) -> list[Event]:
    """What happened since the reading before, in the order of the codes."""
    found = []
    for pk, now in after.items():
        was = before.get(pk)
        found += _began(now, at) if was is None else _went_on(was, now, at)
        found += _ended(was.state if was is not None else "open", now, at)
    return sorted(found, key=lambda event: (event.code, event.key, event.kind))


def _began(now: Standing, at: datetime) -> list[Event]:
    return [_event(now, OPENED, at, now.explanation)]


def _went_on(was: Standing, now: Standing, at: datetime) -> list[Event]:
    found = []
    if RANK[now.severity] < RANK[was.severity]:
        found.append(_event(now, UPGRADED, at, now.explanation))
    if new := [words for pk, words in now.evidence.items() if pk not in was.evidence]:
        found.append(_event(now, EVIDENCE, at, "\n".join(new)))
    return found


def _ended(was: str, now: Standing, at: datetime) -> list[Event]:
    ended = was == "open" and now.state in ENDS
    return [_event(now, ENDS[now.state], at, now.end_reason)] if ended else []


def _event(now: Standing, kind: str, at: datetime, words: str) -> Event:
    return Event(at, kind, now.code, now.key, now.severity, now.reason, words, now.asked)


def open_of(rows: Standings, code: str, key: str | None = None) -> Sequence[Standing]:
    """The open ones of a criterion; of one key only, where one is named."""
    return [row for row in rows.values() if row.code == code and row.state == "open" and key in {None, row.key}]
