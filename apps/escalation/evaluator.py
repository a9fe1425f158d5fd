"""Judging a picture by criteria: a pure function of both. It knows nothing of "the fact being saved": two facts, a bulk
import, a retry and the morning's pass come out the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from apps.escalation import language
from apps.escalation.language import BY_PERSON, Missing
from apps.escalation.picture import Known, Picture

ADULT = 18


class Wording(Protocol):
    """What the evaluator needs of a version of a criterion."""

    when: str
    clears: str
    severity: str
    variants: list[dict[str, Any]]

    @property
    def values(self) -> dict[str, float]:
        """The numbers of the criterion, by name."""
        ...


@dataclass(frozen=True)
class Judgement:
    """How a criterion stands for a patient: it fires, it does not, or that is unknown (None) and `missing` says why.

    `evidence` are the facts that the true conditions rest on; `words` says in a line each what held; `absence` whether
    something that is not there is among it.
    """

    fires: bool | None
    variant: dict[str, Any] | None = None
    evidence: tuple[Known, ...] = ()
    words: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    absence: bool = False


@dataclass
class Reading:
    """The functions of the language over one picture, remembering which facts each answer rested on."""

    picture: Picture
    since: datetime | None = None
    opened_at: datetime | None = None
    facts: list[Known] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def functions(self) -> dict[str, Any]:
        """By name."""
        return {name: getattr(self, name) for name in language.VOCABULARY}

    def latest(self, measure: str, window: str = "") -> Any:
        """The most recent value."""
        rows = self._within(self.picture.of("observation", measure), window)
        if not rows:
            self.unknown.append(f"{measure}{f' within {_long(window)}' if window else ''}")
            raise Missing(measure)
        self.facts.append(rows[0])
        value = rows[0].value
        return value if isinstance(value, str | bool) else float(value)

    def missing(self, measure: str, window: str = "") -> bool:
        """Whether there is neither a value nor an assessment."""
        rows = [*self.picture.of("observation", measure), *self.picture.of("assessment", measure)]
        absent = not self._within(rows, window)
        if absent:
            self.absent.append(f"no {measure.replace('_', ' ')}{f' within {_long(window)}' if window else ''}")
        return absent

    def complication(self, concept: str, window: str = "") -> bool:
        """Whether one is there."""
        return self._there("complication", concept, window)

    def finding(self, concept: str, window: str = "") -> bool:
        """Whether one is there."""
        return self._there("finding", concept, window)

    def severe(self, concept: str) -> bool:
        """Whether one is there and severe."""
        rows = [fact for fact in self._open(concept) if fact.severity == "severe"]
        self.facts += rows
        return bool(rows)

    def resolved(self, concept: str, discipline: str = "") -> bool:
        """Whether it was declared over after the last evidence, by a statement made since the escalation is open."""
        rows = [
            fact for fact in self.picture.of("resolution", concept) if not discipline or fact.discipline == discipline
        ]
        rows = [fact for fact in rows if self.since is None or fact.effective_at >= self.since]
        rows = [fact for fact in rows if self.opened_at is None or fact.recorded_at >= self.opened_at]
        self.facts += rows
        return bool(rows)

    def open_referral(self, discipline: str) -> bool:
        """Whether somebody of the discipline is to see the patient; what nobody has sent is none."""
        return bool(self.picture.of("referral", discipline))

    def _there(self, category: str, concept: str, window: str) -> bool:
        rows = self._within([fact for fact in self._open(concept) if fact.category == category], window)
        self.facts += rows
        return bool(rows)

    def _open(self, concept: str) -> list[Known]:
        at = self.picture.at
        rows = self.picture.of("condition", concept)
        return [fact for fact in rows if fact.resolved_at is None or fact.resolved_at > at]

    def _within(self, rows: Sequence[Known], window: str) -> list[Known]:
        """Days compare dates at the site, both ends included; hours compare instants."""
        if not window:
            return list(rows)
        count, picture = int(window[:-1]), self.picture
        if window.endswith("h"):
            return [fact for fact in rows if picture.at - fact.effective_at <= timedelta(hours=count)]
        first = picture.today - timedelta(days=count)
        return [fact for fact in rows if fact.effective_at.astimezone(picture.zone).date() >= first]


def judge(picture: Picture, wording: Wording) -> Judgement:
    """How one criterion stands for one patient."""
    reading = Reading(picture)
    fires = language.run(wording.when, reading.functions(), _variables(picture, wording.when, wording.values))
    if not fires:
        return Judgement(fires, missing=tuple(dict.fromkeys(reading.unknown)) if fires is None else ())
    grounds = _grounds(picture, wording.when, wording.values)
    for variant in wording.variants:
        held = Reading(picture)
        if language.run(variant["when"], held.functions(), _variables(picture, variant["when"], wording.values)):
            return (grounds + _grounds(picture, variant["when"], wording.values)).judgement(variant)
    return grounds.judgement(None)


def clears(picture: Picture, wording: Wording, *, since: datetime, opened_at: datetime) -> tuple[str, ...] | None:
    """In words what ends an open escalation of this wording; None when nothing does, or only a person may."""
    if wording.clears == BY_PERSON:
        return None
    reading = Reading(picture, since, opened_at)
    held = language.run(wording.clears, reading.functions(), _variables(picture, wording.clears, wording.values))
    return tuple(_said(fact, picture) for fact in reading.facts) if held else None


@dataclass(frozen=True)
class Grounds:
    """What an expression that fires rests on."""

    facts: tuple[Known, ...] = ()
    words: tuple[str, ...] = ()
    absence: bool = False

    def __add__(self, other: "Grounds") -> "Grounds":
        return Grounds(self.facts + other.facts, self.words + other.words, self.absence or other.absence)

    def judgement(self, variant: dict[str, Any] | None) -> Judgement:
        """The judgement that it fires, each fact and line once."""
        facts = {(fact.kind, fact.id): fact for fact in self.facts}
        return Judgement(True, variant, tuple(facts.values()), tuple(dict.fromkeys(self.words)), absence=self.absence)


def _grounds(picture: Picture, text: str, values: dict[str, float]) -> Grounds:
    """The facts under every condition of the expression that is true by itself, and a line for each."""
    found = Grounds()
    for atom in language.atoms(text):
        reading = Reading(picture)
        if language.run(atom, reading.functions(), _variables(picture, atom, values)):
            said = [*(_said(fact, picture) for fact in reading.facts), *reading.absent]
            found += Grounds(tuple(reading.facts), tuple(said), bool(reading.absent))
    return found


def _said(fact: Known, picture: Picture) -> str:
    local = fact.effective_at.astimezone(picture.zone)
    by = f", by {fact.discipline}" if fact.kind == "resolution" else ""
    over = " resolved" if fact.kind == "resolution" else ""
    return f"{fact.words}{over} on {local.day} {local:%B %Y}, {local:%H:%M}{by}"


def _variables(picture: Picture, text: str, values: dict[str, float]) -> dict[str, Any]:
    measures = {name: name for name in language.measures_of(text)}
    adult = picture.onset == "adult" and _age(picture.birth_date, picture.today) >= ADULT
    return {**measures, "p": values, "adult": adult, "jdm": picture.onset == "juvenile"}


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _long(window: str) -> str:
    """A window in words."""
    return f"{window[:-1]} {'days' if window.endswith('d') else 'hours'}"
