"""Each move through its REST door: where it leads, who may make it, and what everybody else is told."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.common.clock import move_clock
from apps.referrals.models import Referral
from tests.cast import Cast
from tests.plans.doors import fields, get, good, kind, send
from tests.referrals.doors import FIRST, STEPS, begun, brought, door, drafted, move
from tests.referrals.house import DAY, Loop

pytestmark = pytest.mark.django_db

SENDER, OWNER, COORDINATOR = "rheumatologist", "therapist", "coordinator"
SENDING, RECEIVING = {SENDER, COORDINATOR}, {OWNER, COORDINATOR}
#: What the issue of closing loops asks for, in words of one line each: from where, by whom, and where to.
TABLE: dict[str, tuple[set[str], set[str], str]] = {
    "send": ({"draft"}, SENDING, "sent"),
    "receive": ({"sent"}, RECEIVING, "received"),
    "ask_information": ({"sent", "received"}, {OWNER}, "needs_information"),
    "give_information": ({"needs_information"}, SENDING, "received"),
    "accept": ({"sent", "received"}, {OWNER}, "accepted"),
    "decline": ({"sent", "received", "accepted"}, {OWNER}, "declined"),
    "reroute": ({"sent", "received", "needs_information", "declined", "accepted"}, SENDING, "sent"),
    "schedule": ({"accepted"}, RECEIVING, "scheduled"),
    "reschedule": ({"scheduled"}, RECEIVING, "scheduled"),
    "no_show": ({"scheduled"}, RECEIVING, "accepted"),
    "cancel_visit": ({"scheduled"}, RECEIVING, "accepted"),
    "see": ({"accepted", "scheduled"}, RECEIVING, "seen"),
    "report": ({"seen"}, {OWNER}, "reported"),
    "review": ({"reported"}, {SENDER}, "closed"),
    "ask_again": ({"reported"}, {SENDER}, "seen"),
    "cancel": ({"draft", "sent", "declined"}, SENDING, "cancelled"),
    "request_cancellation": (
        {"received", "needs_information", "accepted", "scheduled"}, SENDING, "cancellation_requested"
    ),
    "confirm_cancellation": ({"cancellation_requested"}, RECEIVING, "cancelled"),
    "refuse_cancellation": ({"cancellation_requested"}, {OWNER}, "accepted"),
    "assign": (set(STEPS) - {"draft", "declined", "closed", "cancelled", "entered_in_error"}, RECEIVING, "accepted"),
    "enter_in_error": (set(STEPS) - {"entered_in_error"}, SENDING, "entered_in_error"),
}  # fmt: skip
#: Where the department sees nothing: it was never theirs, or is no longer.
HIDDEN = {"draft", "declined", "closed", "cancelled", "entered_in_error"}


@pytest.fixture
def loop(cast: Cast, settings: Any) -> Loop:
    settings.EMAIL_HOST = "127.0.0.1"
    return begun(cast)


def actions(loop: Loop, row: dict[str, Any], who: str) -> set[str]:
    return set(good(get(loop.cast, door(row), who=who))["allowed_actions"])


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_move_leads_where_it_should_once_and_not_upon_a_stale_or_hasty_body(loop: Loop, name: str) -> None:
    row = brought(loop, FIRST[name])
    if name == "no_show":
        move_clock(by=timedelta(days=3))
    stale = move(loop, row, name, headers={"If-Match": '"v99"'})
    assert kind(stale) == (412, "stale")
    hasty = move(loop, row, name, wrods="typed in haste")
    assert (hasty.status_code, fields(hasty)) == (400, ["wrods"])
    answer = move(loop, row, name, headers={"If-Match": f'"v{row["version"]}"'})
    found = good(answer)
    assert found["state"] == TABLE[name][2]
    assert answer["ETag"] == f'"v{found["version"]}"' != f'"v{row["version"]}"'
    last = found["transitions"][-1]
    assert (last["move"], last["source"], last["target"]) == (name, row["state"], found["state"])
    again = move(loop, row, name, headers={"If-Match": f'"v{row["version"]}"'})
    assert again.status_code in {404, 412}, "the department does not see what is not theirs any more"


@pytest.mark.parametrize("state", sorted(STEPS))
def test_in_each_state_those_doors_open_to_each_that_the_page_offers(loop: Loop, state: str) -> None:
    row = brought(loop, state)
    possible = {name for name, (sources, _, _) in TABLE.items() if state in sources}
    for who in (SENDER, COORDINATOR) if state in HIDDEN else (SENDER, COORDINATOR, OWNER):
        mine = {name for name in possible if who in TABLE[name][1]}
        assert actions(loop, row, who) == mine, who
        for name in possible - mine:
            answer = move(loop, row, name, who)
            assert kind(answer) == (403, "not-your-move"), (who, name, answer.json())
            assert "is for the" in answer.json()["detail"]
    assert good(get(loop.cast, door(row)))["state"] == state


@pytest.mark.parametrize("state", sorted(STEPS))
def test_whoever_comes_too_late_is_told_where_it_is_by_now(loop: Loop, state: str) -> None:
    row = brought(loop, state)
    for name in sorted(name for name, (sources, _, _) in TABLE.items() if state not in sources):
        answer = move(loop, row, name, COORDINATOR)
        assert (*kind(answer), answer.json()["state"]) == (409, "referral-moved", state), name
    if row["transitions"]:
        last = row["transitions"][-1]
        assert last["name"] in answer.json()["detail"]
    assert good(get(loop.cast, door(row)))["version"] == row["version"]


@pytest.mark.parametrize("state", sorted(HIDDEN))
def test_a_department_does_not_find_what_is_not_theirs(loop: Loop, state: str) -> None:
    row = brought(loop, state)
    assert get(loop.cast, door(row), who=OWNER).status_code == 404
    assert send(loop.cast, door(row, "accept"), who=OWNER).status_code == 404


def test_a_department_that_never_received_it_is_asked_to_confirm_its_cancellation(loop: Loop) -> None:
    row = brought(loop, "received")
    good(move(loop, row, "request_cancellation"))
    seen = good(get(loop.cast, door(row), who=OWNER))
    assert seen["allowed_actions"] == ["confirm_cancellation", "refuse_cancellation", "assign"]
    assert not loop.sees(OWNER)
    assert good(move(loop, row, "refuse_cancellation"))["state"] == "received"
    good(move(loop, row, "request_cancellation"))
    assert good(move(loop, row, "confirm_cancellation"))["state"] == "cancelled"


#: By the state in which the move could be made: what is sent wrongly, and whether the body (400) or a rule (422) says so.
ABSENT = "01900000-0000-7000-8000-000000000000"
WRONG: dict[str, list[tuple[str, str, Any, int]]] = {
    "draft": [("send", "words", "Please.", 400)],
    "sent": [
        ("receive", "words", "Thanks.", 400), ("ask_information", "words", "", 400), ("ask_information", "words", None, 400),
        ("ask_information", "words", "x" * 1001, 400), ("decline", "words", "  ", 400), ("cancel", "words", "", 400),
        ("accept", "filler_number", "x" * 61, 400), ("reroute", "words", "", 400), ("reroute", "to", "astrology", 400),
        ("reroute", "to_site", ABSENT, 400), ("reroute", "to_member", ABSENT, 400), ("enter_in_error", "words", "", 400),
    ],
    "needs_information": [("give_information", "words", "   ", 400), ("request_cancellation", "words", "", 400)],
    "accepted": [
        ("schedule", "starts_at", "2026-01-01T08:00:00Z", 422), ("schedule", "starts_at", "soon", 400),
        ("schedule", "starts_at", "9999-12-31T23:00:00Z", 400), ("schedule", "starts_at", "2030-01-01T08:00:00", 400),
        ("schedule", "place", "Room\u0007", 422), ("see", "seen_at", "2098-01-01T08:00:00Z", 422),
        ("see", "seen_at", "2020-01-01T08:00:00Z", 422), ("assign", "to_member", ABSENT, 400),
    ],
    "scheduled": [
        ("reschedule", "words", "", 400), ("reschedule", "starts_at", None, 400), ("cancel_visit", "words", "", 400),
        ("cancel_visit", "words", "x" * 501, 422),
    ],
    "seen": [("report", "outcome_note", "", 400), ("report", "outcome_note", "x" * 4001, 400)],
    "reported": [("review", "review_note", "", 400), ("ask_again", "words", "", 400)],
    "cancellation_requested": [("refuse_cancellation", "words", "", 400)],
}  # fmt: skip


@pytest.mark.parametrize("state", sorted(WRONG))
def test_a_wrong_field_is_named_and_nothing_moves(loop: Loop, state: str) -> None:
    row = brought(loop, state)
    for name, field, wrong, status in WRONG[state]:
        answer = move(loop, row, name, **{field: wrong})
        assert (answer.status_code, fields(answer)) == (status, [field]), (name, wrong)
    assert good(get(loop.cast, door(row)))["version"] == row["version"]


def test_a_visit_that_has_not_begun_was_not_missed(loop: Loop) -> None:
    row = brought(loop, "scheduled")
    answer = move(loop, row, "no_show")
    assert (answer.status_code, fields(answer)) == (422, ["words"])
    assert [visit["status"] for visit in good(get(loop.cast, door(row)))["visits"]] == ["booked"]


def test_visits_are_booked_moved_missed_and_booked_again(loop: Loop) -> None:
    row = brought(loop, "scheduled")
    good(move(loop, row, "reschedule"))
    move_clock(by=3 * DAY)
    good(move(loop, row, "no_show"))
    good(move(loop, row, "schedule"))
    move_clock(by=3 * DAY)
    found = good(move(loop, row, "see"))
    assert [visit["status"] for visit in found["visits"]] == ["cancelled", "noshow", "fulfilled"]


def test_a_visit_did_not_take_place_when_the_patient_was_seen_before_it(loop: Loop) -> None:
    found = good(move(loop, brought(loop, "scheduled"), "see"))
    assert [(visit["status"], visit["words"]) for visit in found["visits"]] == [
        ("cancelled", "The patient was seen before it.")
    ]
    assert found["seen_at"] is not None


def test_what_is_asked_in_several_lines_can_be_cancelled_with_its_visit(loop: Loop) -> None:
    row = brought(loop, "scheduled")
    good(move(loop, row, "request_cancellation", words="It has resolved.\nShe eats everything."))
    found = good(move(loop, row, "confirm_cancellation"))
    assert (found["state"], found["visits"][0]["status"]) == ("cancelled", "cancelled")
    assert found["visits"][0]["words"] == "It has resolved. She eats everything."


def test_it_goes_to_somebody_else_who_is_of_that_side_only(loop: Loop) -> None:
    row = brought(loop, "accepted")
    given = good(move(loop, row, "assign"))
    assert given["owner"] == str(loop.cast.colleague.who.pk)
    twice = move(loop, row, "assign")
    assert (twice.status_code, fields(twice)) == (422, ["to_member"])
    other = move(loop, row, "assign", to_member=str(loop.cast.member_of("stranger")))
    assert (other.status_code, fields(other)) == (422, ["to_member"])


def test_sent_elsewhere_it_leaves_those_who_had_it(loop: Loop) -> None:
    row = brought(loop, "accepted")
    assert loop.sees(OWNER)
    there = move(loop, row, "reroute", to="slt")
    assert kind(there) == (409, "conflict")
    wrong = move(loop, row, "reroute", to="dermatology", to_member=str(loop.cast.member_of("stranger")))
    assert (wrong.status_code, fields(wrong)) == (422, ["to_member"])
    gone = good(move(loop, row, "reroute", to="dermatology"))
    assert (gone["state"], gone["to"], gone["target_at"]) == ("sent", "dermatology", row["target_at"])
    assert not loop.sees(OWNER)
    assert get(loop.cast, door(row), who=OWNER).status_code == 404
    assert good(get(loop.cast, door(row), who="former"))["allowed_actions"][0] == "receive"


def test_a_move_that_is_repeated_with_its_key_is_made_once(loop: Loop) -> None:
    row = brought(loop, "sent")
    key = {"Idempotency-Key": "accept-once"}
    first = move(loop, row, "accept", headers=key)
    again = move(loop, row, "accept", headers=key)
    assert (again.status_code, again.content) == (200, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert [one["move"] for one in good(get(loop.cast, door(row)))["transitions"]] == ["send", "accept"]
    other = move(loop, row, "accept", headers=key, words="Another body.")
    assert kind(other) == (422, "idempotency-key-reused")


def test_a_draft_is_written_anew_and_later_each_side_keeps_its_number_only(loop: Loop) -> None:
    row = drafted(loop, placer_number="R-1")
    client = loop.cast.rheumatologist.client()
    answer = client.patch(f"/api/v1/{door(row)}", {"question": "Can she drink?", "urgency": "stat"}, format="json",
                          headers={"If-Match": '"v1"'})  # fmt: skip
    assert (good(answer)["question"], answer.json()["urgency"], answer["ETag"]) == ("Can she drink?", "stat", '"v2"')
    stale = client.patch(f"/api/v1/{door(row)}", {"question": "?"}, format="json", headers={"If-Match": '"v1"'})
    assert kind(stale) == (412, "stale")
    good(move(loop, row, "send"))
    late = client.patch(f"/api/v1/{door(row)}", {"question": "And eat?"}, format="json")
    assert (*kind(late), late.json()["state"]) == (409, "referral-moved", "sent")
    assert good(client.patch(f"/api/v1/{door(row)}", {"placer_number": "R-2"}, format="json"))["placer_number"] == "R-2"
    theirs = client.patch(f"/api/v1/{door(row)}", {"filler_number": "S-9"}, format="json")
    assert kind(theirs) == (403, "not-your-move")
    therapist = loop.cast.therapist.client()
    assert (
        good(therapist.patch(f"/api/v1/{door(row)}", {"filler_number": "S-9"}, format="json"))["filler_number"] == "S-9"
    )
    ours = therapist.patch(f"/api/v1/{door(row)}", {"placer_number": "S-9"}, format="json")
    assert kind(ours) == (403, "not-your-move")
    unknown = therapist.patch(f"/api/v1/{door(row)}", {"state": "accepted"}, format="json")
    assert (unknown.status_code, fields(unknown)) == (400, ["state"])


def test_a_practice_outside_is_moved_by_a_coordinator(loop: Loop) -> None:
    row = drafted(loop, outside="Practice at the mill", send=True)
    assert get(loop.cast, door(row), who=OWNER).status_code == 404
    assert "accept" in actions(loop, row, COORDINATOR)
    assert "accept" not in actions(loop, row, SENDER)
    for name in ("accept", "schedule", "see", "report"):
        row = good(move(loop, row, name, COORDINATOR))
    assert row["allowed_actions"] == ["enter_in_error"]
    assert good(move(loop, row, "review"))["state"] == "closed"


def test_who_has_left_moves_nothing(loop: Loop) -> None:
    row = brought(loop, "accepted")
    User.objects.filter(pk=loop.cast.therapist.who.pk).update(is_active=False)
    assert move(loop, row, "see").status_code == 401
    assert Referral.objects.get(pk=row["id"]).state == "accepted"
