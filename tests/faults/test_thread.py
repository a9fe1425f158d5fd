"""What must hold of the thread whatever fails, with real processes that are really killed, stopped and frozen.

`bin/test` runs each fault once; `bin/test-faults` several times (FAULT_ROUNDS).
"""

import os
import random
import time
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from tests.faults.stage import Caller, Stage, Taken, at_once

pytestmark = pytest.mark.real
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
#: What nudges.md promises: a lease of 30 seconds and 5 more, and 10 seconds for an emergency.
LEASE, EMERGENCY, RESUME = 35.0, 10.0, 30.0
#: How much longer a request may take without a broker; beside a whole test run the machine itself holds up more than that.
HELD_UP = 0.5 if ROUNDS > 1 else 5.0

each = pytest.mark.parametrize("number", range(ROUNDS))


def now() -> str:
    return datetime.now(UTC).isoformat()


def screen(patient: str, value: int = 8) -> dict[str, Any]:
    return {"patient": patient, "instrument": "eat10", "value": value, "effective_at": now()}


def pneumonia(patient: str) -> dict[str, Any]:
    return {"patient": patient, "code": "aspiration_pneumonia", "effective_at": now()}


def emergency(stage: Stage, patient: str) -> list[Taken]:
    return stage.asked(patient, "SW-00", "Emergency")


def record_emergency(stage: Stage, caller: Caller, patient: str) -> float:
    answer = caller.post("complications/", pneumonia(patient))
    assert answer.status == 201, answer
    begun = time.monotonic()
    stage.wait(lambda: emergency(stage, patient), EMERGENCY, "the emergency's mail")
    return time.monotonic() - begun


def test_within_a_second_the_right_person_has_it_in_inbox_and_mailbox(stage: Stage) -> None:
    patient, ayla = stage.patient(), stage.caller("ayla.demir")
    assert ayla.post("observations/", screen(patient)).status == 201
    (mail,) = stage.wait(lambda: stage.asked(patient, "SW-01", "Urgent"), 5, "the mail")
    assert "ayla.demir" in str(mail.mail["To"])
    assert patient in {row["patient"] for row in ayla.get("inbox/").body["results"]}


def test_fifty_copies_of_one_request_at_once_are_one_fact_and_one_nudge(stage: Stage) -> None:
    patient, body = stage.patient(), None
    callers = [stage.caller("ayla.demir") for _ in range(5)]
    body = screen(patient)
    answers = at_once(
        50, lambda number: callers[number % 5].post("observations/", body, Idempotency_Key=f"fifty-{patient}")
    )
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["id"] for answer in answers}) == 1
    stage.wait(lambda: stage.asked(patient, "SW-01", "Urgent"), 10, "the mail")
    time.sleep(1)
    assert stage.sql("SELECT count(*) FROM observations_observation WHERE patient_id = %s", patient) == [(1,)]
    assert stage.sql("SELECT count(*) FROM nudges_nudge WHERE patient_id = %s", patient) == [(1,)]
    assert len(stage.asked(patient, "SW-01", "Urgent")) == 1


def test_a_refused_request_wakes_nobody(stage: Stage) -> None:
    patient, ayla = stage.patient(), stage.caller("ayla.demir")
    time.sleep(1)
    before = stage.sql("SELECT seq FROM escalation_watch WHERE patient_id = %s", patient)
    with psycopg.connect(stage.found["DATABASE_OWNER_URL"], autocommit=True) as listener:
        listener.execute("LISTEN careteam_due")
        assert ayla.post("observations/", screen(patient, 41)).status == 422
        heard = [note.payload for note in listener.notifies(timeout=1.5)]
    assert "escalation.watches" not in heard
    assert stage.sql("SELECT seq FROM escalation_watch WHERE patient_id = %s", patient) == before


@each
def test_facts_that_land_while_their_patient_is_looked_at_are_seen_at_once(stage: Stage, number: int) -> None:
    del number
    jonas = stage.caller("jonas.weiss")
    patients = [stage.patient() for _ in range(8)]
    for patient in patients:
        assert jonas.post("observations/", screen(patient, 1)).status == 201
        # Somewhere between the first fact's lease and its commit, or not: it must make no difference.
        time.sleep(random.uniform(0, 0.06))
        assert jonas.post("complications/", pneumonia(patient)).status == 201
    for patient in patients:
        stage.wait(lambda pk=patient: emergency(stage, pk), EMERGENCY, "the emergency's mail")  # type: ignore[misc]


