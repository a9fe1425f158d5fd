"""Examinations and documented decisions."""

from datetime import datetime

from django.db import transaction

from apps.accounts.actors import Actor
from apps.knowledge.models import Discipline
from apps.observations.models import Assessment
from apps.observations.operations.base import add, discipline_of, hold_time, writable
from apps.patients.models import Patient


@transaction.atomic
def record_assessment(
    *,
    patient: Patient,
    by: Actor,
    at: datetime,
    kind: str,
    effective_at: datetime,
    discipline: Discipline | None = None,
    result: str = "",
    note: str = "",
) -> Assessment:
    """Record that somebody looked, for which discipline, and what came of it. Raises Forbidden, Conflict or Invalid."""
    patient = writable(patient, by)
    hold_time(patient, effective_at, at)
    row = Assessment(
        patient=patient, kind=kind, discipline=discipline_of(by, patient, discipline), effective_at=effective_at, result=result,
        note=note, recorded_at=at, recorded_by_id=by.user_id,
    )  # fmt: skip
    row.hold_to_rules()
    return add(row, by=by, at=at, verb="observations.record_assessment", fields=("kind", "discipline"))
