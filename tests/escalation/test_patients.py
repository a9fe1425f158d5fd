"""Patients who die, leave, come back, or turn out to be one person with two records."""

from typing import Any

import pytest

from apps.common import due
from apps.escalation.models import Escalation, Watch
from apps.nudges.models import Delivery, Nudge
from apps.patients.models import Patient
from tests.cast import Cast
from tests.escalation.house import (
    codes,
    complication,
    look_again,
    met,
    nudge_of,
    only,
    opened,
    resolve,
    screen,
    second_record,
    told,
)
from tests.observations.house import send
from tests.thread.conftest import work

ENDINGS: list[tuple[str, dict[str, Any]]] = [
    ("record-death", {}),
    ("record-departure", {"reason": "moved to another country"}),
    ("enter-in-error", {"reason": "a test record"}),
]


def change_status(cast: Cast, verb: str, body: dict[str, Any]) -> None:
    answer = send(cast, f"patients/{cast.patient.pk}/{verb}/", body, who="coordinator")
    assert answer.status_code == 200, answer.content


@pytest.mark.parametrize(("verb", "body"), ENDINGS, ids=[verb for verb, _ in ENDINGS])
def test_who_dies_or_leaves_has_everything_ended_in_that_very_request(
    house: Cast, verb: str, body: dict[str, Any]
) -> None:
    complication(house)
    complication(house, "pneumonitis")
    met(house, "SW-01")
    work()
    rows = opened()
    assert len(rows) == 3
    change_status(house, verb, body)
    assert codes() == []
    for row in rows:
        nudge = nudge_of(row)
        assert row.state == "withdrawn"
        assert row.end_reason
        assert row.ended_by == house.coordinator.user
        assert (nudge.state, nudge.next_step_at) == ("cancelled", None)


def test_a_question_that_has_not_left_never_leaves_once_the_patient_has_died(house: Cast) -> None:
    complication(house)
    due.drain_all("escalation.watches")
    change_status(house, "record-death", {})
    work()
    asked = Delivery.objects.get(kind="ask", channel="email")
    assert asked.state == "cancelled"
    assert not Delivery.objects.filter(kind__in=["ask", "inform"], channel="email", state="sent").exists()


def test_whoever_was_told_hears_that_it_is_over(house: Cast) -> None:
    complication(house)
    work()
    row = only("SW-00")
    change_status(house, "record-death", {})
    assert told("told", row) >= {"covering", "rheumatologist"}


def test_nothing_is_opened_for_who_is_not_in_our_care(house: Cast) -> None:
    change_status(house, "record-death", {})
    complication(house, "aspiration_pneumonia")
    work()
    look_again(house.patient)
    assert not Escalation.objects.exists()
    assert not Nudge.objects.exists()


def test_one_who_comes_back_is_looked_at_anew(house: Cast) -> None:
    complication(house)
    screen(house)
    work()
    before = {row.pk for row in opened()}
    change_status(house, "record-death", {})
    work()
    assert codes() == []
    change_status(house, "reactivate", {"reason": "the wrong record"})
    work()
    assert codes() == ["SW-00", "SW-01"]
    assert not before & {row.pk for row in opened()}
    assert all(nudge_of(row).state == "open" for row in opened())


# Two records of one person.


def merge(cast: Cast, kept: Patient) -> None:
    body = {"into": str(kept.pk), "reason": "the same person"}
    answer = send(cast, f"patients/{cast.patient.pk}/merge/", body, who="coordinator")
    assert answer.status_code == 200, answer.content


def test_of_two_open_ones_of_one_criterion_that_of_the_record_that_stays_goes_on(house: Cast) -> None:
    kept = second_record(house)
    theirs = complication(house)
    mine = complication(house, patient=str(kept.pk))
    work()
    (gone,) = opened("SW-00", house.patient)
    (goes_on,) = opened("SW-00", kept)
    merge(house, kept)
    assert [row.pk for row in opened()] == [goes_on.pk]
    gone.refresh_from_db()
    assert (gone.state, gone.patient_id, nudge_of(gone).state) == ("withdrawn", kept.pk, "cancelled")
    work()
    row = only("SW-00")
    assert row.pk == goes_on.pk
    assert {str(one.condition_id) for one in row.evidence.all()} == {theirs, mine}
    assert nudge_of(row).state == "open"
    assert Nudge.objects.unfinished().count() == 1


def test_one_that_only_the_record_that_goes_has_goes_along_and_asks_on(house: Cast) -> None:
    kept = second_record(house)
    complication(house)
    screen(house, patient=str(kept.pk))
    work()
    (row,) = opened("SW-00", house.patient)
    merge(house, kept)
    work()
    assert sorted(one.criterion.code for one in opened(patient=kept)) == ["SW-00", "SW-01"]
    row.refresh_from_db()
    nudge = nudge_of(row)
    assert (row.state, row.patient_id) == ("open", kept.pk)
    assert (nudge.state, nudge.patient_id) == ("open", kept.pk)
    resolve(house, patient=str(kept.pk))
    work()
    assert codes() == []


def test_the_record_that_goes_is_looked_at_no_more(house: Cast) -> None:
    kept = second_record(house)
    complication(house)
    work()
    merge(house, kept)
    assert not Watch.objects.filter(patient=house.patient).exists()
    work()
    assert Watch.objects.get(patient=kept).evaluated_at is not None
    assert opened(patient=house.patient) == []


@pytest.mark.parametrize("stated", [False, True], ids=["by a fact", "by a clinician"])
def test_the_more_pressing_of_two_merged_ones_is_not_lost(house: Cast, stated: bool) -> None:
    kept = second_record(house)
    complication(house, patient=str(kept.pk))
    if stated:
        assert met(house, severity="emergency").status_code == 201
    else:
        complication(house, "aspiration_pneumonia")
    work()
    merge(house, kept)
    work()
    row = only("SW-00")
    assert (row.patient_id, row.severity, nudge_of(row).severity) == (kept.pk, "emergency", "emergency")


def test_what_a_clinician_said_of_the_record_that_goes_outlives_a_fact_that_was_wrong(house: Cast) -> None:
    """Nothing but a person or the criterion's own condition takes back what a clinician said."""
    kept = second_record(house)
    fact = complication(house, patient=str(kept.pk))
    assert met(house).status_code == 201
    work()
    merge(house, kept)
    work()
    answer = send(house, f"complications/{fact}/enter-in-error/", {"reason": "somebody else's"})
    assert answer.status_code == 200
    work()
    assert codes() == ["SW-00"]
