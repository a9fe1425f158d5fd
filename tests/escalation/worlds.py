"""Random facts about a few patients with the shipped criteria switched on, and what came of them, to be compared."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from apps.accounts.actors import Careteam
from apps.accounts.permissions import Role
from apps.common import due
from apps.common.clock import app_now
from apps.escalation.models import Escalation, Watch
from apps.escalation.operations import plant_watches
from apps.knowledge.models import Concept, Discipline, Instrument, Medicine
from apps.nudges.models import Nudge
from apps.observations import operations as observations
from apps.patients import operations as records
from apps.patients.models import Patient
from apps.plans.models import MedicationItem, PlanVersion, TreatmentPlan
from tests.cast import Cast
from tests.escalation.house import shipped, switch_on

#: The long form of these tests runs so many times as many examples.
ROUNDS = int(os.environ.get("PROPERTY_ROUNDS", "1"))
CODES = [f"SW-0{n}" for n in range(5)] + [f"LU-0{n}" for n in range(8)] + ["IN-01", "SK-05"]
WATCHES = "escalation.watches"
HOUR = timedelta(hours=1)
#: 40 days: the windows of hours, of 7, 14 and 28 days, and what lies before them.
FURTHEST = 960


def examples(count: int) -> settings:
    """So many examples, always the same ones, without a file that remembers."""
    return settings(
        max_examples=count * ROUNDS, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A fact about one of the patients, so many hours and a half ago. `fate`: it stands (empty), is wrong, or becomes a value."""

    who: int
    hours: int
    kind: str
    code: str
    value: Any = None
    fate: Any = ""


def _numbers(low: float, high: float, places: int = 0) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(str(low)), Decimal(str(high)), places=places)


#: The measures that the criteria ask about, with values on both sides of their limits.
MEASURES: dict[str, st.SearchStrategy[Any]] = {
    "eat10": _numbers(0, 9), "fois": _numbers(1, 7), "wst3oz": st.sampled_from(["pass", "fail"]), "weight": _numbers(50, 75, 1),
    "bmi": _numbers(17, 25, 1), "spo2_rest_ra": _numbers(88, 99), "spo2_exert_nadir": _numbers(85, 97),
    "fvc_pp": _numbers(40, 95), "dlco_pp": _numbers(40, 95), "mmrc": _numbers(0, 4), "temp": _numbers(36, 39.5, 1),
    "mip": _numbers(20, 90), "vc_supine_drop": _numbers(5, 35),
}  # fmt: skip
FINDINGS = [
    "coughing_on_fluids", "wet_voice", "cannot_manage_secretions", "new_infiltrate", "new_productive_cough", "fibrosis_on_hrct",
    "alternative_explanation", "symptoms_worse", "hrct_progression", "new_cough", "new_dry_cough", "skin_ulcer",
    "suspected_infection",
]  # fmt: skip
COMPLICATIONS = ["dysphagia", "aspiration_pneumonia", "interstitial_lung_disease", "pneumonitis"]


@st.composite
def _measured(draw: st.DrawFn, who: int, hours: int) -> Told:
    code = draw(st.sampled_from(sorted(MEASURES)))
    value = draw(MEASURES[code])
    kept = st.sampled_from(["", "", "", "wrong"])
    corrected = kept | MEASURES[code] if isinstance(value, Decimal) else kept
    return Told(who, hours, "value", code, value, draw(corrected))


@st.composite
def _judged(draw: st.DrawFn, who: int, hours: int) -> Told:
    kind = draw(st.sampled_from(["condition", "condition", "condition", "resolve", "assess", "antibody"]))
    if kind != "condition":
        value = {"antibody": draw(st.sampled_from(["positive", "negative"]))}.get(kind)
        code = {"resolve": "dysphagia", "assess": "slt_assessment", "antibody": "mda5"}[kind]
        return Told(who, hours, kind, code, value)
    code = draw(st.sampled_from([*FINDINGS, *COMPLICATIONS]))
    return Told(who, hours, kind, code, draw(st.sampled_from(["", "severe"])), draw(st.sampled_from(["", "", "wrong"])))


@st.composite
def facts(draw: st.DrawFn, patients: int = 1, most: int = 10, earliest: int = 0, least: int = 1) -> list[Told]:
    """Facts about so many patients at most, no two at the same time, none in the last `earliest` hours."""
    times = draw(
        st.lists(
            st.integers(earliest, FURTHEST) | st.integers(earliest, earliest + 72),
            min_size=least,
            max_size=most,
            unique=True,
        )
    )
    people = st.integers(0, patients - 1)
    return [draw(_measured(draw(people), hours) | _judged(draw(people), hours)) for hours in times]


