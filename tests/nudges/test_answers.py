"""What people answer, through the REST doors: once, by whom, and what is refused with which words."""

from typing import Any

import pytest

from apps.accounts import operations as accounts
from apps.accounts.models import User
from apps.common.clock import app_now
from apps.common.refusals import Refused
from apps.nudges import operations as nudges
from apps.nudges.models import Delivery, Nudge, Response
from tests.cast import Cast
from tests.nudges.house import (
    HOUR,
    MINUTE,
    V1,
    Server,
    acknowledge,
    address,
    ask,
    asked,
    body_of,
    clock_to,
    decline,
    fresh,
    hand_over,
    owner,
    settle,
    step,
    told,
)
from tests.thread.conftest import work


def answer(cast: Cast, nudge: Nudge, name: str, doing: str, body: Any = None, **headers: Any) -> Any:
    client = cast.personas[name].client()
    return client.post(f"{V1}nudges/{nudge.pk}/{doing}/", body or {}, format="json", **headers)


def kind(refusal: Any) -> tuple[int, str]:
    return refusal.status_code, str(refusal.json()["type"]).rsplit(":", 1)[-1]


def fields(refusal: Any) -> list[str]:
    return [error["field"] for error in refusal.json().get("errors", [])]


def test_acknowledging_twice_is_once(house: Cast) -> None:
    nudge = ask(house, "rheumatology")
    first, second = (answer(house, nudge, "rheumatologist", "acknowledge") for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["state"] == "acknowledged"
    assert (first.json()["version"], first.json()["acknowledged_at"]) == (
        second.json()["version"], second.json()["acknowledged_at"],
    )  # fmt: skip
    assert Response.objects.filter(nudge=nudge).count() == 1


def test_whoever_acknowledges_has_it_and_it_stands_who_when_and_how(house: Cast) -> None:
    nudge = ask(house, "rheumatology")
    answer(house, nudge, "rheumatologist", "acknowledge")
    row = Response.objects.get(nudge=nudge)
    assert (row.kind, row.by, row.via) == ("acknowledge", house.rheumatologist.who, "api")
    assert row.at == fresh(nudge).acknowledged_at
    inbox = house.rheumatologist.client().get(V1 + "inbox/").json()["results"]
    assert [(one["id"], one["state"]) for one in inbox] == [(str(nudge.pk), "acknowledged")]


@pytest.mark.parametrize(
    ("doing", "body"), [("acknowledge", {}), ("decline", {"reason": "no"}), ("hand-over", {"reason": "no"})]
)
def test_somebody_who_was_only_informed_cannot_answer(house: Cast, doing: str, body: dict[str, Any]) -> None:
    nudge = ask(house, "slt", informs=["rheumatology"])
    if doing == "hand-over":
        body = {**body, "to": str(house.member_of("therapist"))}
    assert kind(answer(house, nudge, "rheumatologist", doing, body)) == (403, "not-asked")
    assert (fresh(nudge).version, Response.objects.count()) == (nudge.version, 0)


def test_a_stranger_does_not_find_the_nudge(house: Cast) -> None:
    nudge = ask(house, "slt")
    assert answer(house, nudge, "stranger", "acknowledge").status_code == 404
    assert answer(house, nudge, "coordinator_elsewhere", "acknowledge").status_code == 404
    assert fresh(nudge).state == Nudge.State.OPEN


def test_whoever_lost_access_cannot_acknowledge_although_they_were_asked(house: Cast) -> None:
    nudge = ask(house, "rheumatology")
    accounts.end_grant(grant=house.rheumatologist.who.grants.get(), by=house.by, at=app_now())
    with pytest.raises(Refused) as refusal:
        acknowledge(house, nudge, "rheumatologist")
    assert refusal.value.status == 403


def test_after_somebody_else_has_it_the_answer_says_who_and_when(house: Cast) -> None:
    nudge = ask(house, "rheumatology")
    answer(house, nudge, "coordinator", "acknowledge")
    late = answer(house, nudge, "rheumatologist", "acknowledge")
    assert kind(late) == (409, "already-answered")
    assert "Coordinator has it since 07 June 2027, 10:0" in late.json()["detail"]
    assert owner(nudge) == "coordinator"


def test_after_it_was_acted_upon_nobody_can_take_decline_or_hand_it_over(house: Cast) -> None:
    nudge = ask(house, "rheumatology")
    settle(house, nudge, "rheumatologist")
    over = {"to": str(house.member_of("therapist"))}
    for doing, body in (("acknowledge", {}), ("decline", {"reason": "no"}), ("hand-over", over)):
        late = answer(house, nudge, "rheumatologist", doing, body)
        assert kind(late) == (409, "already-answered")
        assert "acted upon" in late.json()["detail"]


@pytest.mark.parametrize("doing", ["acknowledge", "decline", "hand-over"])
def test_an_answer_to_what_somebody_else_has_changed_meanwhile_is_stale(house: Cast, doing: str) -> None:
    nudge = ask(house, "rheumatology", "slt")
    seen = house.rheumatologist.client().get(f"{V1}nudges/{nudge.pk}/").headers["ETag"]
    clock_to(nudge.opened_at + 15 * MINUTE)
    step()  # a reminder
    body = {"reason": "no", "to": str(house.member_of("therapist"))} if doing != "acknowledge" else {}
    if doing == "decline":
        body.pop("to")
    assert kind(answer(house, nudge, "rheumatologist", doing, body, HTTP_IF_MATCH=seen)) == (412, "stale")
    assert Response.objects.count() == 0
    now = house.rheumatologist.client().get(f"{V1}nudges/{nudge.pk}/").headers["ETag"]
    assert answer(house, nudge, "rheumatologist", doing, body, HTTP_IF_MATCH=now).status_code == 200


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "   "}])
def test_declining_without_a_reason_is_refused(house: Cast, body: dict[str, str]) -> None:
    nudge = ask(house, "rheumatology", "slt")
    refusal = answer(house, nudge, "rheumatologist", "decline", body)
    assert refusal.status_code in {400, 422}
    assert fields(refusal) == ["reason"]
    assert owner(nudge) == "rheumatologist"


