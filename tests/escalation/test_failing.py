"""Criteria that fail: loud, and silencing no other."""

from pathlib import Path

from apps.common import alarms
from apps.common.clock import app_now
from apps.knowledge.models import Instrument
from apps.observations.models import Observation
from tests.cast import Cast
from tests.escalation.house import (
    codes,
    complication,
    look_again,
    met,
    only,
    shipped,
    switch_on,
    watch,
)
from tests.observations.house import send
from tests.thread.conftest import work

#: A criterion that nobody can judge once there is a word where only numbers are let in.
BROKEN = {
    "code": "MU-90", "group": "muscle", "name": "Will be broken", "when": "latest(cdasi_a) >= p.positive",
    "parameters": shipped("SW-01")["parameters"],
}  # fmt: skip


def fails(cast: Cast) -> None:
    """Past every door, record a word as a value that is a number."""
    at = app_now()
    Observation.objects.create(
        patient=cast.patient,
        instrument=Instrument.objects.get(code="cdasi_a"),
        value_code="fail",
        effective_at=at,
        recorded_at=at,
    )
    look_again(cast.patient)


def test_a_criterion_that_fails_is_loud_and_silences_no_other(house: Cast, tmp_path: Path) -> None:
    (broken,) = switch_on(house, tmp_path, shipped("SW-00") | {"variants": []} | BROKEN)
    assert alarms.faults()["evaluations"] == ""
    fails(house)
    complication(house)
    work()
    assert codes() == ["SW-00"]
    assert alarms.faults()["evaluations"]
    row = watch(house)
    assert "MU-90" in row.last_error
    assert "MU-90" in {one["criterion"] for one in row.not_assessable}
    assert row.due_at > app_now()
    assert send(house, f"criterion-versions/{broken.pk}/retire/", {}, who="governor").status_code == 200
    look_again(house.patient)
    assert alarms.faults()["evaluations"] == ""


def test_a_criterion_that_fails_ends_nothing_that_it_has_opened(house: Cast, tmp_path: Path) -> None:
    switch_on(house, tmp_path, shipped("SW-00") | {"variants": []} | BROKEN)
    assert met(house, "MU-90").status_code == 201
    fails(house)
    work()
    row = only("MU-90")
    assert (row.state, row.holds_no_longer_since) == ("open", None)


def test_an_escalation_whose_ending_cannot_be_judged_silences_no_other(house: Cast, tmp_path: Path) -> None:
    """The words that end an escalation may fail like those that open it: the other criteria must go on nevertheless."""
    broken = BROKEN | {"when": 'complication("calcinosis_cutis")', "clears": "latest(cdasi_a) >= p.positive"}
    switch_on(house, tmp_path, shipped("SW-00") | {"variants": []} | broken)
    complication(house, "calcinosis_cutis")
    work()
    assert codes() == ["MU-90"]
    fails(house)
    complication(house, "aspiration_pneumonia")
    work()
    assert alarms.faults()["evaluations"]
    assert codes() == ["MU-90", "SW-00"]
