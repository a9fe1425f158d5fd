"""The page of a referral in the admin: written, sent, followed, and every move of the table as its own form."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.permissions import Role
from apps.common.clock import app_now, move_clock
from apps.common.refusals import Invalid
from apps.knowledge.models import Discipline
from apps.observations import operations as facts
from apps.observations.models import Observation
from apps.patients import operations as patients
from apps.referrals.models import Referral
from apps.referrals.moves import MOVES, NAMES, State, allowed
from apps.referrals.parties import standing
from tests.cast import Cast
from tests.plans.doors import measured
from tests.plans.pages import at, browser, page, text
from tests.referrals.doors import STEPS
from tests.referrals.house import DAY, SLT, Loop, clock_to, colleague, fresh, moves, reason, work

pytestmark = pytest.mark.django_db
ADD = "admin:referrals_referral_add"


@pytest.fixture
def loop(cast: Cast) -> Loop:
    return Loop.begin(cast)


@pytest.fixture
def client(cast: Cast) -> Client:
    return browser(cast)


def doing(row: Referral, name: str) -> str:
    """The address of a move's form."""
    return f"{at(row).removesuffix('change/')}{name.replace('_', '-')}/"


def context(answer: Any, name: str) -> Any:
    """What a page was drawn from."""
    return answer.context_data[name]


def version(row: Referral) -> str:
    return str(fresh(row).version)


def do(client: Client, row: Referral, name: str, **values: Any) -> Any:
    """Send a move's form as the page would."""
    return client.post(doing(row, name), {"version": version(row), **values})


def offered(client: Client, row: Referral) -> set[str]:
    """The moves for which the page has a button."""
    shown = page(client, at(row))
    return {name for name in MOVES if doing(row, name) in shown}


def brought(loop: Loop, state: str, **values: Any) -> Referral:
    """A referral in this state."""
    row = loop.draft(**values)
    sides = {"send", "review", "cancel", "request_cancellation", "enter_in_error"}
    for name in STEPS[state]:
        row = loop.move(row, name, "rheumatologist" if name in sides else "therapist")
    return row


@pytest.mark.parametrize("state", [state.value for state in State])
def test_exactly_the_moves_of_the_table_are_offered_in_every_state(
    cast: Cast, loop: Loop, client: Client, state: str
) -> None:
    row = brought(loop, state)
    shown = offered(client, row)
    assert shown == set(allowed(state, {"coordinator"}))  # type: ignore[arg-type]
    here = standing(cast.coordinator.actor, app_now())
    assert shown == set(here.actions(fresh(row)))
    assert NAMES[State(state)] in text(client.get(at(row)))


@pytest.mark.parametrize("state", [state.value for state in State])
def test_what_goes_outside_is_moved_by_the_coordinator_on_every_side(loop: Loop, client: Client, state: str) -> None:
    row = loop.draft("coordinator", outside="Voice clinic, Harbour Street")
    for name in STEPS[state]:
        row = loop.move(row, name, "coordinator")
    expected = allowed(state, {"coordinator", "owner", "sender"})  # type: ignore[arg-type]
    # Nobody of a practice outside is here, to whom it could be given.
    assert offered(client, row) == set(expected) - {"assign"}


def form_of(loop: Loop, **values: Any) -> dict[str, Any]:
    return {"patient": str(loop.patient.pk), "reason": str(reason().pk), **values}


def test_a_new_one_takes_from_its_reason_what_is_left_empty(cast: Cast, loop: Loop, client: Client) -> None:
    answer = client.post(reverse(ADD), form_of(loop))
    row = Referral.objects.get()
    assert answer.headers["Location"] == at(row)
    assert (row.state, row.urgency, row.question, row.to.code) == ("draft", "urgent", reason().question, "slt")
    assert (row.to_site, row.sender, row.sender_discipline.code) == (cast.site, cast.coordinator.who, "coordination")


def test_choosing_a_reason_first_fills_the_form_in(loop: Loop, client: Client) -> None:
    answer = client.get(f"{reverse(ADD)}?patient={loop.patient.pk}&reason={SLT}")
    initial = context(answer, "adminform").form.initial
    assert initial["question"] == reason().question
    assert initial["urgency"] == "urgent"
    assert str(initial["patient"]) == str(loop.patient.pk)
    assert "Trouble swallowing (urgent)" in text(answer)