def test_declining_with_a_reason_asks_the_next_person_at_once(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", "slt")
    work()
    said = answer(house, nudge, "rheumatologist", "decline", {"reason": "I am abroad"})
    assert (said.status_code, said.json()["state"], said.json()["owner_name"]) == (200, "open", "Covering")
    work()
    assert len(postbox.to(address("covering"))) == 1
    assert Response.objects.get(nudge=nudge).reason == "I am abroad"
    assert "I am abroad" not in "".join(body_of(mail, "plain") + body_of(mail, "html") for mail in postbox.mails)


def test_whoever_has_acknowledged_can_still_decline(house: Cast) -> None:
    nudge = ask(house, "rheumatology", "slt")
    acknowledge(house, nudge, "rheumatologist")
    decline(house, nudge, "rheumatologist")
    assert (fresh(nudge).state, owner(nudge)) == (Nudge.State.OPEN, "covering")
    assert fresh(nudge).acknowledged_at is None


def test_whoever_is_no_longer_asked_has_nothing_to_decline(house: Cast) -> None:
    nudge = ask(house, "rheumatology", "slt")
    decline(house, nudge, "rheumatologist")
    assert kind(answer(house, nudge, "rheumatologist", "decline", {"reason": "again"})) == (409, "already-answered")
    assert owner(nudge) == "covering"


def test_handing_over_to_somebody_who_does_not_see_the_patient_is_refused(house: Cast) -> None:
    nudge = ask(house, "rheumatology")
    refusal = answer(house, nudge, "rheumatologist", "hand-over", {"to": str(house.member_of("stranger"))})
    assert kind(refusal) == (422, "invalid")
    assert fields(refusal) == ["to"]
    assert fresh(nudge).offered_to is None
    assert not Delivery.objects.filter(recipient=house.stranger.who).exists()


def test_handing_over_to_oneself_is_refused(house: Cast) -> None:
    nudge = ask(house, "rheumatology")
    refusal = answer(house, nudge, "rheumatologist", "hand-over", {"to": str(house.member_of("rheumatologist"))})
    assert kind(refusal) == (422, "invalid")
    assert fields(refusal) == ["to"]


def test_handing_over_to_somebody_who_cannot_be_reached_is_refused(house: Cast) -> None:
    nudge = ask(house, "rheumatology")
    User.objects.filter(pk=house.therapist.who.pk).update(email="")
    refusal = answer(house, nudge, "rheumatologist", "hand-over", {"to": str(house.member_of("therapist"))})
    assert refusal.status_code == 422
    assert fields(refusal) == ["to"]


def test_what_is_handed_over_is_theirs_once_they_acknowledge(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology")
    said = answer(house, nudge, "rheumatologist", "hand-over", {"to": str(house.member_of("therapist"))})
    assert (said.status_code, said.json()["owner_name"]) == (200, "Rheumatologist")
    assert said.json()["offered_to"] == str(house.therapist.who.pk)
    work()
    assert postbox.subjects(address("therapist"))[0].startswith("Can you take this over?")
    assert [row["id"] for row in house.therapist.client().get(V1 + "inbox/").json()["results"]] == [str(nudge.pk)]
    taken = answer(house, nudge, "therapist", "acknowledge").json()
    assert (taken["state"], taken["owner_name"], taken["offered_to"]) == ("acknowledged", "Therapist", None)
    late = answer(house, nudge, "rheumatologist", "acknowledge")
    assert kind(late) == (409, "already-answered")
    assert "Therapist has it" in late.json()["detail"]


def test_the_clock_runs_on_until_a_hand_over_is_accepted(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", "slt")
    before = fresh(nudge)
    clock_to(nudge.opened_at + 5 * MINUTE)
    offered = hand_over(house, nudge, "rheumatologist", "therapist")
    assert (offered.next_step_at, offered.acknowledge_by, offered.act_by) == (
        before.next_step_at, before.acknowledge_by, before.act_by,
    )  # fmt: skip
    work()
    clock_to(nudge.opened_at + 30 * MINUTE)
    work()
    assert (owner(nudge), fresh(nudge).offered_to) == ("covering", None)
    assert asked(nudge) == ["rheumatologist", "covering"]


def test_an_acknowledgement_that_was_handed_over_and_not_accepted_runs_out(house: Cast) -> None:
    nudge = ask(house, "rheumatology", "slt", act="4 h")
    acknowledge(house, nudge, "rheumatologist")
    hand_over(house, nudge, "rheumatologist", "therapist")
    assert fresh(nudge).state == Nudge.State.ACKNOWLEDGED
    clock_to(nudge.opened_at + 4 * HOUR)
    step()
    assert (fresh(nudge).state, owner(nudge)) == (Nudge.State.OPEN, "covering")


def test_whoever_is_offered_it_can_refuse_and_it_stays_where_it_was(house: Cast) -> None:
    nudge = ask(house, "rheumatology")
    hand_over(house, nudge, "rheumatologist", "therapist")
    decline(house, nudge, "therapist", "On leave")
    left = fresh(nudge)
    assert (owner(nudge), left.offered_to, left.next_step_at) == ("rheumatologist", None, nudge.next_step_at)


def test_offering_it_to_somebody_else_takes_the_first_offer_back(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology")
    hand_over(house, nudge, "rheumatologist", "therapist")
    hand_over(house, nudge, "rheumatologist", "covering")
    work()
    assert postbox.to(address("therapist")) == []
    assert len(postbox.to(address("covering"))) == 1
    assert kind(answer(house, nudge, "therapist", "acknowledge")) == (403, "not-asked")


def test_a_coordinator_who_was_not_asked_can_take_it(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology")
    taken = answer(house, nudge, "coordinator", "acknowledge")
    assert (taken.status_code, taken.json()["owner_name"]) == (200, "Coordinator")
    clock_to(nudge.opened_at + HOUR)
    work()
    assert told(nudge, "reminder") == []
    assert postbox.mails == []  # the mail to the first one had not left yet


def test_a_coordinator_can_hand_it_over_for_somebody(house: Cast) -> None:
    nudge = ask(house, "rheumatology")
    hand_over(house, nudge, "coordinator", "therapist")
    assert acknowledge(house, nudge, "therapist").owner == house.therapist.who


def test_the_reason_of_a_hand_over_appears_in_no_mail(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", "slt", informs=["coordination"])
    work()
    hand_over(house, nudge, "rheumatologist", "therapist", "It is Mrs Albers of room twelve")
    work()
    clock_to(nudge.opened_at + 30 * MINUTE)
    work()
    assert len(postbox.to(address("therapist"))) == 1
    for mail in postbox.mails:
        said = "".join([str(mail["Subject"]), body_of(mail, "plain"), body_of(mail, "html")])
        assert "Albers" not in said
        assert "room twelve" not in said
    shown = house.rheumatologist.client().get(f"{V1}nudges/{nudge.pk}/").json()
    assert [one["reason"] for one in shown["responses"]] == ["It is Mrs Albers of room twelve"]


def test_an_answer_to_a_question_that_was_asked_anew_since_is_refused(house: Cast) -> None:
    nudge = ask(house, "rheumatology")
    by = house.rheumatologist.actor
    with pytest.raises(nudges.AlreadyAnswered):
        nudges.acknowledge(nudge=nudge, by=by, at=app_now(), asked_in=nudge.round + 1)
    assert fresh(nudge).state == Nudge.State.OPEN


def test_a_notice_is_read_once_and_by_its_own_reader_only(house: Cast) -> None:
    ask(house, "slt", informs=["rheumatology"])
    mine = house.rheumatologist.client().get(V1 + "notices/").json()["results"]
    assert [one["kind"] for one in mine] == ["inform"]
    path = f"{V1}notices/{mine[0]['id']}/read/"
    assert house.coordinator.client().post(path).status_code == 404
    first, second = (house.rheumatologist.client().post(path).json()["read_at"] for _ in range(2))
    assert first == second is not None


def test_only_a_member_can_be_offered_it(house: Cast) -> None:
    nudge = ask(house, "rheumatology")
    refusal = answer(house, nudge, "rheumatologist", "hand-over", {"to": str(house.patient.pk)})
    assert refusal.status_code in {400, 422}
    assert fields(refusal) == ["to"]
