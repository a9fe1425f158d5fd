"""How long people have: spans over weekends, holidays and changes of the clocks, by the site's calendar."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.nudges.times import BadSpan, Calendar, after, parse, part

BERLIN = ZoneInfo("Europe/Berlin")
PLAIN = Calendar(BERLIN)
# Good Friday and Easter Monday of 2027; the clocks go forward on the Sunday between them.
EASTER = Calendar(BERLIN, frozenset({date(2027, 3, 26), date(2027, 3, 29)}))
HALF = Fraction(1, 2)

moments = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
# The dates between which clocks change are drawn more often than chance would.
near_changes = st.builds(
    lambda day, minutes: datetime(day[0], day[1], day[2], tzinfo=UTC) + timedelta(minutes=minutes),
    st.sampled_from([(2027, 3, 27), (2027, 3, 28), (2027, 10, 30), (2027, 10, 31), (2027, 6, 11), (2027, 6, 12)]),
    st.integers(0, 2 * 24 * 60),
)
starts = st.one_of(moments, near_changes)
pairs = st.one_of(st.tuples(starts, starts), st.tuples(near_changes, near_changes)).map(sorted)
working = starts.map(lambda moment: moment if moment.astimezone(BERLIN).weekday() < 5 else moment + timedelta(days=2))
working_pairs = st.tuples(working, working).map(sorted)
counts = st.integers(1, 60)


def local(text: str) -> datetime:
    """A clock time in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        ("2027-06-07 10:00", "30 min", "2027-06-07 10:30"),
        ("2027-06-07 23:50", "30 min", "2027-06-08 00:20"),
        ("2027-06-07 10:00", "999 min", "2027-06-08 02:39"),
        ("2027-06-11 22:00", "4 h", "2027-06-12 02:00"),  # round the clock, into a Saturday
        ("2027-06-07 10:00", "1 wd", "2027-06-08 10:00"),
        ("2027-06-10 10:00", "1 wd", "2027-06-11 10:00"),
        ("2027-06-11 10:00", "1 wd", "2027-06-14 10:00"),  # from Friday to Monday
        ("2027-06-10 10:00", "2 wd", "2027-06-14 10:00"),
        ("2027-06-11 10:00", "2 wd", "2027-06-15 10:00"),
        ("2027-06-07 10:00", "5 wd", "2027-06-14 10:00"),
        ("2027-06-07 10:00", "10 wd", "2027-06-21 10:00"),
        ("2027-06-11 10:00", "1 d", "2027-06-12 10:00"),
        ("2027-06-07 10:00", "14 d", "2027-06-21 10:00"),
        ("2028-02-28 10:00", "2 d", "2028-03-01 10:00"),  # a leap year
        ("2027-06-07 10:00", "same day", "2027-06-08 00:00"),
        ("2027-06-07 00:00", "same day", "2027-06-08 00:00"),
        ("2027-06-07 23:59", "same day", "2027-06-08 00:00"),
        ("2027-06-12 10:00", "same day", "2027-06-13 00:00"),  # a Saturday is a day, too
    ],
)
def test_a_span_ends_where_the_calendar_says(start: str, span: str, end: str) -> None:
    assert after(local(start), span, PLAIN) == local(end)


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        ("2027-03-25 10:00", "1 wd", "2027-03-30 10:00"),  # Maundy Thursday to Tuesday
        ("2027-03-24 10:00", "2 wd", "2027-03-30 10:00"),
        ("2027-03-25 10:00", "2 wd", "2027-03-31 10:00"),
        ("2027-03-25 10:00", "1 d", "2027-03-26 10:00"),  # a holiday is a calendar day
        ("2027-03-26 10:00", "same day", "2027-03-27 00:00"),
        ("2027-03-25 23:00", "2 h", "2027-03-26 01:00"),
    ],
)
def test_holidays_count_as_no_working_days(start: str, span: str, end: str) -> None:
    assert after(local(start), span, EASTER) == local(end)


