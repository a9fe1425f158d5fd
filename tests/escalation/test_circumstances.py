"""What changes beside the facts counts at once: an antibody, a range of the patient's own, the end of a mute."""

from datetime import timedelta
from decimal import Decimal

from apps.common.clock import app_now, move_clock
from apps.escalation.models import Escalation, Watch
from apps.patients import operations as patients
from apps.patients.models import TargetRange
from tests.cast import Cast
from tests.escalation.doors import antibody, finding, value
from tests.escalation.house import close, codes, only
from tests.thread.conftest import work

PART = timedelta(minutes=20)


def own_range(cast: Cast, low: int) -> TargetRange:
    """From now on the team aims at a range of this patient's own."""
    return patients.set_target_range(
        patient=cast.patient,
        by=cast.coordinator.actor,
        at=app_now(),
        instrument="spo2_rest_ra",
        low=Decimal(low),
        reason="COPD",
    )


def test_an_antibody_opens_at_once_what_waited_for_it(house: Cast) -> None:
    finding(house, "new_cough", hours=2)
    work()
    assert "LU-05" not in codes()
    antibody(house)
    assert Watch.objects.filter(patient=house.patient, due_at__lte=app_now(), cause=Watch.Cause.FACT).exists()
    work()
    assert only("LU-05").severity == "emergency"


def test_a_range_of_the_patients_own_counts_from_the_moment_it_is_set_and_ended(house: Cast) -> None:
    value(house, "spo2_rest_ra", 95, hours=1)
    work()
    assert codes() == []
    held = own_range(house, 96)
    work()
    assert codes() == ["LU-01"]
    close(house, only("LU-01"), "A slip: 86 was meant")
    patients.end_target_range(target_range=held, by=house.coordinator.actor, at=app_now())
    work()
    assert codes() == []


def test_a_value_that_was_harmless_at_the_closing_opens_when_circumstances_make_it_count(house: Cast) -> None:
    """By the range of their own 91 was nothing; it was looked at, and another value was closed. Then the range ends."""
    held = own_range(house, 90)
    value(house, "spo2_rest_ra", 89)
    work()
    first = only("LU-01")
    move_clock(by=PART)
    value(house, "spo2_rest_ra", 91)
    work()
    move_clock(by=PART)
    close(house, first, "Better again")
    move_clock(by=PART)
    work()
    assert codes() == []
    patients.end_target_range(target_range=held, by=house.coordinator.actor, at=app_now())
    work()
    again = only("LU-01")
    assert again.pk != first.pk
    assert [one.snapshot["value"] for one in again.evidence.all()] == ["91"]
    assert Escalation.objects.count() == 2


def test_what_was_muted_is_asked_as_soon_as_somebody_ends_the_mute(house: Cast) -> None:
    at = app_now()
    muted = patients.mute(
        patient=house.patient,
        by=house.coordinator.actor,
        at=at,
        topic="SW-02",
        reason="Known",
        ends_at=at + timedelta(days=7),
    )
    finding(house, "choking")
    work()
    assert codes() == []
    patients.end_mute(mute=muted, by=house.coordinator.actor, at=app_now())
    work()
    assert codes() == ["SW-02"]


def test_what_was_muted_is_asked_at_the_very_moment_the_mute_runs_out(house: Cast) -> None:
    at = app_now()
    ends_at = at + timedelta(minutes=30)
    patients.mute(
        patient=house.patient, by=house.coordinator.actor, at=at, topic="SW-02", reason="Known", ends_at=ends_at
    )  # fmt: skip
    finding(house, "choking")
    work()
    assert codes() == []
    assert Watch.objects.get(patient=house.patient).due_at <= ends_at
    move_clock(by=timedelta(minutes=31))
    work()
    assert codes() == ["SW-02"]
