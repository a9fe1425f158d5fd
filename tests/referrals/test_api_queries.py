"""What each door of referrals costs in queries: pinned, and the same for a long history as for a short one."""

from typing import Any

import pytest

from tests.access.test_ledger import counted, measure
from tests.cast import Cast
from tests.plans.doors import API, good
from tests.referrals.doors import FIRST, REFERRALS, SENDS, begun, body_of, brought, door, move
from tests.referrals.house import SLT, Loop

#: Authentication, access, audit and asking whose turn it is included, as in the ledger of the lists. Most of a move is looking
#: for who is to be asked and told.
MOST: dict[str, int] = {
    "accept": 78, "ask_again": 68, "ask_information": 69, "assign": 73, "cancel": 36, "cancel_visit": 64,
    "confirm_cancellation": 62, "decline": 75, "enter_in_error": 41, "give_information": 66, "receive": 72,
    "refuse_cancellation": 74, "report": 65, "request_cancellation": 76, "reroute": 60, "reschedule": 41,
    "review": 45, "schedule": 49, "see": 65, "send": 54,
}  # fmt: skip
DRAFT, DRAFT_AND_SEND, DETAIL, LIST = 15, 62, 7, 4


@pytest.fixture
def loop(cast: Cast, settings: Any) -> Loop:
    settings.EMAIL_HOST = "127.0.0.1"
    return begun(cast)


def cost(loop: Loop, path: str, body: dict[str, Any], who: str, status: int = 200) -> int:
    client = loop.cast.personas[who].client()
    client.get("/api/v1/sites/")
    with counted() as count:
        answer = client.post(f"{API}{path}", body, format="json")
    good(answer, status)
    return count()


@pytest.mark.parametrize("name", sorted(MOST))
def test_a_move_stays_within_its_bar(loop: Loop, name: str) -> None:
    row = brought(loop, FIRST[name])
    who = "rheumatologist" if name in SENDS else "therapist"
    assert cost(loop, door(row, name), body_of(loop, name), who) <= MOST[name]


def test_every_move_but_a_missed_visit_has_its_bar() -> None:
    """A missed visit is noted when its time is over: it costs what cancelling the visit does, and other waits have ended."""
    assert set(MOST) == set(FIRST) - {"no_show"}


def test_writing_stays_within_its_bars(loop: Loop) -> None:
    body = {"patient": str(loop.patient.pk), "reason": SLT, "beside_open": True}
    assert cost(loop, REFERRALS, body, "rheumatologist", 201) <= DRAFT
    assert cost(loop, REFERRALS, {**body, "send": True}, "rheumatologist", 201) <= DRAFT_AND_SEND


def test_reading_costs_the_same_however_long_the_history(loop: Loop) -> None:
    row = brought(loop, "scheduled")
    path = f"api/v1/{door(row)}"
    assert measure(loop.cast.rheumatologist.client(), path) == DETAIL
    for _ in range(5):
        good(move(loop, row, "reschedule"))
    assert measure(loop.cast.rheumatologist.client(), path) == DETAIL
    assert measure(loop.cast.therapist.client(), path) == DETAIL


@pytest.mark.parametrize("who", ["rheumatologist", "therapist", "coordinator"])
def test_a_list_costs_the_same_for_each_side_and_filter(loop: Loop, who: str) -> None:
    brought(loop, "sent")
    brought(loop, "scheduled", beside_open=True)
    client = loop.cast.personas[who].client()
    for query in ("", "?my_turn=true", "?overdue=false&stuck=false", "?state=sent&to=slt&urgency=urgent"):
        # A page without a row is one less: nothing was read that would be recorded.
        assert measure(client, f"api/v1/{REFERRALS}{query}") <= LIST, query
