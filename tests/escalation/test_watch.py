"""Watches: who is due, that nothing recorded in mid-evaluation is missed, and leases."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from apps.common import due
from apps.common.clock import app_now, move_clock
from apps.escalation import looking, picture, queues, watching
from apps.escalation.evaluator import Judge
from apps.escalation.models import Escalation, Watch
from apps.escalation.watching import Looked
from apps.knowledge.models import Concept
from apps.observations import operations as observations
from tests.cast import Cast
from tests.escalation.house import (
    BERLIN,
    ago,
    at_noon,
    codes,
    complication,
    only,
    opened,
    screen,
    watch,
)
from tests.observations.house import mark_wrong, measured, send
from tests.thread.conftest import work

WATCHES = "escalation.watches"
Held = dict[UUID, int]


def looked_at(cast: Cast, token: UUID, held: Held) -> Looked:
    """The cast's patient as a worker has judged them, before anything is written down."""
    rules, patient = looking.rules(), cast.patient
    seen = picture.read([patient.pk], app_now(), rules.needs([patient.site_id]), rules.knowledge)[patient.pk]
    found = watching._look(seen, held[patient.pk], token, rules)
    assert found is not None
    return found


def test_a_fact_makes_its_patient_due_now_and_nobody_else(house: Cast) -> None:
    due.drain_all(WATCHES)
    complication(house)
    rows = Watch.objects.filter(due_at__lte=app_now())
    assert [row.patient_id for row in rows] == [house.patient.pk]
    assert rows[0].cause == Watch.Cause.FACT
    assert due.drain_all(WATCHES) == 1
    assert due.drain_all(WATCHES) == 0


@pytest.mark.parametrize("kind", ["correction", "error", "resolution", "assessment"])
def test_every_change_of_what_is_known_makes_due(house: Cast, kind: str) -> None:
    fact = screen(house)
    work()
    seq = watch(house).seq
    about = {"patient": str(house.patient.pk), "effective_at": ago()}
    if kind == "correction":
        answer = send(house, f"observations/{fact}/correct/", {"value": 9})
    elif kind == "error":
        answer = mark_wrong(house, "observations", fact)
    elif kind == "resolution":
        answer = send(house, "resolutions/", {**about, "code": "dysphagia"})
    else:
        answer = send(house, "assessments/", {**about, "kind": "slt_assessment"})
    assert answer.status_code in {200, 201}
    row = watch(house)
    assert row.seq > seq
    assert row.due_at <= app_now()


WAYS = pytest.mark.parametrize(
    "write_down",
    [watching._one, lambda looked, token: watching._commit_quiet([looked], token)],
    ids=["alone", "together"],
)


@WAYS
def test_a_fact_that_lands_in_mid_evaluation_leaves_the_patient_due(house: Cast, write_down: Any) -> None:
    screen(house, 1)
    token, held = watching._lease()
    assert list(held) == [house.patient.pk]
    looked = looked_at(house, token, held)
    complication(house, "aspiration_pneumonia")
    write_down(looked, token)
    row = watch(house)
    assert row.due_at <= app_now()
    assert (row.lease_token, row.lease_until, row.evaluated_at) == (None, None, None)
    assert not Escalation.objects.exists()
    assert due.drain_all(WATCHES) == 1
    assert only("SW-00").severity == "emergency"
    assert watch(house).due_at > app_now()


def test_what_was_found_before_a_fact_was_taken_back_in_mid_evaluation_is_not_written_down(house: Cast) -> None:
    fact = complication(house)
    token, held = watching._lease()
    looked = looked_at(house, token, held)
    assert looked.fires
    assert mark_wrong(house, "complications", fact).status_code == 200
    watching._commit(looked, token)
    assert not Escalation.objects.exists()
    work()
    assert not Escalation.objects.exists()


def test_a_patient_who_died_in_mid_evaluation_is_asked_about_no_more(house: Cast) -> None:
    complication(house)
    token, held = watching._lease()
    looked = looked_at(house, token, held)
    assert looked.fires
    assert send(house, f"patients/{house.patient.pk}/record-death/", {}, who="coordinator").status_code == 200
    watching._one(looked, token)
    assert not Escalation.objects.exists()


def test_a_fact_that_was_rolled_back_makes_nobody_due(house: Cast) -> None:
    screen(house, 1)
    work()
    before = Watch.objects.filter(patient=house.patient).values().get()

    at = app_now()

    def record_and_fail() -> None:
        observations.record_condition(
            patient=house.patient, by=house.therapist.actor, at=at, effective_at=at,
            concept=Concept.objects.get(code="dysphagia"),
        )  # fmt: skip
        assert watch(house).seq == before["seq"] + 1
        raise ConnectionError

    with pytest.raises(ConnectionError), transaction.atomic():
        record_and_fail()
    assert Watch.objects.filter(patient=house.patient).values().get() == before
    assert work() == 0
    assert not Escalation.objects.exists()


def test_a_fact_that_is_refused_makes_nobody_due(house: Cast) -> None:
    assert send(house, "observations/", measured(house, "eat10", 41)).status_code == 422
    assert not Watch.objects.filter(patient=house.patient).exists()


