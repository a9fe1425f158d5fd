"""What a person ends, what begins it anew, and what people do about it."""

from datetime import timedelta

import pytest

from apps.common.clock import move_clock
from apps.escalation.models import Escalation
from tests.cast import Cast
from tests.escalation.house import (
    TWO_WORKING_DAYS,
    ago,
    assess,
    close,
    codes,
    complication,
    look_again,
    nudge_of,
    only,
    opened,
    owner_of,
    resolve,
    screen,
)
from tests.observations.house import mark_wrong, send
from tests.thread.conftest import Postbox, work

# Closed by a person.


def test_after_a_person_closed_it_an_old_fact_alone_opens_nothing(house: Cast) -> None:
    complication(house)
    work()
    row = only("SW-00")
    close(house, row, "Seen, and safe")
    look_again(house.patient)
    move_clock(by=TWO_WORKING_DAYS)
    work()
    screen(house, 1)
    work()
    assert codes() == []
    row.refresh_from_db()
    assert (row.state, row.end_reason, row.ended_by) == ("closed", "Seen, and safe", house.therapist.user)
    assert nudge_of(row).state == "actioned"


def test_after_a_person_closed_it_a_new_fact_opens_a_new_one(house: Cast) -> None:
    complication(house)
    work()
    row = only("SW-00")
    close(house, row)
    fact = complication(house)
    work()
    again = only("SW-00")
    assert again.pk != row.pk
    assert fact in {str(one.condition_id) for one in again.evidence.all()}
    assert nudge_of(again).state == "open"
    assert again.nudge_id != row.nudge_id


def test_a_fact_of_before_that_is_recorded_after_it_was_closed_opens_a_new_one(house: Cast) -> None:
    complication(house)
    work()
    close(house, only("SW-00"))
    late = complication(house, effective_at=ago(days=30))
    work()
    assert late in {str(one.condition_id) for one in only("SW-00").evidence.all()}


def test_an_older_screen_that_is_recorded_late_opens_what_was_closed(house: Cast) -> None:
    """A fact recorded after the closure that satisfies the condition opens a new one, also a late entry of an older date."""
    fact = screen(house, 8, effective_at=ago(hours=1))
    work()
    close(house, only("SW-01"))
    assert mark_wrong(house, "observations", fact).status_code == 200
    late = screen(house, 5, effective_at=ago(days=3))
    work()
    assert [str(one.observation_id) for one in only("SW-01").evidence.all()] == [late]


def test_closing_because_somebody_will_arrange_it_does_not_silence_it_for_ever(house: Cast) -> None:
    screen(house)
    work()
    row = only("SW-01")
    close(house, row, "will arrange")
    look_again(house.patient)
    move_clock(by=timedelta(hours=12))
    work()
    look_again(house.patient)
    assert codes() == []
    move_clock(by=TWO_WORKING_DAYS)
    work()
    again = only("SW-01")
    assert again.pk != row.pk
    assert nudge_of(again).state == "open"
    assert owner_of(again) == "therapist"  # who is back


def test_it_stays_closed_when_the_assessment_was_made_meanwhile(house: Cast) -> None:
    screen(house)
    work()
    close(house, only("SW-01"), "will arrange")
    move_clock(by=timedelta(hours=1))
    assess(house)
    move_clock(by=TWO_WORKING_DAYS)
    work()
    assert codes() == []


def test_a_fact_that_was_evidence_of_any_earlier_one_opens_nothing(house: Cast) -> None:
    first = complication(house, "pneumonitis")
    work()
    close(house, only("LU-00"))
    second = complication(house, "dyspnoea")
    work()
    close(house, only("LU-00"))
    look_again(house.patient)
    assert opened("LU-00") == []
    assert first != second


def test_what_no_longer_held_and_holds_again_says_so_no_more(house: Cast) -> None:
    complication(house, "pneumonitis")
    work()
    resolve(house, "pneumonitis", who="coordinator", discipline="pulmonology")
    work()
    row = only("LU-00")
    assert row.holds_no_longer_since is not None
    complication(house, "pneumonitis")
    work()
    assert only("LU-00").pk == row.pk
    assert only("LU-00").holds_no_longer_since is None


def test_a_fact_that_was_cleared_once_and_is_recorded_late_with_an_older_date_opens_anew(house: Cast) -> None:
    complication(house)
    work()
    resolve(house)
    work()
    late = complication(house, effective_at=ago(days=30))
    work()
    look_again(house.patient)
    assert late in {str(one.condition_id) for one in only("SW-00").evidence.all()}


