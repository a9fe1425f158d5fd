"""What a backtest counts, patient by patient, so that no more than the counts is kept."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.escalation.backtest.episodes import Episode
from apps.escalation.backtest.moments import DAY

#: So many patients and episodes are named at most; the counts are over all.
NAMED = 1000
#: So many of what was missing are named, the most frequent first.
TOP = 10
WEEK = 7


@dataclass(frozen=True)
class Gone:
    """How one version went for one patient. `before` are the episodes that were open already when the period began; `missing`
    is why it could not be judged at the last look.
    """

    patient_id: UUID
    zone: ZoneInfo
    opened: Sequence[Episode] = ()
    before: Sequence[Episode] = ()
    missing: Sequence[str] = ()
    held_back: bool = False
    fault: str = ""

    def week(self, moment: datetime) -> date:
        """The Monday of a moment's week at the patient's site."""
        day = moment.astimezone(self.zone).date()
        return day - day.weekday() * DAY

    def without(self, other: "Gone") -> list[Episode]:
        """The episodes during which the other version had nothing open for the same key."""
        others = [*other.before, *other.opened]
        return [mine for mine in self.opened if not any(one.key == mine.key and one.overlaps(mine) for one in others)]


@dataclass
class Side:
    """How one version went for all patients."""

    name: str
    opened: int = 0
    before: int = 0
    raised: int = 0
    held_back: int = 0
    not_assessable: int = 0
    patients: list[UUID] = field(default_factory=list)
    severity: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    weekly: Counter[date] = field(default_factory=Counter)
    asked: dict[str, Counter[date]] = field(default_factory=lambda: defaultdict(Counter))
    told: dict[str, Counter[date]] = field(default_factory=lambda: defaultdict(Counter))
    missing: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, gone: Gone, since: datetime) -> None:
        """Count one patient."""
        self.opened += len(gone.opened)
        self.before += len(gone.before)
        self.held_back += gone.held_back
        self.not_assessable += bool(gone.missing)
        self.missing.update(set(gone.missing))
        self.faults.update([gone.fault] if gone.fault else [])
        if gone.opened:
            self.patients.append(gone.patient_id)
        for episode in gone.opened:
            self.severity[episode.asked[0].severity] += 1
            self.ends[episode.end or "open"] += 1
            self.weekly[gone.week(episode.opened_at)] += 1
        for episode in (*gone.before, *gone.opened):
            self._ask(gone, episode, since)

    def _ask(self, gone: Gone, episode: Episode, since: datetime) -> None:
        """Count who was asked and told in the period."""
        self.raised += sum(one.at > since for one in episode.asked[1:])
        for one in episode.asked:
            if one.at > since:
                self.asked[one.first][gone.week(one.at)] += 1
                for discipline in one.told:
                    self.told[discipline][gone.week(one.at)] += 1

    def plain(self, mondays: Sequence[date], days: float) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "version": self.name, "opened": self.opened, "before": self.before, "raised": self.raised,
            "held_back": self.held_back, "patients": len(self.patients), "who": [str(one) for one in self.patients[:NAMED]],
            "severity": dict(self.severity), "ends": dict(self.ends), "weekly": [self.weekly[day] for day in mondays],
            "asked": _by_week(self.asked, mondays, days), "told": _by_week(self.told, mondays, days),
            "not_assessable": {"patients": self.not_assessable, "missing": [list(one) for one in self.missing.most_common(TOP)]},
            "faults": [list(one) for one in self.faults.most_common(TOP)],
        }  # fmt: skip


def _by_week(found: Mapping[str, Counter[date]], mondays: Sequence[date], days: float) -> dict[str, dict[str, Any]]:
    """By discipline: how many in all, a week on average, in the fullest week, and in each."""
    return {
        name: {
            "total": counts.total(), "a_week": round(counts.total() * WEEK / days, 2), "most": max(counts.values()),
            "weekly": [counts[day] for day in mondays],
        }
        for name, counts in sorted(found.items())
    }  # fmt: skip


@dataclass
class Difference:
    """Episodes of one version during which the other had nothing open."""

    episodes: int = 0
    patients: int = 0
    who: list[tuple[UUID, Episode]] = field(default_factory=list)

    def add(self, gone: Gone, other: Gone) -> None:
        """Count one patient."""
        found = gone.without(other)
        self.episodes += len(found)
        self.patients += bool(found)
        self.who += [(gone.patient_id, one) for one in found][: NAMED - len(self.who)]

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        who = [
            {"patient": str(patient_id), "key": one.key, "severity": one.severity, "opened_at": one.opened_at.isoformat()}
            for patient_id, one in self.who
        ]  # fmt: skip
        return {"episodes": self.episodes, "patients": self.patients, "who": who}


@dataclass
class Backtest:
    """What a version would have done from one moment until another, against the active version where there is another one."""

    code: str
    since: datetime
    until: datetime
    draft: Side
    active: Side | None = None
    patients: int = 0
    only_draft: Difference = field(default_factory=Difference)
    only_active: Difference = field(default_factory=Difference)

    def add(self, draft: Gone, active: Gone | None) -> None:
        """Count one patient."""
        self.patients += 1
        self.draft.add(draft, self.since)
        if self.active is not None and active is not None:
            self.active.add(active, self.since)
            self.only_draft.add(draft, active)
            self.only_active.add(active, draft)

    @property
    def days(self) -> float:
        """How many days the period has, at least one."""
        return max(1.0, (self.until - self.since) / DAY)

    @property
    def _mondays(self) -> list[date]:
        """Those of the period. At a site's own time it can reach into a week more at either end."""
        sides = [side for side in (self.draft, self.active) if side is not None]
        counted = [day for side in sides for by in (side.weekly, *side.asked.values()) for day in by]
        return weeks(min([self.since.date(), *counted]), max([self.until.date(), *counted]))

    def plain(self) -> dict[str, Any]:
        """As JSON has it. `weeks` are the Mondays to which the lists by week belong; `draft` is the version that was run, in
        whatever state it is, and `active` is null where no other one is active.
        """
        mondays = self._mondays
        found: dict[str, Any] = {
            "criterion": self.code, "since": self.since.isoformat(), "until": self.until.isoformat(), "patients": self.patients,
            "weeks": [day.isoformat() for day in mondays], "draft": self.draft.plain(mondays, self.days), "active": None,
            "difference": None,
        }  # fmt: skip
        if self.active is not None:
            found["active"] = self.active.plain(mondays, self.days)
            found["difference"] = {"only_draft": self.only_draft.plain(), "only_active": self.only_active.plain()}
        return found


def weeks(first: date, last: date) -> list[date]:
    """The Mondays of all weeks in which these days and those between them lie."""
    monday = first - first.weekday() * DAY
    return [monday + index * WEEK * DAY for index in range((last - monday).days // WEEK + 1)]
