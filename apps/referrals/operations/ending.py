"""What becomes of referrals when a patient dies, leaves, comes back, or two records become one."""

from datetime import datetime

from django.db.models import QuerySet

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.nudges.ladder import calendar_of
from apps.patients import merging
from apps.patients.models import Patient
from apps.patients.operations.recording import note
from apps.referrals import waiting
from apps.referrals.models import Referral
from apps.referrals.moves import State
from apps.referrals.operations import access
from apps.referrals.operations.drafting import attach
from apps.referrals.operations.moving import finish, spans_of
from apps.referrals.operations.visits import drop_visit


def end_for_patient(*, patient: Patient, by: Actor, at: datetime) -> None:
    """Nobody is referred any more who has died or left: visits are cancelled, and whoever was asked is told."""
    words = f"The record says “{patient.get_status_display()}”."
    for row in _open(patient):
        row.patient = patient
        drop_visit(row, words, by=by, at=at)
        finish(row, "end_with_care", by=by, at=at, words=words, end_reason=words)


def _open(patient: Patient) -> QuerySet[Referral]:
    rows = Referral.objects.open().filter(patient=patient).select_related(*Referral.locked_with)
    return rows.select_for_update(of=("self",)).order_by("drafted_at", "pk")


def draft_anew(*, patient: Patient, by: Actor, at: datetime) -> None:
    """Somebody is in our care again: what ended because they were not lies before its sender as a draft, to send or to withdraw.

    Careteam sends nothing by itself: what was asked then may be answered by now.
    """
    with audit.together():
        for old in _ended_with_care(patient):
            _draft_from(old, patient, by=by, at=at)


def _ended_with_care(patient: Patient) -> list[Referral]:
    """Those whose last move was that, and after which nothing for the same reason was begun."""
    rows = Referral.objects.filter(patient=patient, state=State.CANCELLED, transitions__move="end_with_care")
    later = Referral.objects.filter(patient=patient)
    return [
        row for row in rows.select_related(*Referral.locked_with)
        if not later.filter(reason=row.reason_id, drafted_at__gte=row.ended_at).exists()
    ]  # fmt: skip


#: What a referral that is drafted anew has of the old one. Its day and the receiver's number were those of the old one.
SAME = (
    "reason", "urgency", "question", "sender", "sender_discipline", "to", "to_site", "to_member", "outside", "patient_informed",
    "placer_number", "because_of",
)  # fmt: skip


def _draft_from(old: Referral, patient: Patient, *, by: Actor, at: datetime) -> None:
    row = Referral(
        patient=patient, owner=old.sender, drafted_at=at, wait_since=at, look_at=at,
        **{name: getattr(old, name) for name in SAME},
    )  # fmt: skip
    found = waiting.wait(State.DRAFT, at, spans_of(row), calendar_of(patient.site))
    row.ask_at, row.wait_until = at, found.until
    row.save(force_insert=True)
    note(row, by=by, at=at, verb="referrals.draft", changes=audit.created(row, "reason", "urgency", "sender", "to"))
    attach(row, [one.fact.pk for one in old.attachments.all() if one.stands], at=at)


def move_referrals(gone: Patient, kept: Patient, by: Actor, at: datetime) -> None:
    """All go along, with who sees the patient by them. Two open ones for one reason both go on: people see to them."""
    moved = list(Referral.objects.filter(patient=gone).values_list("pk", flat=True))
    Referral.objects.filter(pk__in=moved).update(patient=kept)
    with audit.together():
        for row in _open(kept).filter(pk__in=moved):
            row.patient = kept
            note(row, by=by, at=at, verb="referrals.move_record", changes={"patient": (gone, kept)})
            access.keep(row, by=by, at=at)
    Referral.objects.open().filter(patient=kept).update(look_at=at)
    if kept.status != Patient.Status.ACTIVE:
        end_for_patient(patient=kept, by=by, at=at)


merging.declare(Referral._meta.label, move_referrals)