def test_it_can_be_sent_at_once_in_a_colleague_s_name(cast: Cast, loop: Loop, client: Client) -> None:
    sent = form_of(
        loop,
        question="Is it\r\nsafe?",
        in_name_of=str(cast.member_of("rheumatologist")),
        send="on",
        patient_informed="on",
    )
    client.post(reverse(ADD), sent)
    row = Referral.objects.get()
    assert (row.state, row.sender, row.question, row.patient_informed) == (
        "sent", cast.rheumatologist.who, "Is it safe?", True,
    )  # fmt: skip
    assert row.transitions.get().by == cast.coordinator.who


def test_what_is_refused_stands_beside_its_field_and_the_form_keeps_what_was_typed(
    cast: Cast, loop: Loop, client: Client
) -> None:
    sent = form_of(loop, in_name_of=str(cast.member_of("stranger")), question="Is it safe?")
    answer = client.post(reverse(ADD), sent)
    form = context(answer, "adminform").form
    assert form.errors == {"in_name_of": ["This person does not see the patient."]}
    assert form["question"].value() == "Is it safe?"
    assert not Referral.objects.exists()


def test_a_second_one_for_the_same_reason_has_to_be_meant(loop: Loop, client: Client) -> None:
    loop.sent()
    answer = client.post(reverse(ADD), form_of(loop))
    assert "There is an open referral for this reason." in text(answer)
    assert Referral.objects.count() == 1
    client.post(reverse(ADD), form_of(loop, beside_open="on"))
    assert Referral.objects.count() == 2


def test_nobody_is_referred_who_left_our_care_and_the_page_does_not_offer_it(
    cast: Cast, loop: Loop, client: Client
) -> None:
    patients.record_departure(patient=loop.patient, by=cast.by, at=app_now(), reason="Moved.")
    assert reverse(ADD) not in page(client, at(loop.patient))
    assert "nobody is referred" in text(client.post(reverse(ADD), form_of(loop)))


def test_a_draft_is_written_differently_and_a_sent_one_is_not(loop: Loop, client: Client) -> None:
    row = loop.draft()
    sent = {
        "version": version(row), "reason": str(row.reason_id), "question": "Which texture?", "urgency": "routine",
        "to": str(row.to_id), "to_site": str(row.to_site_id), "placer_number": "A-1",
    }  # fmt: skip
    client.post(at(row), sent)
    row = fresh(row)
    assert (row.question, row.urgency, row.placer_number) == ("Which texture?", "routine", "A-1")
    row = loop.move(row, "send", "rheumatologist")
    sent = {"question": "Other?", "filler_number": "B-7", "placer_number": "A-1", "patient_informed": "on"}
    client.post(at(row), {"version": version(row), **sent})
    row = fresh(row)
    assert (row.question, row.filler_number, row.patient_informed) == ("Which texture?", "B-7", True)
    row = loop.move(row, "cancel", "rheumatologist")
    assert 'name="filler_number"' not in page(client, at(row))


def test_facts_are_chosen_from_the_newest_that_stand_and_stay_as_they_were(
    cast: Cast, loop: Loop, client: Client
) -> None:
    cast.patient, kept = loop.patient, cast.patient
    measured(cast, "eat10", 4)
    move_clock(by=timedelta(hours=1))
    measured(cast, "eat10", 9)
    measured(cast, "weight", 61)
    cast.patient = kept
    row = loop.draft()
    form = context(client.get(doing(row, "facts")), "form")
    words = [label.split(" (")[0] for _, label in form.fields["facts"].choices]
    assert len(words) == 2
    assert sorted(words) == ["Body weight: 61 kg", "Eating Assessment Tool, 10 items: 9"]
    newest = Observation.objects.get(instrument__code="eat10", value_number=9)
    assert do(client, row, "facts", facts=[str(newest.pk)]).status_code == 302
    assert [one.observation for one in row.attachments.all()] == [newest]
    facts.enter_in_error(fact=newest, by=cast.by, at=app_now(), reason="Somebody else's.")
    shown = text(client.get(at(row)))
    assert row.attachments.get().words in shown
    assert "Entered in error" in shown
    loop.move(row, "send", "rheumatologist")
    assert doing(row, "facts") not in page(client, at(row))
    assert "It is “Sent” now." in text(do(client, row, "facts", facts=[]))


