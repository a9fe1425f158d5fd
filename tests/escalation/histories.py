"""Small histories by the real operations of the rooms, at times of their own, and wordings to run over them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from apps.accounts.actors import Careteam
from apps.accounts.models import Site
from apps.accounts.permissions import Role
from apps.escalation.backtest import run
from apps.escalation.models import CriterionVersion
from apps.knowledge.models import Concept, Discipline, Instrument
from apps.observations import operations as observations
from apps.observations.models import Condition, Fact, Observation
from apps.patients import operations as records
from apps.patients.models import Patient
from tests.cast import Cast
from tests.escalation.house import BERLIN, place, switch_on, write

#: Before anything in these histories.
BEGIN, END = "2026-01-01 00:00", "2026-07-01 00:00"


def local(text: str, site: Site | None = None) -> datetime:
    """A time at the site, Berlin unless said."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN if site is None else site.zone)


@dataclass
class Told:
    """A patient about whom things are recorded: each at a time, which is also when it was true unless said."""

    patient: Patient

    @classmethod
    def register(
        cls, cast: Cast, family: str = "Berger", *, site: Site | None = None, on: str = "2025-12-01 08:00", **more: Any
    ) -> "Told":
        """Somebody who is registered before anything is recorded."""
        at = local(on)
        return cls(
            records.register(
                by=Careteam(at=at), at=at, site=site or cast.site, family_name=family, given_name="Test", gender="female",
                birth_date=more.pop("birth_date", date(1960, 1, 1)), onset=more.pop("onset", "adult"), **more,
            )
        )  # fmt: skip

    def _at(self, text: str) -> datetime:
        return local(text, self.patient.site)

    def value(self, at: str, code: str, value: Any, *, true: str = "") -> Observation:
        """A value of an instrument, in its own unit."""
        moment, instrument = self._at(at), Instrument.objects.get(code=code)
        number = instrument.kind == Instrument.Kind.NUMBER
        return observations.record_observation(
            patient=self.patient, by=Careteam(at=moment), at=moment, instrument=instrument, confirmed=True,
            value=Decimal(str(value)) if number else value, unit=instrument.unit if number else "",
            effective_at=self._at(true or at),
        )  # fmt: skip

    def correct(self, at: str, row: Observation, value: Any) -> Observation:
        """Replace a value."""
        moment = self._at(at)
        return observations.correct_observation(
            observation=row, by=Careteam(at=moment), at=moment, value=Decimal(str(value)), unit=row.unit, confirmed=True
        )

    def wrong(self, at: str, row: Fact) -> None:
        """Enter a fact in error."""
        moment = self._at(at)
        observations.enter_in_error(fact=row, by=Careteam(at=moment), at=moment, reason="the wrong patient")

    def condition(self, at: str, code: str, severity: str = "", *, true: str = "") -> Condition:
        """A finding or a complication."""
        moment = self._at(at)
        return observations.record_condition(
            patient=self.patient, by=Careteam(at=moment), at=moment, concept=Concept.objects.get(code=code),
            effective_at=self._at(true or at), severity=severity,
        )  # fmt: skip

    def resolve(self, at: str, code: str, discipline: str = "slt") -> Fact:
        """A problem is over."""
        moment = self._at(at)
        return observations.resolve(
            patient=self.patient, by=Careteam(at=moment), at=moment, concept=Concept.objects.get(code=code),
            effective_at=moment, discipline=Discipline.objects.get(code=discipline),
        )  # fmt: skip

    def assess(self, at: str, kind: str = "slt_assessment", discipline: str = "slt", *, true: str = "") -> Fact:
        """Somebody looked."""
        moment = self._at(at)
        return observations.record_assessment(
            patient=self.patient, by=Careteam(at=moment), at=moment, kind=kind, effective_at=self._at(true or at),
            discipline=Discipline.objects.get(code=discipline),
        )  # fmt: skip


def wording(code: str = "LU-90", **more: Any) -> dict[str, Any]:
    """A criterion as a file has it: oxygen at rest at or under a limit, unless said."""
    return {
        "code": code, "group": "lung", "name": f"Test {code}",
        "when": 'latest(spo2_rest_ra, "24h") <= p.limit', "clears": "by_person",
        "severity": "urgent", "asks": ["pulmonology", "rheumatology"], "informs": ["coordination"], "acknowledge_within": "1 wd",
        "act_within": "2 wd", "advice": "Look at the breathing.", "citations": ["LP"], "origin": "policy",
        "parameters": {"limit": {"value": "92", "unit": "%", "citation": "LP", "mark": "LP"}}, **more,
    }  # fmt: skip


def limit(value: str) -> dict[str, Any]:
    """The parameter of that wording with another value."""
    return {"limit": {**wording()["parameters"]["limit"], "value": value}}


def screening(**more: Any) -> dict[str, Any]:
    """A positive swallow screen that nobody has followed up, ended by speech and language therapy."""
    positive = {"positive": {"value": "3", "unit": "{score}", "citation": "P-EAT", "mark": "V2"}}
    return wording(
        "SW-90", group="swallowing", when='latest(eat10) >= p.positive && missing(slt_assessment, "28d")',
        clears='resolved("dysphagia", "slt")', asks=["slt"], informs=["rheumatology"], parameters=positive, **more,
    )  # fmt: skip


def draft(folder: Path, row: dict[str, Any]) -> CriterionVersion:
    """A wording as a draft."""
    place(write(folder, row))
    found: CriterionVersion = CriterionVersion.objects.select_related("criterion").get(
        criterion__code=row["code"], state="draft"
    )
    return found


def active(cast: Cast, folder: Path, *rows: dict[str, Any]) -> list[CriterionVersion]:
    """Wordings that are switched on."""
    if "governor" not in cast.personas:
        cast.person("governor", Role.GOVERNANCE)
    return switch_on(cast, folder, *rows)


def result(version: CriterionVersion, since: str = BEGIN, until: str = END, **more: Any) -> dict[str, Any]:
    """What the version would have done, as JSON has it."""
    return run(version, since=local(since), until=local(until), **more).plain()


def weekly(found: dict[str, Any], counts: list[int]) -> dict[str, int]:
    """The weeks in which there is anything, by their Mondays."""
    return {week: count for week, count in zip(found["weeks"], counts, strict=True) if count}
