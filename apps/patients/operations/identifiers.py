"""The numbers under which a patient is known."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.refusals import Conflict
from apps.patients.models import Identifier, Patient


@transaction.atomic
def add_identifier(*, patient: Patient, by: Actor, at: datetime, system: str, value: str) -> Identifier:
    """Add a number. Raises Forbidden, Invalid, or Conflict when it is in use at the patient's site."""
    patient = Patient.locked(patient)
    by.require(Permission.PATIENTS_WRITE, patient.site_id)
    return place_identifier(patient=patient, by=by, at=at, system=system, value=value)


def place_identifier(*, patient: Patient, by: Actor, at: datetime, system: str, value: str) -> Identifier:
    """Add a number to a patient whom the caller may write and has locked or just made. Raises Invalid or Conflict."""
    identifier = Identifier(
        patient=patient, site=patient.site, system=system, value=value, recorded_by_id=by.user_id, recorded_at=at
    )
    identifier.hold_to_rules()
    if Identifier.objects.filter(site=patient.site, system=system, value=value, active=True).exists():
        raise Conflict("This identifier is in use at this site.", errors={"value": "In use at this site."})
    identifier.save(force_insert=True)
    _record(
        identifier, by=by, at=at, verb="patients.add_identifier", changes=audit.created(identifier, "system", "value")
    )
    return identifier


@transaction.atomic
def retire_identifier(*, identifier: Identifier, by: Actor, at: datetime) -> Identifier:
    """Say that a number is no longer the patient's. Raises Forbidden, or Conflict when that was said already."""
    identifier = Identifier.objects.select_for_update(of=("self",)).select_related("patient").get(pk=identifier.pk)
    by.require(Permission.PATIENTS_WRITE, identifier.patient.site_id)
    if not identifier.active:
        raise Conflict("This identifier was retired already.")
    identifier.active = False
    identifier.save(update_fields=["active"])
    _record(identifier, by=by, at=at, verb="patients.retire_identifier", changes={"active": (True, False)})
    return identifier


def _record(identifier: Identifier, *, by: Actor, at: datetime, verb: str, changes: dict[str, tuple[Any, Any]]) -> None:
    audit.record(
        by=by,
        at=at,
        verb=verb,
        subject=identifier,
        patient_id=identifier.patient_id,
        site_id=identifier.site_id,
        changes=changes,
    )
