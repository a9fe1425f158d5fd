"""Writing a referral: what is asked, of whom, with which facts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.models import Site, User
from apps.accounts.permissions import Permission, Role
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Forbidden, Invalid
from apps.knowledge.models import Discipline, ReferralReason
from apps.knowledge.shelf import shelf
from apps.nudges.ladder import COORDINATION, calendar_of, who_sees
from apps.observations.models import Assessment, Condition, Observation
from apps.patients.models import Patient
from apps.patients.operations.recording import note
from apps.plans.models import PlanVersion
from apps.referrals import waiting
from apps.referrals.facts import in_words
from apps.referrals.facts import standing as facts_of
from apps.referrals.models import Attachment, Referral
from apps.referrals.moves import ENDS, SIDES, Party, State
from apps.referrals.operations import sending
from apps.referrals.operations.moving import NotYourMove, held, locked_patient, moved, spans_of
from apps.referrals.parties import standing
from apps.teams.models import Member

FACTS = 50


class AlreadyReferred(Conflict):
    """There is an open referral for this reason; say `beside_open` when another one is meant beside it."""

    type = "already-referred"
    title = "Referred already"


@transaction.atomic
def draft(
    *,
    patient: Patient,
    by: Actor,
    at: datetime,
    reason: ReferralReason,
    question: str = "",
    urgency: str = "",
    to: Discipline | None = None,
    to_site: Site | None = None,
    to_member: Member | None = None,
    outside: str = "",
    facts: Sequence[UUID] = (),
    patient_informed: bool = False,
    placer_number: str = "",
    target_on: date | None = None,
    sender: Member | None = None,
    because_of: PlanVersion | None = None,
    beside_open: bool = False,
    send: bool = False,
) -> Referral:
    """Write a referral, pre-filled from its reason; `send` sends it in the same step.

    `facts` are ids of observations, findings, complications and assessments, kept as they are now. `sender` is the colleague in
    whose name a coordinator writes: they will review the report. Raises Forbidden, Invalid, Conflict for somebody who is not in
    our care, or AlreadyReferred.
    """
    patient = _in_care(patient, by)
    here = _offered(reason)
    if not beside_open:
        _refuse_second(patient, reason)
    who = _sender(patient, sender, by, at)
    row = Referral(
        patient=patient, reason=reason, urgency=urgency or here.urgency, question=question.strip() or here.question,
        sender=who[0], sender_discipline=who[1], to=to or here.to, to_site=to_site or patient.site, to_member=to_member,
        outside=outside.strip(), owner=who[0], patient_informed=patient_informed, placer_number=placer_number.strip(),
        target_on=target_on, because_of=because_of, drafted_at=at, wait_since=at, look_at=at,
    )  # fmt: skip
    _hold_to_rules(row, at)
    found = waiting.wait(State.DRAFT, at, spans_of(row), calendar_of(patient.site))
    row.ask_at, row.wait_until = found.ask_at, found.until
    row.save(force_insert=True)
    changes = audit.created(row, "reason", "urgency", "sender", "to", "to_site", "to_member", "patient_informed")
    note(row, by=by, at=at, verb="referrals.draft", changes=changes)
    attach(row, facts, at=at)
    return sending.send(referral=row, by=by, at=at) if send else row


def _in_care(patient: Patient, by: Actor) -> Patient:
    """The patient, locked, when the actor sees them. Raises Forbidden, or Conflict for somebody who is in our care no longer."""
    by.require_anywhere(Permission.REFERRALS_WRITE)
    found = locked_patient(Patient.objects.visible_to(by).filter(pk=patient.pk))
    if found is None:
        raise Forbidden("You do not see this patient.")
    if found.status != Patient.Status.ACTIVE:
        raise Conflict(f"The record says “{found.get_status_display()}”: nobody is referred.")
    return found


def _offered(reason: ReferralReason) -> Any:
    """The reason as it holds here. Raises Invalid for one that is not in use."""
    found = next((row for row in shelf().offered(ReferralReason) if row.pk == reason.pk), None)
    if found is None:
        raise Invalid.field("reason", "This reason is not in use here.")
    return found


def _refuse_second(patient: Patient, reason: ReferralReason) -> None:
    other = Referral.objects.open().filter(patient=patient, reason=reason).first()
    if other is not None:
        raise AlreadyReferred(
            "There is an open referral for this reason. Look at it, or send beside_open when another one is meant."
            f" Referral: {other.pk}",
            members={"referral": str(other.pk)},
        )


def _sender(patient: Patient, named: Member | None, by: Actor, at: datetime) -> tuple[User, Discipline]:
    """Who asks, and of which discipline they are. A coordinator may write for somebody else of the patient's people."""
    own = Member.objects.filter(user=by.user_id, active=True).select_related("user", "discipline").first()
    if named is not None and (own is None or named.pk != own.pk):
        if patient.site_id not in by.roles.get(Role.COORDINATOR, frozenset()):
            raise Invalid.field("sender", "Only a coordinator writes in somebody else's name.")
        if not named.active or named.user_id not in who_sees(patient, {named.user_id}, at):
            raise Invalid.field("sender", "This person does not see the patient.")
        return named.user, named.discipline
    if own is not None:
        return own.user, own.discipline
    if patient.site_id not in by.roles.get(Role.COORDINATOR, frozenset()):
        raise Forbidden("Only a member or a coordinator refers somebody.")
    return User.objects.get(pk=by.user_id_known), Discipline.objects.get(code=COORDINATION)


