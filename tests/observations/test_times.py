"""When something can have been true."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.common.clock import app_now
from apps.common.refusals import Invalid
from apps.knowledge.models import Instrument
from apps.observations import operations
from apps.observations.models import Observation
from tests.cast import Cast
from tests.observations.house import DAY, HOUR, WHEN, ahead, happened, moment, record, refusal, send, session, weigh


def doors(cast: Cast, effective_at: Any) -> dict[str, dict[str, Any]]:
    """A body for every door of this room."""
    common = {"patient": str(cast.patient.pk), "effective_at": effective_at}
    return {
        "observations/": {**common, "instrument": "weight", "value": 70, "unit": "kg"},
        "findings/": {**common, "code": "choking"},
        "complications/": {**common, "code": "dysphagia"},
        "resolutions/": {**common, "code": "dysphagia"},
        "assessments/": {**common, "kind": "ecg"},
        "adverse-events/": happened(cast, effective_at=effective_at),
        "attendances/": session(cast, effective_at=effective_at),
    }


def test_the_future_is_refused_but_not_a_clock_that_is_ahead(cast: Cast) -> None:
    for path, body in doors(cast, ahead(25 * HOUR)).items():
        assert refusal(send(cast, path, body)) == (422, ["effective_at"]), path
    for path, body in doors(cast, ahead(23 * HOUR)).items():
        assert send(cast, path, body).status_code == 201, path


def test_exactly_a_day_ahead_is_not_more_than_a_day(cast: Cast) -> None:
    at = app_now()
    values: dict[str, Any] = {
        "patient": cast.patient, "by": cast.by, "at": at, "value": Decimal(3), "instrument": Instrument.objects.get(code="mmrc"),
    }  # fmt: skip
    assert operations.record_observation(effective_at=at + DAY, **values).effective_at == at + DAY
    with pytest.raises(Invalid):
        operations.record_observation(effective_at=at + DAY + timedelta(microseconds=1), **values)


def test_what_was_too_far_ahead_can_be_sent_again_later(cast: Cast, later: Callable[[timedelta], None]) -> None:
    when = ahead(25 * HOUR)
    assert refusal(record(cast, "weight", 70, "kg", effective_at=when)) == (422, ["effective_at"])
    later(2 * HOUR)
    assert record(cast, "weight", 70, "kg", effective_at=when).status_code == 201


def test_nothing_was_true_before_birth(cast: Cast) -> None:
    # Born on 1960-01-01 in Berlin, an hour ahead of UTC: that day began at 23:00 UTC.
    for path, body in doors(cast, "1959-12-31T22:59:59Z").items():
        assert refusal(send(cast, path, body)) == (422, ["effective_at"]), path
    for path, body in doors(cast, "1959-12-31T23:00:00Z").items():
        assert send(cast, path, body).status_code == 201, path


def test_being_late_is_no_mistake(cast: Cast) -> None:
    made = weigh(cast, effective_at="1999-05-06T07:08:09Z")
    assert made["effective_at"] == "1999-05-06T07:08:09Z"
    assert app_now() - moment(made["recorded_at"]) < HOUR


def test_a_time_is_understood_in_its_zone(cast: Cast) -> None:
    made = weigh(cast, effective_at="2026-01-05T09:00:00+01:00")
    assert moment(made["effective_at"]) == moment(WHEN)
    assert made["effective_at"].endswith("Z")


@pytest.mark.parametrize("when", ["2026-01-05T08:00:00", "2026-01-05 08:00", "2026-01-05", "today", "", None, 5, []])
def test_a_time_without_a_zone_or_no_time_is_refused(cast: Cast, when: Any) -> None:
    for path, body in doors(cast, when).items():
        assert refusal(send(cast, path, body)) == (400, ["effective_at"]), path
    assert not Observation.objects.exists()


@pytest.mark.parametrize(
    "when",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_a_time_at_the_edge_of_the_calendar_is_refused_and_breaks_nothing(cast: Cast, when: str) -> None:
    status, fields = refusal(record(cast, "weight", 70, "kg", effective_at=when))
    assert status in {400, 422}
    assert fields == ["effective_at"]


def test_the_first_day_of_the_calendar_breaks_nothing_west_of_greenwich(cast: Cast) -> None:
    there = cast.patient_of("Quill", site=cast.elsewhere, birth_date=date(1970, 1, 1))
    answer = record(
        cast,
        "weight",
        70,
        "kg",
        patient=str(there.pk),
        effective_at="0001-01-01T00:00:00Z",
        who="coordinator_elsewhere",
    )
    assert refusal(answer) == (400, ["effective_at"])


def test_a_correction_keeps_to_the_same_times(cast: Cast) -> None:
    made = weigh(cast)["id"]
    for when, expected in (
        (ahead(25 * HOUR), (422, ["effective_at"])),
        ("1959-12-31T22:00:00Z", (422, ["effective_at"])),
        ("2026-01-05T08:00:00", (400, ["effective_at"])),
    ):
        answer = send(cast, f"observations/{made}/correct/", {"value": 71, "effective_at": when, "unit": "kg"})
        assert refusal(answer) == expected, when
    assert Observation.objects.get().status == "final"
