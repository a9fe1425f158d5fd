"""How long a referral waits at each place, and what is asked of whom meanwhile. Standard library and calendars only.

The target is the reason's own (`clinical` sheet, D.2) and counts from the moment of sending until the patient is seen. How long
everything else may take is that of its severity (proposals for local policy): the time to acknowledge and the time to act.
"""

from dataclasses import dataclass
from datetime import datetime

from apps.nudges import times
from apps.nudges.times import SAME_DAY, Calendar
from apps.referrals.moves import State

S = State
#: Until then the patient is to be seen: these wait for the target itself, as long as it lies ahead.
TOWARDS_TARGET = frozenset({S.SENT, S.RECEIVED, S.NEEDS_INFORMATION, S.DECLINED, S.ACCEPTED})


@dataclass(frozen=True)
class Spans:
    """How long somebody has to acknowledge and to act, as `times` writes spans."""

    acknowledge: str
    act: str


@dataclass(frozen=True)
class Wait:
    """Since when it waits, from when somebody is asked about it, and from when it is stuck."""

    since: datetime
    ask_at: datetime
    until: datetime


def wait(
    state: State,
    at: datetime,
    spans: Spans,
    calendar: Calendar,
    *,
    target_at: datetime | None = None,
    visit_at: datetime | None = None,
) -> Wait:
    """The wait that begins at `at` in this state.

    Nobody is asked about a draft at once, nor about a visit before its day is over. It is stuck when the target has passed
    (SYS-02), and where no target can be held any more when the time to act has.
    """
    if state == S.DRAFT:
        ask_at = times.after(at, spans.acknowledge, calendar)
    elif state == S.SCHEDULED and visit_at is not None:
        ask_at = times.after(max(at, visit_at), SAME_DAY, calendar)
    else:
        ask_at = at
    if state in TOWARDS_TARGET and target_at is not None and target_at > at:
        return Wait(at, ask_at, target_at)
    return Wait(at, ask_at, max(ask_at, times.after(ask_at, spans.act, calendar)))


@dataclass(frozen=True)
class Question:
    """What somebody is asked in a state, and what they could do."""

    title: str
    advice: str


#: No word in here is about a patient: they go into mails.
QUESTIONS: dict[State, Question] = {
    S.DRAFT: Question("A referral was never sent", "Send it, or withdraw it."),
    S.SENT: Question(
        "A referral waits for your answer", "Accept it, decline it, or ask for what you still need to know."
    ),
    S.RECEIVED: Question(
        "A referral waits for your answer", "Accept it, decline it, or ask for what you still need to know."
    ),
    S.NEEDS_INFORMATION: Question("Your referral needs information", "Answer what the receiving side asks."),
    S.ACCEPTED: Question("A visit is to be booked", "Book the visit, or say that the patient was seen."),
    S.DECLINED: Question("Your referral was declined", "Send it elsewhere, or withdraw it."),
    S.SCHEDULED: Question(
        "Has the visit taken place?", "Say that the patient was seen, did not come, or comes another day."
    ),
    S.SEEN: Question("A report is owed", "Return the report to whoever asked."),
    S.REPORTED: Question(
        "A report waits for your review", "Read the report and say what follows from it: that closes the loop."
    ),
    S.CANCELLATION_REQUESTED: Question("A referral is to be cancelled", "Confirm it, or say why it goes on."),
}
STUCK = Question("A referral is stuck", "Chase it, or send it elsewhere.")
