"""What the tests of this room's REST doors share: each move as it is sent, who makes it, and the way into each state."""

from datetime import timedelta
from typing import Any

from apps.accounts.models import User
from apps.common.clock import app_now
from tests.cast import Cast
from tests.plans.doors import get, good, send
from tests.referrals.house import GIVEN, SLT, Loop, colleague

REFERRALS = "referrals/"
#: The moves that lead into each state, from a draft of the rheumatologist's to speech therapy.
STEPS: dict[str, list[str]] = {
    "draft": [],
    "sent": ["send"],
    "received": ["send", "receive"],
    "needs_information": ["send", "ask_information"],
    "accepted": ["send", "accept"],
    "declined": ["send", "decline"],
    "scheduled": ["send", "accept", "schedule"],
    "seen": ["send", "accept", "see"],
    "reported": ["send", "accept", "see", "report"],
    "cancellation_requested": ["send", "accept", "request_cancellation"],
    "closed": ["send", "accept", "see", "report", "review"],
    "cancelled": ["send", "cancel"],
    "entered_in_error": ["enter_in_error"],
}
SENDS = {
    "send",
    "give_information",
    "reroute",
    "review",
    "ask_again",
    "cancel",
    "request_cancellation",
    "enter_in_error",
}
#: A state in which each move can be made.
FIRST = {
    "send": "draft", "receive": "sent", "ask_information": "received", "give_information": "needs_information",
    "accept": "received", "decline": "received", "reroute": "declined", "schedule": "accepted", "reschedule": "scheduled",
    "no_show": "scheduled", "cancel_visit": "scheduled", "see": "scheduled", "report": "seen", "review": "reported",
    "ask_again": "reported", "cancel": "sent", "request_cancellation": "accepted",
    "confirm_cancellation": "cancellation_requested", "refuse_cancellation": "cancellation_requested", "assign": "accepted",
    "enter_in_error": "scheduled",
}  # fmt: skip
BODIES: dict[str, dict[str, Any]] = {name: GIVEN.get(name, {}) for name in FIRST}


def begun(cast: Cast) -> Loop:
    """The loop of a patient, among people who can be mailed, with a second therapist in the department."""
    colleague(cast, "colleague", "slt")
    User.objects.update(email="somebody@linden.example")
    return Loop.begin(cast)


def body_of(loop: Loop, name: str) -> dict[str, Any]:
    """What a move is sent with."""
    body = dict(BODIES[name])
    if name in {"schedule", "reschedule"}:
        body["starts_at"] = (app_now() + timedelta(days=2)).isoformat()
    if name == "reroute":
        body["to"] = "dermatology"
    if name == "assign":
        body["to_member"] = str(loop.cast.member_of("colleague"))
    return body


def door(row: dict[str, Any], name: str = "") -> str:
    """The address of a referral, or of a move of it."""
    return f"{REFERRALS}{row['id']}/" + (f"{name.replace('_', '-')}/" if name else "")


def move(loop: Loop, row: dict[str, Any], name: str, who: str = "", **more: Any) -> Any:
    """Make a move as somebody; as the side whose it is, unless said."""
    who = who or ("rheumatologist" if name in SENDS else "therapist")
    headers = more.pop("headers", {})
    return send(loop.cast, door(row, name), {**body_of(loop, name), **more}, who=who, **headers)


def drafted(loop: Loop, who: str = "rheumatologist", status: int = 201, **values: Any) -> dict[str, Any]:
    """A referral written by somebody."""
    body = {"patient": str(loop.patient.pk), "reason": SLT, **values}
    return good(send(loop.cast, REFERRALS, body, who=who), status)


def brought(loop: Loop, state: str, **values: Any) -> dict[str, Any]:
    """A referral in this state, as the rheumatologist sees it."""
    row = drafted(loop, **values)
    for name in STEPS[state]:
        row = good(move(loop, row, name))
    return good(get(loop.cast, door(row)))
