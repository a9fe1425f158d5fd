"""Many values at once: each is recorded or refused by itself, and answered in its place."""

from decimal import Decimal
from typing import Any

import pytest

from apps.audit.models import AuditEvent
from apps.observations.models import Observation
from tests.cast import Cast
from tests.observations.house import SOURCE, correct, measured, record, refusal, send

NOBODYS = "00000000-0000-7000-8000-000000000000"


def item(cast: Cast, number: str, value: Any = 70, **more: Any) -> dict[str, Any]:
    """A weight with the sender's number."""
    return measured(cast, "weight", value, "kg", source=SOURCE, accession=number) | more


def bulk(cast: Cast, items: list[Any], *, who: str = "service") -> Any:
    answer = send(cast, "observations/bulk/", {"items": items}, who=who)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def counts(answer: Any) -> tuple[int, int, int]:
    return answer["created"], answer["repeated"], answer["refused"]


def test_good_bad_and_known_items_are_answered_in_their_order(cast: Cast) -> None:
    known = record(cast, "weight", 70, "kg", source=SOURCE, accession="K", who="service").json()["id"]
    items = [
        item(cast, "1"),
        item(cast, "2", -1),
        item(cast, "K"),
        item(cast, "K", 71),
        item(cast, "3", unit="L"),
        item(cast, "4", instrument="nothing_known"),
        item(cast, "5", effective_at="2026-01-05T08:00:00"),
        item(cast, "6", surprise=1),
        item(cast, "1"),
        item(cast, "7", 150, unit="[lb_av]"),
    ]
    answer = bulk(cast, items)
    results = answer["results"]
    assert [row["index"] for row in results] == list(range(len(items)))
    assert [row["status"] for row in results] == [
        "created", "refused", "repeated", "refused", "refused", "refused", "refused", "refused", "repeated", "created",
    ]  # fmt: skip
    assert counts(answer) == (2, 2, 6)
    assert (results[2]["id"], results[8]["id"]) == (known, results[0]["id"])
    problems = {row["index"]: row["problem"] for row in results if row["status"] == "refused"}
    assert {index: problem["status"] for index, problem in problems.items()} == {
        1: 422, 3: 409, 4: 422, 5: 400, 6: 400, 7: 400,
    }  # fmt: skip
    named = {index: problem["errors"][0]["field"] for index, problem in problems.items() if "errors" in problem}
    assert named == {1: "value", 4: "unit", 5: "instrument", 6: "effective_at", 7: "surprise"}
    assert problems[3]["type"] == "urn:careteam:problem:accession-taken"
    assert {row["id"] for row in results if "id" in row} == {
        str(pk) for pk in Observation.objects.values_list("pk", flat=True)
    }
    assert [row.value for row in Observation.objects.filter(accession="7")] == [Decimal("68.0389")]


def test_an_item_may_be_a_baseline(cast: Cast) -> None:
    items = [item(cast, "1", baseline=True), item(cast, "2", 71), item(cast, "1", baseline=True)]
    assert counts(bulk(cast, items)) == (2, 1, 0)
    assert {row.accession: row.baseline for row in Observation.objects.all()} == {"1": True, "2": False}


@pytest.mark.parametrize("unreadable", ["x", 5, True, [], [[]], {}, None])
def test_what_is_no_item_is_refused_by_itself(cast: Cast, unreadable: Any) -> None:
    answer = bulk(cast, [item(cast, "1"), unreadable, item(cast, "2")])
    assert [row["status"] for row in answer["results"]] == ["created", "refused", "created"]
    assert answer["results"][1]["problem"]["status"] == 400


@pytest.mark.parametrize(
    "missing", [("accession",), ("source",), ("source", "accession")], ids=lambda names: "-".join(names)
)
def test_an_item_without_its_number_is_refused(cast: Cast, missing: tuple[str, ...]) -> None:
    without = {name: value for name, value in item(cast, "1").items() if name not in missing}
    empty = item(cast, "2") | dict.fromkeys(missing, "")
    answer = bulk(cast, [without, empty, item(cast, "3")])
    assert counts(answer) == (1, 0, 2)
    for row in answer["results"][:2]:
        assert [error["field"] for error in row["problem"]["errors"]] == ["accession"]
    assert Observation.objects.get().accession == "3"


