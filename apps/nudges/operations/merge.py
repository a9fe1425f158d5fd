"""How nudges follow when two records of one person become one."""

from datetime import datetime

from apps.accounts.actors import Actor
from apps.nudges.models import Nudge
from apps.nudges.operations.asking import cancel
from apps.patients import merging
from apps.patients.models import Patient


def move_nudges(gone: Patient, kept: Patient, by: Actor, at: datetime) -> None:
    """All go along. Of two unfinished ones about one matter, the record's that stays goes on."""
    mine = set(Nudge.objects.unfinished().filter(patient=kept).values_list("dedup_key", flat=True))
    for nudge in Nudge.objects.unfinished().filter(patient=gone, dedup_key__in=mine):
        cancel(nudge=nudge, by=by, at=at, words="Two records of one person were merged; the other one's nudge goes on.")
    Nudge.objects.filter(patient=gone).update(patient=kept)


merging.declare(Nudge._meta.label, move_nudges)
