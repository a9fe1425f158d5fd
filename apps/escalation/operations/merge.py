"""How watches and escalations follow when two records of one person become one."""

from datetime import datetime

from apps.accounts.actors import Actor
from apps.escalation.models import Escalation, Watch
from apps.escalation.operations.matters import press, variant_for
from apps.escalation.operations.watching import make_due
from apps.nudges import operations as nudges
from apps.nudges.models import RANK
from apps.patients import merging
from apps.patients.models import Patient


def move_escalations(gone: Patient, kept: Patient, by: Actor, at: datetime) -> None:
    """All go along. Two open ones of one criterion become one, with all the evidence and what presses more."""
    open_ones = Escalation.objects.select_for_update(of=("self",)).filter(state=Escalation.State.OPEN)
    open_ones = open_ones.select_related(*Escalation.locked_with)
    mine = {(row.criterion_id, row.key): row for row in open_ones.filter(patient=kept)}
    for row in open_ones.filter(patient=gone):
        other = mine.get((row.criterion_id, row.key))
        if other is not None:
            _unite(row, other, by, at)
    Escalation.objects.filter(patient=gone).update(patient=kept)
    Watch.objects.filter(patient=gone).delete()
    # Nobody has ever looked at both together: what the one knew is news to whatever was closed of the other.
    Watch.objects.filter(patient=kept).update(evaluated_at=None)
    make_due(patient_id=kept.pk, by=by, at=at)


def _unite(row: Escalation, other: Escalation, by: Actor, at: datetime) -> None:
    """End the one and let the other go on with what held it up: its evidence, a clinician's word, its severity."""
    words = "Two records of one person were merged; the other one's escalation goes on."
    row.change(state=Escalation.State.WITHDRAWN, ended_at=at, ended_by_id=by.user_id, end_reason=words)
    if row.nudge is not None:
        nudges.cancel(nudge=row.nudge, by=by, at=at, words=words)
    row.evidence.update(escalation=other)
    if row.source == Escalation.Source.CLINICIAN and other.source == Escalation.Source.FACTS:
        other.change(source=row.source, stated_by=row.stated_by, reason=row.reason)
    if RANK[row.severity] < RANK[other.severity]:
        variant = variant_for(other.criterion_version, row.severity)
        press(
            escalation=other, by=by, at=at, severity=row.severity, variant={**variant, "reason": ""},
            version=other.criterion_version, reason=row.reason,
        )  # fmt: skip


for model in (Escalation, Watch):
    merging.declare(model._meta.label, move_escalations)
