"""What criteria mean, through the real doors: own ranges, the class of onset, keys, sharper criteria, late entries,
circumstances, and what presses harder.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from apps.common.clock import app_now, move_clock
from apps.escalation.models import Escalation
from apps.nudges.models import Nudge
from tests.cast import Cast
from tests.escalation.doors import change, core_set, finding, treat, value
from tests.escalation.house import (
    BERLIN,
    ago,
    assess,
    at_noon,
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
    told,
)  # fmt: skip
from tests.observations.house import get, mark_wrong, send
from tests.thread.conftest import work

DAY = timedelta(days=1)

# The patient's own range (LU-01).


def own_range(cast: Cast, low: int) -> str:
    body = {
        "patient": str(cast.patient.pk),
        "instrument": "spo2_rest_ra",
        "low": low,
        "unit": "%",
        "reason": "Known for years",
    }
    return made(send(cast, "target-ranges/", body, who="coordinator"))


@pytest.mark.parametrize(
    ("low", "oxygen", "expected"), [(88, 90, False), (88, 88, False), (88, 87, True), (95, 94, True)]
)
def test_low_oxygen_goes_by_the_range_that_the_team_has_set(house: Cast, low: int, oxygen: int, expected: bool) -> None:
    own_range(house, low)
    value(house, "spo2_rest_ra", oxygen)
    work()
    assert ("LU-01" in codes()) is expected
    if expected:
        assert f"the lower bound of the patient's own range, {low}" in only("LU-01").explanation


def test_when_the_range_ends_the_general_limit_counts_at_once(house: Cast) -> None:
    row = own_range(house, 85)
    value(house, "spo2_rest_ra", 90)
    work()
    assert codes() == []
    assert send(house, f"target-ranges/{row}/end/", {}, who="coordinator").status_code == 200
    work()
    assert codes() == ["LU-01"]


# Juvenile until somebody re-classifies (MU-01; J08 has this score).


def test_juvenile_disease_is_judged_as_such_until_it_is_re_classified(house: Cast) -> None:
    """27.5 points are too few for a child, whatever the age by now; re-classified as an adult, the same score is enough."""
    change(house, onset="juvenile")
    treat(house.patient, house, ("prednisone", 30, "d"), days=45)
    value(house, "weight", 17, days=44)
    value(house, "mmt8_150", 90, days=45)
    core_set(house, 6, 6, 30, 1.75, 900, 4, days=45, strength="cmas", function="chaq")
    core_set(house, 5, 5, 33, 1.5, 500, 3.5, days=3, strength="cmas", function="chaq")
    work()
    row = only("MU-01")
    assert row.reason == "tis=27.5"
    change(house, onset="adult")
    work()
    row.refresh_from_db()
    assert (row.state, nudge_of(row).state) == ("cleared", "cancelled")
    assert "MU-01" not in codes()


# A key: one escalation for each medicine.

LIVER = {
    "code": "DS-90", "group": "safety", "name": "Liver tests under a medicine", "key": "medicine",
    "when": "active(key) && latest(alt) > p.alt", "clears": "!active(key) || latest(alt) <= p.alt", "severity": "routine",
    "asks": ["rheumatology"], "acknowledge_within": "3 wd", "act_within": "14 d", "advice": "Look at the liver.",
    "citations": ["LP"], "origin": "policy",
    "parameters": {"alt": {"value": "100", "unit": "U/L", "citation": "LP", "mark": "LP", "uncertain": True}},
}  # fmt: skip


def alt(cast: Cast, units: int) -> None:
    value(cast, "alt", units, reference_high=40)
    work()


def keys() -> list[str]:
    return sorted(row.key for row in opened("DS-90"))


def test_a_criterion_with_a_key_opens_adds_and_clears_for_each_medicine_by_itself(house: Cast, tmp_path: Path) -> None:
    switch_on(house, tmp_path, LIVER)
    at_noon()
    alt(house, 140)
    assert keys() == [], "nothing is taken"
    treat(house.patient, house, ("methotrexate", 15, "wk"), ("azathioprine", 50, "d"), days=30)
    look_again(house.patient)
    assert keys() == ["azathioprine", "methotrexate"]
    assert {row.nudge_id for row in opened("DS-90")} == set(
        Nudge.objects.filter(topic="DS-90").values_list("pk", flat=True)
    )
    alt(house, 150)
    assert (keys(), Nudge.objects.filter(topic="DS-90").count()) == (["azathioprine", "methotrexate"], 2)
    assert all(row.evidence.count() == 2 for row in opened("DS-90"))
    treat(house.patient, house, ("methotrexate", 15, "wk"), days=0)
    move_clock(by=DAY)
    work()
    assert keys() == ["methotrexate"]
    over = Escalation.objects.get(criterion__code="DS-90", key="azathioprine")
    assert (over.state, "azathioprine" in over.end_reason) == ("cleared", True)
    alt(house, 100)
    assert keys() == []
    alt(house, 101)
    assert keys() == ["methotrexate"]
    assert Escalation.objects.filter(criterion__code="DS-90").count() == 3


def test_a_person_closes_one_key_and_leaves_the_other(house: Cast, tmp_path: Path) -> None:
    switch_on(house, tmp_path, LIVER)
    treat(house.patient, house, ("methotrexate", 15, "wk"), ("azathioprine", 50, "d"), days=30)
    alt(house, 140)
    (one,) = [row for row in opened("DS-90") if row.key == "azathioprine"]
    answer = send(house, f"escalations/{one.pk}/close/", {"reason": "known"}, who="rheumatologist")
    assert answer.status_code == 200
    look_again(house.patient)
    assert keys() == ["methotrexate"]
    alt(house, 150)
    assert keys() == ["azathioprine", "methotrexate"]


# A sharper criterion.


@pytest.mark.parametrize(("number", "expected"), [(3, ["SW-91"]), (12, ["SW-90"]), (2, [])])
def test_of_two_criteria_the_sharper_one_opens_alone(
    house: Cast, tmp_path: Path, number: int, expected: list[str]
) -> None:
    blunt = shipped("SW-01")
    sharp = blunt | {
        "parameters": {**blunt["parameters"], "positive": blunt["parameters"]["positive"] | {"value": "10"}}
    }
    switch_on(house, tmp_path, sharp | {"code": "SW-90"}, blunt | {"code": "SW-91", "excludes": ["SW-90"]})
    screen(house, number)
    work()
    assert [code for code in codes() if code in {"SW-90", "SW-91"}] == expected


def test_the_blunter_one_that_was_open_before_stays_open_beside_the_sharper_one(house: Cast, tmp_path: Path) -> None:
    """Excluding keeps from opening; it takes nothing back that people were asked about."""
    blunt = shipped("SW-01")
    sharp = blunt | {
        "parameters": {**blunt["parameters"], "positive": blunt["parameters"]["positive"] | {"value": "10"}}
    }
    switch_on(house, tmp_path, sharp | {"code": "SW-90"}, blunt | {"code": "SW-91", "excludes": ["SW-90"]})
    screen(house, 3, effective_at=ago(hours=2))
    work()
    screen(house, 12)
    work()
    assert {"SW-90", "SW-91"} <= set(codes())


# Late entries.


def test_a_late_entry_opens_with_the_time_at_which_it_was_true(house: Cast) -> None:
    true_at = app_now() - timedelta(days=20)
    screen(house, 8, effective_at=true_at.isoformat())
    work()
    row = only("SW-01")
    local = true_at.astimezone(BERLIN)
    assert f"{local.day} {local:%B %Y}, {local:%H:%M}" in row.explanation
    assert (row.evidence.get().effective_at, row.opened_at > true_at) == (true_at, True)


def test_a_late_entry_of_before_the_latest_value_opens_nothing(house: Cast) -> None:
    screen(house, 1)
    work()
    screen(house, 8, effective_at=ago(days=20))
    work()
    assert codes() == []


# Circumstances.


def losing_weight(cast: Cast) -> None:
    assess(cast)
    screen(cast, 5, effective_at=ago(hours=3))
    value(cast, "weight", 60, days=80)
    value(cast, "weight", 56, hours=2)
    work()


def test_more_circumstances_are_no_news(house: Cast) -> None:
    losing_weight(house)
    row = only("SW-04")
    before, messages = row.evidence.count(), told("told", row)
    assert {(one.snapshot["code"], one.context) for one in row.evidence.all()} == {
        ("weight", False),
        ("weight", True),
        ("eat10", True),
    }
    screen(house, 9)
    work()
    row.refresh_from_db()
    assert (row.evidence.count(), told("told", row)) == (before, messages)
    value(house, "weight", 55)
    work()
    assert told("told", row), "more weight that is lost is news"
    shown = get(house, f"escalations/{row.pk}/").json()
    assert {one["context"] for one in shown["evidence"]} == {True, False}


# What presses harder.


def test_weaker_muscles_press_harder_in_place(house: Cast) -> None:
    value(house, "mip", 58, hours=2)
    work()
    before = only("LU-06")
    assert before.severity == "urgent"
    value(house, "mip", 28, hours=1)
    work()
    row = only("LU-06")
    nudge = nudge_of(row)
    assert (row.pk, row.severity, row.reason) == (before.pk, "emergency", "The breathing muscles are very weak.")
    assert (nudge.pk, nudge.severity, nudge.round, nudge.acknowledge_within) == (
        before.nudge_id,
        "emergency",
        2,
        "30 min",
    )
    value(house, "mip", 50)
    work()
    assert only("LU-06").severity == "emergency", "what was an emergency is not taken back"


def test_what_pressed_harder_by_a_value_that_was_wrong_stays_until_somebody_has_looked(house: Cast) -> None:
    complication(house, "pneumonitis", severity="mild")
    work()
    severe = complication(house, "dyspnoea", severity="severe")
    work()
    assert mark_wrong(house, "complications", severe).status_code == 200
    work()
    row = only("LU-00")
    assert (row.severity, row.state) == ("emergency", "open")
    assert [one.stands for one in row.evidence.order_by("added_at")] == [True, False]


def test_two_findings_of_one_moment_open_what_each_of_them_says(house: Cast) -> None:
    for code in ("skin_ulcer", "choking", "cannot_manage_secretions"):
        finding(house, code)
    work()
    assert codes() == ["SK-05", "SW-02", "SW-03"]
