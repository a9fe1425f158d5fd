"""The facts about a patient that can be sent along: which ones, and how they are put in words."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.observations.models import Assessment, Condition, Observation
from apps.patients.models import Patient

#: What a fact of each kind is named by.
NAMED_BY: dict[Any, tuple[str, ...]] = {
    Observation: ("instrument",),
    Condition: ("concept",),
    Assessment: ("discipline",),
}


@dataclass(frozen=True)
class Known:
    """A fact: its id, what it says, and when it was true."""

    id: UUID
    words: str
    effective_at: datetime


def newest(patient: Patient, besides: Collection[UUID] = ()) -> list[Known]:
    """The newest value of each instrument, each finding and complication that is not resolved, and the newest assessment of each
    kind; the newest first. `besides` names others that are wanted, too, as long as they stand. Three queries.
    """
    unresolved = Condition.objects.standing().filter(patient=patient, resolved_at__isnull=True)
    rows = [
        *_rows(Observation, _newest(Observation, patient, "instrument_id"), patient, besides),
        *_rows(Condition, unresolved, patient, besides),
        *_rows(Assessment, _newest(Assessment, patient, "kind"), patient, besides),
    ]
    rows.sort(key=lambda row: (row.effective_at, row.pk), reverse=True)
    return [Known(row.pk, in_words(row), row.effective_at) for row in rows]


def _newest(model: Any, patient: Patient, each: str) -> QuerySet[Any]:
    found: QuerySet[Any] = model.objects.standing().filter(patient=patient)
    return found.order_by(each, "-effective_at", "-id").distinct(each)


def _rows(model: Any, wanted: QuerySet[Any], patient: Patient, besides: Collection[UUID]) -> QuerySet[Any]:
    return standing(model, patient.pk).filter(Q(pk__in=wanted.values("pk")) | Q(pk__in=besides))


def standing(model: Any, patient_id: UUID) -> QuerySet[Any]:
    """The standing facts of one kind about a patient, with what puts them in words."""
    rows: QuerySet[Any] = model.objects.standing().filter(patient=patient_id)
    return rows.select_related(*NAMED_BY[model])


def in_words(fact: Any) -> str:
    """A fact in words, as it is now: a value with its instrument and the laboratory's limit, an assessment with its result."""
    if isinstance(fact, Observation):
        limit = f" (limit {fact.reference_high.normalize():f})" if fact.reference_high is not None else ""
        return f"{fact.instrument.name}: {fact.shown_value}{limit}"
    if isinstance(fact, Assessment) and fact.result:
        return f"{fact}: {fact.result}"
    return str(fact)
