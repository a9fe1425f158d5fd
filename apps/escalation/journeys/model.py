"""What a journey says: somebody invented, what is recorded about them when, and what has to follow. Plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from apps.escalation.journeys.nodes import Where

#: What may be expected of a step, in the order in which it is told.
OPENED, UPGRADED, EVIDENCE, CLEARED, WITHDRAWN = "opened", "upgraded", "evidence", "cleared", "withdrawn"
ESCALATED, UNKNOWN, CLOSED = "escalated", "unknown", "closed"
EXPECTED = (OPENED, EVIDENCE, UPGRADED, CLEARED, WITHDRAWN, ESCALATED, UNKNOWN)
#: Anything of these that is not expected is a failure; the others are looked at only where a step names them.
EXHAUSTIVE = frozenset({OPENED, UPGRADED, CLEARED, WITHDRAWN})
#: A referral that is stuck: asked about by the loop of referrals itself, and no criterion that anybody signs.
STUCK = "SYS-02"


@dataclass(frozen=True)
class Portrait:
    """The invented patient. `onset` and `phenotype` are the words of the patient's record."""

    sex: str
    birth_date: date
    onset: str
    phenotype: str
    diagnosed: date | None


@dataclass(frozen=True)
class Item:
    """One thing that is recorded: its kind, what stands behind the kind (`of`), and the rest by name. `by` is a discipline."""

    where: Where
    kind: str
    of: Any
    values: Mapping[str, Any]
    by: str = ""


@dataclass(frozen=True)
class Expected:
    """One thing that has to happen: to which criterion, and, where it matters, for which key, how severe and why."""

    where: Where
    code: str
    key: str | None = None
    severity: str = ""
    reason: str = ""

    @property
    def words(self) -> str:
        """As a person reads it."""
        more = [
            self.severity,
            f"for {self.key}" if self.key else "",
            f"because of “{self.reason}”" if self.reason else "",
        ]
        said = ", ".join(one for one in more if one)
        return f"{self.code} ({said})" if said else self.code


@dataclass(frozen=True)
class Step:
    """A moment: what is recorded then, and what follows. `expect` holds only what the step names."""

    where: Where
    at: datetime
    record: tuple[Item, ...] = ()
    expect: Mapping[str, tuple[Expected, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Override:
    """Another value for a parameter of a criterion, for this journey only."""

    where: Where
    code: str
    name: str
    value: Decimal | bool


@dataclass(frozen=True)
class Journey:
    """A story with what has to follow from it. `criteria` are the only ones that are switched on, each with its line."""

    where: Where
    id: str
    title: str
    kind: str
    zone: ZoneInfo
    patient: Portrait
    criteria: Mapping[str, Where]
    parameters: tuple[Override, ...]
    steps: tuple[Step, ...]
