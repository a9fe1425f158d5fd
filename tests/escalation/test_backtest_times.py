"""When a backtest looks: mornings at the site, exact clocks, and no sooner than there is a record."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.cast import Cast
from tests.escalation.histories import Told, draft, result, screening, weekly, wording


def test_a_fact_that_is_recorded_late_counts_from_when_it_was_known(cast: Cast, tmp_path: Path) -> None:
    told = Told.register(cast)
    told.value("2026-03-17 09:00", "eat10", 8, true="2026-03-02 09:00")
    found = result(draft(tmp_path, screening()))
    assert weekly(found, found["draft"]["weekly"]) == {"2026-03-16": 1}


def test_a_week_begins_with_monday_at_the_patients_own_site(cast: Cast, tmp_path: Path) -> None:
    """Monday 00:30 in Berlin is still Sunday in Lisbon."""
    Told.register(cast, "Here").value("2026-03-09 00:30", "spo2_rest_ra", 90)
    there = Told.register(cast, "There", site=cast.elsewhere)
    there.value("2026-03-08 23:30", "spo2_rest_ra", 90)
    found = result(draft(tmp_path, wording()))
    assert weekly(found, found["draft"]["weekly"]) == {"2026-03-02": 1, "2026-03-09": 1}


@pytest.mark.parametrize(
    ("assessed", "monday"),
    [
        # The window ends with day 28, a Saturday; on Sunday 29 March, when clocks go forward, it is past at 06:00.
        ("2026-02-28 09:00", "2026-03-23"),
        ("2026-03-01 09:00", "2026-03-30"),
    ],
)
def test_an_absence_opens_on_the_morning_through_the_change_of_clocks(
    cast: Cast, tmp_path: Path, assessed: str, monday: str
) -> None:
    told = Told.register(cast)
    told.assess(assessed)
    told.value("2026-03-02 09:00", "eat10", 8)
    version = draft(tmp_path, screening())
    found = result(version)
    assert weekly(found, found["draft"]["weekly"]) == {monday: 1}


def test_the_morning_is_06_00_by_the_sites_clock(cast: Cast, tmp_path: Path) -> None:
    told = Told.register(cast)
    told.assess("2026-02-28 09:00")
    told.value("2026-03-02 09:00", "eat10", 8)
    version = draft(tmp_path, screening())
    assert result(version, until="2026-03-29 05:59")["draft"]["opened"] == 0
    assert result(version, until="2026-03-29 06:00")["draft"]["opened"] == 1


def test_a_clock_of_hours_runs_out_to_the_minute_and_opens_then(cast: Cast, tmp_path: Path) -> None:
    """48 hours after Sunday 1 March 23:30 it is Tuesday; without the exact clock it would be found on Wednesday at 06:00."""
    told = Told.register(cast)
    told.assess("2026-03-01 23:30", "weakness_grade", "rheumatology")
    version = draft(tmp_path, unseen())
    begin = "2026-03-02 00:00"
    assert result(version, since=begin, until="2026-03-03 23:30")["draft"]["opened"] == 0
    assert result(version, since=begin, until="2026-03-03 23:31")["draft"]["opened"] == 1


def test_a_clock_of_hours_runs_out_before_the_next_fact(cast: Cast, tmp_path: Path) -> None:
    """On Sunday 8 March at 23:30, an hour before somebody looks after all."""
    told = Told.register(cast, on="2026-03-06 23:30")
    told.assess("2026-03-06 23:30", "weakness_grade", "rheumatology")
    told.assess("2026-03-09 00:30", "weakness_grade", "rheumatology")
    found = result(draft(tmp_path, unseen()), since="2026-03-07 00:00", until="2026-03-09 12:00")
    assert weekly(found, found["draft"]["weekly"]) == {"2026-03-02": 1}


def unseen() -> dict[str, Any]:
    """Nobody has graded the weakness within 48 hours."""
    return wording("MU-90", group="muscle", when='missing(weakness_grade, "48h")', parameters={})


def test_days_that_are_counted_without_a_window_are_looked_at_every_morning(cast: Cast, tmp_path: Path) -> None:
    """100 days after Monday 5 January it is 15 April; more than that on Thursday the 16th."""
    Told.register(cast).value("2026-01-05 09:00", "weight", 70)
    days = {"days": {"value": "100", "unit": "d", "citation": "LP", "mark": "LP"}}
    version = draft(tmp_path, wording("SW-91", when="days_since(weight) > p.days", parameters=days))
    assert result(version, until="2026-04-16 05:59")["draft"]["opened"] == 0
    assert result(version, until="2026-04-16 06:00")["draft"]["opened"] == 1


def test_nobody_looks_before_there_is_a_record(cast: Cast, tmp_path: Path) -> None:
    """What nobody has ever examined is missing from the registration on, and not from the beginning of the period."""
    Told.register(cast)
    version = draft(tmp_path, unseen())
    found = result(version, since="2025-10-01 00:00", until="2026-01-01 00:00")
    assert weekly(found, found["draft"]["weekly"]) == {"2025-12-01": 1}
    assert (found["draft"]["before"], result(version)["draft"]["before"]) == (0, 1)


def test_an_absence_that_a_person_closed_opens_anew_after_the_time_to_act(cast: Cast, tmp_path: Path) -> None:
    """Closed on Monday 12 January, absent again from Wednesday on; two working days end on Wednesday 9:00, five on Monday."""
    told = Told.register(cast)
    told.assess("2026-01-12 09:00", "weakness_grade", "rheumatology")
    version = draft(tmp_path, unseen())
    assert result(version, until="2026-01-14 09:00")["draft"]["opened"] == 0
    assert result(version, until="2026-01-14 09:01")["draft"]["opened"] == 1
    version.act_within = "5 wd"
    assert result(version, until="2026-01-20 05:59")["draft"]["opened"] == 0
    assert result(version, until="2026-01-20 06:00")["draft"]["opened"] == 1


def test_a_birthday_makes_somebody_an_adult_without_any_fact(cast: Cast, tmp_path: Path) -> None:
    Told.register(cast, birth_date=date(2008, 3, 10)).value("2026-03-02 09:00", "bmi", 17)
    bmi = {"bmi": {"value": "18.5", "unit": "kg/m2", "citation": "GK", "mark": "GK"}}
    found = result(draft(tmp_path, wording("SW-91", when="adult && latest(bmi) < p.bmi", parameters=bmi)))
    assert weekly(found, found["draft"]["weekly"]) == {"2026-03-09": 1}
