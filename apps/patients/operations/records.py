"""The patient's record itself."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.accounts.actors import Actor
from apps.accounts.models import Site
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Invalid
from apps.patients.models import Identifier, Patient
from apps.patients.operations.identifiers import place_identifier
from apps.patients.signals import patient_changed, patient_status_changed, patient_transferred

OLDEST_YEARS = 130


class PossibleDuplicate(Conflict):
    """Somebody very much like this is registered here already; say that it is another person, or use that record."""

    type = "possible-duplicate"
    title = "Perhaps registered already"


@transaction.atomic
def register(
    *,
    by: Actor,
    at: datetime,
    site: Site,
    family_name: str,
    given_name: str,
    birth_date: date,
    gender: str,
    onset: str,
    phenotype: str = Patient.Phenotype.UNCLASSIFIED,
    diagnosis_date: date | None = None,
    identifiers: Sequence[dict[str, str]] = (),
    is_another_person: bool = False,
) -> Patient:
    """Register a patient at a site.

    Raises Forbidden, Invalid, or PossibleDuplicate when somebody born on that day with that family name, or an
    identifier given here, is registered at this site already; `is_another_person` says that the likeness was looked at.
    """
    by.require(Permission.PATIENTS_WRITE, site.pk)
    patient = Patient(
        site=site,
        family_name=family_name,
        given_name=given_name,
        birth_date=birth_date,
        gender=gender,
        onset=onset,
        phenotype=phenotype,
        diagnosis_date=diagnosis_date,
        status_at=at,
        recorded_by_id=by.user_id,
        recorded_at=at,
    )
    _hold_to_rules(patient, at)
    if not is_another_person:
        _refuse_duplicate(patient, by)
    patient.save(force_insert=True)
    _record(patient, by=by, at=at, verb="patients.register", changes=audit.created(patient, *_EDITED, "site", "status"))
    for identifier in identifiers:
        place_identifier(patient=patient, by=by, at=at, **identifier)
    return patient


_EDITED = ("family_name", "given_name", "birth_date", "gender", "onset", "phenotype", "diagnosis_date")


def _hold_to_rules(patient: Patient, at: datetime) -> None:
    patient.hold_to_rules()
    today = patient.site.local_date(at)
    if patient.birth_date > today:
        raise Invalid.field("birth_date", "The birth date is in the future.")
    if patient.birth_date.year < today.year - OLDEST_YEARS:
        raise Invalid.field("birth_date", f"The birth date is more than {OLDEST_YEARS} years ago.")
    if patient.diagnosis_date and patient.diagnosis_date > today:
        raise Invalid.field("diagnosis_date", "The diagnosis date is in the future.")


def alike(patient: Patient, by: Actor) -> QuerySet[Patient]:
    """Patients of the same site who may be the same person, as far as the actor may see them."""
    same = Q(birth_date=patient.birth_date, family_name__iexact=patient.family_name)
    return Patient.objects.visible_to(by).filter(same, site=patient.site).exclude(status=Patient.Status.MERGED)


def _refuse_duplicate(patient: Patient, by: Actor) -> None:
    found = alike(patient, by).values_list("pk", flat=True)[:5]
    if found:
        ids = ", ".join(str(pk) for pk in found)
        raise PossibleDuplicate(
            "Somebody born on that day with that family name is registered at this site. Look at the record, "
            f"or send is_another_person when it is somebody else. Record: {ids}"
        )


@transaction.atomic
def change(*, patient: Patient, by: Actor, at: datetime, version: int | None = None, **values: Any) -> Patient:
    """Change names, birth date, gender, phenotype, onset class or diagnosis date.

    Raises Forbidden, Stale, Invalid, or Conflict for a record that was merged or entered in error.
    """
    patient = _open(patient, by, version)
    changes = patient.change(**values)
    _hold_to_rules(patient, at)
    if changes:
        _record(patient, by=by, at=at, verb="patients.change", changes=changes)
        patient_changed.send(sender=Patient, patient_id=patient.pk, at=at)
    return patient


@transaction.atomic
def transfer(*, patient: Patient, by: Actor, at: datetime, to_site: Site, version: int | None = None) -> Patient:
    """Hand a patient over to another site: its coordinators see the patient from now on, this site's no longer.

    The care team stays. Raises Forbidden, Stale, Conflict when the patient is there already or an identifier is taken there.
    """
    patient = _open(patient, by, version)
    if patient.site_id == to_site.pk or not to_site.active:
        raise Conflict("The patient is at that site already." if to_site.active else "That site is closed.")
    numbers = [(i.system, i.value) for i in patient.identifiers.filter(active=True)]
    for system, value in numbers:
        if Identifier.objects.filter(site=to_site, system=system, value=value, active=True).exists():
            raise Conflict("One of the patient's identifiers is in use at that site.")
    changes = patient.change(site=to_site)
    patient.identifiers.update(site=to_site)
    _record(patient, by=by, at=at, verb="patients.transfer", changes=changes)
    patient_transferred.send(sender=Patient, patient_id=patient.pk, at=at)
    patient_changed.send(sender=Patient, patient_id=patient.pk, at=at)
    return patient


@transaction.atomic
def record_death(*, patient: Patient, by: Actor, at: datetime, reason: str = "", version: int | None = None) -> Patient:
    """Record that the patient has died. Raises Forbidden, Stale or Conflict."""
    return _set_status(patient, Patient.Status.DECEASED, by=by, at=at, reason=reason, version=version)


@transaction.atomic
def record_departure(*, patient: Patient, by: Actor, at: datetime, reason: str, version: int | None = None) -> Patient:
    """Record that the patient has left our care, and why. Raises Forbidden, Stale or Conflict."""
    return _set_status(patient, Patient.Status.LEFT, by=by, at=at, reason=reason, version=version)


@transaction.atomic
def enter_in_error(*, patient: Patient, by: Actor, at: datetime, reason: str, version: int | None = None) -> Patient:
    """Say that this record should never have been made, and why. Raises Forbidden, Stale or Conflict."""
    return _set_status(patient, Patient.Status.ENTERED_IN_ERROR, by=by, at=at, reason=reason, version=version)


@transaction.atomic
def reactivate(*, patient: Patient, by: Actor, at: datetime, reason: str, version: int | None = None) -> Patient:
    """Take back a death, a departure or an error, and say why; never a merge. Raises Forbidden, Stale or Conflict."""
    return _set_status(patient, Patient.Status.ACTIVE, by=by, at=at, reason=reason, version=version)


def _set_status(patient: Patient, status: str, *, by: Actor, at: datetime, reason: str, version: int | None) -> Patient:
    patient = locked_for(patient, by, version)
    if patient.status in {status, Patient.Status.MERGED}:
        raise Conflict(f"The record says “{patient.get_status_display()}” already.")
    if status != Patient.Status.ACTIVE and patient.status == Patient.Status.ENTERED_IN_ERROR:
        raise Conflict("The record was entered in error; reactivate it first.")
    changes = patient.change(status=status, status_at=at, status_reason=reason)
    _record(patient, by=by, at=at, verb=f"patients.{status}", changes=changes)
    patient_status_changed.send(sender=Patient, patient=patient, by=by, at=at)
    return patient


def locked_for(patient: Patient, by: Actor, version: int | None = None) -> Patient:
    """The patient locked, when the actor may write at their site. Raises Forbidden or Stale."""
    patient = Patient.locked(patient, version)
    by.require(Permission.PATIENTS_WRITE, patient.site_id)
    return patient


def _open(patient: Patient, by: Actor, version: int | None = None) -> Patient:
    """As locked_for, and Conflict when the record was merged or entered in error."""
    patient = locked_for(patient, by, version)
    if patient.status in {Patient.Status.MERGED, Patient.Status.ENTERED_IN_ERROR}:
        raise Conflict(f"The record says “{patient.get_status_display()}”: it is no longer changed.")
    return patient


def _record(patient: Patient, *, by: Actor, at: datetime, verb: str, changes: dict[str, tuple[Any, Any]]) -> None:
    site_id: UUID = patient.site_id
    audit.record(by=by, at=at, verb=verb, subject=patient, patient_id=patient.pk, site_id=site_id, changes=changes)
