"""The throttle: it slows guessing down, and cannot be used to lock somebody else out for long."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.authentication import try_password
from apps.accounts.models import LoginTry
from apps.accounts.throttle import (
    DEVICE_AGE,
    TRIES,
    WINDOW,
    Door,
    TooManyTries,
    device_cookie,
    failed,
    forget_old,
    hold_back,
    known_device,
    succeeded,
)
from apps.common.clock import move_clock
from tests.accounts.house import PASSWORD, House

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.django_db


def fail(door: Door, times: int, at: datetime = START) -> None:
    for _ in range(times):
        failed(door, at)


def is_held_back(door: Door, at: datetime = START) -> bool:
    try:
        hold_back(door, at)
    except TooManyTries:
        return True
    return False


def test_ten_failures_hold_a_person_back_and_nine_do_not() -> None:
    door = Door("theo", "192.0.2.1")
    fail(door, TRIES["person"] - 1)
    assert not is_held_back(door)
    fail(door, 1)
    assert is_held_back(door)


def test_a_lock_ends_by_itself_a_window_after_the_failures_that_made_it() -> None:
    door = Door("theo", "192.0.2.1")
    fail(door, TRIES["person"])
    assert is_held_back(door, START + WINDOW - SECOND)
    assert not is_held_back(door, START + WINDOW)


def test_the_refusal_says_when_to_come_back_and_that_is_true() -> None:
    door = Door("theo", "192.0.2.1")
    fail(door, TRIES["person"])
    at = START + timedelta(minutes=4)
    with pytest.raises(TooManyTries) as refusal:
        hold_back(door, at)
    assert 0 < refusal.value.retry_after <= WINDOW.total_seconds() + 1
    assert not is_held_back(door, at + timedelta(seconds=refusal.value.retry_after))


def test_guessing_from_an_unknown_browser_does_not_lock_the_known_one() -> None:
    for address in range(20):
        fail(Door("theo", f"192.0.2.{address}"), TRIES["person"])
    assert is_held_back(Door("theo", "198.51.100.9"))
    assert not is_held_back(Door("theo", "198.51.100.9", device="his own"))


def test_guessing_in_one_name_does_not_hold_back_another_person() -> None:
    fail(Door("theo", "192.0.2.1"), TRIES["person"])
    assert not is_held_back(Door("cora", "192.0.2.2"))


def test_an_address_that_guesses_in_many_names_is_held_back_in_every_name() -> None:
    for number in range(TRIES["address"]):
        failed(Door(f"name{number}", "192.0.2.1"), START)
    assert is_held_back(Door("theo", "192.0.2.1"))
    assert not is_held_back(Door("theo", "192.0.2.2"))


def test_the_name_counts_however_it_is_written() -> None:
    fail(Door("Theo ", "192.0.2.1"), TRIES["person"])
    assert is_held_back(Door("theo", "192.0.2.2"))


def test_coming_in_forgets_the_person_s_failures_but_not_the_address_s() -> None:
    door = Door("theo", "192.0.2.1")
    fail(door, 5)
    succeeded(door)
    assert LoginTry.objects.count() == 5
    fail(door, TRIES["person"] - 1)
    assert not is_held_back(door)


def test_a_full_bucket_refuses_without_counting_and_without_looking_at_the_password(house: House) -> None:
    door = Door("theo", "192.0.2.1")
    for _ in range(TRIES["person"]):
        assert try_password(door, "wrong") is None
    before = LoginTry.objects.count()
    for _ in range(3):
        with pytest.raises(TooManyTries):
            try_password(door, PASSWORD)
    assert LoginTry.objects.count() == before
    move_clock(by=WINDOW + SECOND)
    assert try_password(door, PASSWORD) == house.therapist


def test_a_name_that_does_not_exist_is_counted_and_refused_like_one_that_does(house: House) -> None:
    door = Door("no.such.person", "192.0.2.1")
    for _ in range(TRIES["person"]):
        assert try_password(door, "wrong") is None
    with pytest.raises(TooManyTries):
        try_password(door, "wrong")


def test_the_table_of_tries_holds_no_names() -> None:
    fail(Door("theo", "192.0.2.1"), 1)
    kept = b"".join(bytes(row.bucket) for row in LoginTry.objects.all())
    assert b"theo" not in kept
    assert b"192.0.2.1" not in kept


def test_tries_are_forgotten_after_a_day() -> None:
    fail(Door("theo", "192.0.2.1"), 1, START)
    fail(Door("theo", "192.0.2.1"), 1, START + timedelta(hours=20))
    assert forget_old(START + timedelta(hours=25)) == 2
    assert LoginTry.objects.count() == 2


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=st.lists(st.integers(0, 900), min_size=1, max_size=40))
def test_however_the_tries_come_nobody_is_held_back_longer_than_a_window(db: None, gaps: list[int]) -> None:
    """Somebody who keeps trying cannot keep the door shut: what is refused is not counted."""
    LoginTry.objects.all().delete()
    door, at = Door("theo", "192.0.2.1"), START
    last_counted = at
    for gap in gaps:
        at += timedelta(seconds=gap)
        if not is_held_back(door, at):
            failed(door, at)
            last_counted = at
    assert not is_held_back(door, last_counted + WINDOW)
    assert LoginTry.objects.filter(at__gt=last_counted - WINDOW).count() <= 2 * TRIES["person"]


def test_a_browser_is_known_for_the_person_who_came_in_and_for_nobody_else() -> None:
    cookie = device_cookie("Theo", "abc")
    assert known_device(cookie, " THEO ") == "abc"
    assert known_device(cookie, "cora") == ""


@pytest.mark.parametrize("forged", [None, "", "abc", "abc:def:ghi", "a" * 5000, "é"])
def test_a_cookie_that_was_not_signed_here_makes_no_browser_known(forged: str | None) -> None:
    assert known_device(forged, "theo") == ""


@given(at=st.integers(0, 200), letter=st.sampled_from("abcXYZ019-_:"))
def test_a_cookie_with_one_letter_changed_is_worth_nothing(at: int, letter: str) -> None:
    cookie = device_cookie("theo", "abc")
    index = at % len(cookie)
    changed = cookie[:index] + letter + cookie[index + 1 :]
    assert known_device(changed, "theo") == ("abc" if changed == cookie else "")


def test_a_device_is_remembered_for_a_year() -> None:
    assert timedelta(days=360) < DEVICE_AGE < timedelta(days=370)
