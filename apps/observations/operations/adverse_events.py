"""Side effects of medicines."""

from datetime import datetime

from django.db import transaction

from apps.accounts.actors import Actor
from apps.common.refusals import Invalid
from apps.knowledge.models import Medicine, MedicineEffect
from apps.observations.models import AdverseEvent
from apps.observations.operations.base import add, hold_time, writable
from apps.patients.models import Patient

Outcome = AdverseEvent.Outcome


@transaction.atomic
def record_adverse_event(
    *,
    patient: Patient,
    by: Actor,
    at: datetime,
    medicine: Medicine,
    effective_at: datetime,
    severity: str,
    seriousness: bool,
    effect: MedicineEffect | None = None,
    description: str = "",
    causality: str = "",
    outcome: str = Outcome.UNKNOWN,
    resolved_at: datetime | None = None,
    action_taken: str = "",
    note: str = "",
) -> AdverseEvent:
    """Record what happened under a medicine that is suspected of it. The plan stays as it is, whatever was done.

    Raises Forbidden, Conflict, or Invalid, which names the field: a medicine out of use, an effect that is none of its
    known side effects, neither an effect nor a description, a fatal outcome that is not serious, or a time that cannot be.
    """
    patient = writable(patient, by)
    hold_time(patient, effective_at, at)
    row = AdverseEvent(
        patient=patient, medicine=medicine, effect=effect, description=description.strip(), severity=severity,
        seriousness=seriousness, causality=causality, outcome=outcome, resolved_at=resolved_at, action_taken=action_taken,
        note=note, effective_at=effective_at, recorded_at=at, recorded_by_id=by.user_id,
    )  # fmt: skip
    row.hold_to_rules()
    _hold_what(row)
    _hold_outcome(row, at)
    fields = ("medicine", "effect", "severity", "seriousness", "outcome")
    return add(row, by=by, at=at, verb="observations.record_adverse_event", fields=fields)


def _hold_what(row: AdverseEvent) -> None:
    if row.medicine.retired:
        raise Invalid.field("medicine", f"{row.medicine.name} is not in use any more.")
    if row.effect is None:
        if not row.description:
            rule = f"Say in words what happened, or name one of the known side effects of {row.medicine.name}."
            raise Invalid.field("description", rule)
        return
    if row.effect.medicine_id != row.medicine.pk or row.effect.kind != MedicineEffect.Kind.SIDE_EFFECT:
        raise Invalid.field("effect", f"“{row.effect.name}” is none of the known side effects of {row.medicine.name}.")
    if row.effect.retired:
        raise Invalid.field("effect", f"“{row.effect.name}” is not in use any more. Say it in words.")


def _hold_outcome(row: AdverseEvent, at: datetime) -> None:
    if row.outcome == Outcome.FATAL and not row.seriousness:
        raise Invalid.field("seriousness", "What was fatal is serious.")
    if row.resolved_at is None:
        return
    if row.outcome not in AdverseEvent.OVER:
        raise Invalid.field("resolved_at", "Only what is resolved has a time at which it was over.")
    if row.resolved_at < row.effective_at:
        raise Invalid.field("resolved_at", "This was before it began.")
    hold_time(row.patient, row.resolved_at, at, "resolved_at")
