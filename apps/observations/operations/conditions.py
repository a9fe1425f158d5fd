"""Findings, complications, and what is over."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from apps.accounts.actors import Actor
from apps.common.refusals import Invalid
from apps.knowledge.models import Concept, Discipline
from apps.observations.models import Condition, Resolution
from apps.observations.operations.base import add, discipline_of, hold_time, writable
from apps.patients.models import Patient
from apps.patients.operations.recording import note


@transaction.atomic
def record_condition(
    *,
    patient: Patient,
    by: Actor,
    at: datetime,
    concept: Concept,
    effective_at: datetime,
    severity: str = "",
    icd10: str = "",
    note: str = "",
) -> Condition:
    """Record a finding or a complication from its onset on.

    Raises Forbidden, Conflict, or Invalid: an ICD-10 code that is none of the concept's, or a time that cannot be.
    """
    patient = writable(patient, by)
    hold_time(patient, effective_at, at)
    if concept.retired:
        raise Invalid.field("code", f"{concept.name} is not in use any more.")
    if icd10 and icd10 not in {*concept.icd10_cm, *concept.icd10_who}:
        known = ", ".join(sorted({*concept.icd10_cm, *concept.icd10_who})) or "none is verified"
        raise Invalid.field("icd10", f"This is no code of “{concept.name}”: {known}.")
    row = Condition(
        patient=patient, concept=concept, effective_at=effective_at, severity=severity, icd10=icd10, note=note,
        recorded_at=at, recorded_by_id=by.user_id,
    )  # fmt: skip
    row.hold_to_rules()
    return add(row, by=by, at=at, verb=f"observations.record_{concept.category}", fields=("concept", "severity"))


@transaction.atomic
def resolve(
    *,
    patient: Patient,
    by: Actor,
    at: datetime,
    concept: Concept,
    effective_at: datetime,
    discipline: Discipline | None = None,
    note: str = "",
) -> Resolution:
    """Say for a discipline that a problem is over; every such condition that stands open is resolved by it.

    Raises Forbidden, Conflict or Invalid.
    """
    patient = writable(patient, by)
    hold_time(patient, effective_at, at)
    speaks_for = discipline_of(by, patient, discipline)
    row = Resolution(
        patient=patient, concept=concept, discipline=speaks_for, effective_at=effective_at, note=note, recorded_at=at,
        recorded_by_id=by.user_id,
    )  # fmt: skip
    row.hold_to_rules()
    add(row, by=by, at=at, verb="observations.resolve", fields=("concept", "discipline"))
    _resolve_open(row, by, at)
    return row


def _resolve_open(row: Resolution, by: Actor, at: datetime) -> None:
    still = Q(status=Condition.Status.FINAL, resolved_at__isnull=True, effective_at__lte=row.effective_at)
    for condition in Condition.objects.select_for_update().filter(still, patient=row.patient, concept=row.concept):
        condition.patient = row.patient
        condition.resolved_at, condition.resolution = row.effective_at, row
        condition.save(update_fields=["resolved_at", "resolution"])
        note(condition, by=by, at=at, verb="observations.resolved", changes={"resolved_at": (None, row.effective_at)})


def reopen(resolution: Resolution, *, by: Actor, at: datetime) -> None:
    """Open again what a resolution had closed, unless another statement still says that it is over."""
    others = Resolution.objects.standing().filter(patient=resolution.patient, concept=resolution.concept)
    for condition in resolution.resolved.select_for_update():
        before = condition.resolved_at
        other = (
            others.exclude(pk=resolution.pk)
            .filter(effective_at__gte=condition.effective_at)
            .order_by("effective_at")
            .first()
        )
        if other is not None:
            condition.resolved_at, condition.resolution = other.effective_at, other
            condition.save(update_fields=["resolved_at", "resolution"])
            continue
        condition.patient, condition.resolved_at, condition.resolution = resolution.patient, None, None
        condition.save(update_fields=["resolved_at", "resolution"])
        note(condition, by=by, at=at, verb="observations.reopened", changes={"resolved_at": (before, None)})
