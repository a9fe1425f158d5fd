"""What every move of a referral shares: whether it may be made, the row that tells of it, and asking whose turn it is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common import due
from apps.common.refusals import Conflict, Forbidden, Invalid, Stale
from apps.nudges.ladder import calendar_of
from apps.nudges.models import Policy
from apps.patients.models import Patient
from apps.patients.operations.recording import note
from apps.referrals import waiting
from apps.referrals.models import Referral, Transition, Visit
from apps.referrals.moves import ENDS, MOVES, NAMES, SIDES, Party, State
from apps.referrals.operations import access, asking
from apps.referrals.parties import standing
from apps.referrals.signals import referral_moved

QUEUE = "referrals.looks"
#: Moves that begin the wait anew where they leave the state as it is: somebody has a time of their own from then on.
RENEWS = frozenset({"reschedule", "reroute", "assign"})
#: On whose side somebody acts who stands on several, by what the move asks for.
ORDER = (Party.OWNER, Party.SENDER, Party.COORDINATOR, Party.CARETEAM)


class ReferralMoved(Conflict):
    """Somebody else has moved it; the sentence says who and when, `state` where it is now."""

    type = "referral-moved"
    title = "Somebody has moved it meanwhile"


class NotYourMove(Forbidden):
    """Somebody else may do this, and the sentence says who."""

    type = "not-your-move"
    title = "Not yours to do"


def begin(referral: Referral, name: str, *, by: Actor, version: int | None = None) -> Referral:
    """The referral read afresh and locked, its patient before it, when the actor may make this move now.

    Of two people who move one referral at once, the second finds it moved. Raises Forbidden, Stale, ReferralMoved or NotYourMove.
    """
    row = held(referral, by, version)
    move = MOVES[name]
    # Such a move leaves the state as it is: that it was moved since it was read shows in its version only.
    raced = name in RENEWS and referral.version != row.version
    if row.state not in move.sources or raced:
        raise moved(row)
    here = standing(by, asked_at(by))
    sides = here.parties(row) & move.parties
    if not sides:
        who = " or ".join(SIDES[party] for party in ORDER if party in move.parties)
        raise NotYourMove(f"“{move.label}” is for the {who}.")
    row.moved_as = next(side for side in ORDER if side in sides)
    # Whoever moves it on for the receiving side has it from then on, but for who only stands in for the owner.
    if row.moved_as == Party.OWNER and row.owner_id not in here.users:
        row.taken_by = by.user_id
    return row


def held(referral: Referral, by: Actor, version: int | None = None) -> Referral:
    """The referral read afresh and locked, its patient before it: what becomes of the patient stands still meanwhile.

    Raises Forbidden or Stale, or ReferralMoved for whoever read it before somebody else's move took it out of their sight.
    """
    by.require_anywhere(Permission.REFERRALS_WRITE)
    row = with_patient(referral)
    if version is not None and row.version != version:
        last = moved(row)
        raise Stale(f"{last.detail} Read it again.", members=last.members)
    if not Referral.objects.visible_to(by).filter(pk=row.pk).exists():
        # Seen as of the moment at which they asked: a colleague's acceptance since then has not shown them the patient yet.
        if referral.version != row.version and standing(by, asked_at(by)).parties(row):
            raise moved(row)
        raise Forbidden("You do not see this referral any more.")
    return row


def with_patient(referral: Referral) -> Referral:
    """The referral read afresh and locked, its patient before it: in the order in which everything here takes them.

    A record that was merged while we waited for it is followed to the one that stays, where the referral is by then.
    """
    patient_id = Referral.objects.values_list("patient_id", flat=True).get(pk=referral.pk)
    patient = locked_patient(Patient.objects.filter(pk=patient_id))
    while patient is not None and patient.merged_into_id is not None:
        patient = locked_patient(Patient.objects.filter(pk=patient.merged_into_id))
    if patient is None:
        raise Patient.DoesNotExist
    row = Referral.locked(referral)
    row.patient = patient
    return row


def locked_patient(rows: QuerySet[Patient]) -> Patient | None:
    """The one patient among these rows, locked, with their site; None when there is none.

    Whose site has changed while we waited for the lock is not found by a query that joins the old one: it is asked again.
    """
    found = rows.select_related("site").select_for_update(of=("self",), no_key=True)
    return found.first() or found.first()


def asked_at(by: Actor) -> datetime:
    """When the actor asked. Raises ValueError for an actor without a time."""
    if by.at is None:
        raise ValueError("an actor who moves a referral says when")
    return by.at


def moved(row: Referral) -> ReferralMoved:
    """Who moved it last, and where it is now."""
    last = row.transitions.select_related("by").last()
    who = "" if last is None else (last.by.name if last.by is not None else "careteam")
    when = "" if last is None else f"{last.at.astimezone(row.patient.site.zone):%d %B %Y, %H:%M}"
    said = f" {who} {MOVES[last.move].done} on {when}." if last is not None else ""
    return ReferralMoved(f"It is “{NAMES[State(row.state)]}” now.{said}", members={"state": row.state})


def worded(name: str, words: str, rule: str) -> str:
    """What somebody typed, which must not be empty. Raises Invalid."""
    if not words.strip():
        raise Invalid.field(name, rule)
    return words.strip()


def finish(
    row: Referral,
    name: str,
    *,
    by: Actor,
    at: datetime,
    words: str = "",
    visit_at: datetime | None = None,
    **values: Any,
) -> Referral:
    """Make the move on a locked row: state, wait, history, who sees the patient, who is asked.

    Raises Invalid when a value breaks its field's rule.
    """
    before, move, had = State(row.state), MOVES[name], row.owner_id
    target = move.end(before, before_of(row))
    # Another owner has a time of their own only where it is their turn.
    renews = name in RENEWS and (name != "assign" or row.turn == Party.OWNER)
    stays = target == before and not renews
    waits = {} if stays else _wait(row, target, at, visit_at=visit_at, target_at=values.get("target_at", row.target_at))
    ends = {"ended_at": at, "look_at": None} if target in ENDS else {"look_at": at}
    owner = {"owner_id": row.taken_by} if row.taken_by is not None else {}
    changes = row.change(state=target.value, **{**waits, **ends, **owner, **values})
    told = _tell(row, name, before, target, by=by, at=at, words=words)
    note(row, by=by, at=at, verb=f"referrals.{name}", changes={**changes, **({"words": ("", words)} if words else {})})
    access.keep(row, by=by, at=at)
    asking.hand_on(row, told, by=by, at=at, had=had)
    if target not in ENDS:
        due.wake(QUEUE)
    referral_moved.send(sender=Referral, referral=row, by=by, at=at)
    return row


def before_of(row: Referral) -> State:
    """The state before the last move that changed it."""
    last = next((one for one in row.transitions.order_by("-number") if one.source != one.target), None)
    return State(last.source) if last is not None else State.DRAFT


def _wait(
    row: Referral, state: State, at: datetime, *, visit_at: datetime | None, target_at: datetime | None
) -> Mapping[str, Any]:
    if state in ENDS:
        return {"wait_since": at, "ask_at": None, "wait_until": None}
    if state == State.SCHEDULED and visit_at is None:
        # Back from a cancellation that was refused: the visit is still booked.
        visit_at = row.visits.filter(status=Visit.Status.BOOKED).values_list("starts_at", flat=True).first()
    found = waiting.wait(
        state, at, spans_of(row), calendar_of(row.patient.site), target_at=target_at, visit_at=visit_at
    )
    return {"wait_since": found.since, "ask_at": found.ask_at, "wait_until": found.until}


def spans_of(row: Referral) -> waiting.Spans:
    """How long somebody has for a referral of this urgency."""
    policy = Policy.objects.get(severity=row.severity)
    return waiting.Spans(policy.acknowledge_within, policy.act_within)


def _tell(row: Referral, name: str, before: State, target: State, *, by: Actor, at: datetime, words: str) -> Transition:
    last = row.transitions.order_by("-number").values_list("number", flat=True).first() or 0
    made = Transition(
        referral=row, number=last + 1, move=name, source=before.value, target=target.value, by_id=by.user_id, at=at,
        party=row.moved_as or Party.CARETEAM, words=words, owner_id=row.owner_id, sender_id=row.sender_id, to_id=row.to_id,
    )  # fmt: skip
    made.hold_to_rules(only={"words"})
    made.save(force_insert=True)
    audit.record(
        by=by, at=at, verb="referrals.transition", subject=made, patient_id=row.patient_id, site_id=row.patient.site_id,
        changes=audit.created(made, "referral", "number", "move", "source", "target", "party"),
    )  # fmt: skip
    return made
