"""A backtest of the criteria that are switched on finds what the installation itself did at the time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.escalation import looking, picture
from apps.escalation.backtest.court import Court
from apps.escalation.evaluator import Judge
from apps.escalation.language import BY_PERSON
from apps.escalation.models import Escalation, Watch
from tests.cast import Cast
from tests.escalation.house import at_noon
from tests.escalation.worlds import HOUR, Told, World, examples, facts, undone

PERIOD = timedelta(days=14)


@pytest.fixture
def world(cast: Cast, tmp_path: Path) -> World:
    """One patient at noon."""
    at_noon()
    return World.make(cast, tmp_path)


@examples(6)
@given(data=st.data())
def test_what_a_backtest_finds_is_what_happened(world: World, data: st.DataObject, cast: Cast) -> None:
    now = world.now()
    told = [one for one in data.draw(facts(most=12)) if one.hours * HOUR < PERIOD]
    lags = [data.draw(st.sampled_from([0, 0, 0, 5, 60])) for _ in told]
    with undone():
        Watch.objects.all().delete()
        live(now, told, lags, cast)
        happened = sorted(_happened(row) for row in Escalation.objects.select_related("criterion"))
        assert sorted(looked_back(now)) == happened


def live(world: World, told: list[Told], lags: list[int], cast: Cast) -> None:
    """Everything in its time: facts are recorded, some of them late, and meet their fate 30 hours later; somebody looks after
    each and whenever the look before said; people close what does not hold any more.
    """
    rows: dict[int, Any] = {}
    events = []
    for number, (one, lag) in enumerate(zip(told, lags, strict=True)):
        at = world.when(one) + lag * HOUR
        events.append((at, number, "record"))
        if one.fate != "":
            events.append((at + 30 * HOUR, number, "meet"))
    due = world.at - PERIOD
    for at, number, what in sorted(event for event in events if event[0] <= world.at):
        due = looks(world, due, at, cast)
        if what == "record":
            rows[number] = world.record_one(told[number], at)
        else:
            world.meet(told[number], rows[number], at)
        due = look(world, at, cast)
    looks(world, due, world.at, cast)


def looks(world: World, due: datetime, until: datetime, cast: Cast) -> datetime:
    """Look whenever it is time, until a moment."""
    while due < until:
        due = look(world, due, cast)
    return due


def look(world: World, at: datetime, cast: Cast) -> datetime:
    """Look once; then a person closes what only a person ends and what does not hold."""
    patient = world.patients[0]
    due = looking.look_at(patient=patient, at=at)
    rules = looking.rules()
    judge = Judge(picture.read([patient.pk], at, rules.needs([patient.site_id]), rules.knowledge)[patient.pk])
    for version, ruling in rules.at(patient.site_id):
        if ruling.clears == BY_PERSON and not judge.judge(ruling).fires:
            Escalation.objects.filter(criterion_version=version, state="open").update(
                state="closed", ended_at=at, ended_by=cast.rheumatologist.who, end_reason="holds no more"
            )
    return due


def _happened(row: Escalation) -> tuple[Any, ...]:
    return row.criterion.code, row.opened_at, row.severity, row.state, row.ended_at or row.opened_at


def looked_back(world: World) -> Iterator[tuple[Any, ...]]:
    """What the backtests of all criteria find.

    Each is given what any criterion asks for: by itself it has no reason to look when a fact comes in that is none of its own,
    and finds what time has changed at 06:00.
    """
    since, patient = world.at - PERIOD - HOUR, world.patients[0]
    needs = looking.rules().needs([patient.site_id])
    for version in looking.active_versions():
        court = Court(version)
        court._needs = needs
        for gone, _ in court.batch([patient.pk], since, world.at):
            for one in gone.opened:
                yield (
                    version.criterion.code,
                    one.opened_at,
                    one.severity,
                    one.end or "open",
                    one.ended_at or one.opened_at,
                )
