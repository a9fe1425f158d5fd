"""After a person has closed it: what opens a new one, and what does not; and that a condition which no longer holds is shown."""

from datetime import timedelta

from apps.common.clock import move_clock
from apps.escalation.models import Escalation
from tests.cast import Cast
from tests.escalation.doors import finding, value
from tests.escalation.house import (
    TWO_WORKING_DAYS,
    ago,
    at_noon,
    close,
    codes,
    look_again,
    nudge_of,
    only,
    screen,
    watch,
)
from tests.observations.house import correct, get
from tests.thread.conftest import work


def closed(cast: Cast, code: str) -> Escalation:
    row = only(code)
    close(cast, row, "Seen")
    return row


def test_a_fact_of_just_before_the_closing_that_nobody_had_looked_at_opens_a_new_one(house: Cast) -> None:
    """Whoever closes it has not seen that fact: without this it would never be heard of."""
    finding(house, "choking", hours=3)
    work()
    row = only("SW-02")
    late = finding(house, "wet_voice", hours=1)
    close(house, row, "Seen")
    assert codes() == []
    work()
    again = only("SW-02")
    assert again.pk != row.pk
    assert late in {str(one.condition_id) for one in again.evidence.all()}


def test_a_fact_of_before_the_closing_that_was_looked_at_opens_nothing(house: Cast) -> None:
    """A value under the limit was looked at and held nothing up; closing another matter does not make it news."""
    value(house, "spo2_rest_ra", 91, hours=3)
    work()
    closed(house, "LU-01")
    for _ in range(2):
        look_again(house.patient)
    move_clock(by=timedelta(hours=12))
    work()
    assert codes() == []


def test_a_value_corrected_after_the_closing_is_a_new_fact(house: Cast) -> None:
    row = value(house, "spo2_rest_ra", 91, hours=3)
    work()
    before = closed(house, "LU-01")
    assert correct(house, row, 85, unit="%").status_code == 201
    work()
    assert only("LU-01").pk != before.pk


def test_a_fact_dated_ahead_opens_it_when_its_time_has_come(house: Cast) -> None:
    at_noon()
    finding(house, "choking", hours=1)
    work()
    finding(house, "wet_voice", hours=-5)
    work()
    before = closed(house, "SW-02")
    work()
    assert codes() == []
    move_clock(by=timedelta(hours=5))
    work()
    assert only("SW-02").pk != before.pk


def test_a_late_entry_with_an_older_date_opens_it_where_it_counts(house: Cast) -> None:
    value(house, "fois", 7, days=9)
    finding(house, "choking", days=1)
    work()
    closed(house, "SW-02")
    value(house, "fois", 6, days=20)
    work()
    assert codes() == [], "an older value that changes nothing"
    finding(house, "wet_voice", days=40)
    work()
    assert codes() == ["SW-02"]


def test_more_circumstances_after_the_closing_open_nothing(house: Cast) -> None:
    screen(house, 5, effective_at=ago(days=2))
    value(house, "weight", 60, days=80)
    value(house, "weight", 56, days=1)
    work()
    for code in list(codes()):
        closed(house, code)
    value(house, "fois", 5)
    work()
    assert "SW-04" not in codes()


def test_an_absence_that_lasts_opens_it_after_the_time_to_act_and_not_before(house: Cast) -> None:
    at_noon()
    screen(house, 8)
    work()
    row = closed(house, "SW-01")
    assert row.criterion_version.act_within == "2 wd"
    move_clock(by=timedelta(days=1))
    work()
    look_again(house.patient)
    assert codes() == []
    move_clock(by=TWO_WORKING_DAYS)
    work()
    again = only("SW-01")
    assert (again.pk != row.pk, nudge_of(again).state) == (True, "open")


def test_a_fact_that_speaks_for_itself_does_not_open_it_however_long_it_lasts(house: Cast) -> None:
    finding(house, "skin_ulcer")
    work()
    closed(house, "SK-05")
    move_clock(by=timedelta(days=60))
    work()
    look_again(house.patient)
    assert "SK-05" not in codes()


def test_since_when_it_no_longer_holds_is_shown_and_forgotten_when_it_holds_again(house: Cast) -> None:
    value(house, "spo2_rest_ra", 91, hours=5)
    work()
    row = only("LU-01")

    def shown() -> str | None:
        found: str | None = get(house, f"escalations/{row.pk}/").json()["holds_no_longer_since"]
        return found

    assert shown() is None
    value(house, "spo2_rest_ra", 97, hours=3)
    work()
    since = shown()
    assert since is not None
    look_again(house.patient)
    assert shown() == since, "since when it does not hold stays what it was"
    value(house, "spo2_rest_ra", 90)
    work()
    assert shown() is None
    assert only("LU-01").pk == row.pk
    assert nudge_of(row).state == "open"


def test_what_becomes_unknown_is_not_said_to_hold_no_longer(house: Cast) -> None:
    value(house, "spo2_rest_ra", 91)
    work()
    move_clock(by=timedelta(hours=25))
    work()
    look_again(house.patient)
    row = only("LU-01")
    assert row.holds_no_longer_since is None
    assert "LU-01" in {one["criterion"] for one in watch(house).not_assessable}
