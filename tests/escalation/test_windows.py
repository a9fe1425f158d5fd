"""Windows of time, over midnight and both changes of the clock: days compare dates at the site, hours compare instants."""

from datetime import datetime

import pytest

from apps.escalation.picture import Known
from tests.escalation.pictures import (
    DAY,
    HOUR,
    NOON,
    SECOND,
    assessed,
    coded,
    complication,
    finding,
    fires,
    moment,
    number,
    resolution,
    screened,
)  # fmt: skip

#: When it is, when something was, and whether that lies within 90 days; texts without a zone are times in Berlin.
NINETY = [
    # 13 January is the 90th day before 13 April: 18 + 28 + 31 + 13. Summer time began on 29 March.
    ("2026-04-13 12:00", "2026-01-13 12:00", True),
    ("2026-04-13 12:00", "2026-01-13 00:00", True),
    ("2026-04-13 12:00", "2026-01-12 23:59:59", False),
    ("2026-04-13 23:59:59", "2026-01-13 00:00", True),
    ("2026-04-13 00:00", "2026-01-12 23:59:59", False),
    ("2026-04-12 23:59:59", "2026-01-12 00:00", True),
    ("2026-04-14 00:00", "2026-01-13 23:59:59", False),
    # The same days by the clock of Greenwich: midnight in Berlin is 23:00 in winter and 22:00 in summer.
    ("2026-04-13T10:00:00+00:00", "2026-01-12T23:00:00+00:00", True),
    ("2026-04-13T10:00:00+00:00", "2026-01-12T22:59:59+00:00", False),
    ("2026-04-12T22:00:00+00:00", "2026-01-12T22:59:59+00:00", False),
    ("2026-04-12T21:59:59+00:00", "2026-01-12T22:59:59+00:00", True),
    # 4 August is the 90th day before 2 November: 27 + 30 + 31 + 2. Summer time ended on 25 October.
    ("2026-11-02 00:00", "2026-08-04 00:00", True),
    ("2026-11-02 23:59:59", "2026-08-04 00:00", True),
    ("2026-11-02 00:00", "2026-08-03 23:59:59", False),
    ("2026-11-02T22:59:59+00:00", "2026-08-03T22:00:00+00:00", True),
    ("2026-11-02T23:00:00+00:00", "2026-08-04T21:59:59+00:00", False),
    # On the days of the changes themselves.
    ("2026-06-27 12:00", "2026-03-29 01:59:59", True),
    ("2026-06-27 12:00", "2026-03-29 03:00", True),
    ("2026-06-28 12:00", "2026-03-29 23:59:59", False),
    ("2026-10-25T00:30:00+00:00", "2026-07-27 00:00", True),  # 02:30 in Berlin, the first time
    ("2026-10-25T01:30:00+00:00", "2026-07-27 00:00", True),  # 02:30 again
    ("2026-10-25T23:00:00+00:00", "2026-07-27 23:59:59", False),
]


@pytest.mark.parametrize(("now", "then", "within"), NINETY)
def test_day_windows_compare_dates_at_the_site(now: str, then: str, within: bool) -> None:
    at = moment(now)
    value, newest = number("eat10", 8, then), number("eat10", 1, at)
    assert fires('missing(slt_assessment, "90d")', assessed(then), at=at) is not within
    assert fires('latest(eat10, "90d") >= 3', value, at=at) is (True if within else None)
    assert fires('highest(eat10, "90d") >= 3', value, newest, at=at) is within
    assert fires('hi(eat10, "90d") >= 3', value, newest, at=at) is (True if within else None)
    assert fires('drop_from_prior(eat10, "90d") >= 7', value, newest, at=at) is (True if within else None)
    assert fires('finding("choking", "90d")', finding("choking", then), at=at) is within
    assert fires("dysphagia_active", value, at=at) is within


@pytest.mark.parametrize(("zone", "missing"), [("Europe/Berlin", False), ("UTC", True), ("America/New_York", True)])
def test_the_dates_are_those_of_the_site(zone: str, missing: bool) -> None:
    """23:30 UTC on 15 March is 16 March in Berlin only, where that is 28 days before 13 April."""
    found = fires('missing(slt_assessment, "28d")', assessed("2026-03-15T23:30:00+00:00"), at=NOON, zone=zone)
    assert found is missing


#: When it is, when something was, and whether that lies within 72 hours.
HOURS = [
    ("2026-06-10 12:00", "2026-06-07 12:00", True),
    ("2026-06-10 12:00", "2026-06-07 11:59:59", False),
    # An hour was left out on 29 March: by the clock 73 hours are 72.
    ("2026-03-30 12:00", "2026-03-27 12:00", True),
    ("2026-03-30 12:00", "2026-03-27 11:00", True),
    ("2026-03-30 12:00", "2026-03-27 10:59:59", False),
    # There was one twice on 25 October: by the clock 71 hours are 72.
    ("2026-10-26 12:00", "2026-10-23 13:00", True),
    ("2026-10-26 12:00", "2026-10-23 12:59:59", False),
    ("2026-10-26 12:00", "2026-10-23 12:00", False),
]


