"""How facts follow when two records of one person become one."""

from datetime import datetime

from apps.accounts.actors import Actor
from apps.observations.models import Assessment, Condition, Fact, Observation, Resolution
from apps.observations.signals import fact_changed
from apps.patients import merging
from apps.patients.models import Patient


def move_facts(gone: Patient, kept: Patient, _by: Actor, at: datetime) -> None:
    """All facts go along. A result that both records had under one number of its sender is kept once."""
    mine = set(
        Observation.objects.filter(patient=kept).exclude(source="").values_list("source", "accession", "instrument_id")
    )
    for row in Observation.objects.filter(patient=gone).exclude(source=""):
        if (row.source, row.accession, row.instrument_id) in mine and row.status != Fact.Status.SUPERSEDED:
            row.status, row.error_at = Fact.Status.ENTERED_IN_ERROR, row.error_at or at
            row.error_reason = row.error_reason or "Known from the record that this one was merged into."
            row.source, row.accession = "", ""
            row.save(update_fields=["status", "error_at", "error_reason", "source", "accession"])
    for model in (Observation, Condition, Resolution, Assessment):
        model.objects.filter(patient=gone).update(patient=kept)
    fact_changed.send(sender=Patient, patient_id=kept.pk, effective_at=at, at=at)


for model in (Observation, Condition, Resolution, Assessment):
    merging.declare(model._meta.label, move_facts)