# What people do.


def test_acting_asks_nobody_any_more_and_leaves_it_open(house: Cast, postbox: Postbox) -> None:
    complication(house)
    work()
    row = only("SW-00")
    for words in ("Assessed today", "Thickened fluids"):
        answer = send(house, f"escalations/{row.pk}/act/", {"words": words})
        assert answer.status_code == 200, answer.content
    row.refresh_from_db()
    assert row.state == "open"
    assert row.acted_at is not None
    assert list(row.actions.values_list("words", flat=True)) == ["Assessed today", "Thickened fluids"]
    assert nudge_of(row).state == "actioned"
    count = len(postbox.to("covering@"))
    move_clock(by=TWO_WORKING_DAYS)
    work()
    assert nudge_of(row).state == "actioned"
    assert count >= 1


def test_more_evidence_after_somebody_acted_asks_anew(house: Cast) -> None:
    screen(house, 8, effective_at=ago(hours=1))
    work()
    row = only("SW-01")
    assert send(house, f"escalations/{row.pk}/act/", {"words": "Looked"}).status_code == 200
    settled = nudge_of(row)
    screen(house, 12)
    work()
    row = only("SW-01")
    assert (settled.state, nudge_of(row).state) == ("actioned", "open")
    assert row.nudge_id != settled.pk
    assert Escalation.objects.count() == 1


def test_what_presses_harder_after_somebody_acted_asks_anew_as_an_emergency(house: Cast) -> None:
    complication(house)
    work()
    row = only("SW-00")
    assert send(house, f"escalations/{row.pk}/act/", {"words": "Looked"}).status_code == 200
    complication(house, "aspiration_pneumonia")
    work()
    row = only("SW-00")
    nudge = nudge_of(row)
    assert (row.severity, nudge.severity, nudge.state) == ("emergency", "emergency", "open")
    assert owner_of(row) == "rheumatologist"


@pytest.mark.parametrize(("verb", "name"), [("act", "words"), ("close", "reason")])
def test_acting_and_closing_need_words(house: Cast, verb: str, name: str) -> None:
    complication(house)
    work()
    row = only("SW-00")
    for body in ({}, {name: ""}, {name: "   "}):
        answer = send(house, f"escalations/{row.pk}/{verb}/", body)
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == [name]
    row.refresh_from_db()
    assert (row.state, row.acted_at) == ("open", None)


@pytest.mark.parametrize(("verb", "name"), [("act", "words"), ("close", "reason")])
def test_what_has_ended_is_neither_acted_upon_nor_closed(house: Cast, verb: str, name: str) -> None:
    complication(house)
    work()
    row = only("SW-00")
    close(house, row, "first reason")
    assert send(house, f"escalations/{row.pk}/{verb}/", {name: "again"}).status_code == 409
    row.refresh_from_db()
    assert row.end_reason == "first reason"
    assert not row.actions.exists()


@pytest.mark.parametrize(("verb", "name"), [("act", "words"), ("close", "reason")])
@pytest.mark.parametrize(
    ("who", "code"),
    [("stranger", 404), ("coordinator_elsewhere", 404), ("nobody", 401), ("service", 403), ("governor", 403)],
)
def test_only_whoever_looks_after_the_patient_acts_and_closes(
    house: Cast, verb: str, name: str, who: str, code: int
) -> None:
    complication(house)
    work()
    row = only("SW-00")
    assert send(house, f"escalations/{row.pk}/{verb}/", {name: "x"}, who=who).status_code == code
    row.refresh_from_db()
    assert (row.state, row.acted_at) == ("open", None)


@pytest.mark.parametrize(("verb", "name"), [("act", "words"), ("close", "reason")])
def test_whoever_read_an_older_state_is_asked_to_read_again(house: Cast, verb: str, name: str) -> None:
    complication(house)
    work()
    row = only("SW-00")
    client = house.therapist.client()
    stale = client.get(f"/api/v1/escalations/{row.pk}/")["ETag"]
    assert send(house, f"escalations/{row.pk}/act/", {"words": "Seen"}).status_code == 200
    path = f"/api/v1/escalations/{row.pk}/{verb}/"
    assert client.post(path, {name: "x"}, format="json", HTTP_IF_MATCH=stale).status_code == 412
    assert only("SW-00").actions.count() == 1
