"""Where a referral is, whose turn it is, since when, and what happens if nobody moves: in words, for pages, admin and API."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from apps.accounts.actors import Actor
from apps.nudges.models import Nudge
from apps.referrals.models import Attachment, Referral, Transition, Visit
from apps.referrals.moves import NAMES, SENDS, Party, State

#: What showing a referral needs beside the row.
ALONG = (
    "patient__site", "reason", "to", "to_site", "to_member__user", "sender", "sender_discipline", "owner", "nudge__owner",
    "stuck_nudge__owner",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where a referral is. Times are instants; the sentences name no patient."""

    where: str
    turn: str
    waits_for: str
    since: datetime
    until: datetime | None
    overdue: bool
    otherwise: str


def visible(actor: Actor) -> QuerySet[Referral]:
    """Referrals with what a list shows of them."""
    return Referral.objects.visible_to(actor).select_related(*ALONG)


def whole(rows: QuerySet[Referral]) -> QuerySet[Referral]:
    """The same with every move, visit and attached fact."""
    facts = Attachment.objects.select_related("observation", "condition", "assessment")
    return rows.prefetch_related(
        Prefetch("transitions", Transition.objects.select_related("by", "owner", "sender", "to")),
        Prefetch("visits", Visit.objects.select_related("booked_by")), Prefetch("attachments", facts),
    )  # fmt: skip


def withhold(row: Referral, *, seen: bool) -> Referral:
    """A whole row as somebody may read it. Whoever does not see the patient (yet) is not told what was typed by people who did:
    the words of moves and visits from before it was sent to them are left out.
    """
    sent = [one for one in row.transitions.all() if one.move in SENDS]
    if seen or len(sent) < 2:  # noqa: PLR2004 - sent once, nobody else had it before
        return row
    last = sent[-1]
    for one in row.transitions.all():
        one.words = one.words if one.number >= last.number else ""
    for visit in row.visits.all():
        if visit.booked_at <= last.at:
            visit.words = visit.place = ""
    return row


def place(row: Referral, at: datetime) -> Place:
    """Where a referral is at a moment."""
    return Place(
        where=NAMES[State(row.state)],
        turn=row.turn.value if row.turn is not None else "",
        waits_for=waits_for(row),
        since=row.wait_since,
        until=row.wait_until,
        overdue=row.overdue(at),
        otherwise=otherwise(row, at),
    )


def waits_for(row: Referral) -> str:
    """The name of the person whose turn it is: who is asked now, else who answers for that side. Empty when it has ended."""
    if row.turn is None:
        return ""
    if row.nudge is not None and row.nudge.unfinished and row.nudge.owner is not None:
        return row.nudge.owner.name
    return row.sender.name if row.turn == Party.SENDER else row.owner.name


def otherwise(row: Referral, at: datetime) -> str:
    """In sentences, what happens if nobody moves it."""
    if row.turn is None or row.wait_until is None:
        return ""
    said = [_asked(row, row.nudge, at)]
    if row.stuck_nudge is not None and row.stuck_nudge.unfinished:
        who = row.stuck_nudge.owner.name if row.stuck_nudge.owner is not None else "nobody, since nobody is left"
        said.append(f"It is stuck: asked to chase it or to send it elsewhere is {who}.")
    elif row.wait_until <= at:
        said.append("Its wait is over: a coordinator is asked now to chase it or to send it elsewhere.")
    else:
        said.append(f"On {_when(row, row.wait_until)} a coordinator is asked to chase it or to send it elsewhere.")
    return " ".join(one for one in said if one)


def _asked(row: Referral, nudge: Nudge | None, at: datetime) -> str:
    """What the present question does next."""
    if row.ask_at is not None and row.ask_at > at:
        return f"{waits_for(row)} is asked on {_when(row, row.ask_at)}."
    if nudge is None or not nudge.unfinished or nudge.next_step_at is None:
        return ""
    if nudge.state == Nudge.State.EXHAUSTED:
        return "Nobody is left to ask."
    if nudge.state == Nudge.State.ACKNOWLEDGED:
        return f"If it is not moved by {_when(row, nudge.next_step_at)}, the next person is asked."
    return (
        f"Without an answer, {waits_for(row)} is reminded or the next person asked on {_when(row, nudge.next_step_at)}."
    )


def _when(row: Referral, at: datetime) -> str:
    return f"{at.astimezone(row.patient.site.zone):%A %d %B, %H:%M}"


def summary(row: Referral, at: datetime) -> dict[str, Any]:
    """The place as plain values, as the API shows it."""
    found = place(row, at)
    return {
        "where": found.where, "turn": found.turn or None, "waits_for": found.waits_for or None, "since": found.since,
        "until": found.until, "overdue": found.overdue, "otherwise": found.otherwise,
    }  # fmt: skip
