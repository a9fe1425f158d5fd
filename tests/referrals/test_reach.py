"""Careteam reaches every referral: one that it cannot look after because of a fault holds up no other, and is not forgotten."""

import pytest

from apps.common import alarms, due
from apps.common.clock import app_now
from apps.nudges import operations as nudges
from apps.nudges.models import Policy
from apps.referrals import looks
from apps.referrals.models import Referral
from apps.referrals.moves import State
from tests.cast import Cast
from tests.referrals.house import HOUR, Loop, asked, clock_to, fresh, stuck_with, work
from tests.referrals.walks import MINUTE

URGENT = "dermatology_ulcer"
ROUTINE = "physiotherapy_at_diagnosis"


@pytest.fixture
def two(cast: Cast) -> tuple[Referral, Referral]:
    """Two drafts that somebody is to be asked about by now: an urgent one, and a routine one that it must not hold up."""
    loop = Loop.begin(cast)
    urgent, routine = loop.draft(code=URGENT), loop.draft(code=ROUTINE)
    assert urgent.ask_at is not None
    assert routine.ask_at is not None
    clock_to(max(urgent.ask_at, routine.ask_at) + MINUTE)
    return urgent, routine


@pytest.fixture
def policy(two: tuple[Referral, Referral]) -> Policy:
    """The policy of urgent matters, which somebody has taken away."""
    found = Policy.objects.get(severity="urgent")
    Policy.objects.filter(pk=found.pk).delete()
    return found


def test_a_referral_that_cannot_be_looked_after_holds_up_no_other(
    two: tuple[Referral, Referral], policy: Policy
) -> None:
    urgent, routine = two
    work()
    assert asked(urgent) == ""
    assert asked(routine) == "rheumatologist"
    assert fresh(urgent).last_error == "apps.nudges.models.nudge.Policy.DoesNotExist"
    assert fresh(routine).last_error == ""


def test_its_fault_sounds_the_alarm_until_it_is_looked_after_again(
    two: tuple[Referral, Referral], policy: Policy
) -> None:
    urgent, _ = two
    assert alarms.faults()["referrals"] == ""
    work()
    assert alarms.faults()["referrals"].startswith("1 referrals cannot be looked after")
    assert alarms.faults()["referrals"] in alarms.sounding()
    policy.save(force_insert=True)
    clock_to(app_now() + looks.TRY_AGAIN)
    work()
    assert asked(urgent) == "rheumatologist"
    assert fresh(urgent).last_error == ""
    assert alarms.faults()["referrals"] == ""


def test_it_is_tried_again_every_minute_and_not_all_the_time(two: tuple[Referral, Referral], policy: Policy) -> None:
    urgent, _ = two
    work()
    again = fresh(urgent).look_at
    assert again is not None
    assert looks.TRY_AGAIN - (again - app_now()) < looks.TRY_AGAIN / 2
    assert due.drain_all("referrals.looks") == 0
    clock_to(again)
    assert due.drain_all("referrals.looks") == 1
    assert fresh(urgent).last_error != ""


def test_what_presses_most_is_looked_at_first(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "BATCH", 1)
    loop, looked = Loop.begin(cast), []
    rows = [loop.draft(code=code) for code in (ROUTINE, URGENT, "paediatric_centre_high_risk")]
    Referral.objects.update(look_at=app_now())
    for _ in rows:
        before = _due()
        looks.drain()
        looked += [row.urgency for row in rows if row.pk in before - _due()]
    assert looked == ["stat", "urgent", "routine"]


def _due() -> set[object]:
    return set(Referral.objects.filter(look_at__lte=app_now()).values_list("pk", flat=True))


def test_the_dispatcher_knows_since_when_the_oldest_look_is_due(cast: Cast) -> None:
    row = Loop.begin(cast).draft()
    work()
    assert due.queues()["referrals.looks"].oldest() is None
    waits = fresh(row).look_at
    assert waits is not None
    clock_to(waits + MINUTE)
    assert due.queues()["referrals.looks"].oldest() == waits


def test_every_open_referral_is_looked_at_once_a_day_however_long_it_waits(cast: Cast) -> None:
    row = Loop.begin(cast).sent(code=ROUTINE)
    work()
    for _ in range(3):
        seen = fresh(row).look_at
        assert seen is not None
        assert seen - app_now() <= 24 * HOUR
        clock_to(seen)
        work()
    assert stuck_with(row) == ""


def test_a_question_that_got_lost_is_asked_anew(cast: Cast) -> None:
    row = Loop.begin(cast).sent()
    lost = fresh(row).nudge
    assert lost is not None
    nudges.cancel(nudge=lost, by=cast.by, at=app_now(), words="By mistake.")
    Referral.objects.filter(pk=row.pk).update(look_at=app_now())
    work()
    assert asked(row) == "covering"
    assert fresh(row).nudge != lost


def test_what_has_ended_is_not_looked_at(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.move(loop.sent(), "cancel", "rheumatologist")
    assert fresh(row).state == State.CANCELLED
    clock_to(app_now() + 72 * HOUR)
    assert due.drain_all("referrals.looks") == 0
