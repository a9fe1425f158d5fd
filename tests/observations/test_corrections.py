"""A correction is a row of its own, and what people acted upon stays readable."""

from typing import Any

import pytest

from apps.audit.models import AuditEvent
from apps.observations.models import Observation
from tests.cast import Cast
from tests.observations.house import (
    SOURCE,
    correct,
    kind,
    mark_wrong,
    record,
    refusal,
    send,
    shown,
    weigh,
)

SESSION = "0190a0a0-0000-7000-8000-000000000000"


def lab(cast: Cast, value: float = 210, limit: str = "174") -> str:
    """A creatine kinase that is recorded; its id."""
    made: str = record(cast, "ck", value, "U/L", reference_high=limit).json()["id"]
    return made


def test_a_correction_names_the_row_it_replaces_and_keeps_it(cast: Cast) -> None:
    old = weigh(cast, 17)
    answer = correct(cast, old["id"], 71)
    new = answer.json()
    assert (answer.status_code, new["value"], new["status"], new["corrects"]) == (201, 71, "amended", old["id"])
    assert new["id"] != old["id"]
    assert answer.headers["Location"].endswith(f"/api/v1/observations/{new['id']}/")
    assert shown(cast, "observations", old["id"]) == {**old, "status": "superseded"}
    assert shown(cast, "observations", new["id"]) == new
    assert Observation.objects.standing().get().value == 71


def test_what_is_not_given_stays_as_it_was(cast: Cast) -> None:
    kept = {
        "quality": "acceptable", "position": "supine", "conditions": "fasting", "session": SESSION,
        "source": SOURCE, "accession": "A-7",
    }  # fmt: skip
    old = weigh(cast, 17, **kept)
    new = correct(cast, old["id"], 71).json()
    assert {name: new[name] for name in kept} == kept
    assert [new[name] for name in ("patient", "instrument", "effective_at", "unit")] == [
        old[name] for name in ("patient", "instrument", "effective_at", "unit")
    ]


def test_what_is_given_replaces_it(cast: Cast) -> None:
    old = weigh(cast, 17, position="supine", quality="acceptable")["id"]
    given: dict[str, Any] = {"position": "standing", "quality": "", "effective_at": "2026-01-04T08:00:00Z"}
    new = correct(cast, old, 71, **given).json()
    assert {name: new[name] for name in given} == given


def test_a_baseline_stays_one_until_a_correction_says_otherwise(cast: Cast) -> None:
    row = correct(cast, weigh(cast, 17, baseline=True)["id"], 71).json()
    assert row["baseline"] is True
    row = correct(cast, row["id"], 71, baseline=False).json()
    assert row["baseline"] is False
    # The same value once more is how a value that is there already is marked.
    row = correct(cast, row["id"], 71, baseline=True).json()
    assert (row["baseline"], row["value"]) == (True, 71)
    assert [row.status for row in Observation.objects.standing().filter(baseline=True)] == ["amended"]


def test_a_correction_may_come_in_another_unit(cast: Cast) -> None:
    new = correct(cast, weigh(cast, 17)["id"], 150, unit="[lb_av]").json()
    # 150 pounds of 0.45359237 kg.
    assert (new["value"], new["unit"], new["sent_value"], new["sent_unit"]) == (68.0389, "kg", "150", "[lb_av]")


def test_the_limit_of_a_laboratory_value_stays_or_is_replaced(cast: Cast) -> None:
    row = correct(cast, lab(cast), 220).json()
    assert row["reference_high"] == 174
    row = correct(cast, row["id"], 3.5, unit="ukat/L", reference_high="2.8").json()
    assert (row["value"], row["reference_high"]) == (210, 168)


def test_the_limit_stays_though_the_right_value_comes_in_another_unit(cast: Cast) -> None:
    answer = correct(cast, lab(cast), 3.6, unit="ukat/L")
    assert answer.status_code == 201, answer.json()
    assert (answer.json()["value"], answer.json()["reference_high"]) == (216, 174)


@pytest.mark.parametrize("limit", ["0", "-1"])
def test_a_correction_s_limit_is_more_than_zero(cast: Cast, limit: str) -> None:
    old = lab(cast)
    assert refusal(correct(cast, old, 220, reference_high=limit)) == (422, ["reference_high"])
    assert shown(cast, "observations", old)["status"] == "final"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"value": -1}, (422, ["value"])),
        ({"value": 351}, (422, ["value"])),
        ({"value": "seventy"}, (422, ["value"])),
        ({"value": 70, "unit": "L"}, (422, ["unit"])),
        ({"value": 70, "unit": "banana"}, (422, ["unit"])),
        ({}, (400, ["value"])),
        ({"value": 70, "instrument": "height"}, (400, ["instrument"])),
        ({"value": 70, "accession": "B-2"}, (400, ["accession"])),
        ({"value": 70, "status": "final"}, (400, ["status"])),
    ],
)
def test_a_refused_correction_leaves_everything_as_it_was(
    cast: Cast, body: dict[str, Any], expected: tuple[int, list[str]]
) -> None:
    old = weigh(cast, 17)
    events = AuditEvent.objects.count()
    assert refusal(send(cast, f"observations/{old['id']}/correct/", body)) == expected
    assert AuditEvent.objects.count() == events
    assert shown(cast, "observations", old["id"]) == old
    assert Observation.objects.count() == 1


def test_the_unusual_is_confirmed_in_a_correction_too(cast: Cast) -> None:
    old = weigh(cast, 17)["id"]
    answer = correct(cast, old, 351, confirmed=True)
    assert (answer.status_code, answer.json()["confirmed"]) == (201, True)


def test_a_code_can_be_corrected(cast: Cast) -> None:
    old = record(cast, "wst3oz", "pass").json()["id"]
    assert correct(cast, old, "fail").json()["value"] == "fail"


def test_a_replaced_value_takes_no_more_corrections(cast: Cast) -> None:
    first = weigh(cast, 17)["id"]
    second = correct(cast, first, 71).json()["id"]
    again = correct(cast, first, 72)
    assert (again.status_code, kind(again)) == (409, "conflict")
    wrong = mark_wrong(cast, "observations", first)
    assert (wrong.status_code, kind(wrong)) == (409, "conflict")
    third = correct(cast, second, 72).json()
    assert (third["corrects"], third["status"]) == (second, "amended")
    chain = Observation.objects.order_by("recorded_at").values_list("status", flat=True)
    assert list(chain) == ["superseded", "superseded", "amended"]


def test_a_wrong_value_is_entered_in_error_once_with_a_reason(cast: Cast) -> None:
    made = weigh(cast)["id"]
    for body, expected in (({}, ["reason"]), ({"reason": "  "}, ["reason"]), ({"reason": "x" * 201}, ["reason"])):
        assert refusal(send(cast, f"observations/{made}/enter-in-error/", body)) == (400, expected)
    done = mark_wrong(cast, "observations", made, reason="another patient's scales")
    assert (done.status_code, done.json()["status"]) == (200, "entered_in_error")
    assert done.json()["error_reason"] == "another patient's scales"
    assert done.json()["value"] == 70
    assert mark_wrong(cast, "observations", made).status_code == 409
    corrected = correct(cast, made, 71)
    assert (corrected.status_code, kind(corrected)) == (409, "conflict")
    assert Observation.objects.count() == 1
