"""What people do about an escalation, and how it asks them."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Forbidden, Invalid
from apps.escalation import own_values, rulings
from apps.escalation.models import Action, Criterion, CriterionVersion, Escalation
from apps.nudges import operations as nudges
from apps.nudges.models import RANK, Policy
from apps.patients.models import Patient
from apps.patients.operations.recording import note

State = Escalation.State
ASKS = ("asks", "informs", "acknowledge_within", "act_within")


def asks_of(version: CriterionVersion, variant: dict[str, Any]) -> dict[str, Any]:
    """Whom a version asks and how long they have; a variant may say otherwise."""
    return {name: variant.get(name, getattr(version, name)) for name in ASKS}


@transaction.atomic
def ask(*, escalation: Escalation, by: Actor, at: datetime, **whom: Any) -> Escalation:
    """Ask the people whom the criterion names. Called where an escalation is opened, in its transaction."""
    version = escalation.criterion_version
    code = version.criterion.code
    nudge = nudges.ask(
        patient=escalation.patient, by=by, at=at, topic=code, title=version.name, advice=version.advice,
        link=f"/matters/{escalation.pk}/", severity=escalation.severity, dedup_key=f"{code}:{escalation.key}", **whom,
    )  # fmt: skip
    note(escalation, by=by, at=at, verb="escalation.ask", changes=escalation.change(nudge=nudge))
    return escalation


@transaction.atomic
def ask_more(*, escalation: Escalation, by: Actor, at: datetime, words: str, **whom: Any) -> Escalation:
    """There is more to an open escalation: its owner is told; where it was acted upon before, somebody is asked anew."""
    if escalation.nudge is None or not escalation.nudge.unfinished:
        return ask(escalation=escalation, by=by, at=at, **whom)
    nudges.add_words(nudge=escalation.nudge, by=by, at=at, words=words[:300])
    return escalation


@transaction.atomic
def press(
    *,
    escalation: Escalation,
    by: Actor,
    at: datetime,
    severity: str,
    variant: dict[str, Any],
    version: CriterionVersion,
    reason: str = "",
) -> Escalation:
    """Raise an open escalation in place: the same matter, a new clock, people told. Asks anew where it was acted upon.

    `reason` is what a person said: it stands on the matter's page and goes into no mail.
    """
    said = str(variant.get("reason", ""))
    changes = escalation.change(severity=severity, reason=reason or said or escalation.reason)
    note(escalation, by=by, at=at, verb="escalation.upgrade", changes=changes)
    whom = asks_of(version, variant)
    if escalation.nudge is None or not escalation.nudge.unfinished:
        return ask(escalation=escalation, by=by, at=at, **whom)
    nudges.upgrade(
        nudge=escalation.nudge, by=by, at=at, severity=severity, words=f"It presses harder now: {severity}. {said}".strip(),
        acknowledge_within=whom["acknowledge_within"], act_within=whom["act_within"], asks=whom["asks"], informs=whom["informs"],
    )  # fmt: skip
    return escalation


@transaction.atomic
def state_criterion_met(
    *, patient: Patient, by: Actor, at: datetime, criterion: Criterion, reason: str, severity: str = ""
) -> Escalation:
    """A clinician says that a criterion is met, and why: the same path as if the facts had said it.

    An escalation of it that is open already is raised where the severity given is higher, and its owner is told.
    Raises Forbidden, Invalid without a reason, or Conflict when the criterion is not switched on or the patient is not in
    our care.
    """
    by.require_anywhere(Permission.ESCALATIONS_WRITE)
    rows = Patient.objects.visible_to(by).select_related("site").select_for_update(of=("self",), no_key=True)
    found = rows.filter(pk=patient.pk).first()
    if found is None:
        raise Forbidden("You do not see this patient.")
    if not reason.strip():
        raise Invalid.field("reason", "Say why it is met.")
    if found.status != Patient.Status.ACTIVE:
        raise Conflict(f"The record says “{found.get_status_display()}”: nobody is asked about it.")
    version = criterion.versions.filter(state=CriterionVersion.State.ACTIVE).select_related("criterion").first()
    if version is None:
        raise Conflict(f"{criterion.code} is not switched on.")
    wanted = severity or version.severity
    row = Escalation.objects.filter(patient=found, criterion=criterion, key="", state=State.OPEN).first()
    if row is not None:
        return _state_again(row, version, by, at, reason, wanted)
    row = Escalation.objects.create(
        patient=found, criterion=criterion, criterion_version=version, severity=wanted, reason=reason.strip(),
        values_used=_numbers(version, found), source=Escalation.Source.CLINICIAN, stated_by_id=by.user_id, opened_at=at,
    )  # fmt: skip
    changes = audit.created(row, "criterion", "criterion_version", "severity", "source")
    note(row, by=by, at=at, verb="escalation.state", changes=changes)
    return ask(escalation=row, by=by, at=at, **asks_of(version, variant_for(version, wanted)))


def _numbers(version: CriterionVersion, patient: Patient) -> dict[str, Any]:
    """The parameters as they hold for this patient, the site's own values in place."""
    own = own_values.in_force([version.criterion_id]).get((version.criterion_id, patient.site_id))
    return dict(rulings.ruling(version.criterion.code, version, own).parameters)