@dataclass
class World:
    """Patients, and the moment at which everything about them is recorded."""

    patients: list[Patient]
    at: datetime = field(default_factory=app_now)

    @classmethod
    def make(cls, cast: Cast, folder: Path, patients: int = 1) -> "World":
        """The shipped criteria of swallowing and lung, with IN-01 and SK-05; half of the patients take methotrexate, for long."""
        cast.person("governor", Role.GOVERNANCE)
        switch_on(cast, folder, *[shipped(code) for code in CODES])
        world = cls([cast.patient_of(f"Nr{number}") for number in range(patients)])
        for patient in world.patients[::2]:
            _treat(patient, cast, world.at - 3 * FURTHEST * HOUR)
        plant_watches(by=cast.by, at=world.at)
        world.drain()
        return world

    def now(self) -> "World":
        """The same patients at this moment: worlds that are compared share it."""
        return replace(self, at=app_now())

    def record(self, told: Sequence[Told]) -> None:
        """By the real operations, in this order, all at one moment; what has a fate meets it at once."""
        for one in told:
            self.meet(one, self.record_one(one, self.at), self.at)

    def when(self, one: Told) -> datetime:
        """When a fact was true."""
        return self.at - one.hours * HOUR - HOUR / 2

    def record_one(self, one: Told, at: datetime) -> Any:
        """One fact, recorded at a moment; returns its row."""
        common: dict[str, Any] = {"patient": self.patients[one.who], "by": Careteam(at=at), "at": at}
        common["effective_at"] = self.when(one)
        slt = Discipline.objects.get(code="slt")
        match one.kind:
            case "value":
                instrument = Instrument.objects.get(code=one.code)
                unit = instrument.unit if isinstance(one.value, Decimal) else ""
                return observations.record_observation(
                    instrument=instrument, value=one.value, unit=unit, confirmed=True, **common
                )
            case "condition":
                concept = Concept.objects.get(code=one.code)
                return observations.record_condition(concept=concept, severity=one.value, **common)
            case "resolve":
                return observations.resolve(concept=Concept.objects.get(code=one.code), discipline=slt, **common)
            case "assess":
                return observations.record_assessment(kind=one.code, discipline=slt, **common)
            case _:
                return records.record_antibody(code=one.code, result=one.value, **common)

    def meet(self, one: Told, row: Any, at: datetime) -> None:
        """What became of a fact, said at a moment."""
        by = Careteam(at=at)
        if one.fate == "wrong":
            observations.enter_in_error(fact=row, by=by, at=at, reason="the wrong patient")
        elif one.fate != "":
            observations.correct_observation(
                observation=row, by=by, at=at, value=one.fate, unit=row.unit, confirmed=True
            )

    def drain(self) -> int:
        """Look at whoever is due."""
        return due.drain_all(WATCHES)

    def found(self) -> dict[Any, Any]:
        """What came of it: every escalation with what it says and rests on, whom it asked, and what could not be judged."""
        place = {patient.pk: number for number, patient in enumerate(self.patients)}
        rows = Escalation.objects.filter(patient__in=place).select_related("criterion").prefetch_related("evidence")
        found: dict[Any, Any] = {(place[row.patient_id], row.criterion.code, row.key): _said(row) for row in rows}
        assert len(found) == len(rows)
        for watch in Watch.objects.filter(patient__in=place):
            found[place[watch.patient_id]] = (watch.not_assessable, watch.last_error)
        found["asked"] = Nudge.objects.filter(patient__in=place).count()
        return found


def _said(row: Escalation) -> tuple[Any, ...]:
    evidence = {
        (one.context, one.words, one.effective_at, tuple(sorted(one.snapshot.items()))) for one in row.evidence.all()
    }
    held = row.holds_no_longer_since is None
    return row.state, row.severity, row.reason, row.explanation, held, frozenset(evidence)


def _treat(patient: Patient, cast: Cast, at: datetime) -> None:
    """A plan with methotrexate that is followed, without the way there."""
    plan = TreatmentPlan.objects.create(patient=patient, opened_at=at)
    version = PlanVersion.objects.create(
        plan=plan, number=1, state="active", digest="x", approved_digest="x", proposed_at=at, approved_at=at, activated_at=at,
        approver=cast.rheumatologist.who,
    )  # fmt: skip
    MedicationItem.objects.create(
        version=version, medicine=Medicine.objects.get(code="methotrexate"), dose=15, unit="mg", frequency=1, period=1,
        period_unit="wk", route="oral", starts_on=at.date(),
    )  # fmt: skip


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


__all__ = ["CODES", "FURTHEST", "HOUR", "ROUNDS", "WATCHES", "Told", "World", "examples", "facts", "undone"]
