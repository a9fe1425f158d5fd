"""Antibodies, own target ranges, mutes."""

from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.models import overlaps
from apps.common.refusals import Conflict, Invalid
from apps.patients.models import Antibody, Mute, Patient, TargetRange
from apps.patients.operations.recording import note
from apps.patients.signals import patient_changed

Fact = TypeVar("Fact", Antibody, TargetRange, Mute)
Ending = TypeVar("Ending", TargetRange, Mute)


@transaction.atomic
def record_antibody(
    *, patient: Patient, by: Actor, at: datetime, code: str, result: str, effective_at: datetime
) -> Antibody:
    """Record the result of an antibody test. Raises Forbidden, or Invalid when it lies in the future or before birth."""
    patient = _writable(patient, by)
    if effective_at > at:
        raise Invalid.field("effective_at", "The sample cannot have been taken in the future.")
    if patient.site.local_date(effective_at) < patient.birth_date:
        raise Invalid.field("effective_at", "The sample cannot have been taken before the patient was born.")
    fact = Antibody(
        patient=patient, code=code, result=result, effective_at=effective_at, recorded_by_id=by.user_id, recorded_at=at
    )
    _add(fact, by=by, at=at, verb="patients.record_antibody", fields=("code", "result", "effective_at"))
    patient_changed.send(sender=Patient, patient_id=patient.pk, at=at)
    return fact


@transaction.atomic
def enter_antibody_in_error(*, antibody: Antibody, by: Actor, at: datetime, reason: str) -> Antibody:
    """Say that a result was recorded wrongly, and why. Raises Forbidden, or Conflict when that was said already."""
    antibody = _held(Antibody, antibody, by)
    if antibody.entered_in_error:
        raise Conflict("This result was entered in error already.")
    antibody.entered_in_error, antibody.error_reason = True, reason
    antibody.hold_to_rules()
    antibody.save(update_fields=["entered_in_error", "error_reason"])
    note(antibody, by=by, at=at, verb="patients.enter_antibody_in_error", changes={"entered_in_error": (False, True)})
    patient_changed.send(sender=Patient, patient_id=antibody.patient_id, at=at)
    return antibody


@transaction.atomic
def set_target_range(
    *,
    patient: Patient,
    by: Actor,
    at: datetime,
    instrument: str,
    reason: str,
    low: Decimal | None = None,
    high: Decimal | None = None,
    unit: str = "",
) -> TargetRange:
    """Aim at a range of this patient's own from now on; one in force for the measure ends. Raises Forbidden or Invalid."""
    patient = _writable(patient, by)
    fact = TargetRange(
        patient=patient,
        instrument=instrument,
        low=low,
        high=high,
        unit=unit,
        reason=reason,
        starts_at=at,
        recorded_by_id=by.user_id,
    )
    fact.hold_to_rules()
    for old in TargetRange.objects.select_for_update().filter(
        patient=patient, instrument=instrument, ends_at__isnull=True
    ):
        _end(old, by=by, at=at, verb="patients.end_target_range")
    _add(
        fact, by=by, at=at, verb="patients.set_target_range", fields=("instrument", "low", "high", "unit", "starts_at")
    )
    patient_changed.send(sender=Patient, patient_id=patient.pk, at=at)
    return fact


@transaction.atomic
def end_target_range(*, target_range: TargetRange, by: Actor, at: datetime) -> TargetRange:
    """Go back to the general range. Raises Forbidden, or Conflict when it has ended."""
    target_range = _end(_held(TargetRange, target_range, by), by=by, at=at, verb="patients.end_target_range")
    patient_changed.send(sender=Patient, patient_id=target_range.patient_id, at=at)
    return target_range


@transaction.atomic
def mute(*, patient: Patient, by: Actor, at: datetime, topic: str, reason: str, ends_at: datetime) -> Mute:
    """Do not ask about a topic until `ends_at`. Raises Forbidden, Invalid, or Conflict when it is muted in that time."""
    patient = _writable(patient, by)
    if ends_at <= at:
        raise Invalid.field("ends_at", "The end must be in the future.")
    if Mute.objects.filter(overlaps(at, ends_at), patient=patient, topic=topic).exists():
        raise Conflict("This topic is muted for this patient already.")
    fact = Mute(patient=patient, topic=topic, reason=reason, starts_at=at, ends_at=ends_at, recorded_by_id=by.user_id)
    return _add(fact, by=by, at=at, verb="patients.mute", fields=("topic", "starts_at", "ends_at"))


@transaction.atomic
def end_mute(*, mute: Mute, by: Actor, at: datetime) -> Mute:
    """Ask about the topic again from now on. Raises Forbidden, or Conflict when the mute has ended."""
    mute = _end(_held(Mute, mute, by), by=by, at=at, verb="patients.end_mute")
    patient_changed.send(sender=Patient, patient_id=mute.patient_id, at=at)
    return mute


def _writable(patient: Patient, by: Actor) -> Patient:
    patient = Patient.locked(patient)
    by.require(Permission.PATIENTS_WRITE, patient.site_id)
    if patient.status in {Patient.Status.MERGED, Patient.Status.ENTERED_IN_ERROR}:
        raise Conflict(f"The record says “{patient.get_status_display()}”: nothing is added to it.")
    return patient


def _held(model: type[Fact], row: Fact, by: Actor) -> Fact:
    fact: Fact = model._default_manager.select_for_update(of=("self",)).select_related("patient").get(pk=row.pk)
    by.require(Permission.PATIENTS_WRITE, fact.patient.site_id)
    return fact


def _add(fact: Fact, *, by: Actor, at: datetime, verb: str, fields: tuple[str, ...]) -> Fact:
    fact.hold_to_rules()
    fact.save(force_insert=True)
    note(fact, by=by, at=at, verb=verb, changes=audit.created(fact, *fields))
    return fact


def _end(fact: Ending, *, by: Actor, at: datetime, verb: str) -> Ending:
    before: datetime | None = fact.ends_at
    if before is not None and before <= at:
        raise Conflict("That has ended already.")
    fact.ends_at = max(at, fact.starts_at)
    fact.save(update_fields=["ends_at"])
    note(fact, by=by, at=at, verb=verb, changes={"ends_at": (before, at)})
    return fact
