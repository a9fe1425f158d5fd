"""Time alone: six in the morning through both changes of the clock, once after an outage, and clocks of hours to the moment."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from apps.common import due
from apps.common.clock import app_now, move_clock
from apps.escalation import looking
from apps.escalation.models import Escalation, Watch
from apps.nudges.models import Nudge
from tests.cast import Cast
from tests.escalation.doors import finding, value
from tests.escalation.histories import Told
from tests.escalation.house import BERLIN, ago, assess, at_noon, codes, only, screen, shipped, switch_on, watch
from tests.escalation.pictures import look, moment
from tests.thread.conftest import work

WATCHES = "escalation.watches"
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "now", "due_at"),
    [
        ("Europe/Berlin", "2026-03-28T11:00:00+00:00", "2026-03-29T04:00:00+00:00"),
        ("Europe/Berlin", "2026-03-29T00:30:00+00:00", "2026-03-29T04:00:00+00:00"),
        ("Europe/Berlin", "2026-03-29T03:59:59+00:00", "2026-03-29T04:00:00+00:00"),
        ("Europe/Berlin", "2026-03-29T04:00:00+00:00", "2026-03-30T04:00:00+00:00"),
        ("Europe/Berlin", "2026-10-24T11:00:00+00:00", "2026-10-25T05:00:00+00:00"),
        ("Europe/Berlin", "2026-10-25T00:30:00+00:00", "2026-10-25T05:00:00+00:00"),
        ("Europe/Berlin", "2026-10-25T01:30:00+00:00", "2026-10-25T05:00:00+00:00"),
        ("Europe/Berlin", "2026-10-25T05:00:00+00:00", "2026-10-26T05:00:00+00:00"),
        ("America/New_York", "2026-03-08T05:00:00+00:00", "2026-03-08T10:00:00+00:00"),
        ("America/New_York", "2026-11-01T04:30:00+00:00", "2026-11-01T11:00:00+00:00"),
        ("UTC", "2026-03-29T05:59:59+00:00", "2026-03-29T06:00:00+00:00"),
        ("Pacific/Kiritimati", "2026-03-28T15:59:59+00:00", "2026-03-28T16:00:00+00:00"),
    ],
)
def test_the_next_look_is_at_six_by_the_clock_of_the_site(zone: str, now: str, due_at: str) -> None:
    found = looking.next_due(look(at=moment(now), zone=zone))
    assert found == datetime.fromisoformat(due_at)
    assert found.astimezone(ZoneInfo(zone)).time() == time(6)


def next_change(*, to_summer: bool) -> date:
    """The next day on which the clocks change in Berlin, three days from now at least."""
    for ahead in range(3, 400):
        day = app_now().astimezone(BERLIN).date() + ahead * DAY
        before, after = (datetime.combine(day, time(hour), tzinfo=BERLIN).utcoffset() for hour in (0, 12))
        if before is not None and after is not None and before != after and (after > before) is to_summer:
            return day
    raise AssertionError("the clocks never change")


def move_to(at: datetime) -> None:
    move_clock(by=at.astimezone(UTC) - app_now())


@pytest.mark.parametrize(("to_summer", "hours"), [(True, 17), (False, 19)])
def test_a_window_passes_at_six_on_the_day_on_which_the_clocks_change(house: Cast, to_summer: bool, hours: int) -> None:
    """From noon to six it is 18 hours by the clock: 17 in spring, 19 in autumn."""
    day = next_change(to_summer=to_summer)
    noon = datetime.combine(day - DAY, time(12), tzinfo=BERLIN)
    move_to(noon)
    told = Told(house.patient)
    told.assess(f"{day - 29 * DAY} 10:00")
    told.value(f"{day - DAY} 11:00", "eat10", 8)
    work()
    assert (codes(), watch(house).due_at) == ([], noon.astimezone(UTC) + timedelta(hours=hours))
    move_to(noon.astimezone(UTC) + timedelta(hours=hours, seconds=-5))
    assert due.drain_all(WATCHES) == 0
    move_clock(by=timedelta(seconds=5))
    work()
    assert codes() == ["SW-01"]


def test_after_an_outage_of_three_days_it_opens_once_and_asks_once(house: Cast) -> None:
    at_noon()
    assess(house, effective_at=ago(days=28))
    screen(house, 8)
    work()
    assert codes() == []
    move_clock(by=timedelta(days=3))
    assert due.drain_all(WATCHES) >= 1
    assert due.drain_all(WATCHES) == 0, "no morning is made up for"
    row = only("SW-01")
    assert (Escalation.objects.count(), Nudge.objects.count()) == (1, 1)
    assert row.opened_at.date() == app_now().date()
    assert watch(house).due_at > app_now()
    work()
    assert Nudge.objects.count() == 1


def test_a_clock_of_hours_opens_at_its_very_moment_and_not_in_the_morning(house: Cast, tmp_path: Path) -> None:
    waits = shipped("SK-05") | {"code": "IN-90", "when": 'finding("suspected_infection") && missing(temp, "4h")'}
    switch_on(house, tmp_path, waits)
    at_noon()
    value(house, "temp", 37)
    finding(house, "suspected_infection")
    work()
    due_at = watch(house).due_at
    assert timedelta(hours=3, minutes=59) < due_at - app_now() <= timedelta(hours=4, microseconds=1)
    move_to(due_at - timedelta(seconds=2))
    assert due.drain_all(WATCHES) == 0
    assert codes() == []
    move_to(due_at + timedelta(milliseconds=1))
    work()
    assert codes() == ["IN-90"]
    assert only("IN-90").opened_at - due_at < timedelta(seconds=5)


def test_measured_in_time_the_clock_starts_anew(house: Cast, tmp_path: Path) -> None:
    waits = shipped("SK-05") | {"code": "IN-90", "when": 'finding("suspected_infection") && missing(temp, "4h")'}
    switch_on(house, tmp_path, waits)
    at_noon()
    value(house, "temp", 37)
    finding(house, "suspected_infection")
    work()
    first = watch(house).due_at
    move_clock(by=timedelta(hours=3))
    value(house, "temp", 37)
    work()
    assert watch(house).due_at - first > timedelta(hours=2, minutes=59)
    move_to(first + timedelta(seconds=1))
    work()
    assert codes() == []
    assert Watch.objects.get(patient=house.patient).last_error == ""
