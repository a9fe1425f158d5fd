"""Backtests: what a version would have done over histories that are small enough to reckon by hand."""

from pathlib import Path

import pytest

from apps.accounts.actors import Careteam
from apps.audit.models import AuditEvent
from apps.common.refusals import Invalid
from apps.escalation.backtest import running
from apps.escalation.models import Escalation, SiteValue
from apps.patients import operations as records
from tests.cast import Cast
from tests.escalation.histories import Told, active, draft, limit, local, result, screening, weekly, wording


def test_it_opens_once_though_five_facts_say_the_same(cast: Cast, tmp_path: Path) -> None:
    told = Told.register(cast)
    for day in range(2, 7):
        told.value(f"2026-03-0{day} 09:00", "eat10", 8)
    found = result(draft(tmp_path, screening()))
    side = found["draft"]
    assert (side["opened"], side["patients"], side["who"]) == (1, 1, [str(told.patient.pk)])
    assert (side["severity"], side["ends"]) == ({"urgent": 1}, {"open": 1})
    assert weekly(found, side["weekly"]) == {"2026-03-02": 1}
    assert (found["active"], found["difference"]) == (None, None)


def test_what_was_corrected_later_counts_as_it_was_known_then(cast: Cast, tmp_path: Path) -> None:
    told = Told.register(cast)
    row = told.value("2026-03-02 09:00", "eat10", 8)
    told.correct("2026-03-04 10:00", row, 1)
    side = result(draft(tmp_path, screening()))["draft"]
    assert (side["opened"], side["ends"]) == (1, {"withdrawn": 1})


def test_a_value_that_only_its_correction_made_high_counts_from_the_correction_on(cast: Cast, tmp_path: Path) -> None:
    told = Told.register(cast)
    row = told.value("2026-03-02 09:00", "eat10", 1)
    told.correct("2026-03-11 10:00", row, 8)
    found = result(draft(tmp_path, screening()))
    assert weekly(found, found["draft"]["weekly"]) == {"2026-03-09": 1}


def test_what_was_entered_in_error_later_had_fired_all_the_same(cast: Cast, tmp_path: Path) -> None:
    told = Told.register(cast)
    told.wrong("2026-03-05 10:00", told.value("2026-03-02 09:00", "eat10", 8))
    told.value("2026-03-09 09:00", "eat10", 9)
    found = result(draft(tmp_path, screening()))
    side = found["draft"]
    assert (side["opened"], side["ends"]) == (2, {"withdrawn": 1, "open": 1})
    assert weekly(found, side["weekly"]) == {"2026-03-02": 1, "2026-03-09": 1}


def test_a_lower_threshold_opens_fewer_and_says_for_whom(cast: Cast, tmp_path: Path) -> None:
    patients = {value: Told.register(cast, f"Nr{value}") for value in (93, 92, 91, 90)}
    for value, told in patients.items():
        told.value("2026-03-02 09:00", "spo2_rest_ra", value)
    active(cast, tmp_path, wording())
    found = result(draft(tmp_path, wording(parameters=limit("90"))))
    assert (found["draft"]["opened"], found["active"]["opened"]) == (1, 3)
    assert found["draft"]["who"] == [str(patients[90].patient.pk)]
    only = found["difference"]["only_active"]
    assert (only["episodes"], only["patients"]) == (2, 2)
    assert {one["patient"] for one in only["who"]} == {str(patients[value].patient.pk) for value in (91, 92)}
    assert found["difference"]["only_draft"] == {"episodes": 0, "patients": 0, "who": []}


def test_how_often_each_discipline_is_asked_and_told_in_a_week(cast: Cast, tmp_path: Path) -> None:
    for family, day in (("A", "02"), ("B", "08"), ("C", "09")):
        Told.register(cast, family).value(f"2026-03-{day} 09:00", "spo2_rest_ra", 90)
    found = result(draft(tmp_path, wording()), since="2026-03-01 00:00", until="2026-03-15 00:00")
    asked, told = found["draft"]["asked"], found["draft"]["told"]
    assert set(asked) == {"pulmonology"}
    assert set(told) == {"coordination"}
    # 2 March is a Monday, 8 March the Sunday of the same week, 9 March the Monday after it.
    assert weekly(found, asked["pulmonology"]["weekly"]) == {"2026-03-02": 2, "2026-03-09": 1}
    # Three in 14 days.
    assert (asked["pulmonology"]["total"], asked["pulmonology"]["a_week"], asked["pulmonology"]["most"]) == (3, 1.5, 2)


