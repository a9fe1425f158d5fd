"""The dispatcher: finds what is due, hints Celery at it, and does by itself what nobody has taken in time.

Threads, so that none can hold up another: one listens and polls, one publishes hints (a broker may hang), and one for each
queue drains what is overdue there. PostgreSQL is the only truth: a hint that the broker loses costs time, never work.
"""

import queue
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import structlog
from celery import current_app
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from apps.common import due, recurring
from apps.common.alarms import DISPATCHER
from apps.common.clock import app_now
from apps.common.models import Heartbeat

log = structlog.get_logger(__name__)

POLL = timedelta(seconds=2)
HINT_FORGOTTEN = timedelta(seconds=1)
#: A hint to a broker that does not answer holds up the publishing thread for so long and no longer.
BROKER_SECONDS = 0.3


class Publisher(threading.Thread):
    """Publishes hints, at most one outstanding a queue; a broker that is down or frozen holds up only this thread."""

    def __init__(self, unheard: Callable[[str], None]) -> None:
        super().__init__(name="publisher", daemon=True)
        self._unheard = unheard
        self._asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._outstanding: dict[str, float] = {}
        self._lock = threading.Lock()
        self._silent = False

    def hint(self, name: str) -> None:
        """Ask for a hint, unless one is on its way that no worker has taken yet."""
        with self._lock:
            if time.monotonic() - self._outstanding.get(name, float("-inf")) < HINT_FORGOTTEN.total_seconds():
                return
            self._outstanding[name] = time.monotonic()
        if self._silent:
            # Nobody is there to hear it: the work is not made to wait until that has been found out once more.
            self._unheard(name)
        self._asked.put(name)

    def taken(self, name: str) -> None:
        """A worker has begun on the queue: what becomes due from now on needs a new hint."""
        with self._lock:
            self._outstanding.pop(name, None)

    def run(self) -> None:
        """Publish what was asked for, one after the other."""
        while True:
            name = self._asked.get()
            try:
                current_app.send_task(
                    due.queues()[name].task, queue=celery_queue(name), retry=False, ignore_result=True
                )
                self._silent = False
            except Exception as error:  # noqa: BLE001 - any failure of the broker means the same: the work is drained here
                if not self._silent:
                    log.warning("broker does not take hints", error=type(error).__qualname__, queue=name)
                self._silent = True
                self.taken(name)
                self._unheard(name)


class Drainer(threading.Thread):
    """Drains one overdue queue, so that a broker or a worker that is gone delays work by seconds and not for ever.

    Each queue has a thread of its own: a long one must not stand before an emergency.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name=f"drainer of {name}", daemon=True)
        self.queue = name
        self._overdue = threading.Event()

    def drain(self) -> None:
        """Ask for the queue to be drained."""
        self._overdue.set()

    def run(self) -> None:
        """Drain whenever that was asked for."""
        while True:
            self._overdue.wait()
            self._overdue.clear()
            close_old_connections()
            try:
                count = due.drain_all(self.queue, batches=100)
                log.info("drained what nobody had taken", queue=self.queue, count=count)
            except Exception:
                log.exception("draining failed", queue=self.queue)
                connection.close()


class Drainers:
    """A drainer for each queue, started when it is first needed."""

    def __init__(self) -> None:
        self._threads: dict[str, Drainer] = {}
        self._lock = threading.Lock()

    def drain(self, name: str) -> None:
        """Ask for the queue to be drained."""
        with self._lock:
            if name not in self._threads:
                self._threads[name] = Drainer(name)
                self._threads[name].start()
        self._threads[name].drain()


def celery_queue(name: str) -> str:
    """The Celery queue on which a due queue's task runs, as the task itself names it."""
    task: Any = current_app.tasks[due.queues()[name].task]
    return str(task.queue)


class Dispatcher:
    """One dispatcher. Any number may run, on any number of machines."""

    def __init__(self, *, stop: Callable[[], bool] = lambda: False) -> None:
        self._stop = stop
        self._drainers = Drainers()
        self._publisher = Publisher(self._drainers.drain)
        self._listener: psycopg.Connection[tuple[object, ...]] | None = None

    def run(self) -> None:
        """Listen and poll until told to stop; a lost database connection is made anew, with a poll in full."""
        options = {**current_app.conf.broker_transport_options, "socket_timeout": BROKER_SECONDS}
        current_app.conf.broker_transport_options = options
        self._publisher.start()
        current_app.loader.import_default_modules()
        while not self._stop():
            try:
                self._listen()
                recurring.plant()
                self._work()
            except (psycopg.Error, DatabaseError, InterfaceError) as error:
                log.warning("database is away, trying again", error=type(error).__qualname__)
                self._hang_up()
                time.sleep(0.5)
        self._hang_up()

    def _work(self) -> None:
        while not self._stop():
            close_old_connections()
            self.poll()
            self._wait()

    def poll(self) -> None:
        """Look at every queue once: hint at what is due, drain what is overdue, and show that this process lives."""
        now = app_now()
        Heartbeat.objects.bulk_create(
            [Heartbeat(name=DISPATCHER, at=now)],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["at"],
        )
        for name in due.queues():
            self._look(name)

    def _look(self, name: str) -> None:
        since = due.queues()[name].oldest()
        if since is None:
            return
        self._publisher.hint(name)
        if app_now() - since >= due.queues()[name].overdue_after:
            self._drainers.drain(name)

    def _listen(self) -> None:
        self._hang_up()
        if settings.DATABASE_DIRECT_URL:
            self._listener = psycopg.connect(settings.DATABASE_DIRECT_URL, autocommit=True)
        else:
            parameters = {
                k: v for k, v in connection.get_connection_params().items() if k not in {"context", "cursor_factory"}
            }
            self._listener = psycopg.connect(**{**parameters, "autocommit": True})
        self._listener.execute(f"LISTEN {due.CHANNEL}")
        self._listener.execute(f"LISTEN {due.TAKEN}")

    def _wait(self) -> None:
        """Act on every NOTIFY that comes until the next poll is due."""
        assert self._listener is not None  # noqa: S101 - _listen ran before
        for note in self._listener.notifies(timeout=POLL.total_seconds()):
            self._heard(note.channel, note.payload)

    def _heard(self, channel: str, name: str) -> None:
        if name not in due.queues():
            return
        if channel == due.TAKEN:
            self._publisher.taken(name)
        else:
            self._look(name)

    def _hang_up(self) -> None:
        if self._listener is not None:
            self._listener.close()
        self._listener = None
        connection.close()