def _hold_to_rules(row: Referral, at: datetime) -> None:
    row.hold_to_rules()
    sending.hold_to_receiver(row, at)


def attach(row: Referral, facts: Sequence[UUID], *, at: datetime) -> list[Attachment]:
    """Attach facts of the patient to a draft, as they are now. Raises Invalid for what is no standing fact of the patient."""
    if len(facts) > FACTS:
        raise Invalid.field("facts", f"At most {FACTS} facts.")
    wanted, made = list(dict.fromkeys(facts)), []
    for model, name in ((Observation, "observation"), (Condition, "condition"), (Assessment, "assessment")):
        for fact in facts_of(model, row.patient_id).filter(pk__in=wanted):
            wanted.remove(fact.pk)
            made.append(
                Attachment(
                    referral=row,
                    **{name: fact},
                    words=in_words(fact)[:300],
                    effective_at=fact.effective_at,
                    attached_at=at,
                )
            )
    if wanted:
        raise Invalid.field("facts", f"No fact of this patient that stands: {', '.join(map(str, wanted[:5]))}.")
    return Attachment.objects.bulk_create(made)


@transaction.atomic
def change(
    *,
    referral: Referral,
    by: Actor,
    at: datetime,
    facts: Sequence[UUID] | None = None,
    version: int | None = None,
    **values: Any,
) -> Referral:
    """Write something differently: of a draft everything, of one that was sent each side's own number and whether the patient
    is informed. `facts` takes the place of those that were attached.

    Raises Forbidden, Stale, Invalid, NotYourMove, or ReferralMoved for what cannot be changed any more.
    """
    row = held(referral, by, version)
    _may_change(row, set(values) | ({"facts"} if facts is not None else set()), by, at)
    if "reason" in values and values["reason"].pk != row.reason_id:
        _offered(values["reason"])
        _refuse_second(row.patient, values["reason"])
    changes = row.change(**values)
    if row.state == State.DRAFT:
        # Of one that was sent nothing can be changed that these rules are about, and the day may have passed by now.
        _hold_to_rules(row, at)
    if facts is not None:
        row.attachments.all().delete()
        attach(row, facts, at=at)
        if not changes:
            row.version += 1
            row.save(update_fields=["version"])
        changes |= {"facts": (None, len(facts))}
    if changes:
        note(row, by=by, at=at, verb="referrals.change", changes=changes)
    if row.look_at is not None:
        # Whoever was marking it as due meanwhile has passed over a row that was locked.
        row.look_at = at
        row.save(update_fields=["look_at"])
    return row


#: Who may still change what, once it was sent.
LATER = {
    "placer_number": {Party.SENDER, Party.COORDINATOR},
    "patient_informed": {Party.SENDER, Party.OWNER, Party.COORDINATOR},
    "filler_number": {Party.OWNER, Party.COORDINATOR},
}


def _may_change(row: Referral, fields: set[str], by: Actor, at: datetime) -> None:
    sides = standing(by, at).parties(row)
    if row.state in ENDS:
        raise moved(row)
    if not sides:
        raise NotYourMove("A referral is changed by its two sides and the coordinators.")
    for name in sorted(fields):
        if row.state != State.DRAFT and name not in LATER:
            raise moved(row)
        allowed = (
            LATER.get(name, {Party.SENDER, Party.COORDINATOR})
            if row.state != State.DRAFT
            else {Party.SENDER, Party.COORDINATOR}
        )
        if not sides & allowed:
            raise NotYourMove(f"“{name}” is for the {' or '.join(SIDES[side] for side in sorted(allowed))}.")
