"""Every write of this room."""

from apps.referrals.operations.answering import accept, ask_information, assign, decline, receive
from apps.referrals.operations.asking import TOPIC
from apps.referrals.operations.cancelling import (
    cancel,
    confirm_cancellation,
    enter_in_error,
    refuse_cancellation,
    request_cancellation,
)
from apps.referrals.operations.drafting import AlreadyReferred, change, draft
from apps.referrals.operations.ending import draft_anew, end_for_patient
from apps.referrals.operations.looking import look
from apps.referrals.operations.moving import NotYourMove, ReferralMoved
from apps.referrals.operations.reporting import ask_again, report, review
from apps.referrals.operations.sending import give_information, reroute, send
from apps.referrals.operations.suggested import refer_for_plan
from apps.referrals.operations.visits import cancel_visit, no_show, reschedule, schedule, see

#: The operation of each move that a person can make, by the move's name.
OPERATIONS = {
    operation.__name__: operation
    for operation in (
        send, receive, ask_information, give_information, accept, decline, reroute, schedule, reschedule, no_show, cancel_visit,
        see, report, review, ask_again, cancel, request_cancellation, confirm_cancellation, refuse_cancellation, assign,
        enter_in_error,
    )
}  # fmt: skip

__all__ = [
    "OPERATIONS", "TOPIC", "AlreadyReferred", "NotYourMove", "ReferralMoved", "accept", "ask_again",
    "ask_information", "assign", "cancel", "cancel_visit", "change", "confirm_cancellation", "decline", "draft",
    "draft_anew", "end_for_patient", "enter_in_error", "give_information", "look", "no_show", "receive", "refer_for_plan",
    "refuse_cancellation", "report", "request_cancellation", "reroute", "reschedule", "review", "schedule", "see",
    "send",
]  # fmt: skip
