"""Asking whose turn it is: a question to one person at every hand-over, and to coordinators when a referral is stuck (SYS-02)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.nudges import operations as nudges
from apps.nudges.ladder import COORDINATION
from apps.nudges.models import Delivery, Nudge, Response
from apps.patients.operations.recording import note
from apps.referrals import waiting
from apps.referrals.models import Referral, Transition
from apps.referrals.moves import ADDRESSED, ENDS, MOVES, NAMES, SENDS, Party, State
from apps.referrals.parties import department
from apps.teams.models import Member

TOPIC, STUCK = "referral", "SYS-02"
#: The ends at which no loop was closed.
EARLY = ENDS - {State.CLOSED}
#: After one of these a person of the receiving side has it; after the others the department is asked.
TAKES = ("receive", "ask_information", "assign", "find_owner")


def hand_on(row: Referral, told: Transition, *, by: Actor, at: datetime, had: UUID | None = None) -> None:
    """After a move: whoever was asked is told what became of it, whoever's turn it is now is asked, the other side informed.

    Whoever has received it has said “I have it” by that, and is not asked once more. `had` owned it before the move.
    """
    if told.move == "receive" and row.nudge is not None and row.nudge.unfinished and _hold(row.nudge, by, at):
        set_quietly(row, ask_at=None)
        return
    words = f"{said_by(told)} {MOVES[told.move].done}."
    past, heard = row.nudge, _finish(row, told, words, by=by, at=at)
    if told.move == "reroute" and told.source != State.DECLINED and past is not None and had is not None:
        nudges.tell(nudge=past, users={had} - heard, by=by, at=at, words=words, inbox_only=False)
    asks_now = row.ask_at is None or row.ask_at <= at
    if row.state not in ENDS and asks_now:
        set_quietly(row, nudge=ask(row, by=by, at=at), ask_at=None)
    if told.move in SENDS:
        follow(row, told, by=by, at=at)
    if row.nudge is not None:
        # Who waits for a patient that is not to come reads it in the mail, too.
        quietly = row.state not in EARLY
        nudges.tell(nudge=row.nudge, users=_others(row, by) - heard, by=by, at=at, words=words, inbox_only=quietly)


def _finish(row: Referral, told: Transition, words: str, *, by: Actor, at: datetime) -> set[UUID]:
    """End what was asked before; returns who hears by that what became of it.

    That somebody else answers for a side makes nothing less stuck.
    """
    ended = row.state in EARLY
    present = [row.nudge, row.stuck_nudge if told.move != "find_owner" else None]
    past = [nudge for nudge in present if nudge is not None and nudge.unfinished]
    for nudge in past:
        (nudges.cancel if ended else nudges.settle)(nudge=nudge, by=by, at=at, words=words)
    if told.move != "find_owner":
        set_quietly(row, stuck_nudge=None)
    left = [Delivery.State.SENT, Delivery.State.DELIVERED, Delivery.State.LEASED]
    return set(Delivery.objects.filter(nudge__in=past, state__in=left).values_list("recipient_id", flat=True))


def follow(row: Referral, told: Transition | None, *, by: Actor, at: datetime) -> None:
    """As long as nobody has received it, it is owned by whoever is asked."""
    asked = row.nudge.owner_id if row.nudge is not None else None
    if asked is None or asked == row.owner_id:
        return
    note(row, by=by, at=at, verb="referrals.own", changes={"owner": (row.owner_id, asked)})
    set_quietly(row, owner_id=asked)
    if told is not None:
        told.owner_id = asked
        told.save(update_fields=["owner"])


def said_by(told: Transition) -> str:
    """Who made a move, by name."""
    return told.by.name if told.by is not None else "careteam"


def _others(row: Referral, by: Actor) -> set[UUID]:
    """Both sides, but for whoever moved it and whoever is asked anyway."""
    asked = row.nudge.owner_id if row.nudge is not None and row.nudge.unfinished else None
    both: set[UUID] = {row.sender_id, row.owner_id}
    return both - {one for one in (by.user_id, asked) if one is not None}


def ask(row: Referral, *, by: Actor, at: datetime) -> Nudge:
    """Ask whoever's turn it is. Who has moved it to their own turn has it already, without a mail to themselves.

    A coordinator who is asked because nobody else is there has not: they do not know that it came back to them.
    """
    question = waiting.QUESTIONS[State(row.state)]
    nudge = nudges.ask(
        patient=row.patient, by=by, at=at, topic=TOPIC, title=f"{question.title}: {row.reason.name}"[:200],
        advice=question.advice, link=f"/referrals/{row.pk}/", severity=row.severity,
        dedup_key=f"referral:{row.pk}",
        **whom(row),
    )  # fmt: skip
    last_resort = nudge.discipline is not None and nudge.discipline.code == COORDINATION not in nudge.asks
    if nudge.owner_id == by.user_id and (nudge.named_id == by.user_id or not last_resort):
        _hold(nudge, by, at)
    return nudge


def whom(row: Referral) -> dict[str, Any]:
    """Whom the ladder asks in this state: the person who answers for the side whose turn it is, then others of that side.

    Addressees hear of it although they do not see the patient: the department not yet, whoever has it no longer by the time
    it has ended or gone elsewhere.
    """
    if row.turn == Party.SENDER:
        return {"asks": [row.sender_discipline.code], "named": row.sender_id, "addressees": _waiting(row)}
    last = row.transitions.filter(move__in=[*SENDS, *TAKES]).order_by("-number").first()
    taken = row.state not in ADDRESSED or (last is not None and last.move in TAKES)
    if row.outside:
        return {"asks": [COORDINATION], "named": row.owner_id if taken else None, "addressees": []}
    named = row.owner_id if taken else (row.to_member.user_id if row.to_member is not None else None)
    addressees = [one.user_id for one in department(row)]
    return {"asks": [row.to.code], "named": named, "addressees": [*addressees, *([row.owner_id] if taken else [])]}


def _waiting(row: Referral) -> list[UUID]:
    """Whoever has it while it is the sender's turn; not somebody of the sender's discipline, who might be asked instead."""
    same = Member.objects.filter(user=row.owner_id, discipline=row.sender_discipline_id)
    return [] if row.outside or row.owner_id == row.sender_id or same.exists() else [row.owner_id]


def _hold(nudge: Nudge, by: Actor, at: datetime) -> bool:
    """Let the actor have the question, when it is asked of them; returns whether they have it."""
    if nudge.state == Nudge.State.ACKNOWLEDGED and nudge.owner_id == by.user_id:
        return True
    if by.user_id is None or nudge.owner_id != by.user_id or not by.may(Permission.NUDGES_ANSWER):
        return False
    nudges.acknowledge(nudge=nudge, by=by, at=at, via=Response.Via.MOVE)
    return True


def ask_about_stuck(row: Referral, *, by: Actor, at: datetime) -> Nudge:
    """SYS-02: the wait is over and nobody has moved it; a coordinator is asked to chase it or send it elsewhere, then the sender.

    As pressing as the referral itself: the sheet's “routine” is for routine ones.
    """
    title = f"{waiting.STUCK.title} ({NAMES[State(row.state)].lower()}): {row.reason.name}"
    return nudges.ask(
        patient=row.patient, by=by, at=at, topic=STUCK, title=title[:200], advice=waiting.STUCK.advice,
        link=f"/referrals/{row.pk}/", severity=row.severity, asks=[COORDINATION, row.sender_discipline.code],
        dedup_key=f"sys-02:{row.pk}",
    )  # fmt: skip


def set_quietly(row: Referral, **values: Any) -> None:
    """Set what is careteam's own on a locked row: nobody's reading of it becomes stale by that."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
