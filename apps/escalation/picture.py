"""What is known about patients at a moment, read into one frozen value each, at most three queries for a whole batch."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import CharField, DateTimeField, F, Q, Value
from django.db.models.functions import Cast

from apps.observations.models import Assessment, Condition, Fact, Observation, Resolution
from apps.observations.operations.base import AHEAD
from apps.patients.models import Patient
from apps.referrals.models import Referral
from apps.referrals.moves import OPEN, State

#: A referral whose report is still to come. Of one that was declined nobody is to see the patient.
AWAITED = [state.value for state in OPEN - {State.DRAFT, State.DECLINED, State.REPORTED}]
STANDING = [Fact.Status.FINAL, Fact.Status.AMENDED]


@dataclass(frozen=True)
class Known:
    """One fact. `kind` is observation, condition, resolution or assessment; or referral: one that goes on is no fact about the
    patient and no evidence, yet answers what is asked.
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

    @property
    def words(self) -> str:
        """The fact as a person reads it."""
        if self.kind == "observation":
            unit = "" if not self.unit or self.unit.startswith("{") else f" {self.unit}"
            value = (
                {True: "yes", False: "no"}.get(self.value, self.value) if isinstance(self.value, bool) else self.value
            )
            return f"{self.name}: {value}{unit}"
        if self.kind == "condition":
            return f"{self.name}{f' ({self.severity})' if self.severity else ''}"
        return self.name


@dataclass(frozen=True)
class Picture:
    """One patient at one moment. `ahead` is the time of the next fact that is dated in the future."""

    patient_id: UUID
    at: datetime
    zone: ZoneInfo
    status: str
    onset: str
    birth_date: date
    facts: tuple[Known, ...] = ()
    ahead: datetime | None = None

    @property
    def today(self) -> date:
        """The date at the site."""
        return self.at.astimezone(self.zone).date()

    def of(self, kind: str, code: str) -> list[Known]:
        """The facts of a kind and code, the most recent first."""
        return [fact for fact in self.facts if fact.kind == kind and fact.code == code]


def read(patients: Sequence[UUID], at: datetime, measures: Iterable[str]) -> dict[UUID, Picture]:
    """The pictures of these patients. Values only of the measures that are asked about."""
    found: dict[UUID, list[Known]] = defaultdict(list)
    for patient_id, fact in [*_observations(patients, at, measures), *_others(patients, at)]:
        found[patient_id].append(fact)
    rows = Patient.objects.filter(pk__in=patients).select_related("site")
    return {row.pk: _picture(row, at, found[row.pk]) for row in rows}


def _picture(patient: Patient, at: datetime, facts: list[Known]) -> Picture:
    facts.sort(key=lambda fact: (fact.effective_at, fact.recorded_at, fact.id), reverse=True)
    return Picture(
        patient.pk,
        at,
        patient.site.zone,
        patient.status,
        patient.onset,
        patient.birth_date,
        tuple(fact for fact in facts if fact.effective_at <= at),
        min((fact.effective_at for fact in facts if fact.effective_at > at), default=None),
    )


def _standing(patients: Sequence[UUID], at: datetime) -> Q:
    return Q(patient__in=patients, status__in=STANDING, effective_at__lte=at + AHEAD)


def _observations(patients: Sequence[UUID], at: datetime, measures: Iterable[str]) -> list[tuple[UUID, Known]]:
    rows = Observation.objects.filter(_standing(patients, at), instrument__code__in=sorted(measures)).values_list(
        "patient_id", "id", "instrument__code", "instrument__name", "value_number", "value_code", "value_boolean",
        "effective_at", "recorded_at", "unit",
    )  # fmt: skip
    return [
        (
            row[0],
            Known("observation", row[1], row[2], row[3], _value(row[4], row[5], row[6]), row[7], row[8], unit=row[9]),
        )
        for row in rows
    ]


def _value(number: Any, code: Any, truth: Any) -> Any:
    if number is not None:
        return number.normalize() if number != number.to_integral_value() else number.quantize(1)
    return code if code is not None else truth


def _others(patients: Sequence[UUID], at: datetime) -> list[tuple[UUID, Known]]:
    """Findings, complications, resolutions, assessments and referrals that go on, in one query."""
    text = CharField()
    standing = _standing(patients, at)
    never = Cast(Value(None), DateTimeField())
    columns = (
        "patient_id",
        "kind",
        "id",
        "code",
        "name",
        "severity_",
        "category_",
        "by",
        "effective_at",
        "recorded_at",
        "over",
    )
    conditions = Condition.objects.filter(standing).annotate(
        kind=Value("condition"), code=F("concept__code"), name=F("concept__name"), severity_=F("severity"),
        category_=F("concept__category"), by=Value("", text), over=F("resolved_at"),
    )  # fmt: skip
    resolutions = Resolution.objects.filter(standing).annotate(
        kind=Value("resolution"), code=F("concept__code"), name=F("concept__name"), severity_=Value("", text),
        category_=F("concept__category"), by=F("discipline__code"), over=never,
    )  # fmt: skip
    assessments = Assessment.objects.filter(standing).annotate(
        kind_=Value("assessment"), code=F("kind"), name=F("kind"), severity_=F("result"), category_=Value("", text),
        by=F("discipline__code"), over=never,
    )  # fmt: skip
    referrals = Referral.objects.filter(patient__in=patients, state__in=AWAITED).annotate(
        kind=Value("referral"), code=F("to__code"), name=F("reason__name"), severity_=Value("", text),
        category_=Value("", text), by=F("to__code"), effective_at=F("sent_at"), recorded_at=F("sent_at"), over=never,
    )  # fmt: skip
    own = tuple("kind_" if column == "kind" else column for column in columns)
    rows = (
        conditions.order_by().values_list(*columns)
        .union(resolutions.order_by().values_list(*columns), all=True)
        .union(assessments.order_by().values_list(*own), all=True)
        .union(referrals.order_by().values_list(*columns), all=True)
    )  # fmt: skip
    return [
        (row[0], Known(row[1], row[2], row[3], row[4], None, row[8], row[9], severity=row[5], category=row[6],
                       discipline=row[7], resolved_at=row[10]))
        for row in rows
    ]  # fmt: skip
