"""How watches and escalations follow when two records of one person become one."""

from datetime import datetime

from apps.accounts.actors import Actor
from apps.escalation.models import Escalation, Watch
from apps.escalation.operations.watching import make_due
from apps.nudges import operations as nudges
from apps.patients import merging
from apps.patients.models import Patient


def move_escalations(gone: Patient, kept: Patient, by: Actor, at: datetime) -> None:
    """All go along. Of two open ones of one criterion, the record's that stays goes on, with all the evidence."""
    mine = {
        (row.criterion_id, row.key): row for row in Escalation.objects.filter(patient=kept, state=Escalation.State.OPEN)
    }
    for row in (
        Escalation.objects.select_for_update(of=("self",))
        .filter(patient=gone, state=Escalation.State.OPEN)
        .select_related("nudge")
    ):
        if (row.criterion_id, row.key) in mine:
            words = "Two records of one person were merged; the other one's escalation goes on."
            row.change(state=Escalation.State.WITHDRAWN, ended_at=at, ended_by_id=by.user_id, end_reason=words)
            if row.nudge is not None:
                nudges.cancel(nudge=row.nudge, by=by, at=at, words=words)
    Escalation.objects.filter(patient=gone).update(patient=kept)
    Watch.objects.filter(patient=gone).delete()
    make_due(patient_id=kept.pk, by=by, at=at)


for model in (Escalation, Watch):
    merging.declare(model._meta.label, move_escalations)
