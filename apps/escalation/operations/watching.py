"""Who is to be looked at, and when."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from apps.accounts.actors import Actor, Careteam
from apps.audit import operations as audit
from apps.common import due
from apps.common.ids import new_id
from apps.escalation.models import Escalation, Watch
from apps.nudges import operations as nudges
from apps.patients.models import Patient

QUEUE = "escalation.watches"


def make_due(*, patient_id: UUID, by: Actor, at: datetime) -> None:
    """Let the patient be looked at now, because something was recorded. One statement; it leaves with the transaction.

    Whoever is looking at them has seen less: their lease ends, so that nobody waits for the end of a long batch.
    """
    del by
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO escalation_watch (id, patient_id, seq, cause, due_at, not_assessable, last_error)"
            " VALUES (%s, %s, 1, %s, %s, '[]'::jsonb, '') ON CONFLICT (patient_id) DO UPDATE SET"
            " seq = escalation_watch.seq + 1, cause = EXCLUDED.cause, lease_token = NULL, lease_until = NULL,"
            " due_at = LEAST(escalation_watch.due_at, EXCLUDED.due_at)",
            [new_id(), patient_id, Watch.Cause.FACT, at],
        )
    due.wake(QUEUE)


def plant_watches(*, by: Careteam, at: datetime) -> int:
    """Give a watch to every patient in care who has none, due now; returns how many."""
    del by
    missing = Patient.objects.filter(status=Patient.Status.ACTIVE, watch__isnull=True).values_list("pk", flat=True)[
        :1000
    ]
    rows = [Watch(patient_id=pk, cause=Watch.Cause.CLOCK, due_at=at) for pk in missing]
    Watch.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def end_for_patient(*, patient: Patient, by: Actor, at: datetime) -> int:
    """The patient is in our care no longer: nobody is asked about them any more. Returns how many escalations ended."""
    words = f"The record says “{patient.get_status_display()}”."
    rows = Escalation.objects.select_for_update(of=("self",)).filter(patient=patient, state=Escalation.State.OPEN)
    found = list(rows.select_related("nudge", "patient"))
    for row in found:
        changes = row.change(state=Escalation.State.WITHDRAWN, ended_at=at, ended_by_id=by.user_id, end_reason=words)
        audit.record(
            by=by, at=at, verb="escalation.end_with_care", subject=row, patient_id=patient.pk, site_id=patient.site_id,
            changes=changes,
        )  # fmt: skip
        if row.nudge is not None:
            nudges.cancel(nudge=row.nudge, by=by, at=at, words=words)
    return len(found)