def test_the_page_tells_the_whole_story(cast: Cast, loop: Loop, client: Client) -> None:
    row = loop.move(loop.accepted(), "schedule", "therapist", starts_at=app_now() + DAY, place="Room 4")
    move_clock(by=2 * DAY)
    row = loop.move(row, "no_show", "therapist", words="Nobody came.")
    row = loop.move(loop.move(row, "see", "therapist"), "report", "therapist", outcome_note="Mild residue.\nSoft food.")
    shown = text(client.get(at(row)))
    for said in (
        "Quandt", "Report returned", "It is Rheumatologist's turn", "Mild residue.", "Soft food.", "Room 4", "Nobody came.",
        "The patient did not come", "sent it", "accepted it", "booked a visit", "returned the report", reason().question,
        "a coordinator is asked to chase it",
    ):  # fmt: skip
        assert said in shown.replace("&#x27;", "'"), said
    row = loop.move(row, "review", "rheumatologist", review_note="Soft food for now.")
    shown = text(client.get(at(row)))
    assert "Soft food for now." in shown
    assert "Loop closed" in shown


def test_what_somebody_typed_is_never_taken_for_markup(loop: Loop, client: Client) -> None:
    evil = "<script>alert(1)</script>"
    row = loop.accepted(question=evil, outside="")
    row = loop.move(row, "schedule", "therapist", place=evil)
    row = loop.move(loop.move(row, "cancel_visit", "therapist", words=evil), "see", "therapist")
    row = loop.move(row, "report", "therapist", outcome_note=evil)
    for address in (at(row), doing(row, "assign"), reverse("admin:referrals_referral_changelist")):
        assert evil not in page(client, address)


def test_each_form_makes_its_move(cast: Cast, loop: Loop, client: Client) -> None:
    """A coordinator takes a referral to a practice outside through the whole loop, with every detour."""
    row = loop.draft("coordinator", outside="Voice clinic")
    tomorrow = timezone.localtime(app_now() + DAY, cast.site.zone)
    when = {"starts_at_0": f"{tomorrow:%Y-%m-%d}", "starts_at_1": "10:30"}
    dermatology = str(Discipline.objects.get(code="dermatology").pk)
    slt = str(row.to_id)
    for name, values, state in (
        ("send", {}, "sent"), ("ask_information", {"words": "Which liquids?"}, "needs_information"),
        ("give_information", {"words": "Thin ones."}, "received"), ("decline", {"words": "Full."}, "declined"),
        ("reroute", {"to": dermatology, "to_site": str(cast.site.pk), "outside": "Skin clinic", "words": "Ask there."}, "sent"),
        ("reroute", {"to": slt, "to_site": str(cast.site.pk), "outside": "Other clinic", "words": "No, there."}, "sent"),
        ("receive", {}, "received"), ("accept", {"filler_number": "X-9"}, "accepted"), ("schedule", when, "scheduled"),
        ("reschedule", {**when, "words": "Earlier."}, "scheduled"), ("cancel_visit", {"words": "A cold."}, "accepted"),
        ("schedule", {**when, "place": "Room 4"}, "scheduled"),
        ("request_cancellation", {"words": "Better."}, "cancellation_requested"),
        ("refuse_cancellation", {"words": "Not so."}, "scheduled"), ("see", {}, "seen"),
        ("report", {"outcome_note": "Residue."}, "reported"), ("ask_again", {"words": "And liquids?"}, "seen"),
        ("report", {"outcome_note": "Thin ones are safe."}, "reported"), ("review", {"review_note": "Thin liquids."}, "closed"),
        ("enter_in_error", {"words": "Wrong record."}, "entered_in_error"),
    ):  # fmt: skip
        answer = do(client, row, name, **values)
        assert answer.status_code == 302, (name, text(answer)[-1500:])
        assert fresh(row).state == state, name
    row = fresh(row)
    assert (row.outside, row.filler_number, row.outcome_note) == ("Other clinic", "X-9", "Thin ones are safe.")
    booked = row.visits.exclude(place="").get()
    local = booked.starts_at.astimezone(cast.site.zone)
    assert f"{local:%Y-%m-%d %H:%M}" == f"{tomorrow:%Y-%m-%d} 10:30", "typed by the clocks of the coordinator's site"


