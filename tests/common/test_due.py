"""Due work is done, by whomever, once; and without a broker."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from apps.audit.models import Seal
from apps.common import due, recurring
from apps.common.clock import ClockFixed, app_now, move_clock
from apps.common.models import Heartbeat, RecurringJob
from tests.cast import Cast


@pytest.fixture
def job(transactional_db: None) -> Iterator[list[str]]:
    """A recurring job of this test, and the list of its runs."""
    runs: list[str] = []

    def run() -> None:
        runs.append(threading.current_thread().name)
        time.sleep(0.05)

    recurring.declare(recurring.Job("test.job", timedelta(minutes=5), run))
    recurring.plant()
    yield runs
    recurring._jobs.pop("test.job", None)


def row() -> RecurringJob:
    return RecurringJob.objects.get(name="test.job")


def drain_everything() -> None:
    while recurring.drain():
        continue


def test_a_due_job_runs_once_and_is_due_again_after_its_time(job: list[str]) -> None:
    drain_everything()
    assert len(job) == 1
    assert row().due_at - app_now() > timedelta(minutes=4)
    drain_everything()
    assert len(job) == 1
    move_clock(by=timedelta(minutes=5))
    drain_everything()
    assert len(job) == 2


def test_two_at_once_run_a_job_once(job: list[str]) -> None:
    def work() -> None:
        try:
            drain_everything()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(job) == 1


def test_a_job_that_died_on_the_way_is_taken_again_when_its_lease_has_run_out(job: list[str]) -> None:
    held = recurring._lease()
    assert held is not None
    while held.name != "test.job":
        held = recurring._lease()
        assert held is not None
    drain_everything()
    assert job == []
    move_clock(by=recurring.LEASE)
    drain_everything()
    assert len(job) == 1


def test_a_job_that_fails_is_tried_again_within_a_minute_and_its_error_is_kept(job: list[str]) -> None:
    def fail() -> None:
        raise ZeroDivisionError("a message that may quote a row")

    recurring._jobs["test.job"] = recurring.Job("test.job", timedelta(hours=1), fail)
    drain_everything()
    assert row().last_error == "builtins.ZeroDivisionError"
    assert row().due_at - app_now() <= recurring.TRY_AGAIN
    assert row().lease_token is None
    del job


def test_waking_is_heard_after_the_commit_and_never_after_a_rollback(transactional_db: None) -> None:
    parameters = {k: v for k, v in connection.get_connection_params().items() if k not in {"context", "cursor_factory"}}
    with psycopg.connect(**{**parameters, "autocommit": True}) as listener:
        listener.execute(f"LISTEN {due.CHANNEL}")
        with transaction.atomic():
            due.wake("recurring")
            assert list(listener.notifies(timeout=0.2)) == []
        assert [note.payload for note in listener.notifies(timeout=2, stop_after=1)] == ["recurring"]
        with suppress(ZeroDivisionError), transaction.atomic():
            due.wake("recurring")
            raise ZeroDivisionError
        assert list(listener.notifies(timeout=0.3)) == []


def test_two_queues_of_one_name_are_refused() -> None:
    other = due.DueQueue("recurring", "another.task", recurring.oldest, recurring.drain)
    with pytest.raises(ValueError, match="due queue"):
        due.declare(other)


def test_the_clock_moves_for_everybody_and_only_where_it_may(db: None) -> None:
    before = app_now()
    move_clock(by=timedelta(days=3))
    assert timedelta(days=3) <= app_now() - before < timedelta(days=3, minutes=1)


def test_the_clock_of_production_cannot_be_moved(db: None, settings: object) -> None:
    settings.CLOCK_MOVABLE = False  # type: ignore[attr-defined]
    with pytest.raises(ClockFixed):
        move_clock(by=timedelta(seconds=1))


NO_BROKER = "redis://127.0.0.1:9/0"


def started(*command: str, broker: str) -> "subprocess.Popen[bytes]":
    """A process of its own, on the test's database."""
    found = connection.settings_dict
    host = found["OPTIONS"].get("host") or found["HOST"]
    port = f"&port={found['PORT']}" if found["PORT"] else ""
    url = f"postgres://{found['USER']}:{found['PASSWORD']}@/{found['NAME']}?host={host}{port}"
    environment = {**os.environ, "DATABASE_URL": url, "REDIS_URL": broker, "LOG_FORMAT": "json"}
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for(there: object, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not there():  # type: ignore[operator]
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.1)


@pytest.mark.xdist_group("real")
def test_a_dispatcher_without_a_broker_does_the_work_itself_and_after_a_lost_connection_goes_on(
    real_cast: Cast,
) -> None:
    process = started("manage.py", "dispatch", broker=NO_BROKER)
    try:
        # Seals wait for every older transaction of the server, a long test beside this one included.
        wait_for(lambda: Seal.objects.exists(), 120)
        assert Heartbeat.objects.filter(name="dispatcher").exists()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        sealed = Seal.objects.count()
        real_cast.patient_of("After")
        RecurringJob.objects.filter(name="audit.seal").update(due_at=app_now())
        wait_for(lambda: Seal.objects.count() > sealed)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()


WORKER = (
    "-m",
    "celery",
    "-A",
    "careteam",
    "worker",
    "--queues",
    "housekeeping",
    "--concurrency",
    "1",
    "--loglevel",
    "WARNING",
)


@pytest.mark.xdist_group("real")
def test_a_worker_that_was_hinted_at_due_work_does_it_before_the_dispatcher_has_to(real_cast: Cast) -> None:
    broker = os.environ["REDIS_URL"]
    processes = [started(*WORKER, broker=broker), started("manage.py", "dispatch", broker=broker)]
    try:
        wait_for(lambda: Seal.objects.exists())
        time.sleep(4)
        for _ in range(3):
            due_at = app_now()
            RecurringJob.objects.filter(name="audit.seal").update(due_at=due_at)
            due.notify(due.CHANNEL, "recurring")
            wait_for(lambda due_at=due_at: RecurringJob.objects.get(name="audit.seal").due_at > due_at)
            started_at = RecurringJob.objects.get(name="audit.seal").last_started_at
            assert started_at is not None
            # The dispatcher itself steps in after three seconds and not before.
            assert started_at - due_at < recurring.QUEUE.overdue_after
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)
    assert real_cast.site.active
