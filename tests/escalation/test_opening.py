"""What is recorded opens an escalation, adds to it, or presses harder: over the real doors."""

from datetime import timedelta
from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.common.clock import app_now, move_clock
from apps.escalation.models import Escalation, Evidence
from apps.nudges.models import Nudge
from apps.patients.models import Mute
from apps.teams import operations as teams
from tests.cast import Cast
from tests.escalation.house import (
    ago,
    assess,
    codes,
    complication,
    look_again,
    made,
    nudge_of,
    only,
    opened,
    owner_of,
    screen,
    shipped,
    switch_on,
    told,
)
from tests.observations.house import SOURCE, ahead, get, measured, send
from tests.thread.conftest import Postbox, work


def test_dysphagia_asks_speech_and_language_therapy_urgently(house: Cast, postbox: Postbox) -> None:
    complication(house, "dysphagia", who="coordinator")
    work()
    row = only("SW-00")
    assert (row.severity, row.source, row.state) == ("urgent", "facts", "open")
    nudge = nudge_of(row)
    assert (nudge.severity, nudge.asks, nudge.acknowledge_within, nudge.act_within) == (
        "urgent",
        ["slt"],
        "1 wd",
        "2 wd",
    )
    assert owner_of(row) == "covering"  # the therapist is away
    assert told("ask", row) == {"covering"}
    assert told("inform", row) == {"rheumatologist", "coordinator"}
    for name in ("covering", "rheumatologist", "coordinator"):
        assert len(postbox.to(f"{name}@")) == 1
    assert len(postbox.mails) == 3


def test_aspiration_pneumonia_asks_rheumatology_on_call_first_and_then_its_lead(house: Cast, postbox: Postbox) -> None:
    night = house.person("night", discipline="rheumatology")
    assert night.member is not None
    at = app_now()
    teams.put_on_call(
        by=house.by, at=at, site=house.site, discipline=night.member.discipline, member=night.member,
        ends_at=at + timedelta(days=2),
    )  # fmt: skip
    User.objects.filter(pk=night.who.pk).update(email="night@linden.example")
    complication(house, "aspiration_pneumonia")
    work()
    row = only("SW-00")
    assert row.severity == "emergency"
    assert row.reason
    assert owner_of(row) == "night"
    assert told("inform", row) == {"covering", "coordinator"}  # SLT and coordination
    assert len(postbox.to("night@")) == 1
    nudge = nudge_of(row)
    assert nudge.acknowledge_by - nudge.opened_at == timedelta(minutes=30)
    move_clock(by=timedelta(minutes=30))
    work()
    assert owner_of(row) == "rheumatologist"
    assert len(postbox.to("rheumatologist@")) == 1


def test_without_anybody_on_call_the_lead_of_rheumatology_is_asked(house: Cast) -> None:
    complication(house, "aspiration_pneumonia")
    work()
    row = only("SW-00")
    assert (row.severity, owner_of(row)) == ("emergency", "rheumatologist")


def test_aspiration_pneumonia_upon_dysphagia_presses_harder_in_place(house: Cast) -> None:
    complication(house, "dysphagia")
    work()
    before = only("SW-00")
    complication(house, "aspiration_pneumonia")
    work()
    row = only("SW-00")
    assert row.pk == before.pk
    assert Escalation.objects.count() == 1
    assert (row.severity, row.criterion_version_id) == ("emergency", before.criterion_version_id)
    nudge = Nudge.objects.get()
    assert nudge.pk == row.nudge_id
    assert (nudge.severity, nudge.round, nudge.state) == ("emergency", 2, "open")
    assert nudge.asks == ["rheumatology:on-call", "pulmonology"]
    assert (nudge.acknowledge_within, nudge.act_within) == ("30 min", "same day")
    assert owner_of(row) == "rheumatologist"
    assert {one.snapshot["code"] for one in row.evidence.all()} == {"dysphagia", "aspiration_pneumonia"}
    assert "Aspiration pneumonia" in row.explanation
    assert told("told", row) >= {"covering", "coordinator"}  # who had been told of the lesser thing


def test_a_milder_fact_never_takes_an_emergency_back(house: Cast) -> None:
    complication(house, "aspiration_pneumonia")
    work()
    complication(house, "dysphagia")
    work()
    row = only("SW-00")
    assert row.severity == "emergency"
    assert row.evidence.count() == 2
    assert nudge_of(row).round == 1


def test_a_lung_complication_asks_pulmonology_urgently(house: Cast) -> None:
    complication(house, "dyspnoea", severity="moderate")
    work()
    row = only("LU-00")
    assert (row.severity, owner_of(row)) == ("urgent", "on.call.pulmonologist")
    assert nudge_of(row).asks == ["pulmonology"]
    assert told("inform", row) == {"rheumatologist", "coordinator"}


@pytest.mark.parametrize("first", [True, False])
def test_a_severe_one_is_an_emergency_at_once_or_later(house: Cast, first: bool) -> None:
    if not first:
        complication(house, "dyspnoea", severity="mild")
        work()
    complication(house, "interstitial_lung_disease", severity="severe")
    work()
    row = only("LU-00")
    assert row.severity == "emergency"
    nudge = nudge_of(row)
    assert (nudge.severity, nudge.acknowledge_within, nudge.act_within) == ("emergency", "30 min", "same day")
    assert (nudge.round, Nudge.objects.count()) == (1 if first else 2, 1)


