"""The sender's number for a result: the same one twice is one result."""

from typing import Any

import pytest

from apps.audit.models import AuditEvent
from apps.observations.models import Observation
from tests.cast import Cast
from tests.observations.house import SOURCE, correct, kind, mark_wrong, record, refusal, shown, weigh

NUMBERED = {"source": SOURCE, "accession": "A-1"}


def test_the_same_result_again_is_the_one_recorded_before(cast: Cast) -> None:
    first = weigh(cast, 70, **NUMBERED)
    events = AuditEvent.objects.count()
    again = record(cast, "weight", 70, "kg", **NUMBERED)
    assert (again.status_code, again.json()) == (200, first)
    assert (Observation.objects.count(), AuditEvent.objects.count()) == (1, events)


def test_the_same_result_is_recognised_in_another_unit_and_from_another_person(cast: Cast) -> None:
    first = record(cast, "temp", 37, "Cel", **NUMBERED).json()["id"]
    again = record(cast, "temp", 98.6, "[degF]", who="service", **NUMBERED)
    assert (again.status_code, again.json()["id"]) == (200, first)


@pytest.mark.parametrize(
    "other",
    [
        {"value": 71},
        {"effective_at": "2026-01-05T08:00:01Z"},
        {"unit": "[lb_av]"},
        {"position": "standing"},
        {"quality": "unacceptable"},
        {"conditions": "after breakfast"},
        {"session": "0190a0a0-0000-7000-8000-000000000000"},
        {"reference_high": "90"},
        {"baseline": True},
    ],
)
def test_another_result_under_the_same_number_is_refused(cast: Cast, other: dict[str, Any]) -> None:
    first = weigh(cast, 70, **NUMBERED)
    values = {"value": 70, "unit": "kg", **NUMBERED, **other}
    answer = record(cast, "weight", values.pop("value"), values.pop("unit"), **values)
    assert (answer.status_code, kind(answer)) == (409, "accession-taken")
    assert shown(cast, "observations", first["id"]) == first
    assert Observation.objects.count() == 1


def test_one_number_may_stand_for_one_result_of_each_instrument_sender_and_patient(cast: Cast) -> None:
    weigh(cast, 70, **NUMBERED)
    assert record(cast, "height", 170, "cm", **NUMBERED).status_code == 201
    assert record(cast, "weight", 71, "kg", source=f"{SOURCE}/2", accession="A-1").status_code == 201
    another = record(cast, "weight", 72, "kg", patient=str(cast.other_patient.pk), who="coordinator", **NUMBERED)
    assert another.status_code == 201
    assert Observation.objects.count() == 4


def test_without_a_number_the_same_value_is_another_one(cast: Cast) -> None:
    assert weigh(cast)["id"] != weigh(cast)["id"]


@pytest.mark.parametrize("half", [{"source": SOURCE}, {"accession": "A-1"}, {"source": " ", "accession": "A-1"}])
def test_a_source_and_its_number_come_together(cast: Cast, half: dict[str, str]) -> None:
    assert refusal(record(cast, "weight", 70, "kg", **half)) == (422, ["accession"])
    assert not Observation.objects.exists()


def test_a_value_that_was_corrected_does_not_come_back(cast: Cast) -> None:
    first = weigh(cast, 700, confirmed=True, **NUMBERED)
    right = correct(cast, first["id"], 70).json()
    again = record(cast, "weight", 700, "kg", confirmed=True, **NUMBERED)
    assert (again.status_code, again.json()["id"]) == (200, right["id"])
    assert Observation.objects.count() == 2
    assert shown(cast, "observations", first["id"])["status"] == "superseded"
    assert Observation.objects.standing().get().value == 70


def test_the_sender_may_send_the_right_value_too(cast: Cast) -> None:
    first = weigh(cast, 700, confirmed=True, **NUMBERED)
    right = correct(cast, first["id"], 70).json()
    again = record(cast, "weight", 70, "kg", **NUMBERED)
    assert (again.status_code, again.json()["id"]) == (200, right["id"])
    third = record(cast, "weight", 72, "kg", **NUMBERED)
    assert (third.status_code, kind(third)) == (409, "accession-taken")


def test_a_value_in_error_stays_in_error_when_it_is_sent_again(cast: Cast) -> None:
    first = weigh(cast, 70, **NUMBERED)["id"]
    assert mark_wrong(cast, "observations", first).status_code == 200
    again = record(cast, "weight", 70, "kg", **NUMBERED)
    assert (again.status_code, again.json()["id"], again.json()["status"]) == (200, first, "entered_in_error")
    other = record(cast, "weight", 71, "kg", **NUMBERED)
    assert (other.status_code, kind(other)) == (409, "accession-taken")
    assert not Observation.objects.standing().exists()


def test_a_correction_in_error_brings_nothing_back(cast: Cast) -> None:
    first = weigh(cast, 70, **NUMBERED)["id"]
    second = correct(cast, first, 71).json()["id"]
    assert mark_wrong(cast, "observations", second).status_code == 200
    for value in (70, 71):
        again = record(cast, "weight", value, "kg", **NUMBERED)
        assert (again.status_code, again.json()["status"]) == (200, "entered_in_error")
    assert not Observation.objects.standing().exists()
    assert Observation.objects.count() == 2
