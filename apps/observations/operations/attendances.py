"""Sessions that took place or did not."""

from datetime import datetime

from django.db import transaction

from apps.accounts.actors import Actor
from apps.common.refusals import Invalid
from apps.knowledge.models import Discipline, Intervention
from apps.observations.models import Attendance
from apps.observations.operations.base import add, discipline_of, hold_time, writable
from apps.patients.models import Patient


@transaction.atomic
def record_attendance(
    *,
    patient: Patient,
    by: Actor,
    at: datetime,
    intervention: Intervention,
    outcome: str,
    effective_at: datetime,
    discipline: Discipline | None = None,
    note: str = "",
) -> Attendance:
    """Record whether the patient came to a session, missed it, or the service cancelled it, and of which discipline it was.

    Raises Forbidden, Conflict, or Invalid: an intervention without sessions or out of use, or a time that cannot be.
    """
    patient = writable(patient, by)
    hold_time(patient, effective_at, at)
    if intervention.retired:
        raise Invalid.field("intervention", f"{intervention.name} is not in use any more.")
    if not intervention.attended:
        raise Invalid.field("intervention", f"{intervention.name} has no sessions that are attended or missed.")
    row = Attendance(
        patient=patient, intervention=intervention, discipline=discipline_of(by, patient, discipline), outcome=outcome,
        note=note, effective_at=effective_at, recorded_at=at, recorded_by_id=by.user_id,
    )  # fmt: skip
    row.hold_to_rules()
    fields = ("intervention", "discipline", "outcome")
    return add(row, by=by, at=at, verb="observations.record_attendance", fields=fields)
