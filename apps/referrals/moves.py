"""The loop of a referral: its states, who may move it from which to which, and whose turn it is. Standard library only.

This table is the only place that says so: operations enforce it, the API shows it as `allowed_actions`, the pages and the
admin offer what it allows, and `docs/referral-moves.md` is drawn from it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a referral is."""

    DRAFT = "draft"
    SENT = "sent"
    RECEIVED = "received"
    NEEDS_INFORMATION = "needs_information"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SCHEDULED = "scheduled"
    SEEN = "seen"
    REPORTED = "reported"
    CANCELLATION_REQUESTED = "cancellation_requested"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered_in_error"


class Party(StrEnum):
    """On which side of a referral somebody stands. One person may stand on several."""

    SENDER = "sender"
    OWNER = "owner"
    COORDINATOR = "coordinator"
    CARETEAM = "careteam"


S, P = State, Party

#: The sides in words, for people.
SIDES: Mapping[Party, str] = {
    P.SENDER: "sending side",
    P.OWNER: "receiving side",
    P.COORDINATOR: "coordinator",
    P.CARETEAM: "careteam itself",
}

#: In words, for people.
NAMES: Mapping[State, str] = {
    S.DRAFT: "Draft",
    S.SENT: "Sent",
    S.RECEIVED: "Received",
    S.NEEDS_INFORMATION: "Needs information",
    S.ACCEPTED: "Accepted",
    S.DECLINED: "Declined",
    S.SCHEDULED: "Visit booked",
    S.SEEN: "Patient seen",
    S.REPORTED: "Report returned",
    S.CANCELLATION_REQUESTED: "Cancellation requested",
    S.CLOSED: "Loop closed",
    S.CANCELLED: "Cancelled",
    S.ENTERED_IN_ERROR: "Entered in error",
}

#: What FHIR R4 calls them (Task.status).
TASK_STATUS: Mapping[State, str] = {
    S.DRAFT: "draft",
    S.SENT: "requested",
    S.RECEIVED: "received",
    S.NEEDS_INFORMATION: "on-hold",
    S.ACCEPTED: "accepted",
    S.DECLINED: "rejected",
    S.SCHEDULED: "ready",
    S.SEEN: "in-progress",
    S.REPORTED: "in-progress",
    S.CANCELLATION_REQUESTED: "on-hold",
    S.CLOSED: "completed",
    S.CANCELLED: "cancelled",
    S.ENTERED_IN_ERROR: "entered-in-error",
}

#: Whose turn it is. A state that is not in here is an end.
TURNS: Mapping[State, Party] = {
    S.DRAFT: P.SENDER,
    S.SENT: P.OWNER,
    S.RECEIVED: P.OWNER,
    S.NEEDS_INFORMATION: P.SENDER,
    S.ACCEPTED: P.OWNER,
    S.DECLINED: P.SENDER,
    S.SCHEDULED: P.OWNER,
    S.SEEN: P.OWNER,
    S.REPORTED: P.SENDER,
    S.CANCELLATION_REQUESTED: P.OWNER,
}
OPEN = frozenset(TURNS)
ENDS = frozenset(State) - OPEN
#: While it is in one of these, whoever receives it has not taken it on, and sees no more than the referral itself.
ADDRESSED = frozenset({S.SENT, S.RECEIVED, S.NEEDS_INFORMATION})
#: While it is in one of these, the receiving department sees the referral itself, whether or not it sees the patient.
SHOWN = ADDRESSED | {S.CANCELLATION_REQUESTED}
#: While it is in one of these, the receiving department sees the patient.
TAKEN_ON = frozenset({S.ACCEPTED, S.SCHEDULED, S.SEEN, S.REPORTED})


@dataclass(frozen=True)
class Move:
    """One way on: from which states, to which, by whom, and in words.

    `target` None leaves the state as it is; `back` returns to the state before the last move. `done` completes the sentence
    “Ayla Demir …”.
    """

    name: str
    label: str
    meaning: str
    done: str
    sources: frozenset[State]
    target: State | None
    parties: frozenset[Party]
    back: bool = False

    def end(self, state: State, before: State) -> State:
        """Where it leads from `state`, before which it was `before`."""
        if self.back:
            return before
        return self.target or state


def _move(
    name: str,
    label: str,
    meaning: str,
    done: str,
    sources: Collection[State],
    target: State | None,
    *parties: Party,
    back: bool = False,
) -> Move:
    return Move(name, label, meaning, done, frozenset(sources), target, frozenset(parties), back)


#: The moves by which it comes to a receiving side.
SENDS = frozenset({"send", "reroute"})
SENDING, RECEIVING = (P.SENDER, P.COORDINATOR), (P.OWNER, P.COORDINATOR)

