"""What is known about one patient at one moment: frozen values, nothing of a database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.escalation import units
from apps.knowledge.values import Catalogue
from apps.plans.courses import Courses, courses
from apps.plans.followed import Step
from apps.plans.picture import populations


@dataclass(frozen=True, slots=True)
class Known:
    """One fact. `kind` is observation, condition, resolution, assessment or antibody; or referral: one that goes on is no fact
    about the patient and no evidence, yet answers what is asked.

    `value` is an observation's value, an assessment's result or an antibody's. `gone_at` is since when it was known to be wrong
    or replaced, or a referral awaited no longer; None while it stands.
    """

    kind: str
    id: UUID
    code: str
    name: str
    value: Any
    effective_at: datetime
    recorded_at: datetime
    unit: str = ""
    severity: str = ""
    category: str = ""
    discipline: str = ""
    resolved_at: datetime | None = None
    resolution_known_at: datetime | None = None
    limit: Decimal | None = None
    session: UUID | None = None
    baseline: bool = False
    gone_at: datetime | None = None

    @property
    def words(self) -> str:
        """The fact as a person reads it."""
        if self.kind == "observation":
            truth = {True: "yes", False: "no"}
            value = truth.get(self.value, self.value) if isinstance(self.value, bool) else self.value
            return f"{self.name}: {value}{units.behind(self.unit)}"
        if self.kind == "condition":
            return f"{self.name}{f' ({self.severity})' if self.severity else ''}"
        return f"{self.name}: {self.value}" if self.value else self.name


@dataclass(frozen=True, slots=True)
class Target:
    """A range that the patient's team aims at for a measure, from when until when."""

    instrument: str
    low: Decimal | None
    high: Decimal | None
    starts_at: datetime
    ends_at: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether it is in force."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True)
class Followed:
    """A version of a plan that was followed from a moment on, with its dosages by medicine; stopped at another, perhaps.

    `plan` says of which plan: two are there at once where two records of one person were merged.
    """

    since: datetime
    stopped_at: datetime | None
    dosages: Mapping[str, Sequence[Any]] = field(hash=False)
    plan: str = ""


@dataclass(frozen=True)
class Person:
    """Who the patient is, as far as criteria ask. As the record says today."""

    patient_id: UUID
    site_id: UUID
    zone: ZoneInfo
    status: str
    onset: str
    birth_date: date
    phenotype: str = "unclassified"
    sex: str = "unknown"
    diagnosed_on: date | None = None
    scheme: str = "monthly"


@dataclass(frozen=True)
class Picture:
    """One patient at one moment. `ahead` is the time of the next fact that is dated in the future.

    `facts` are those that stand and hold by then, the most recent first.
    """

    person: Person
    at: datetime
    facts: tuple[Known, ...] = ()
    ahead: datetime | None = None
    targets: tuple[Target, ...] = ()
    followed: tuple[Followed, ...] = ()
    knowledge: Catalogue | None = field(default=None, repr=False, compare=False)

    @property
    def patient_id(self) -> UUID:
        """Whose picture it is."""
        return self.person.patient_id

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return self.person.zone

    @cached_property
    def today(self) -> date:
        """The date at the site."""
        return self.at.astimezone(self.person.zone).date()

    @property
    def adult(self) -> bool:
        """Onset as an adult, and 18 years old or more (C.0)."""
        return "adult" in populations(self.person, self.today)

    @cached_property
    def _index(self) -> dict[tuple[str, str], list[Known]]:
        found: dict[tuple[str, str], list[Known]] = {}
        for fact in self.facts:
            found.setdefault((fact.kind, fact.code), []).append(fact)
        return found

    def of(self, kind: str, code: str) -> list[Known]:
        """The facts of a kind and code, the most recent first."""
        return self._index.get((kind, code), [])

    def day_of(self, moment: datetime) -> date:
        """The date of a moment at the site."""
        return moment.astimezone(self.person.zone).date()

    @cached_property
    def courses(self) -> Courses:
        """What was taken, by the versions of plans that were followed until now."""
        return courses(self.steps(), self.knowledge.medicines if self.knowledge is not None else {})

    def steps(self, *, ends: bool = True) -> list[Step]:
        """What was followed from which day on until now, in its order: at each the dosages of all plans that were followed
        then, so that a plan that ends takes nothing of another with it. Without `ends` what was stopped counts on.
        """
        turns: list[tuple[datetime, int, Followed]] = [(one.since, 1, one) for one in self.followed]
        turns += [
            (one.stopped_at, 0, one) for one in self.followed if ends and one.stopped_at and one.stopped_at <= self.at
        ]
        holding: dict[str, Mapping[str, Sequence[Any]]] = {}
        found = []
        for moment, begins, one in sorted(turns, key=lambda turn: turn[:2]):
            holding[one.plan] = one.dosages if begins else {}
            found.append(Step(self.day_of(moment), _together(holding.values())))
        return found

    def target(self, instrument: str) -> Target | None:
        """The range that the patient's team aims at now."""
        return next((one for one in self.targets if one.instrument == instrument and one.holds(self.at)), None)


@dataclass(frozen=True)
class History:
    """All that was ever known about a patient, for looking at it as it was known at any moment."""

    person: Person
    facts: tuple[Known, ...]
    targets: tuple[Target, ...] = ()
    followed: tuple[Followed, ...] = ()
    knowledge: Catalogue | None = field(default=None, repr=False, compare=False)

    def as_of(self, at: datetime) -> Picture:
        """Only what was recorded by then, still stood then, and was not known to be over by then."""
        known = [_as_of(fact, at) for fact in self.facts if _stood(fact, at)]
        return pictured(
            self.person, at, known, self.targets, tuple(one for one in self.followed if one.since <= at), self.knowledge
        )

    @cached_property
    def moments(self) -> tuple[datetime, ...]:
        """When something came to be known, or was known to be wrong."""
        times = {fact.recorded_at for fact in self.facts} | {fact.gone_at for fact in self.facts if fact.gone_at}
        times |= {one.since for one in self.followed} | {one.stopped_at for one in self.followed if one.stopped_at}
        return tuple(sorted(times))


def _together(plans: Iterable[Mapping[str, Sequence[Any]]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for dosages in plans:
        for code, rows in dosages.items():
            found.setdefault(code, []).extend(rows)
    return found


def _stood(fact: Known, at: datetime) -> bool:
    return fact.recorded_at <= at and (fact.gone_at is None or fact.gone_at > at)


def _as_of(fact: Known, at: datetime) -> Known:
    later = fact.resolution_known_at is not None and fact.resolution_known_at > at
    return replace(fact, resolved_at=None) if later else fact


def pictured(
    person: Person,
    at: datetime,
    facts: Sequence[Known],
    targets: Sequence[Target],
    followed: Sequence[Followed],
    knowledge: Catalogue | None,
) -> Picture:
    """The picture of these facts: the most recent first, those dated ahead left out."""
    ordered = sorted(facts, key=lambda fact: (fact.effective_at, fact.recorded_at, fact.id), reverse=True)
    return Picture(
        person, at,
        tuple(fact for fact in ordered if fact.effective_at <= at),
        min((fact.effective_at for fact in facts if fact.effective_at > at), default=None),
        tuple(targets), tuple(sorted(followed, key=lambda one: one.since)), knowledge,
    )  # fmt: skip
