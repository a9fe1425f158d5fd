"""What every recording shares: who may, about whom, when it can have been true, and who is told."""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from apps.accounts.actors import Actor, Careteam
from apps.accounts.permissions import Permission, Role
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Forbidden, Invalid
from apps.knowledge.models import Discipline
from apps.observations.models import Fact
from apps.observations.signals import fact_changed
from apps.patients.models import Patient
from apps.patients.operations.recording import note
from apps.teams.models import Member

AnyFact = TypeVar("AnyFact", bound=Fact)

#: How far ahead of our clock a fact may be dated: clocks and time zones of devices differ, years do not.
AHEAD = timedelta(days=1)


def writable(patient: Patient, by: Actor) -> Patient:
    """The patient, locked against a merge meanwhile, when the actor sees them and may record facts.

    Raises Forbidden, or Conflict for a record that was merged or entered in error.
    """
    by.require_anywhere(Permission.FACTS_WRITE)
    rows = Patient.objects.visible_to(by).select_related("site")
    found = rows.select_for_update(of=("self",), no_key=True).filter(pk=patient.pk).first()
    if found is None:
        raise Forbidden("You do not see this patient.")
    if found.status in {Patient.Status.MERGED, Patient.Status.ENTERED_IN_ERROR}:
        raise Conflict(f"The record says “{found.get_status_display()}”: nothing is added to it.")
    return found


def hold_time(patient: Patient, moment: datetime, at: datetime, name: str = "effective_at") -> None:
    """Raise Invalid when something cannot have been true at that time. Being late is no mistake, however late."""
    if moment > at + AHEAD:
        raise Invalid.field(name, "This lies more than a day in the future.")
    if patient.site.local_date(moment) < patient.birth_date:
        raise Invalid.field(name, "This was before the patient was born.")


def discipline_of(by: Actor, patient: Patient, given: Discipline | None) -> Discipline:
    """For which discipline the actor speaks: their own as a member.

    A service, which records what somebody else wrote, and a coordinator of the patient's site name it instead. Raises
    Invalid or Forbidden.
    """
    member = Member.objects.filter(user=by.user_id, active=True).select_related("discipline").first()
    own = member.discipline if member is not None else None
    if given is None and own is not None:
        return own
    if given is None:
        raise Invalid.field("discipline", "Say which discipline this comes from.")
    there = any(patient.site_id in by.roles.get(role, ()) for role in (Role.SERVICE, Role.COORDINATOR))
    if own != given and not (there or isinstance(by, Careteam)):
        raise Forbidden("You can speak for your own discipline only.")
    if given.retired:
        raise Invalid.field("discipline", "This discipline is not in use any more.")
    return given


def add(fact: AnyFact, *, by: Actor, at: datetime, verb: str, fields: tuple[str, ...]) -> AnyFact:
    """Save a new fact, record that, and tell whoever watches the patient."""
    fact.save(force_insert=True)
    note(fact, by=by, at=at, verb=verb, changes=audit.created(fact, *fields, "effective_at"))
    tell(fact, at=at)
    return fact


def locked(fact: AnyFact, by: Actor) -> AnyFact:
    """The fact read afresh and locked, its patient with it. Raises Forbidden, or Conflict when it stands no longer."""
    patient = writable(fact.patient, by)
    model: Any = type(fact)
    fresh: AnyFact = model.objects.select_for_update(of=("self",)).get(pk=fact.pk)
    fresh.patient = patient
    if not fresh.stands:
        raise Conflict(f"This says “{fresh.get_status_display()}” already.")
    return fresh


def tell(fact: Fact, *, at: datetime) -> None:
    """Tell the rooms above."""
    fact_changed.send(sender=type(fact), patient_id=fact.patient_id, effective_at=fact.effective_at, at=at)