def test_it_is_given_to_a_colleague_of_the_receiving_side_and_to_nobody_else(
    cast: Cast, loop: Loop, client: Client
) -> None:
    colleague(cast, "colleague", "slt")
    colleague(cast, "far_colleague", "slt", site=cast.elsewhere)
    row = loop.accepted()
    form = context(client.get(doing(row, "assign")), "form")
    assert {one.user.username for one in form.fields["to_member"].queryset} == {"covering", "colleague"}
    assert do(client, row, "assign", to_member=str(cast.member_of("rheumatologist"))).status_code == 200
    assert do(client, row, "assign", to_member=str(cast.member_of("colleague"))).status_code == 302
    assert fresh(row).owner == cast.personas["colleague"].who
    assert "gave it to a colleague" in text(client.get(at(row)))


def test_words_that_are_needed_are_asked_for(loop: Loop, client: Client) -> None:
    row = loop.sent()
    answer = do(client, row, "cancel", words="  ")
    assert "This field is required." in text(answer)
    assert fresh(row).state == "sent"


def test_of_two_coordinators_the_second_is_told_who_was_first(cast: Cast, loop: Loop, client: Client) -> None:
    cast.person("second_coordinator", Role.COORDINATOR)
    second = browser(cast, "second_coordinator")
    row = loop.sent()
    read = version(row)
    assert client.post(doing(row, "cancel"), {"version": read, "words": "Resolved."}).status_code == 302
    answer = second.post(doing(row, "cancel"), {"version": read, "words": "Not needed."})
    shown = text(answer)
    assert answer.status_code == 200
    assert "It is “Cancelled” now. Coordinator withdrew it on" in shown
    assert "Not needed." in answer.content.decode(), "what was typed is still there"
    assert moves(row) == ["send", "cancel"]


def test_a_move_that_is_still_possible_on_a_changed_row_asks_to_read_again(loop: Loop, client: Client) -> None:
    row = loop.sent()
    read = version(row)
    do(client, row, "receive")
    answer = client.post(
        doing(row, "reroute"), {"version": read, "to": str(row.to_id), "to_site": str(row.to_site_id), "words": "x"}
    )
    assert "It is “Received” now. Coordinator received it on" in text(answer)
    assert fresh(row).state == "received"


def test_a_move_that_is_not_the_coordinator_s_is_refused_in_words(loop: Loop, client: Client) -> None:
    row = loop.sent()
    shown = text(do(client, row, "accept"))
    assert "“Accept” is for the receiving side." in shown
    assert fresh(row).state == "sent"


def test_a_form_shows_what_is_asked_and_the_report_that_is_to_be_read(loop: Loop, client: Client) -> None:
    row = loop.draft("coordinator", send=True)
    for name in ("accept", "see", "report"):
        row = loop.move(row, name, "therapist")
    shown = text(client.get(doing(row, "review")))
    assert "Mild residue, no aspiration." in shown
    assert reason().question in shown
    assert do(client, row, "review", review_note="Soft\r\nfood.").status_code == 302
    assert fresh(row).review_note == "Soft food."


def test_what_went_outside_is_nobody_s_of_the_department_here(cast: Cast, loop: Loop, client: Client) -> None:
    row = loop.sent("coordinator", outside="Voice clinic")
    assert list(context(client.get(doing(row, "assign")), "form").fields["to_member"].queryset) == []
    with pytest.raises(Invalid, match="not of the receiving side"):
        loop.move(row, "assign", "coordinator", to_member=cast.therapist.member)


def test_a_wait_that_is_over_is_told_before_anybody_has_looked(loop: Loop, client: Client) -> None:
    row = loop.sent()
    until = fresh(row).wait_until
    assert until is not None
    clock_to(until)
    assert "Its wait is over: a coordinator is asked now" in text(client.get(at(row)))
    work()
    assert "It is stuck: asked to chase it or to send it elsewhere is Coordinator." in text(client.get(at(row)))
