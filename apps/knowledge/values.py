"""Knowledge as plain values, for the pure modules that compute with it. Nothing but the standard library in here.

`apps.knowledge.in_force` makes them from the tables, a hospital's own values already in their place; `Citation.local` says
where that happened. The fields mean what the models of the same names say.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Citation:
    """Where a row comes from: codes of statements, keys of sources, how it was verified, and whether it is a hospital's own.

    `shipped` holds what the edition says where a hospital has put its own value in place: {field: shipped value}.
    """

    code: str
    statements: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    mark: str = ""
    note: str = ""
    local: bool = False
    shipped: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def words(self) -> str:
        """The citation as it stands behind a number: “S2-19 (S2), mark S”, or “set here” for a hospital's own."""
        named = ", ".join([*self.statements, *[key for key in self.sources if not self._covered(key)]]) or "no source"
        return f"{named}{f' [{self.mark}]' if self.mark else ''}{', set here' if self.local else ''}"

    def _covered(self, key: str) -> bool:
        return any(code.startswith(f"{key}-") for code in self.statements)


@dataclass(frozen=True)
class Panel:
    """What is done in one go: each of `measures` recorded, or any one of `any_of`, or an assessment of these kinds."""

    code: str
    name: str
    measures: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    assessments: tuple[str, ...] = ()
    citation: Citation = Citation("")


@dataclass(frozen=True)
class Medicine:
    """A medicine, as far as checks ask about it."""

    code: str
    name: str
    klass: str
    routes: tuple[str, ...] = ()
    immunosuppressant: bool = False
    weekly_only: bool = False
    prednisone_factor: Decimal | None = None
    clashes_with: tuple[str, ...] = ()
    citation: Citation = Citation("")


@dataclass(frozen=True)
class Guidance:
    """What one source says about the dose of a medicine (see models.DoseGuidance)."""

    medicine: str
    kind: str
    population: str
    basis: str
    unit: str
    low: Decimal | None = None
    high: Decimal | None = None
    cap_low: Decimal | None = None
    cap_high: Decimal | None = None
    cap_unit: str = ""
    route: str = ""
    course_days_low: int | None = None
    course_days_high: int | None = None
    interval_low: int | None = None
    interval_high: int | None = None
    interval_unit: str = ""
    doses: int | None = None
    after_weeks: int | None = None
    frequency: str = ""
    line: tuple[int, ...] = ()
    condition: str = ""
    citation: Citation = Citation("")


@dataclass(frozen=True)
class Requirement:
    """What has to be there before a medicine (see models.Prerequisite): a panel, or another medicine beside it."""

    medicine: str
    panel: Panel | None = None
    beside: Medicine | None = None
    max_age_days: int | None = None
    population: str = "any"
    option: str = ""
    if_applicable: str = ""
    holds_first_dose: bool = False
    citation: Citation = Citation("")


@dataclass(frozen=True)
class Phase:
    """From this day on, every so many days; None: once."""

    from_day: int
    every_days: int | None


@dataclass(frozen=True)
class Schedule:
    """How often a panel is due, for whom (see models.MonitoringSchedule)."""

    scheme: str
    reason: str
    panel: Panel
    phases: tuple[Phase, ...]
    medicine: str = ""
    klass: str = ""
    phenotype: str = ""
    condition: str = ""
    anchor: str = "start"
    grace_days: int = 0
    citation: Citation = Citation("")


@dataclass(frozen=True)
class Window:
    """When a treatment should have helped and when one looks (see models.ResponseWindow)."""

    review_after_weeks: int
    score: str
    medicine: str = ""
    klass: str = ""
    population: str = "any"
    expected_low_weeks: int | None = None
    expected_high_weeks: int | None = None
    citation: Citation = Citation("")


@dataclass(frozen=True)
class Step:
    """A rung of a pathway; `options` as models.PathwayStep has them."""

    pathway: str
    ordinal: int
    name: str
    enter_when: str
    options: tuple[dict[str, Any], ...] = field(hash=False)
    review_after_weeks: int | None = None
    citation: Citation = Citation("")


@dataclass(frozen=True)
class Catalogue:
    """All knowledge that holds at this hospital now, for computing. What is retired or hidden here is not in it, but for the
    medicines that are named in `out_of_use`, where somebody asks for those, too.
    """

    edition: str
    medicines: dict[str, Medicine] = field(default_factory=dict, hash=False)
    panels: dict[str, Panel] = field(default_factory=dict, hash=False)
    guidance: tuple[Guidance, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    windows: tuple[Window, ...] = ()
    steps: tuple[Step, ...] = ()
    out_of_use: frozenset[str] = frozenset()

    def guidance_of(self, medicine: str) -> tuple[Guidance, ...]:
        """What the sources say about the dose of a medicine."""
        return tuple(row for row in self.guidance if row.medicine == medicine)

    def requirements_of(self, medicine: str) -> tuple[Requirement, ...]:
        """What has to be there before a medicine."""
        return tuple(row for row in self.requirements if row.medicine == medicine)
