"""Who sees whom: written by the rooms that give the reason, in their own transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.patients.models import Patient, PatientAccess
from apps.patients.operations.recording import note


@dataclass(frozen=True)
class Wanted:
    """One access that should be: to whom, by which row, from when until when."""

    user_id: UUID
    kind: str
    source_id: UUID
    starts_at: datetime
    ends_at: datetime | None


@transaction.atomic
def keep_access(*, patient: Patient, holder_id: UUID, wanted: Sequence[Wanted], by: Actor, at: datetime) -> None:
    """Make the accesses that hang on `holder_id` be exactly `wanted`.

    What was in force before `at` stays as history: an access that is no longer wanted ends now, or, when it had not begun,
    becomes empty.
    """
    kept = {row.source_id: row for row in PatientAccess.objects.select_for_update().filter(holder_id=holder_id)}
    for want in wanted:
        row = kept.pop(want.source_id, None)
        if row is None:
            _open(patient, holder_id, want, by=by, at=at)
        else:
            _move(row, patient, starts_at=want.starts_at, ends_at=want.ends_at, by=by, at=at)
    for row in kept.values():
        until = at if row.ends_at is None else min(row.ends_at, at)
        _move(row, patient, starts_at=row.starts_at, ends_at=max(row.starts_at, until), by=by, at=at)


def _open(patient: Patient, holder_id: UUID, want: Wanted, *, by: Actor, at: datetime) -> None:
    row = PatientAccess.objects.create(patient=patient, holder_id=holder_id, **vars(want))
    changes = audit.created(row, "user_id", "kind", "starts_at", "ends_at")
    note(row, by=by, at=at, verb="patients.open_access", changes=changes)


def _move(
    row: PatientAccess, patient: Patient, *, starts_at: datetime, ends_at: datetime | None, by: Actor, at: datetime
) -> None:
    before = (row.patient_id, row.starts_at, row.ends_at)
    if before == (patient.pk, starts_at, ends_at):
        return
    row.patient, row.starts_at, row.ends_at = patient, starts_at, ends_at
    row.save(update_fields=["patient", "starts_at", "ends_at"])
    changes = {"starts_at": (before[1], starts_at), "ends_at": (before[2], ends_at)}
    note(row, by=by, at=at, verb="patients.change_access", changes=changes)