@each
@pytest.mark.parametrize("fault", ["stopped", "frozen", "flushed"])
def test_without_a_broker_requests_succeed_and_an_emergency_leaves_in_time(
    stage: Stage, fault: str, number: int
) -> None:
    del number
    jonas = stage.caller("jonas.weiss")
    usual = sorted(jonas.post("complications/", pneumonia(stage.patient())).seconds for _ in range(3))[1]
    patients = [stage.patient() for _ in range(3)]
    if fault == "stopped":
        stage.stop_valkey()
    try:
        if fault == "frozen":
            with stage.frozen_valkey():
                slowest = _record_all(stage, jonas, patients)
        else:
            if fault == "flushed":
                stage.flush_valkey()
            slowest = _record_all(stage, jonas, patients, flush=fault == "flushed")
    finally:
        if fault == "stopped":
            stage.start_valkey()
    assert slowest - usual <= HELD_UP
    assert record_emergency(stage, jonas, stage.patient()) <= EMERGENCY


def _record_all(stage: Stage, caller: Caller, patients: list[str], *, flush: bool = False) -> float:
    slowest = 0.0
    for patient in patients:
        answer = caller.post("complications/", pneumonia(patient))
        assert answer.status == 201
        slowest = max(slowest, answer.seconds)
        if flush:
            stage.flush_valkey()
        stage.wait(lambda pk=patient: emergency(stage, pk), EMERGENCY, "the emergency's mail")  # type: ignore[misc]
        assert len(emergency(stage, patient)) == 1
    return slowest


@each
def test_killed_between_send_and_commit_it_is_sent_once_more_and_no_more(stage: Stage, number: int) -> None:
    del number
    patient, ayla = stage.patient(), stage.caller("ayla.demir")
    victims = ("worker1", "worker2", "dispatcher1", "dispatcher2")

    def kill_the_senders(mail: Any) -> None:
        if "Urgent" in str(mail["Subject"]):
            stage.mails.before_reply = None
            stage.kill(*victims)

    stage.mails.before_reply = kill_the_senders
    assert ayla.post("observations/", screen(patient)).status == 201
    stage.wait(lambda: stage.mails.before_reply is None, 10, "the kill")
    killed = time.monotonic()
    stage.start(*victims)
    twice = stage.wait(
        lambda: (found := stage.asked(patient, "SW-01", "Urgent"))[1:] and found, LEASE + 20, "the second mail"
    )
    assert twice[1].at - killed <= LEASE + 10  # starting the processes anew takes its part
    assert twice[0].key == twice[1].key
    time.sleep(3)
    assert len(stage.asked(patient, "SW-01", "Urgent")) == 2
    state = (
        "SELECT d.state FROM nudges_delivery d JOIN nudges_nudge n ON n.id = d.nudge_id"
        " WHERE n.patient_id = %s AND d.channel = 'email' AND d.kind = 'ask'"
    )
    assert stage.sql(state, patient) == [("sent",)]


@each
def test_after_a_restart_of_postgresql_work_goes_on_and_nothing_is_half_written(stage: Stage, number: int) -> None:
    del number
    jonas = stage.caller("jonas.weiss")
    patients = [stage.patient() for _ in range(6)]
    answers: list[int] = []
    for place, patient in enumerate(patients):
        if place == 2:
            stage.restart_postgres()
        answers.append(jonas.post("complications/", pneumonia(patient)).status)
    assert record_emergency(stage, stage.caller("jonas.weiss"), stage.patient()) <= EMERGENCY
    assert set(answers) <= {201, 500, 503}
    recorded = [patient for patient, status in zip(patients, answers, strict=True) if status == 201]
    for patient in recorded:
        stage.wait(lambda pk=patient: emergency(stage, pk), RESUME, "what the crash interrupted")  # type: ignore[misc]
    refused = [patient for patient, status in zip(patients, answers, strict=True) if status != 201]
    for patient in refused:
        found = stage.sql("SELECT count(*) FROM observations_condition WHERE patient_id = %s", patient)
        audited = stage.sql(
            "SELECT count(*) FROM audit_auditevent WHERE patient_id = %s AND verb = 'observations.record_complication'",
            patient,
        )
        assert found == audited


@each
def test_killed_at_any_moment_nothing_is_lost_and_little_is_sent_twice(stage: Stage, number: int) -> None:
    del number
    jonas, kills = stage.caller("jonas.weiss"), 0
    patients = [stage.patient() for _ in range(10)]
    for patient in patients:
        assert jonas.post("complications/", pneumonia(patient)).status == 201
        victim = random.choice(["worker1", "worker2", "dispatcher1", "dispatcher2"])
        time.sleep(random.uniform(0, 0.15))
        stage.kill(victim)
        stage.start(victim)
        kills += 1
    for patient in patients:
        stage.wait(lambda pk=patient: emergency(stage, pk), LEASE + 20, "the emergency's mail")  # type: ignore[misc]
    time.sleep(1)
    assert sum(len(emergency(stage, patient)) - 1 for patient in patients) <= kills
