"""What keeps an escalation from opening (mutes, sharper criteria), and which version it belongs to."""

from datetime import timedelta
from pathlib import Path

from apps.common.clock import move_clock
from apps.escalation.models import Escalation
from apps.patients.models import Mute
from tests.cast import Cast
from tests.escalation.house import (
    ago,
    codes,
    complication,
    look_again,
    made,
    nudge_of,
    only,
    opened,
    screen,
    shipped,
    switch_on,
)
from tests.observations.house import ahead, send
from tests.thread.conftest import work


def mute(cast: Cast, topic: str, **span: float) -> str:
    body = {
        "patient": str(cast.patient.pk),
        "topic": topic,
        "reason": "agreed with the family",
        "ends_at": ahead(timedelta(**span)),
    }
    return made(send(cast, "mutes/", body, who="coordinator"))


def test_what_is_muted_for_the_patient_does_not_open_until_the_mute_is_over(house: Cast) -> None:
    mute(house, "SW-00", days=3)
    complication(house, "dysphagia")
    complication(house, "pneumonitis", severity="mild")
    work()
    assert codes() == ["LU-00"]
    look_again(house.patient)
    assert opened("SW-00") == []
    move_clock(by=timedelta(days=5))
    work()
    assert only("SW-00").severity == "urgent"


def test_an_emergency_is_never_muted(house: Cast) -> None:
    mute(house, "SW-00", days=3)
    mute(house, "LU-00", days=3)
    complication(house, "dysphagia")
    complication(house, "pneumonitis", severity="severe")
    work()
    assert codes() == ["LU-00"]
    complication(house, "aspiration_pneumonia")
    work()
    assert only("SW-00").severity == "emergency"
    assert Mute.objects.count() == 2


def test_a_mute_of_another_patient_silences_nobody(house: Cast) -> None:
    body = {
        "patient": str(house.other_patient.pk),
        "topic": "SW-00",
        "reason": "x",
        "ends_at": ahead(timedelta(days=3)),
    }
    made(send(house, "mutes/", body, who="coordinator"))
    complication(house)
    work()
    assert codes() == ["SW-00"]


def test_a_sharper_criterion_that_fires_keeps_the_blunter_one_from_opening(house: Cast, tmp_path: Path) -> None:
    switch_on(house, tmp_path, shipped("SW-01") | {"name": "Only without a complication", "excludes": ["SW-00"]})
    complication(house)
    screen(house)
    work()
    assert codes() == ["SW-00"]
    assert Escalation.objects.count() == 1


def test_an_escalation_keeps_the_version_that_fired_it(house: Cast, tmp_path: Path) -> None:
    screen(house, 3)
    work()
    before = only("SW-01")
    stricter = shipped("SW-01")
    stricter["parameters"]["positive"]["value"] = "10"
    stricter["asks"] = ["rheumatology"]
    (version,) = switch_on(house, tmp_path, stricter)
    assert version.number == 2
    look_again(house.patient)
    row = only("SW-01")
    assert (row.pk, row.criterion_version_id) == (before.pk, before.criterion_version_id)
    assert (row.criterion_version.number, row.values_used["positive"]["value"]) == (1, "3")
    assert (row.explanation, nudge_of(row).asks) == (before.explanation, ["slt"])
    patient = str(house.other_patient.pk)
    for value, expected in ((3, 0), (10, 1)):
        screen(house, value, who="stranger", patient=patient)
        work()
        assert len(opened("SW-01", house.other_patient)) == expected
    theirs = opened("SW-01", house.other_patient)[0]
    assert (theirs.criterion_version_id, theirs.values_used["positive"]["value"]) == (version.pk, "10")


def test_what_a_retired_version_has_opened_is_still_ended_by_its_own_words(house: Cast) -> None:
    complication(house)
    work()
    row = only("SW-00")
    answer = send(house, f"criterion-versions/{row.criterion_version_id}/retire/", {}, who="governor")
    assert answer.status_code == 200
    complication(house, "aspiration_pneumonia")
    work()
    row = only("SW-00")
    assert row.severity == "urgent"  # it fires no more
    made(
        send(
            house,
            "resolutions/",
            {"patient": str(house.patient.pk), "code": "dysphagia", "effective_at": ago()},
        )
    )
    work()
    row.refresh_from_db()
    assert row.state == "cleared"