@pytest.mark.parametrize(
    ("start", "span", "end", "hours"),
    [
        ("2027-03-27 10:00", "1 d", "2027-03-28 10:00", 23),
        ("2027-10-30 10:00", "1 d", "2027-10-31 10:00", 25),
        ("2027-03-26 10:00", "1 wd", "2027-03-29 10:00", 71),
        ("2027-10-29 10:00", "1 wd", "2027-11-01 10:00", 73),
        ("2027-03-28 00:30", "same day", "2027-03-29 00:00", 22.5),
        ("2027-10-31 00:30", "same day", "2027-11-01 00:00", 24.5),
        ("2027-03-28 01:30", "2 h", "2027-03-28 04:30", 2),
        ("2027-03-28 01:30", "30 min", "2027-03-28 03:00", 0.5),
        ("2027-10-31 01:30", "3 h", "2027-10-31 03:30", 3),
    ],
)
def test_days_keep_their_clock_time_and_hours_their_length_when_the_clocks_change(
    start: str, span: str, end: str, hours: float
) -> None:
    found = after(local(start).astimezone(UTC), span, PLAIN)
    assert found == local(end).astimezone(UTC)
    assert found - local(start).astimezone(UTC) == timedelta(hours=hours)


def test_the_day_is_the_site_s_and_not_that_of_greenwich() -> None:
    late = datetime(2027, 6, 7, 22, 30, tzinfo=UTC)  # half past midnight on Tuesday in Berlin
    assert after(late, "same day", PLAIN) == datetime(2027, 6, 8, 22, 0, tzinfo=UTC)
    friday = datetime(2027, 6, 10, 22, 30, tzinfo=UTC)  # half past midnight on Friday in Berlin
    assert after(friday, "1 wd", PLAIN) == datetime(2027, 6, 13, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "span",
    [
        "", "1", "h", "1h", "1  h", " 1 h", "1 h ", "1 h\n", "0 h", "01 h", "-1 h", "1.5 h", "1,5 h", "1000 h", "1 H", "1 hours",
        "1 week", "1 wd.", "Same Day", "same day ", "sameday", "1 same day", "one wd", "١ h", "1 h 30 min",
    ],
)  # fmt: skip
def test_what_is_no_span_is_refused_with_how_one_is_written(span: str) -> None:
    with pytest.raises(BadSpan) as refusal:
        parse(span)
    assert "1 wd" in str(refusal.value)
    with pytest.raises(BadSpan):
        after(local("2027-06-07 10:00"), span, PLAIN)


@pytest.mark.parametrize(
    ("start", "span", "share", "end"),
    [
        ("2027-06-07 10:00", "30 min", "1/2", "2027-06-07 10:15"),
        ("2027-06-07 10:00", "1 h", "3/4", "2027-06-07 10:45"),
        ("2027-06-07 10:00", "30 min", "0", "2027-06-07 10:00"),
        ("2027-06-07 10:00", "30 min", "1", "2027-06-07 10:30"),
        ("2027-06-07 10:00", "30 min", "3/2", "2027-06-07 10:45"),
        ("2027-06-07 10:00", "30 min", "2", "2027-06-07 11:00"),
        ("2027-06-07 10:00", "2 d", "1/2", "2027-06-08 10:00"),
        ("2027-06-07 10:00", "same day", "1/2", "2027-06-07 17:00"),
        ("2027-06-07 10:00", "1 wd", "1/2", "2027-06-07 22:00"),
        ("2027-06-11 10:00", "1 wd", "1/2", "2027-06-11 22:00"),  # Friday has 14 of its 24 hours
        ("2027-06-11 20:00", "1 wd", "1/2", "2027-06-14 08:00"),  # Friday has 4 of them, Monday 20
        ("2027-06-11 20:00", "1 wd", "1", "2027-06-14 20:00"),
        ("2027-06-11 20:00", "1 wd", "3/2", "2027-06-15 08:00"),
        ("2027-06-10 10:00", "2 wd", "1/2", "2027-06-11 10:00"),
        ("2027-06-11 20:00", "2 wd", "1/2", "2027-06-14 20:00"),
        ("2027-10-29 20:00", "1 wd", "1/2", "2027-11-01 08:00"),  # the longer Sunday is no working time
    ],
)
def test_a_share_of_a_span_counts_working_time_only_in_working_days(
    start: str, span: str, share: str, end: str
) -> None:
    assert part(local(start), span, Fraction(share), PLAIN) == local(end)