MOVES: Mapping[str, Move] = {
    move.name: move
    for move in (
        _move("send", "Send", "The receiving side is asked at once.", "sent it", {S.DRAFT}, S.SENT, *SENDING),
        _move(
            "receive", "Receive", "You have it. Accept it or decline it next.", "received it", {S.SENT}, S.RECEIVED, *RECEIVING,
        ),
        _move(
            "ask_information", "Ask for information", "The sender is asked; then it comes back to you.",
            "asked for information", {S.SENT, S.RECEIVED}, S.NEEDS_INFORMATION, P.OWNER,
        ),
        _move(
            "give_information", "Give information", "It goes back to whoever asked.", "gave the information",
            {S.NEEDS_INFORMATION}, S.RECEIVED, *SENDING,
        ),
        _move(
            "accept", "Accept", "You take it on: your department sees the patient until the loop closes.", "accepted it",
            {S.SENT, S.RECEIVED}, S.ACCEPTED, P.OWNER,
        ),
        _move(
            "decline", "Decline", "The sender is asked to send it elsewhere or to withdraw it.", "declined it",
            {S.SENT, S.RECEIVED, S.ACCEPTED}, S.DECLINED, P.OWNER,
        ),
        _move(
            "reroute", "Send elsewhere", "Somebody else is asked; whoever had it is told.", "sent it elsewhere",
            {S.SENT, S.RECEIVED, S.NEEDS_INFORMATION, S.DECLINED, S.ACCEPTED}, S.SENT, *SENDING,
        ),
        _move(
            "schedule", "Book a visit", "When the patient will be seen.", "booked a visit", {S.ACCEPTED}, S.SCHEDULED, *RECEIVING,
        ),
        _move(
            "reschedule", "Move the visit", "The visit takes place at another time.", "moved the visit",
            {S.SCHEDULED}, S.SCHEDULED, *RECEIVING,
        ),
        _move(
            "no_show", "The patient did not come", "Another visit is to be booked.", "noted that the patient did not come",
            {S.SCHEDULED}, S.ACCEPTED, *RECEIVING,
        ),
        _move(
            "cancel_visit", "Cancel the visit", "Another visit is to be booked.", "cancelled the visit",
            {S.SCHEDULED}, S.ACCEPTED, *RECEIVING,
        ),
        _move(
            "see", "The patient was seen", "A report is owed to the sender from now on.", "noted that the patient was seen",
            {S.ACCEPTED, S.SCHEDULED}, S.SEEN, *RECEIVING,
        ),
        _move(
            "report", "Return the report", "The sender is asked to read it.", "returned the report",
            {S.SEEN}, S.REPORTED, P.OWNER,
        ),
        _move(
            "review", "Close the loop", "You have read the report, and say what follows from it.",
            "reviewed the report and closed the loop", {S.REPORTED}, S.CLOSED, P.SENDER,
        ),
        _move(
            "ask_again", "Ask for a better report", "The report leaves the question open: it goes back.",
            "sent the report back", {S.REPORTED}, S.SEEN, P.SENDER,
        ),
        _move(
            "cancel", "Withdraw", "Nobody has taken it on: it ends at once.", "withdrew it",
            {S.DRAFT, S.SENT, S.DECLINED}, S.CANCELLED, *SENDING,
        ),
        _move(
            "request_cancellation", "Ask to cancel", "Whoever has it confirms, or says why not.", "asked to cancel it",
            {S.RECEIVED, S.NEEDS_INFORMATION, S.ACCEPTED, S.SCHEDULED}, S.CANCELLATION_REQUESTED, *SENDING,
        ),
        _move(
            "confirm_cancellation", "Confirm the cancellation", "It ends.", "confirmed the cancellation",
            {S.CANCELLATION_REQUESTED}, S.CANCELLED, *RECEIVING,
        ),
        _move(
            "refuse_cancellation", "Go on nevertheless", "It is where it was before; say why.", "goes on nevertheless",
            {S.CANCELLATION_REQUESTED}, None, P.OWNER, back=True,
        ),
        _move(
            "assign", "Give it to a colleague", "Somebody else of the receiving side has it from now on.",
            "gave it to a colleague", OPEN - {S.DRAFT, S.DECLINED}, None, *RECEIVING,
        ),
        _move(
            "enter_in_error", "Entered in error", "It should never have been made.", "entered it in error",
            frozenset(State) - {S.ENTERED_IN_ERROR}, S.ENTERED_IN_ERROR, *SENDING,
        ),
        _move(
            "find_owner", "Find another owner", "Whoever had it is not there any more.", "found somebody else",
            OPEN, None, P.CARETEAM,
        ),
        _move(
            "end_with_care", "End with care", "The patient has died or left.", "ended it with the patient's care",
            OPEN, S.CANCELLED, P.CARETEAM,
        ),
    )
}  # fmt: skip


def allowed(state: str, parties: Collection[Party]) -> list[str]:
    """The names of the moves that somebody on these sides can make from this state, in the order of the table."""
    present = State(state)
    return [name for name, move in MOVES.items() if present in move.sources and move.parties & set(parties)]


def reach(state: State) -> frozenset[State]:
    """Every state into which some move leads from here; a cancellation that is refused leads back to what may ask for one."""
    found = set()
    for move in MOVES.values():
        if state in move.sources and not move.back:
            found.add(move.target or state)
        elif state in move.sources:
            found |= MOVES["request_cancellation"].sources
    return frozenset(found)
