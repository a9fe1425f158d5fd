"""How facts follow when two records of one person become one."""

from datetime import datetime
from uuid import UUID

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.observations.models import AdverseEvent, Assessment, Attendance, Condition, Fact, Observation, Resolution
from apps.observations.signals import fact_changed
from apps.patients import merging
from apps.patients.models import Patient

KINDS: tuple[type[Fact], ...] = (Observation, Condition, Resolution, Assessment, AdverseEvent, Attendance)


def _number(row: Observation) -> tuple[str, str, UUID]:
    return (row.source, row.accession, row.instrument_id)


def _weight(row: Observation) -> tuple[int, bool]:
    return {Fact.Status.AMENDED.value: 2, Fact.Status.FINAL.value: 1}.get(row.status, 0), row.baseline


def _put_aside(row: Observation, kept: Patient, by: Actor, at: datetime) -> None:
    """One of two rows of one result: its number goes to the other, and it stands no longer."""
    before = row.status
    row.status, row.error_at = Fact.Status.ENTERED_IN_ERROR, row.error_at or at
    row.error_reason = row.error_reason or "Known from the other one of two records that were merged."
    row.source, row.accession = "", ""
    row.save(update_fields=["status", "error_at", "error_reason", "source", "accession"])
    audit.record(
        by=by, at=at, verb="observations.merge", subject=row, patient_id=kept.pk, site_id=kept.site_id,
        changes={"status": (before, row.status)},
    )  # fmt: skip


def move_facts(gone: Patient, kept: Patient, by: Actor, at: datetime) -> None:
    """All facts go along. A result that both records had under one number of its sender is kept once: one that stands
    before one that was entered in error, a corrected one before one that nobody has looked at again, and a marked baseline.
    """
    current = Observation.objects.exclude(source="").exclude(status=Fact.Status.SUPERSEDED)
    mine = {_number(row): row for row in current.filter(patient=kept)}
    for row in current.filter(patient=gone):
        other = mine.get(_number(row))
        if other is not None:
            _put_aside(row if _weight(other) >= _weight(row) else other, kept, by, at)
    for kind in KINDS:
        kind.objects.filter(patient=gone).update(patient=kept)
    fact_changed.send(sender=Patient, patient_id=kept.pk, effective_at=at, at=at)


for kind in KINDS:
    merging.declare(kind._meta.label, move_facts)