def test_half_a_working_day_goes_round_holidays() -> None:
    # Thursday has four of the 24 hours, Tuesday twenty.
    assert part(local("2027-03-25 20:00"), "1 wd", HALF, EASTER) == local("2027-03-30 08:00")


@pytest.mark.parametrize("count", [2, 10, 260, 600, 999])
def test_half_of_many_working_days_is_half_as_many(count: int) -> None:
    monday = local("2027-06-07 10:00").astimezone(UTC)
    whole, rest = divmod(count, 2)
    expected = after(monday, f"{whole} wd", PLAIN)
    found = part(monday, f"{count} wd", HALF, PLAIN)
    assert abs(found - expected) <= timedelta(days=1.01 if rest else 0, hours=2)


@given(start=starts, count=counts, unit=st.sampled_from(["min", "h", "d", "wd"]))
def test_a_span_ends_after_it_began(start: datetime, count: int, unit: str) -> None:
    assert after(start, f"{count} {unit}", PLAIN) > start


@given(start=starts)
def test_the_same_day_ends_after_now_and_within_twenty_five_hours(start: datetime) -> None:
    assert start < after(start, "same day", PLAIN) <= start + timedelta(hours=25)


@given(start=starts, count=counts)
def test_working_days_end_on_a_working_day(start: datetime, count: int) -> None:
    end = after(start, f"{count} wd", EASTER).astimezone(BERLIN)
    assert end.weekday() < 5
    assert end.date() not in EASTER.holidays


@given(pair=pairs, count=counts, unit=st.sampled_from(["min", "h"]))
def test_whoever_is_asked_later_has_hours_until_later(pair: list[datetime], count: int, unit: str) -> None:
    early, late = pair
    assert after(early, f"{count} {unit}", PLAIN) <= after(late, f"{count} {unit}", PLAIN)


@given(pair=pairs, count=counts)
def test_whoever_is_asked_later_has_days_until_later(pair: list[datetime], count: int) -> None:
    """Outside the hours that are skipped or come twice, in which a clock time is not one moment."""
    early, late = pair
    for one in pair:
        clock = one.astimezone(BERLIN)
        assume(clock.hour != 2)
    assert after(early, f"{count} d", PLAIN) <= after(late, f"{count} d", PLAIN)


@given(pair=working_pairs, count=counts)
def test_whoever_is_asked_later_on_a_working_day_has_working_days_until_later(pair: list[datetime], count: int) -> None:
    early, late = pair
    assume(all(PLAIN.works(one.astimezone(BERLIN).date()) for one in pair))  # an hour of a change can be a Sunday's
    assert after(early, f"{count} wd", PLAIN) <= after(late, f"{count} wd", PLAIN)


def test_a_working_day_begun_at_a_weekend_ends_at_that_clock_time_on_the_next_working_day() -> None:
    saturday = datetime(2027, 6, 12, 0, 10, tzinfo=BERLIN)
    assert after(saturday, "1 wd", PLAIN) == datetime(2027, 6, 14, 0, 10, tzinfo=BERLIN)
    assert after(saturday, "2 wd", PLAIN) == datetime(2027, 6, 15, 0, 10, tzinfo=BERLIN)


@given(start=starts, count=st.integers(1, 20), unit=st.sampled_from(["min", "h", "d", "wd"]), tenths=st.integers(1, 10))
def test_a_share_lies_within_its_span(start: datetime, count: int, unit: str, tenths: int) -> None:
    span = f"{count} {unit}"
    assert start < part(start, span, Fraction(tenths, 10), PLAIN) <= after(start, span, PLAIN)


@given(start=starts, count=st.integers(1, 10), shares=st.lists(st.integers(0, 30), min_size=2, max_size=2).map(sorted))
def test_a_larger_share_is_not_over_sooner(start: datetime, count: int, shares: list[int]) -> None:
    span = f"{count} wd"
    small, large = (part(start, span, Fraction(share, 10), EASTER) for share in shares)
    assert small <= large
