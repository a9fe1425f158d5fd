"""Two records of one person become one."""

from datetime import datetime

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.models import overlaps
from apps.common.refusals import Conflict, Invalid, Stale
from apps.patients import merging
from apps.patients.models import Antibody, Identifier, Mute, Patient, PatientAccess, TargetRange
from apps.patients.signals import patient_status_changed


@transaction.atomic
def merge(
    *, patient: Patient, by: Actor, at: datetime, into: Patient, reason: str, version: int | None = None
) -> Patient:
    """Merge `patient` into `into`, which stays: everything known about the one is from now on known about the other.

    Needs the right to write at both sites. Every room moves its own rows in this transaction (see `merging`).
    Raises Forbidden, Stale, or Conflict when either record was merged before or entered in error.
    """
    if patient.pk == into.pk:
        raise Invalid.field("into", "A record cannot be merged into itself.")
    gone, kept = _both(patient, into)
    if version is not None and gone.version != version:
        raise Stale
    for record in (gone, kept):
        by.require(Permission.PATIENTS_WRITE, record.site_id)
        if record.status in {Patient.Status.MERGED, Patient.Status.ENTERED_IN_ERROR}:
            raise Conflict(f"One of the two says “{record.get_status_display()}”.")
    merging.move_rows(gone=gone, kept=kept, by=by, at=at)
    Patient.objects.filter(merged_into=gone).update(merged_into=kept)
    changes = gone.change(status=Patient.Status.MERGED, merged_into=kept, status_at=at, status_reason=reason)
    for record in (gone, kept):
        audit.record(
            by=by,
            at=at,
            verb="patients.merge",
            subject=gone,
            patient_id=record.pk,
            site_id=record.site_id,
            changes=changes,
        )
    patient_status_changed.send(sender=Patient, patient=gone, by=by, at=at)
    return kept


def _both(patient: Patient, into: Patient) -> tuple[Patient, Patient]:
    """Both records locked, always in the order of their ids, so that two merges cannot wait for each other."""
    ids = (patient.pk, into.pk)
    found = {row.pk: row for row in Patient.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")}
    return found[patient.pk], found[into.pk]


def _move_own_rows(gone: Patient, kept: Patient, _by: Actor, _at: datetime) -> None:
    """This room's rows: numbers, antibodies and mutes go along; of two target ranges in force, the kept record's stays."""
    taken = kept.identifiers.filter(active=True).values_list("system", "value")
    for identifier in gone.identifiers.filter(active=True):
        identifier.active = (identifier.system, identifier.value) not in set(taken) and _free_at(kept, identifier)
        identifier.patient, identifier.site = kept, kept.site
        identifier.save(update_fields=["patient", "site", "active"])
    gone.identifiers.update(patient=kept, site=kept.site)
    gone.antibodies.update(patient=kept)
    for target in gone.target_ranges.all():
        if kept.target_ranges.filter(overlaps(target.starts_at, target.ends_at), instrument=target.instrument).exists():
            target.ends_at = target.starts_at
        target.patient = kept
        target.save(update_fields=["patient", "ends_at"])
    for mute in gone.mutes.all():
        if kept.mutes.filter(overlaps(mute.starts_at, mute.ends_at), topic=mute.topic).exists():
            mute.ends_at = mute.starts_at
        mute.patient = kept
        mute.save(update_fields=["patient", "ends_at"])


def _free_at(kept: Patient, identifier: Identifier) -> bool:
    """Whether nobody else at the kept record's site has this number."""
    same = Identifier.objects.filter(site=kept.site, system=identifier.system, value=identifier.value, active=True)
    return not same.exclude(pk=identifier.pk).exists()


for model in (Identifier, Antibody, TargetRange, Mute):
    merging.declare(model._meta.label, _move_own_rows)
# Accesses hang on rows of higher rooms, which move them when they move those.
merging.declare(PatientAccess._meta.label, _move_own_rows)
merging.declare(Patient._meta.label, _move_own_rows)