def test_nobody_is_asked_about_a_patient_who_has_left(cast: Cast, tmp_path: Path) -> None:
    told, at = Told.register(cast), local("2026-03-10 12:00")
    told.value("2026-03-02 09:00", "spo2_rest_ra", 90)
    told.value("2026-03-10 09:00", "spo2_rest_ra", 90)
    records.record_departure(patient=told.patient, by=Careteam(at=at), at=at, reason="moved away")
    told.value("2026-03-12 09:00", "spo2_rest_ra", 85)
    version = draft(tmp_path, wording())
    side = result(version)["draft"]
    assert (side["opened"], side["ends"]) == (2, {"closed": 1, "left": 1})
    assert result(version, since="2026-03-11 00:00")["patients"] == 0


def test_a_new_criterion_has_nothing_to_be_compared_with(cast: Cast, tmp_path: Path) -> None:
    Told.register(cast).condition("2026-03-02 09:00", "skin_ulcer")
    row = wording("SK-90", group="skin", when='finding("skin_ulcer")', parameters={}, asks=["dermatology"])
    found = result(draft(tmp_path, row))
    assert (found["active"], found["difference"]) == (None, None)
    assert (found["draft"]["opened"], set(found["draft"]["asked"])) == (1, {"dermatology"})


def test_the_active_version_is_run_by_itself(cast: Cast, tmp_path: Path) -> None:
    Told.register(cast).value("2026-03-02 09:00", "spo2_rest_ra", 90)
    (version,) = active(cast, tmp_path, wording())
    found = result(version)
    assert (found["draft"]["opened"], found["active"]) == (1, None)


def test_what_only_a_person_ends_is_taken_as_closed_when_it_holds_no_longer(cast: Cast, tmp_path: Path) -> None:
    """Looked at when it is recorded and at 06:00: 24 hours after 2 March 09:00 it is found on 4 March."""
    told = Told.register(cast)
    told.value("2026-03-02 09:00", "spo2_rest_ra", 90)
    told.value("2026-03-03 08:00", "spo2_rest_ra", 91)
    told.value("2026-04-01 09:00", "spo2_rest_ra", 90)
    side = result(draft(tmp_path, wording()))["draft"]
    assert (side["opened"], side["ends"]) == (2, {"closed": 2})


def test_it_ends_by_its_own_condition_and_opens_anew_only_for_what_is_recorded_after(
    cast: Cast, tmp_path: Path
) -> None:
    told = Told.register(cast)
    told.value("2026-03-02 09:00", "eat10", 8)
    told.resolve("2026-03-20 09:00", "dysphagia")
    version = draft(tmp_path, screening())
    assert result(version)["draft"]["ends"] == {"cleared": 1}
    told.value("2026-05-04 09:00", "eat10", 7, true="2026-03-15 09:00")
    told.value("2026-05-18 09:00", "eat10", 7)
    found = result(version)
    # The late entry is older than the end, and news nevertheless; the third one adds to what it has opened.
    assert weekly(found, found["draft"]["weekly"]) == {"2026-03-02": 1, "2026-05-04": 1}
    assert found["draft"]["ends"] == {"cleared": 1, "open": 1}


def test_a_higher_severity_raises_it_in_place_and_asks_anew(cast: Cast, tmp_path: Path) -> None:
    told = Told.register(cast)
    told.value("2026-03-02 09:00", "spo2_rest_ra", 92)
    told.value("2026-03-02 20:00", "spo2_rest_ra", 85)
    worse = {
        "when": "latest(spo2_rest_ra) <= p.low", "severity": "emergency", "asks": ["rheumatology:on-call"],
        "informs": ["coordination", "pulmonology"],
    }  # fmt: skip
    numbers = limit("92") | {"low": {**limit("88")["limit"], "value": "88"}}
    found = result(draft(tmp_path, wording(variants=[worse], parameters=numbers)))
    side = found["draft"]
    assert (side["opened"], side["raised"], side["severity"]) == (1, 1, {"urgent": 1})
    assert {name: one["total"] for name, one in side["asked"].items()} == {"pulmonology": 1, "rheumatology": 1}
    assert {name: one["total"] for name, one in side["told"].items()} == {"coordination": 2, "pulmonology": 1}


def test_it_stands_back_behind_an_active_criterion_that_is_sharper(cast: Cast, tmp_path: Path) -> None:
    worse = Told.register(cast, "Worse")
    worse.value("2026-03-02 09:00", "spo2_rest_ra", 85)
    Told.register(cast, "Bad").value("2026-03-02 09:00", "spo2_rest_ra", 91)
    active(cast, tmp_path, wording("LU-91", parameters=limit("88")))
    assert result(draft(tmp_path, wording()))["draft"]["opened"] == 2
    other = draft(tmp_path, wording("LU-92", excludes=["LU-91"]))
    assert result(other)["draft"]["opened"] == 1


