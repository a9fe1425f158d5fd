"""What is recorded opens an escalation, adds to it, or presses harder: over the real doors."""

from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.common.clock import app_now, move_clock
from apps.escalation.models import Escalation, Evidence
from apps.nudges.models import Nudge
from apps.teams import operations as teams
from tests.cast import Cast
from tests.escalation.house import (
    ago,
    assess,
    codes,
    complication,
    look_again,
    nudge_of,
    only,
    owner_of,
    screen,
    told,
)
from tests.observations.house import SOURCE, get, measured, send
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
    assert row.values_used["positive"]["value"] == "3"


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
    assert body["values_used"]["positive"]["value"] == "3"
    (evidence,) = body["evidence"]
    assert (evidence["observation"], evidence["stands"], evidence["snapshot"]["value"]) == (fact, True, "8")
    assert "8" in body["explanation"]
    assert "slt assessment" in body["explanation"]


def test_nothing_is_opened_by_what_is_missing_and_the_watch_says_what(house: Cast) -> None:
    send(house, "observations/", measured(house, "weight", 70, "kg"))
    work()
    assert codes() == []
    house.patient.refresh_from_db()
    listed = {row["criterion"]: row["missing"] for row in house.patient.watch.not_assessable}
    # Neither swallowing nor breathing was measured, no antibody tested, and no date of the diagnosis is known.
    unknown = {"SW-01", "SW-02", "LU-01", "LU-02", "LU-03", "LU-05", "LU-06", "MO-02"}
    assert set(listed) == unknown
    assert listed["SW-01"] == ["eat10"]
    screen(house, 1)
    work()
    house.patient.watch.refresh_from_db()
    assert {row["criterion"] for row in house.patient.watch.not_assessable} == unknown - {"SW-01"}