def test_the_same_bulk_again_creates_nothing_new(cast: Cast) -> None:
    items = [item(cast, str(number), 60 + number) for number in range(20)]
    first = bulk(cast, items)
    assert counts(first) == (20, 0, 0)
    events = AuditEvent.objects.count()
    again = bulk(cast, items)
    assert counts(again) == (0, 20, 0)
    assert [row["id"] for row in again["results"]] == [row["id"] for row in first["results"]]
    assert (Observation.objects.count(), AuditEvent.objects.count()) == (20, events)


def test_an_interrupted_bulk_is_simply_sent_again(cast: Cast) -> None:
    items = [item(cast, str(number)) for number in range(5)]
    bulk(cast, items[:3])
    assert counts(bulk(cast, items)) == (2, 3, 0)


def test_a_bulk_brings_no_corrected_value_back(cast: Cast) -> None:
    made = bulk(cast, [item(cast, "1", 17)])["results"][0]["id"]
    right = correct(cast, made, 71).json()["id"]
    answer = bulk(cast, [item(cast, "1", 17)])
    assert [(row["status"], row["id"]) for row in answer["results"]] == [("repeated", right)]
    assert Observation.objects.standing().get().value == 71


def test_a_thousand_and_one_items_are_too_many(cast: Cast) -> None:
    answer = send(cast, "observations/bulk/", {"items": [item(cast, str(n)) for n in range(1001)]}, who="service")
    assert refusal(answer) == (400, ["items"])
    assert not Observation.objects.exists()


def test_a_thousand_items_are_not(cast: Cast) -> None:
    # Each of them wrong, and so cheap.
    assert counts(bulk(cast, [{}] * 1000)) == (0, 0, 1000)


@pytest.mark.parametrize("body", [{}, {"items": []}, {"items": "x"}, {"items": {"0": {}}}, {"items": None}])
def test_a_bulk_without_a_list_is_a_bad_request(cast: Cast, body: dict[str, Any]) -> None:
    assert refusal(send(cast, "observations/bulk/", body, who="service")) == (400, ["items"])


def test_a_hidden_patient_is_the_same_error_as_none(cast: Cast) -> None:
    hidden = str(cast.other_patient.pk)
    items = [item(cast, "1", patient=hidden), item(cast, "2", patient=NOBODYS), item(cast, "3")]
    answer = bulk(cast, items, who="therapist")
    assert [row["status"] for row in answer["results"]] == ["refused", "refused", "created"]
    one, other = (row["problem"] for row in answer["results"][:2])
    assert [error["field"] for error in one["errors"]] == ["patient"]
    assert str(one).replace(hidden, NOBODYS) == str(other)
    assert not Observation.objects.filter(patient=cast.other_patient).exists()


def test_one_item_that_cannot_be_a_time_stops_nobody(cast: Cast) -> None:
    answer = bulk(cast, [item(cast, "1", effective_at="0001-01-01T00:00:00+14:00"), item(cast, "2")])
    assert [row["status"] for row in answer["results"]] == ["refused", "created"]
    assert answer["results"][0]["problem"]["status"] in {400, 422}


@pytest.mark.parametrize(("who", "code"), [("nobody", 401), ("administrator", 403), ("narrow_service", 403)])
def test_a_bulk_needs_the_right_to_record(cast: Cast, who: str, code: int) -> None:
    assert send(cast, "observations/bulk/", {"items": [item(cast, "1")]}, who=who).status_code == code
    assert not Observation.objects.exists()


def test_every_created_item_is_in_the_record(cast: Cast) -> None:
    answer = bulk(cast, [item(cast, "1"), item(cast, "2", -1), item(cast, "3", 71)])
    made = {row["id"] for row in answer["results"] if row["status"] == "created"}
    events = AuditEvent.objects.filter(verb="observations.record")
    assert {str(event.subject_id) for event in events} == made
    assert {event.patient_id for event in events} == {cast.patient.pk}
