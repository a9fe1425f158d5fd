"""Watches: who is due, that nothing recorded in mid-evaluation is missed, leases, and criteria that fail."""

from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from django.db import transaction

from apps.common import alarms, due
from apps.common.clock import app_now, move_clock
from apps.escalation import picture, queues, watching
from apps.escalation.models import CriterionVersion, Escalation, Watch
from apps.knowledge.models import Concept
from apps.observations import operations as observations
from tests.cast import Cast
from tests.escalation.house import (
    BERLIN,
    ago,
    at_noon,
    codes,
    complication,
    look_again,
    met,
    only,
    opened,
    screen,
    shipped,
    switch_on,
    watch,
)
from tests.observations.house import mark_wrong, measured, send
from tests.thread.conftest import work

WATCHES = "escalation.watches"


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


def test_a_fact_that_lands_in_mid_evaluation_leaves_the_patient_due(house: Cast) -> None:
    screen(house, 1)
    token, held = watching._lease()
    assert [patient for patient, _ in held] == [house.patient.pk]
    versions = watching.active_versions()
    seen = picture.read([house.patient.pk], app_now(), watching.measures_of(versions))[house.patient.pk]
    complication(house, "aspiration_pneumonia")
    watching._one(seen, held[0][1], token, versions)
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
    versions = watching.active_versions()
    seen = picture.read([house.patient.pk], app_now(), watching.measures_of(versions))[house.patient.pk]
    found = watching.judge(seen, versions)
    assert mark_wrong(house, "complications", fact).status_code == 200
    watching._commit(seen, found, held[0][1], token)
    assert not Escalation.objects.exists()
    work()
    assert not Escalation.objects.exists()


def test_a_patient_who_died_in_mid_evaluation_is_asked_about_no_more(house: Cast) -> None:
    complication(house)
    token, held = watching._lease()
    versions = watching.active_versions()
    seen = picture.read([house.patient.pk], app_now(), watching.measures_of(versions))[house.patient.pk]
    assert send(house, f"patients/{house.patient.pk}/record-death/", {}, who="coordinator").status_code == 200
    watching._one(seen, held[0][1], token, versions)
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
    assert watching._lease()[1] == []
    assert due.drain_all(WATCHES) == 0
    assert watching.oldest() is None
    move_clock(by=watching.LEASE + timedelta(seconds=1))
    assert watching.oldest() is not None
    second, again = watching._lease()
    assert again == held
    assert first != second
    versions = watching.active_versions()
    seen = picture.read([house.patient.pk], app_now(), watching.measures_of(versions))[house.patient.pk]
    watching._one(seen, held[0][1], first, versions)  # whoever was too slow writes nothing down
    assert not Escalation.objects.exists()
    watching._one(seen, held[0][1], second, versions)
    assert codes() == ["SW-00"]
    assert watch(house).lease_token is None


def test_what_was_recorded_is_looked_at_before_what_the_clock_brings(house: Cast) -> None:
    screen(house, 1, who="stranger", patient=str(house.other_patient.pk))
    work()
    Watch.objects.filter(patient=house.other_patient).update(due_at=app_now() - timedelta(hours=3))
    complication(house)
    _, held = watching._lease()
    assert [patient for patient, _ in held] == [house.patient.pk, house.other_patient.pk]


def test_every_patient_in_care_is_given_a_watch_and_is_looked_at(house: Cast) -> None:
    Watch.objects.all().delete()
    queues.plant()
    planted = set(Watch.objects.filter(due_at__lte=app_now()).values_list("patient_id", flat=True))
    assert planted == {house.patient.pk, house.other_patient.pk}
    assert queues.plant() == 0


def test_a_patient_not_in_care_is_not_judged(house: Cast) -> None:
    complication(house)
    assert send(house, f"patients/{house.patient.pk}/record-death/", {}, who="coordinator").status_code == 200
    seen = picture.read([house.patient.pk], app_now(), [])[house.patient.pk]
    assert watching.judge(seen, watching.active_versions()) == []
    work()
    assert not Escalation.objects.exists()
    assert watch(house).not_assessable == []


def test_a_batch_of_patients_is_judged_each_by_their_own_facts(house: Cast) -> None:
    complication(house)
    screen(house, 8, who="stranger", patient=str(house.other_patient.pk))
    assert due.drain_all(WATCHES) == 2
    assert [row.criterion.code for row in opened(patient=house.patient)] == ["SW-00"]
    assert [row.criterion.code for row in opened(patient=house.other_patient)] == ["SW-01"]


#: A criterion that becomes one that fails: nothing that is checked on the way does.
BROKEN = {"code": "MU-90", "group": "muscle", "name": "Will be broken", "when": 'latest(wst3oz) == "fail"'}


def break_it(field: str) -> None:
    """Past every check, compare a word with a number: nobody notices before somebody records the word."""
    CriterionVersion.objects.filter(criterion__code="MU-90").update(**{field: "latest(wst3oz) >= 3.0"})


def fails(cast: Cast) -> str:
    answer = send(cast, "observations/", measured(cast, "wst3oz", "fail", effective_at=ago()))
    assert answer.status_code == 201, answer.content
    found: str = answer.json()["id"]
    return found


def test_a_criterion_that_fails_is_loud_and_silences_no_other(house: Cast, tmp_path: Path) -> None:
    (broken,) = switch_on(house, tmp_path, shipped("SW-00") | BROKEN)
    break_it("when")
    assert alarms.faults()["evaluations"] == ""
    fails(house)
    complication(house)
    work()
    assert codes() == ["SW-00"]
    assert alarms.faults()["evaluations"]
    row = watch(house)
    assert "MU-90" in row.last_error
    assert "MU-90" in {one["criterion"] for one in row.not_assessable}
    assert row.due_at > app_now()
    assert send(house, f"criterion-versions/{broken.pk}/retire/", {}, who="governor").status_code == 200
    look_again(house.patient)
    assert alarms.faults()["evaluations"] == ""


def test_a_criterion_that_fails_ends_nothing_that_it_has_opened(house: Cast, tmp_path: Path) -> None:
    switch_on(house, tmp_path, shipped("SW-00") | BROKEN)
    break_it("when")
    assert met(house, "MU-90").status_code == 201
    fails(house)
    work()
    row = only("MU-90")
    assert (row.state, row.holds_no_longer_since) == ("open", None)


def test_an_escalation_whose_ending_cannot_be_judged_silences_no_other(house: Cast, tmp_path: Path) -> None:
    """The words that end an escalation may fail like those that open it: the other criteria must go on nevertheless."""
    broken = BROKEN | {"when": 'complication("calcinosis_cutis")', "clears": 'latest(wst3oz) == "pass"'}
    switch_on(house, tmp_path, shipped("SW-00") | broken)
    break_it("clears")
    complication(house, "calcinosis_cutis")
    work()
    assert codes() == ["MU-90"]
    fails(house)
    complication(house, "aspiration_pneumonia")
    work()
    assert alarms.faults()["evaluations"]
    assert codes() == ["MU-90", "SW-00"]