@pytest.mark.parametrize(("now", "then", "within"), HOURS)
@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC", "America/New_York"])
def test_hour_windows_compare_instants_wherever_the_site_is(now: str, then: str, within: bool, zone: str) -> None:
    at, value = moment(now), number("temp", 39, then)
    assert fires('missing(temp, "72h")', value, at=at, zone=zone) is not within
    assert fires('highest(temp, "72h") >= 38', value, at=at, zone=zone) is (True if within else None)
    assert fires('complication("dysphagia", "72h")', complication("dysphagia", then), at=at, zone=zone) is within


def test_a_window_may_be_a_parameter_in_days_or_in_hours() -> None:
    value = number("eat10", 8, NOON - 3 * DAY - HOUR)
    for span, expected in (((3, "d"), True), ((72, "h"), None), ((73, "h"), True), ((2, "d"), None)):
        assert fires("latest(eat10, p.lately) >= 3", value, numbers={"lately": span}) is expected


# Conditions begin, and end, at a time.


@pytest.mark.parametrize(("days", "within"), [(0, True), (28, True), (29, False)])
@pytest.mark.parametrize("word", ["finding", "complication"])
def test_of_conditions_the_beginning_lies_in_the_window(word: str, days: int, within: bool) -> None:
    made = {"finding": finding, "complication": complication}[word]
    assert fires(f'{word}("choking", "28d")', made("choking", NOON - days * DAY)) is within
    assert fires(f'{word}("choking")', made("choking", NOON - days * DAY)) is True
    other = {"finding": complication, "complication": finding}[word]
    assert fires(f'{word}("choking")', other("choking")) is False


@pytest.mark.parametrize(("over", "there"), [(NOON + SECOND, True), (NOON, False), (NOON - DAY, False), (None, True)])
def test_a_condition_is_there_until_it_is_resolved(over: datetime | None, there: bool) -> None:
    row = complication("dysphagia", NOON - 400 * DAY, resolved_at=over, severity="severe")
    for text in ('complication("dysphagia")', 'severe("dysphagia")', "dysphagia_active"):
        assert fires(text, row) is there


@pytest.mark.parametrize(("severity", "severe"), [("", False), ("mild", False), ("moderate", False), ("severe", True)])
def test_severe_is_what_is_recorded_as_severe(severity: str, severe: bool) -> None:
    assert fires('severe("dyspnoea")', complication("dyspnoea", severity=severity)) is severe
    assert fires('severe("dyspnoea")', complication("dyspnoea", severity="severe", resolved_at=NOON)) is False


# Impaired swallowing (C.0): within 90 days EAT-10 of 3 or more, a failed water test, FOIS of 5 or less, or dysphagia; until SLT
# records that it is over.


@pytest.mark.parametrize(
    ("fact", "active"),
    [
        (screened(3), True),
        (screened(2), False),
        (coded("wst3oz", "fail"), True),
        (coded("wst3oz", "pass"), False),
        (number("fois", 5), True),
        (number("fois", 6), False),
        (complication("dysphagia"), True),
        (finding("dysphagia"), True),
        (complication("aspiration_pneumonia"), False),
        (screened(3, NOON - 90 * DAY), True),
        (screened(3, NOON - 91 * DAY), False),
        (coded("wst3oz", "fail", NOON - 91 * DAY), False),
        (number("fois", 5, NOON - 91 * DAY), False),
    ],
)
def test_swallowing_counts_as_impaired_by_any_of_four(fact: Known, active: bool) -> None:
    assert fires("dysphagia_active", fact) is active


def test_any_positive_result_of_the_90_days_counts_and_not_the_latest_alone() -> None:
    assert fires("dysphagia_active", screened(8, NOON - 30 * DAY), screened(0)) is True


@pytest.mark.parametrize(
    ("ago", "by", "active"),
    [(1, "slt", False), (1, "rheumatology", True), (3, "slt", True)],
)
def test_speech_therapy_ends_it_for_what_was_before(ago: int, by: str, active: bool) -> None:
    from_two_days_ago = screened(8, NOON - 2 * DAY)
    over = NOON - ago * DAY
    statement = resolution(over, by)
    assert fires("dysphagia_active", from_two_days_ago, statement) is active
    assert fires("dysphagia_active", screened(8, over), statement) is (by != "slt"), "of the very moment"
    assert fires("dysphagia_active", statement, screened(8, over + SECOND)) is True