def _state_again(
    row: Escalation, version: CriterionVersion, by: Actor, at: datetime, reason: str, wanted: str
) -> Escalation:
    row = Escalation.locked(row)
    note(row, by=by, at=at, verb="escalation.state_again", changes={"reason": ("", reason)})
    variant = variant_for(version, wanted)
    if RANK[wanted] < RANK[row.severity]:
        harder: dict[str, Any] = {"severity": wanted, "variant": {**variant, "reason": ""}, "reason": reason.strip()}
        return press(escalation=row, by=by, at=at, version=version, **harder)
    row.change(reason=reason.strip())
    words = "A clinician says that the criterion is met. The reason stands on the matter's page."
    return ask_more(escalation=row, by=by, at=at, words=words, **asks_of(version, variant))


def variant_for(version: CriterionVersion, severity: str) -> dict[str, Any]:
    """What a version does at this severity: its own wording, the variant that has it, or the severity's usual times."""
    if severity == version.severity:
        return {}
    found = next((variant for variant in version.variants if variant["severity"] == severity), None)
    if found is not None:
        return dict(found)
    usual = Policy.objects.get(severity=severity)
    return {"severity": severity, "acknowledge_within": usual.acknowledge_within, "act_within": usual.act_within}


@transaction.atomic
def act(*, escalation: Escalation, by: Actor, at: datetime, words: str, version: int | None = None) -> Escalation:
    """Record what was done; nobody is asked about it any more. The escalation itself stays open until its own condition, or
    a person, ends it. Raises Forbidden, Stale, Conflict when it has ended, or Invalid without words.
    """
    row = held(escalation, by, version)
    if not words.strip():
        raise Invalid.field("words", "Say what was done.")
    if row.state != State.OPEN:
        raise Conflict(f"This has ended: {row.end_reason}")
    Action.objects.create(escalation=row, words=words.strip(), by_id=by.user_id_known, at=at)
    changes = row.change(acted_at=at)
    note(row, by=by, at=at, verb="escalation.act", changes={**changes, "words": ("", words)})
    if row.nudge is not None:
        nudges.settle(
            nudge=row.nudge, by=by, at=at, words="It was acted upon. What was done stands on the matter's page."
        )
    return row


@transaction.atomic
def close(*, escalation: Escalation, by: Actor, at: datetime, reason: str, version: int | None = None) -> Escalation:
    """End an escalation as a person, and say why. A fact recorded later opens a new one.

    Raises Forbidden, Stale, Conflict when it has ended, or Invalid without a reason.
    """
    row = held(escalation, by, version)
    if not reason.strip():
        raise Invalid.field("reason", "Say why it is over.")
    if row.state != State.OPEN:
        raise Conflict(f"This has ended: {row.end_reason}")
    changes = row.change(state=State.CLOSED, ended_at=at, ended_by_id=by.user_id_known, end_reason=reason.strip())
    note(row, by=by, at=at, verb="escalation.close", changes=changes)
    if row.nudge is not None:
        nudges.settle(
            nudge=row.nudge, by=by, at=at, words="A person has closed it. The reason stands on the matter's page."
        )
    return row


def held(escalation: Escalation, by: Actor, version: int | None) -> Escalation:
    """The escalation read afresh and locked, if the actor may write about it. Raises Forbidden or Stale."""
    by.require_anywhere(Permission.ESCALATIONS_WRITE)
    row = Escalation.locked(escalation, version)
    if not Patient.objects.visible_to(by).filter(pk=row.patient_id).exists():
        raise Forbidden("You do not see this patient.")
    return row