def six_after(moment: datetime) -> datetime:
    """The next 06:00 at the site."""
    local = moment.astimezone(BERLIN)
    today = datetime.combine(local.date(), time(6), tzinfo=BERLIN)
    return today if today > local else datetime.combine(local.date() + timedelta(days=1), time(6), tzinfo=BERLIN)


def test_the_next_look_is_at_six_in_the_morning_at_the_site(house: Cast) -> None:
    at_noon()
    screen(house, 1)
    work()
    row = watch(house)
    assert row.evaluated_at is not None
    assert row.due_at == six_after(row.evaluated_at)
    assert row.due_at.astimezone(BERLIN).time() == time(6)
    assert row.cause == Watch.Cause.CLOCK


def test_before_six_it_is_this_morning_and_at_six_the_next(house: Cast) -> None:
    noon = at_noon().astimezone(BERLIN)
    tomorrow = noon.date() + timedelta(days=1)
    early = datetime.combine(tomorrow, time(5), tzinfo=BERLIN)
    move_clock(by=early.astimezone(noon.tzinfo) - app_now())
    screen(house, 1)
    work()
    row = watch(house)
    assert row.due_at == datetime.combine(tomorrow, time(6), tzinfo=BERLIN)
    move_clock(by=row.due_at - app_now())
    assert due.drain_all(WATCHES) == 1
    assert watch(house).due_at == datetime.combine(tomorrow + timedelta(days=1), time(6), tzinfo=BERLIN)


def test_a_fact_dated_ahead_is_looked_at_when_its_time_has_come(house: Cast) -> None:
    now = at_noon()
    ahead = now + timedelta(hours=2)
    complication(house, effective_at=ahead.isoformat())
    work()
    assert codes() == []
    assert watch(house).due_at == ahead
    move_clock(by=timedelta(hours=1))
    assert work() == 0
    move_clock(by=timedelta(hours=1))
    work()
    assert codes() == ["SW-00"]
    assert watch(house).due_at > app_now()


def test_a_fact_dated_beyond_six_in_the_morning_does_not_delay_the_look(house: Cast) -> None:
    now = at_noon()
    complication(house, effective_at=(now + timedelta(hours=23)).isoformat())
    work()
    assert watch(house).due_at == six_after(now)


def test_a_window_that_passes_opens_in_the_morning_without_any_fact(house: Cast) -> None:
    at_noon()
    about = {"patient": str(house.patient.pk), "kind": "slt_assessment", "effective_at": ago(days=28)}
    assert send(house, "assessments/", about).status_code == 201
    screen(house)
    work()
    assert codes() == []
    move_clock(by=timedelta(hours=19))
    work()
    assert codes() == ["SW-01"]


def test_what_is_leased_is_nobody_elses_until_the_lease_has_run_out(house: Cast) -> None:
    complication(house)
    first, held = watching._lease()
    assert len(held) == 1
    assert watching._lease()[1] == {}
    assert due.drain_all(WATCHES) == 0
    assert watching.oldest() is None
    move_clock(by=watching.LEASE + timedelta(seconds=1))
    assert watching.oldest() is not None
    second, again = watching._lease()
    assert again == held
    assert first != second
    watching._one(looked_at(house, first, held), first)  # whoever was too slow writes nothing down
    assert not Escalation.objects.exists()
    watching._one(looked_at(house, second, again), second)
    assert codes() == ["SW-00"]
    assert watch(house).lease_token is None


def test_what_was_recorded_is_looked_at_before_what_the_clock_brings(house: Cast) -> None:
    screen(house, 1, who="stranger", patient=str(house.other_patient.pk))
    work()
    Watch.objects.filter(patient=house.other_patient).update(due_at=app_now() - timedelta(hours=3))
    complication(house)
    _, held = watching._lease()
    assert list(held) == [house.patient.pk, house.other_patient.pk]


def test_every_patient_in_care_is_given_a_watch_and_is_looked_at(house: Cast) -> None:
    Watch.objects.all().delete()
    queues.plant()
    planted = set(Watch.objects.filter(due_at__lte=app_now()).values_list("patient_id", flat=True))
    assert planted == {house.patient.pk, house.other_patient.pk}
    assert queues.plant() == 0


def test_a_patient_not_in_care_is_not_judged(house: Cast) -> None:
    complication(house)
    assert send(house, f"patients/{house.patient.pk}/record-death/", {}, who="coordinator").status_code == 200
    rules = looking.rules()
    seen = picture.read([house.patient.pk], app_now(), rules.needs([house.site.pk]), rules.knowledge)[house.patient.pk]
    assert seen.facts
    assert looking.found_in(seen, Judge(seen), rules) == []
    work()
    assert not Escalation.objects.exists()
    assert watch(house).not_assessable == []


def test_a_batch_of_patients_is_judged_each_by_their_own_facts(house: Cast) -> None:
    complication(house)
    screen(house, 8, who="stranger", patient=str(house.other_patient.pk))
    assert due.drain_all(WATCHES) == 2
    assert [row.criterion.code for row in opened(patient=house.patient)] == ["SW-00"]
    assert [row.criterion.code for row in opened(patient=house.other_patient)] == ["SW-01"]
