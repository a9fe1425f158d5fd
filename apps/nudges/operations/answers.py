"""What a person answers."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission, Role
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Forbidden, Invalid
from apps.nudges import ladder, times
from apps.nudges.models import Delivery, Nudge, Response
from apps.nudges.operations.climbing import climb
from apps.nudges.operations.outbox import put, withdraw_unsent
from apps.nudges.signals import nudge_acknowledged
from apps.teams.models import Member

Kind = Delivery.Kind
State = Nudge.State
Via = Response.Via


class NotAsked(Forbidden):
    """Only somebody who was asked, is offered it, or coordinates the site can answer."""

    type = "not-asked"
    title = "You were not asked"


class AlreadyAnswered(Conflict):
    """Somebody has it, has acted, or it was withdrawn; the sentence says who and when."""

    type = "already-answered"
    title = "Answered already"


@transaction.atomic
def acknowledge(
    *,
    nudge: Nudge,
    by: Actor,
    at: datetime,
    via: str = Via.API,
    asked_in: int | None = None,
    version: int | None = None,
) -> Nudge:
    """Say “I have it”: from now on it is the actor's until the time to act has passed. Twice is once.

    `asked_in` is the round of the question that was answered: to one that has changed since, nobody said yes.
    Raises NotAsked, AlreadyAnswered or Stale.
    """
    nudge = _locked(nudge, by, version)
    if nudge.state == State.ACKNOWLEDGED and nudge.owner_id == by.user_id and nudge.offered_to_id is None:
        return nudge
    offered = nudge.offered_to_id is not None and nudge.offered_to_id == by.user_id
    if not nudge.waits_for_answer and not offered:
        raise AlreadyAnswered(standing(nudge))
    if asked_in is not None and asked_in != nudge.round:
        raise AlreadyAnswered("It has become more pressing, or was asked anew, since this was sent. Look again.")
    act_by = nudge.act_by
    if act_by <= at:
        # Whoever is asked late, or takes on what nobody had, has a time of their own to act.
        act_by = times.after(at, nudge.act_within, ladder.calendar_of(nudge.patient.site))
    changes = nudge.change(
        state=State.ACKNOWLEDGED,
        owner_id=by.user_id_known,
        acknowledged_at=at,
        offered_to=None,
        act_by=act_by,
        next_step_at=act_by,
    )
    withdraw_unsent(nudge, kinds=(Kind.ASK, Kind.REMINDER, Kind.OFFER), why="somebody has it")
    _respond(nudge, Response.Kind.ACKNOWLEDGE, by=by, at=at, via=via, changes=changes)
    nudge_acknowledged.send(sender=Nudge, nudge=nudge, by=by, at=at)
    return nudge


@transaction.atomic
def decline(
    *, nudge: Nudge, by: Actor, at: datetime, reason: str, via: str = Via.API, version: int | None = None
) -> Nudge:
    """Say that one cannot take it, and why: the next person is asked at once.

    Raises NotAsked, AlreadyAnswered, Stale, or Invalid without a reason.
    """
    nudge = _locked(nudge, by, version)
    if not reason.strip():
        raise Invalid.field("reason", "Say why, so that the next person knows.")
    if not nudge.unfinished:
        raise AlreadyAnswered(standing(nudge))
    if nudge.offered_to_id == by.user_id:
        changes = nudge.change(offered_to=None)
        _respond(nudge, Response.Kind.DECLINE, by=by, at=at, via=via, changes=changes, reason=reason)
        return nudge
    if nudge.owner_id != by.user_id:
        if not nudge.rungs.filter(user=by.user_id).exists():
            raise NotAsked("You were not asked, so there is nothing to decline.")
        raise AlreadyAnswered("Somebody else is being asked by now.")
    changes = nudge.change(state=State.OPEN, acknowledged_at=None, next_step_at=at)
    _respond(nudge, Response.Kind.DECLINE, by=by, at=at, via=via, changes=changes, reason=reason)
    climb(nudge=nudge, by=by, at=at)
    return nudge


@transaction.atomic
def hand_over(
    *,
    nudge: Nudge,
    by: Actor,
    at: datetime,
    to: Member,
    reason: str = "",
    via: str = Via.API,
    version: int | None = None,
) -> Nudge:
    """Offer it to somebody else who sees the patient or is an addressee. The clock runs on until they acknowledge.

    Raises NotAsked, AlreadyAnswered, Stale, or Invalid when they cannot be reached or are neither.
    """
    nudge = _locked(nudge, by, version)
    if not nudge.unfinished:
        raise AlreadyAnswered(standing(nudge))
    person = ladder.recipient(to.user)
    if to.user_id == by.user_id:
        raise Invalid.field("to", "You cannot hand it over to yourself.")
    if not to.active or not ladder.may_hear(nudge, {to.user_id}, at):
        raise Invalid.field("to", "This person does not see the patient.")
    if not person.reachable:
        raise Invalid.field("to", "This person cannot be reached just now.")
    withdraw_unsent(nudge, kinds=(Kind.OFFER,), why="offered to somebody else")
    changes = nudge.change(offered_to=to.user)
    _respond(nudge, Response.Kind.HAND_OVER, by=by, at=at, via=via, changes=changes, reason=reason, to_id=to.user_id)
    put(nudge, person, Kind.OFFER, at, by=by)
    return nudge


@transaction.atomic
def read_notice(*, delivery: Delivery, by: Actor, at: datetime) -> Delivery:
    """Note that one has read what one was told. Twice is once. Raises Forbidden for somebody else's."""
    if delivery.recipient_id != by.user_id:
        raise Forbidden("This was told to somebody else.")
    if Delivery.objects.filter(pk=delivery.pk, read_at__isnull=True).update(read_at=at):
        delivery.read_at = at
        nudge = delivery.nudge
        audit.record(
            by=by, at=at, verb="nudges.read_notice", subject=delivery, patient_id=nudge.patient_id,
            changes={"read_at": (None, at)},
        )  # fmt: skip
    return delivery