def test_a_mute_holds_back_what_is_no_emergency(cast: Cast, tmp_path: Path) -> None:
    told, at = Told.register(cast), local("2026-03-01 09:00")
    records.mute(
        patient=told.patient,
        by=Careteam(at=at),
        at=at,
        topic="LU-90",
        reason="known",
        ends_at=local("2026-03-31 09:00"),
    )
    told.value("2026-03-02 09:00", "spo2_rest_ra", 90)
    version = draft(tmp_path, wording())
    side = result(version)["draft"]
    assert (side["opened"], side["held_back"]) == (0, 1)
    version.severity = "emergency"
    side = result(version)["draft"]
    assert (side["opened"], side["held_back"]) == (1, 0)
    version.severity = "urgent"
    told.value("2026-04-02 09:00", "spo2_rest_ra", 90)
    found = result(version)
    assert weekly(found, found["draft"]["weekly"]) == {"2026-03-30": 1}


def test_a_sites_own_value_counts_at_that_site_only(cast: Cast, tmp_path: Path) -> None:
    here, there = Told.register(cast, "Here"), Told.register(cast, "There", site=cast.elsewhere)
    for told in (here, there):
        told.value("2026-03-02 09:00", "spo2_rest_ra", 91)
    version = draft(tmp_path, wording())
    at = local("2026-02-01 09:00")
    SiteValue.objects.create(
        criterion=version.criterion, site=cast.elsewhere, name="limit", value="90", reason="high up", state="signed",
        proposed_by=cast.coordinator.who, proposed_at=at, signed_by=cast.administrator.who, signed_at=at,
    )  # fmt: skip
    assert result(version)["draft"]["who"] == [str(here.patient.pk)]


def test_what_was_open_already_when_the_period_begins_is_no_opening_in_it(cast: Cast, tmp_path: Path) -> None:
    told, resolved = Told.register(cast, "Open"), Told.register(cast, "Over")
    for one in (told, resolved):
        one.value("2026-02-02 09:00", "eat10", 8)
    resolved.resolve("2026-02-20 09:00", "dysphagia")
    told.value("2026-03-09 09:00", "eat10", 9)
    side = result(draft(tmp_path, screening()), since="2026-03-01 00:00")["draft"]
    assert (side["opened"], side["before"], side["patients"]) == (0, 1, 0)
    assert side["asked"] == {}


def test_it_says_for_how_many_it_could_not_be_judged_and_what_is_missing(cast: Cast, tmp_path: Path) -> None:
    told = Told.register(cast, "Known")
    told.value("2026-03-02 09:00", "eat10", 1)
    Told.register(cast, "Unknown")
    Told.register(cast, "Neither")
    found = result(draft(tmp_path, screening()))["draft"]["not_assessable"]
    assert found["patients"] == 2
    ((words, count),) = found["missing"]
    assert count == 2
    assert "eat10" in words.lower().replace("-", "")


def test_a_wording_that_fails_is_counted_and_loud(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Told.register(cast).value("2026-03-02 09:00", "wst3oz", "fail")
    version = draft(tmp_path, wording(when='latest(wst3oz) == "fail"', parameters={}))
    version.when = "latest(wst3oz) >= 3.0"
    side = result(version)["draft"]
    assert side["opened"] == 0
    ((words, count),) = side["faults"]
    assert count == 1
    assert words


def test_what_another_fact_still_holds_up_is_not_withdrawn(cast: Cast, tmp_path: Path) -> None:
    """The first of two ulcers was a mistake. The second one alone would have opened it, too."""
    told = Told.register(cast)
    first = told.condition("2026-03-02 09:00", "skin_ulcer")
    told.condition("2026-03-03 09:00", "cutaneous_necrosis")
    row = wording("SK-90", group="skin", when='finding("skin_ulcer") || finding("cutaneous_necrosis")', parameters={})
    version = draft(tmp_path, row)
    told.wrong("2026-03-04 09:00", first)
    assert result(version)["draft"]["ends"] == {"open": 1}


def test_batches_of_patients_come_out_as_one(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        Told.register(cast, f"Nr{number}").value("2026-03-02 09:00", "spo2_rest_ra", 90 + number)
    version, seen = draft(tmp_path, wording()), list[tuple[int, int]]()
    whole = result(version)
    monkeypatch.setattr(running, "BATCH", 2)
    assert result(version, progress=lambda done, of: seen.append((done, of))) == whole
    assert whole["draft"]["opened"] == 3
    # The two of the cast are registered after the period: five patients, in batches of two.
    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_nothing_is_written(cast: Cast, tmp_path: Path) -> None:
    Told.register(cast).value("2026-03-02 09:00", "spo2_rest_ra", 90)
    version = draft(tmp_path, wording())
    before = AuditEvent.objects.count()
    result(version)
    assert (AuditEvent.objects.count(), Escalation.objects.count()) == (before, 0)


def test_a_period_that_ends_before_it_begins_is_refused(cast: Cast, tmp_path: Path) -> None:
    version = draft(tmp_path, wording())
    with pytest.raises(Invalid):
        result(version, since="2026-03-02 00:00", until="2026-03-01 00:00")
