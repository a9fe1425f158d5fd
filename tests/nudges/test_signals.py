"""What the rooms above are told, in the transaction of what has happened and gone with it when it is rolled back."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction

from apps.common.clock import app_now
from apps.nudges.models import Nudge
from apps.nudges.signals import nudge_acknowledged, nudge_climbed
from tests.cast import Cast
from tests.nudges.house import MINUTE, acknowledge, ask, clock_to, decline, fresh, hand_over, owner, step, upgrade


class Heard(list[tuple[str, str, str]]):
    """What was heard: which signal, whose the nudge was then in the database, and who did it."""

    def acknowledged(self, *, nudge: Nudge, by: Any, at: Any, **_: Any) -> None:
        assert at <= app_now()
        self.append(("acknowledged", owner(nudge), by.username))
        assert fresh(nudge).state == Nudge.State.ACKNOWLEDGED

    def climbed(self, *, nudge: Nudge, at: Any, **_: Any) -> None:
        assert at <= app_now()
        self.append(("climbed", owner(nudge), ""))


@pytest.fixture
def heard() -> Iterator[Heard]:
    found = Heard()
    nudge_acknowledged.connect(found.acknowledged, weak=False)
    nudge_climbed.connect(found.climbed, weak=False)
    yield found
    nudge_acknowledged.disconnect(found.acknowledged)
    nudge_climbed.disconnect(found.climbed)


class GoneWrong(Exception):  # noqa: N818
    """What a room above may raise."""


@pytest.fixture
def refusing() -> Iterator[None]:
    """A room above that refuses everything."""

    def refuse(**_: Any) -> None:
        raise GoneWrong

    nudge_acknowledged.connect(refuse, weak=False)
    nudge_climbed.connect(refuse, weak=False)
    yield
    nudge_acknowledged.disconnect(refuse)
    nudge_climbed.disconnect(refuse)


def test_an_acknowledgement_is_told_once_with_who_has_it(house: Cast, heard: Heard) -> None:
    nudge = ask(house, "rheumatology")
    for _ in range(2):
        acknowledge(house, nudge, "rheumatologist")
    assert heard == [("acknowledged", "rheumatologist", "rheumatologist")]


def test_whoever_accepts_a_hand_over_is_told_of(house: Cast, heard: Heard) -> None:
    nudge = ask(house, "rheumatology")
    hand_over(house, nudge, "rheumatologist", "therapist")
    assert heard == []
    acknowledge(house, nudge, "therapist")
    assert heard == [("acknowledged", "therapist", "therapist")]


def test_whoever_is_asked_first_is_not_told_of_since_the_matter_has_no_nudge_yet(house: Cast, heard: Heard) -> None:
    ask(house, "rheumatology")
    assert heard == []


def test_asking_the_next_one_is_told_whatever_the_reason(house: Cast, heard: Heard) -> None:
    nudge = ask(house, "rheumatology", "slt", within="30 min")
    decline(house, nudge, "rheumatologist")
    assert heard == [("climbed", "covering", "")]
    clock_to(app_now() + 15 * MINUTE)  # half of the time to acknowledge, which is what a later rung has
    step()
    assert heard == [("climbed", "covering", ""), ("climbed", "coordinator", "")]


def test_asking_the_same_person_anew_is_not_told(house: Cast, heard: Heard) -> None:
    nudge = ask(house, "rheumatology", "slt")
    upgrade(nudge)
    assert (fresh(nudge).round, owner(nudge)) == (2, "rheumatologist")
    assert heard == []


def test_a_reminder_is_not_told(house: Cast, heard: Heard) -> None:
    nudge = ask(house, "rheumatology", "slt", within="30 min")
    clock_to(nudge.opened_at + 15 * MINUTE)
    step()
    assert fresh(nudge).reminders_sent == 1
    assert heard == []


def test_what_a_room_above_writes_is_rolled_back_with_the_acknowledgement(house: Cast) -> None:
    nudge = ask(house, "rheumatology")

    def mark(*, nudge: Nudge, **_: Any) -> None:
        Nudge.objects.filter(pk=nudge.pk).update(title="received")

    nudge_acknowledged.connect(mark, weak=False)
    try:
        with suppress(GoneWrong), transaction.atomic():
            acknowledge(house, nudge, "rheumatologist")
            assert fresh(nudge).title == "received"
            raise GoneWrong
    finally:
        nudge_acknowledged.disconnect(mark)
    left = fresh(nudge)
    assert (left.state, left.title) == (Nudge.State.OPEN, "Something to look at")


def test_when_a_room_above_fails_nothing_was_acknowledged(house: Cast, refusing: None) -> None:
    nudge = ask(house, "rheumatology")
    with pytest.raises(GoneWrong):
        acknowledge(house, nudge, "rheumatologist")
    assert (fresh(nudge).state, nudge.responses.count()) == (Nudge.State.OPEN, 0)


def test_when_a_room_above_fails_nobody_else_was_asked(house: Cast, refusing: None) -> None:
    nudge = ask(house, "rheumatology", "slt")
    with pytest.raises(GoneWrong):
        decline(house, nudge, "rheumatologist")
    assert (owner(nudge), nudge.responses.count()) == ("rheumatologist", 0)