def test_swallowing_and_lung_are_two_matters(house: Cast) -> None:
    complication(house, "dysphagia")
    complication(house, "pneumonitis")
    screen(house)
    work()
    assert codes() == ["LU-00", "SW-00", "SW-01"]
    assert Nudge.objects.count() == 3


@pytest.mark.parametrize(("value", "expected"), [(2, []), (3, ["SW-01"])])
def test_a_swallow_screen_opens_from_three_on(house: Cast, value: int, expected: list[str]) -> None:
    screen(house, value)
    work()
    assert codes() == expected


@pytest.mark.parametrize(("days", "expected"), [(27, []), (28, []), (29, ["SW-01"])])
def test_an_assessment_of_the_last_four_weeks_is_enough(house: Cast, days: int, expected: list[str]) -> None:
    assess(house, effective_at=ago(days=days))
    screen(house)
    work()
    assert codes() == expected


def test_a_second_fact_adds_evidence_once_and_asks_nobody_a_second_time(house: Cast) -> None:
    first = screen(house, 8, effective_at=ago(hours=2))
    work()
    nudge = nudge_of(only("SW-01"))
    second = screen(house, 10, effective_at=ago(hours=1))
    work()
    for _ in range(2):
        look_again(house.patient)
    row = only("SW-01")
    assert {str(one.observation_id) for one in row.evidence.all()} == {first, second}
    assert (Escalation.objects.count(), Evidence.objects.count(), Nudge.objects.count()) == (1, 2, 1)
    assert nudge_of(row).pk == nudge.pk
    assert told("ask", row) == {"covering"}
    assert told("told", row) == {"covering"}  # the owner hears that there is more
    assert "10" in row.explanation


@pytest.mark.parametrize(
    "way", ["one by one", "together", "the later first", "bulk", "looked at thrice", "in the morning"]
)
def test_however_the_facts_come_the_same_comes_out(house: Cast, way: str) -> None:
    earlier, later = ago(hours=2), ago(hours=1)
    facts = [(8, earlier), (10, later)]
    if way == "bulk":
        items = [
            measured(house, "eat10", value, source=SOURCE, accession=str(value), effective_at=moment)
            for value, moment in facts
        ]
        answer = send(house, "observations/bulk/", {"items": items}, who="service")
        assert answer.json()["created"] == 2
    for value, moment in reversed(facts) if way == "the later first" else facts:
        if way != "bulk":
            screen(house, value, effective_at=moment)
        if way in {"one by one", "the later first"}:
            work()
    work()
    if way == "looked at thrice":
        look_again(house.patient)
        look_again(house.patient)
    if way == "in the morning":
        move_clock(by=timedelta(days=1))
        work()
    row = only("SW-01")
    assert (row.severity, row.source, row.key) == ("urgent", "facts", "")
    assert (Escalation.objects.count(), Nudge.objects.count()) == (1, 1)
    latest = [one for one in row.evidence.all() if one.snapshot["value"] == "10"]
    assert len(latest) == 1
    assert "10" in row.explanation
    assert row.values_used == {"positive": 3.0}


@pytest.mark.parametrize("way", ["one by one", "together", "the later first"])
def test_complications_come_out_with_the_same_evidence_in_any_order(house: Cast, way: str) -> None:
    recorded = ["dysphagia", "aspiration_pneumonia"]
    for code in reversed(recorded) if way == "the later first" else recorded:
        complication(house, code, effective_at=ago(hours=1))
        if way != "together":
            work()
    work()
    row = only("SW-00")
    assert row.severity == "emergency"
    assert {one.snapshot["code"] for one in row.evidence.all()} == set(recorded)
    assert nudge_of(row).asks == ["rheumatology:on-call", "pulmonology"]
    assert (Escalation.objects.count(), Nudge.objects.count()) == (1, 1)


def test_what_fired_is_shown_with_its_evidence_as_it_was_then(house: Cast) -> None:
    fact = screen(house, 8)
    work()
    row = only("SW-01")
    body = get(house, f"escalations/{row.pk}/").json()
    assert (body["criterion"], body["name"], body["severity"]) == ("SW-01", "Positive swallow screen", "urgent")
    assert body["values_used"] == {"positive": 3}
    (evidence,) = body["evidence"]
    assert (evidence["observation"], evidence["stands"], evidence["snapshot"]["value"]) == (fact, True, "8")
    assert "8" in body["explanation"]
    assert "slt assessment" in body["explanation"]


def test_nothing_is_opened_by_what_is_missing_and_the_watch_says_what(house: Cast) -> None:
    send(house, "observations/", measured(house, "weight", 70, "kg"))
    work()
    assert codes() == []
    house.patient.refresh_from_db()
    listed = house.patient.watch.not_assessable
    assert [row["criterion"] for row in listed] == ["SW-01"]
    assert listed[0]["missing"] == ["eat10"]
    screen(house, 1)
    work()
    house.patient.watch.refresh_from_db()
    assert house.patient.watch.not_assessable == []


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
    assert (row.criterion_version.number, row.values_used) == (1, {"positive": 3.0})
    assert (row.explanation, nudge_of(row).asks) == (before.explanation, ["slt"])
    patient = str(house.other_patient.pk)
    for value, expected in ((3, 0), (10, 1)):
        screen(house, value, who="stranger", patient=patient)
        work()
        assert len(opened("SW-01", house.other_patient)) == expected
    theirs = opened("SW-01", house.other_patient)[0]
    assert (theirs.criterion_version_id, theirs.values_used) == (version.pk, {"positive": 10.0})


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
