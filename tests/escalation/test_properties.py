"""Whatever is recorded about whomever: looking twice, in another order, in batches or one by one, after a crash or not, comes out
the same; and nothing that is recorded is lost, or makes an emergency go away in silence.

`PROPERTY_ROUNDS=20` runs twenty times as many examples.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.actors import Careteam
from apps.common.clock import app_now, move_clock
from apps.escalation import looking, operations, picture, watching
from apps.escalation.evaluator import Judge
from apps.escalation.models import Escalation
from tests.cast import Cast
from tests.escalation.house import at_noon
from tests.escalation.worlds import FURTHEST, Told, World, examples, facts, undone


@pytest.fixture
def world(cast: Cast, tmp_path: Path) -> World:
    """Four patients at noon, so that no window ends at midnight meanwhile."""
    at_noon()
    return World.make(cast, tmp_path, patients=4)


def outcome(world: World, told: list[Told]) -> dict[Any, Any]:
    """What comes of these facts, in a world in which nothing else happens."""
    with undone():
        world.record(told)
        world.drain()
        return world.found()


def make_due(world: World) -> None:
    """Let everybody be looked at, although nothing was recorded."""
    for patient in world.patients:
        operations.make_due(patient_id=patient.pk, by=Careteam(at=world.at), at=world.at)


@examples(15)
@given(data=st.data())
def test_looking_again_changes_nothing(world: World, data: st.DataObject) -> None:
    now, told = world.now(), data.draw(facts(patients=2))
    with undone():
        now.record(told)
        now.drain()
        first = now.found()
        make_due(now)
        assert now.drain() == len(now.patients)
        assert now.found() == first


@examples(15)
@given(data=st.data())
def test_the_order_in_which_facts_come_in_makes_no_difference(world: World, data: st.DataObject) -> None:
    now, told = world.now(), data.draw(facts())
    assert outcome(now, data.draw(st.permutations(told))) == outcome(now, told)


@examples(15)
@given(data=st.data())
def test_patients_in_a_batch_come_out_as_one_by_one(
    world: World, data: st.DataObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, told = world.now(), data.draw(facts(patients=4, most=14))
    together = outcome(now, told)
    with monkeypatch.context() as patch:
        patch.setattr(watching, "BATCH", 1)
        assert outcome(now, told) == together


class Killed(BaseException):
    """The process ends here: nothing catches it."""


@examples(15)
@given(data=st.data())
def test_an_evaluator_that_dies_before_its_commit_leaves_nothing_half_done(
    world: World, data: st.DataObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies with its writes made and not committed; when its lease has run out somebody else does the work."""
    now, told = world.now(), data.draw(facts(patients=4, most=14))
    expected, doomed = outcome(now, told), data.draw(st.integers(0, 3))
    with undone():
        now.record(told)
        before = now.found()
        with monkeypatch.context() as patch:
            patch.setattr(operations, "apply", dying(doomed))
            died = _drain(now)
        if doomed == 0 and died:
            assert now.found() == before
        move_clock(by=2 * watching.LEASE)
        now.drain()
        assert now.found() == expected


def dying(after: int) -> Any:
    """Writes down what was found, as ever, and then dies: at this patient, counted from 0."""
    apply = operations.apply
    seen: list[Any] = []

    def write_and_die(**arguments: Any) -> Any:
        found = apply(**arguments)
        seen.append(arguments["patient"])
        if len(seen) > after:
            raise Killed
        return found

    return write_and_die


def _drain(world: World) -> bool:
    """Drain; returns whether the evaluator died of it."""
    try:
        world.drain()
    except Killed:
        return True
    return False


@examples(25)
@given(data=st.data())
def test_a_fact_that_lands_in_mid_evaluation_is_never_lost(
    world: World, data: st.DataObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is recorded between what was read and what is written down: what was judged without it is not written down."""
    now, told = world.now(), data.draw(facts(patients=2, most=12, least=6))
    late = data.draw(st.sampled_from(told))
    expected = outcome(now, told)
    with undone():
        now.record([one for one in told if one is not late])
        make_due(now)
        with monkeypatch.context() as patch:
            patch.setattr(looking, "found_in", landing(lambda: now.record([late])))
            now.drain()
        assert now.found() == expected


def landing(record: Any) -> Any:
    """Judges as ever, and lets something be recorded right after the first patient was judged."""
    judge = looking.found_in
    landed: list[bool] = []

    def judge_and_record(*arguments: Any) -> Any:
        found = judge(*arguments)
        if not landed:
            landed.append(True)
            record()
        return found

    return judge_and_record


@examples(15)
@given(data=st.data())
def test_an_older_fact_never_makes_an_open_emergency_go_away_in_silence(world: World, data: st.DataObject) -> None:
    """Recorded later, true earlier than all that is known: it may change what holds, and that is said; nothing ends by it."""
    now = world.now()
    told = data.draw(facts(most=10))
    older = [replace(one, hours=one.hours + FURTHEST + 1) for one in data.draw(facts(most=4))]
    with undone():
        now.record(told)
        now.drain()
        emergencies = Escalation.objects.filter(patient=now.patients[0], severity="emergency", state="open")
        before = list(emergencies.values_list("pk", flat=True))
        now.record(older)
        now.drain()
        assert set(before) <= set(emergencies.values_list("pk", flat=True))
        for row in emergencies.select_related("criterion", "nudge"):
            assert row.nudge is not None
            assert row.nudge.unfinished
            assert (fires(now, row.criterion.code) is not True) == (row.holds_no_longer_since is not None)


def fires(world: World, code: str) -> bool | None:
    """How a criterion stands for the first patient."""
    patient, at = world.patients[0], app_now()
    rules = looking.rules()
    seen = picture.read([patient.pk], at, rules.needs([patient.site_id]), rules.knowledge)[patient.pk]
    return next(Judge(seen).judge(ruling).fires for _, ruling in rules.at(patient.site_id) if ruling.code == code)


@examples(40)
@given(data=st.data())
def test_the_picture_that_is_read_and_the_history_as_it_is_now_are_judged_alike(
    world: World, data: st.DataObject
) -> None:
    """The picture has only what criteria can ask for; the history has everything, also what was wrong."""
    now, told = world.now(), data.draw(facts(most=14))
    rules, patient = looking.rules(), now.patients[0]
    with undone():
        now.record(told)
        needs = rules.needs([patient.site_id])
        read = picture.read([patient.pk], now.at, needs, rules.knowledge)[patient.pk]
        known = picture.history([patient.pk], now.at, needs, rules.knowledge)[patient.pk].as_of(now.at)
        for _, ruling in rules.at(patient.site_id):
            assert Judge(read).judge(ruling) == Judge(known).judge(ruling)
