"""Who may do what with referrals; and every exchange of the API together.

A therapist who sees the patient refers to physiotherapy, of which nobody sees them: `stranger` is the one of that department. So
what the table says of each side is told apart from what seeing the patient says.
"""

from collections.abc import Callable
from typing import Any

from apps.accounts.models import User
from apps.common.clock import app_now
from apps.knowledge.models import ReferralReason
from apps.referrals import operations
from apps.referrals.models import Referral
from tests.access import of_governance, of_plans
from tests.access.exchanges import (
    ANSWER,
    CLINICAL,
    ID,
    KNOW,
    SEE,
    V1,
    Exchange,
    Who,
    clinical_list,
    first_of,
    matter,
    plain_list,
    reading,
    writing,
)
from tests.access.of_plans import PLAN, version
from tests.cast import Cast
from tests.referrals.house import DAY, GIVEN

REASON = "physiotherapy_haq_change"
#: The author and who stands in for them; the department; and whoever coordinates the patient's site.
SENDER, OWNER, COORDINATOR = {"therapist", "covering"}, {"stranger"}, {"coordinator"}
SENDING, RECEIVING = SENDER | COORDINATOR, OWNER | COORDINATOR


def referral(*moves: str) -> Callable[[Cast], Any]:
    """A referral after these moves, each made by whose it is."""

    def made(cast: Cast) -> Any:
        User.objects.update(email="somebody@linden.example")
        reason = ReferralReason.objects.select_related("to").get(code=REASON)
        by = cast.therapist.actor
        row = operations.draft(patient=cast.patient, by=by, at=app_now(), reason=reason, beside_open=True)
        for name in moves:
            at, given = app_now(), dict(GIVEN.get(name, {}))
            who = "therapist" if name in {"send", "request_cancellation"} else "stranger"
            if name == "schedule":
                given["starts_at"] = at + DAY
            row = operations.OPERATIONS[name](referral=row, by=cast.personas[who].actor, at=at, **given)
        return row.pk

    return made


DRAFT, SENT, ASKED = referral(), referral("send"), referral("send", "ask_information")
RECEIVED, ACCEPTED = referral("send", "receive"), referral("send", "accept")
BOOKED = referral("send", "accept", "schedule")
SEEN, REPORTED = referral("send", "accept", "see"), referral("send", "accept", "see", "report")
LEAVING = referral("send", "accept", "request_cancellation")


def with_colleague(cast: Cast) -> Any:
    """One that was accepted, and somebody else in the department."""
    cast.person("colleague", discipline="physiotherapy")
    return ACCEPTED(cast)


def of_referral(name: str, row: Callable[[Cast], Any], who: Who, body: Any = None, good: int = 200) -> Exchange:
    """A move: by these; whoever sees the patient and the department see that there is one."""
    seeing = PLAN if row is DRAFT else PLAN | OWNER
    route = f"{V1}referrals/{ID}{name.replace('_', '-')}/"
    return Exchange("POST", route, writing(ANSWER, who, good, seeing), row, body or GIVEN.get(name, {}))


def soon(_cast: Cast) -> dict[str, Any]:
    return {"starts_at": (app_now() + 2 * DAY).isoformat(), **GIVEN["reschedule"]}


#: Without a reason of one's own it is for what suggests itself; here one is named, whatever suggests itself.
MEANT = {"reason": REASON}
REFERRALS: list[Exchange] = [
    Exchange("GET", f"{V1}escalations/{ID}suggested-referrals/", reading(CLINICAL, SEE), matter),
    Exchange("POST", f"{V1}escalations/{ID}refer/", writing(ANSWER, PLAN, 201, PLAN), matter, MEANT),
    Exchange("GET", f"{V1}plan-versions/{ID}suggested-referrals/", reading(CLINICAL, SEE), version),
    Exchange("POST", f"{V1}plan-versions/{ID}refer/", writing(ANSWER, PLAN, 201, PLAN), version, MEANT),
    *plain_list("referral-reasons/", KNOW),
    Exchange("GET", V1 + "referral-reasons/" + ID, reading(KNOW), first_of(ReferralReason)),
    *clinical_list("referrals/"),
    Exchange(
        "POST", V1 + "referrals/", writing(ANSWER, PLAN, 201, PLAN, hidden=400), None,
        lambda cast: {"patient": str(cast.patient.pk), "reason": REASON},
    ),
    # The department reads what it is asked, before it sees the patient.
    Exchange("GET", V1 + "referrals/" + ID, reading(CLINICAL, SEE | OWNER), SENT),
    Exchange(
        "PATCH", V1 + "referrals/" + ID, writing(ANSWER, SENDING, 200, PLAN), DRAFT, {"question": "What can she still do?"}
    ),
    of_referral("send", DRAFT, SENDING),
    of_referral("receive", SENT, RECEIVING),
    of_referral("ask_information", RECEIVED, OWNER),
    of_referral("give_information", ASKED, SENDING),
    of_referral("accept", SENT, OWNER),
    of_referral("decline", SENT, OWNER),
    of_referral("reroute", SENT, SENDING, {"to": "occupational-therapy", **GIVEN["reroute"]}),
    of_referral("schedule", ACCEPTED, RECEIVING, lambda cast: {"starts_at": soon(cast)["starts_at"]}),
    of_referral("reschedule", BOOKED, RECEIVING, soon),
    # The visit has not begun yet, for whoever may say that the patient did not come.
    of_referral("no_show", BOOKED, RECEIVING, good=422),
    of_referral("cancel_visit", BOOKED, RECEIVING),
    of_referral("see", ACCEPTED, RECEIVING),
    of_referral("report", SEEN, OWNER),
    of_referral("review", REPORTED, SENDER),
    of_referral("ask_again", REPORTED, SENDER),
    of_referral("cancel", SENT, SENDING),
    of_referral("request_cancellation", RECEIVED, SENDING),
    of_referral("confirm_cancellation", LEAVING, RECEIVING),
    of_referral("refuse_cancellation", LEAVING, OWNER),
    of_referral("assign", with_colleague, RECEIVING, lambda cast: {"to_member": str(cast.member_of("colleague"))}),
    of_referral("enter_in_error", SENT, SENDING),
]  # fmt: skip

EXCHANGES = [*of_plans.EXCHANGES, *of_governance.GOVERNANCE, *REFERRALS]


def fill(cast: Cast) -> None:
    """Give the cast's patient a row of each kind that it does not have yet."""
    of_plans.fill(cast)
    of_governance.fill(cast)
    BOOKED(cast)
    SENT(cast)


def grow(cast: Cast, count: int) -> None:
    """Many referrals, as the first that was sent, written past the operations: only their mass matters here."""
    first = Referral.objects.filter(patient=cast.patient, state="sent").latest("drafted_at")
    names = [field.attname for field in Referral._meta.concrete_fields if field.attname != "id"]
    kept = {name: getattr(first, name) for name in names}
    Referral.objects.bulk_create([Referral(**kept) for _ in range(count)], batch_size=2000)