def standing(nudge: Nudge) -> str:
    """In a sentence, who has it or what became of it."""
    if nudge.state == State.ACKNOWLEDGED and nudge.owner is not None and nudge.acknowledged_at is not None:
        zone = nudge.patient.site.zone
        return f"{nudge.owner.name} has it since {nudge.acknowledged_at.astimezone(zone):%d %B %Y, %H:%M}."
    if nudge.state == State.ACTIONED:
        return "It was acted upon already."
    if nudge.state == State.CANCELLED:
        return f"It was withdrawn: {nudge.end_reason}"
    return "It is still open."


def _locked(nudge: Nudge, by: Actor, version: int | None) -> Nudge:
    by.require_anywhere(Permission.NUDGES_ANSWER)
    nudge = Nudge.locked(nudge, version)
    if not Nudge.objects.visible_to(by).filter(pk=nudge.pk).exists():
        raise Forbidden("You do not see this patient.")
    coordinates = nudge.patient.site_id in by.roles.get(Role.COORDINATOR, frozenset())
    asked = nudge.rungs.filter(user=by.user_id).exists()
    if not (coordinates or asked or by.user_id in {nudge.owner_id, nudge.offered_to_id}):
        raise NotAsked("You were told for information, or not at all. Whoever was asked can hand it over to you.")
    return nudge


def _respond(
    nudge: Nudge, kind: str, *, by: Actor, at: datetime, via: str, changes: Any, reason: str = "", to_id: Any = None
) -> Response:
    response = Response(
        nudge=nudge,
        round=nudge.round,
        kind=kind,
        by_id=by.user_id_known,
        at=at,
        via=via,
        reason=reason.strip(),
        to_id=to_id,
    )
    response.hold_to_rules()
    response.save(force_insert=True)
    site_id = nudge.patient.site_id
    audit.record(
        by=by,
        at=at,
        verb=f"nudges.{kind}",
        subject=nudge,
        patient_id=nudge.patient_id,
        site_id=site_id,
        changes=changes,
    )
    return response
