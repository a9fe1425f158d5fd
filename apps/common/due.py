"""Due queues: the one way in which anything happens later.

The app that owns the rows declares its queue here: which rows are due, how one batch is drained, which Celery task
does it. The dispatcher knows nothing else, so a new kind of due work is one declaration.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction

CHANNEL = "careteam_due"
TAKEN = "careteam_taken"


@dataclass(frozen=True)
class DueQueue:
    """A kind of due work.

    `oldest` returns since when the oldest row that nobody holds is due, None when nothing is.
    `drain` does one batch and returns how many rows it did. `task` is the Celery task that drains until nothing is
    left. A row overdue by `overdue_after` is drained by the dispatcher itself, whatever the broker said.
    """

    name: str
    task: str
    oldest: Callable[[], datetime | None]
    drain: Callable[[], int]
    overdue_after: timedelta = field(default=timedelta(seconds=3))


_queues: dict[str, DueQueue] = {}


def declare(queue: DueQueue) -> DueQueue:
    """Make a queue known to the dispatcher. Raises ValueError when another one has its name."""
    if _queues.get(queue.name, queue) != queue:
        raise ValueError(f"there is a due queue {queue.name!r} already")
    _queues[queue.name] = queue
    return queue


def queues() -> dict[str, DueQueue]:
    """Every declared queue, by name."""
    return dict(_queues)


def wake(name: str) -> None:
    """Tell the dispatchers, once this transaction has committed, that the queue has something due now.

    Sent after the commit and not within: NOTIFY inside takes a lock that serialises every commit. Should it be lost,
    the dispatcher's poll finds the row within two seconds.
    """
    transaction.on_commit(lambda: notify(CHANNEL, name))


def notify(channel: str, payload: str) -> None:
    """Send one NOTIFY now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [channel, payload])


def drain_all(name: str, *, batches: int = 1000) -> int:
    """Drain a queue until nothing is left of it, at most `batches` times; returns how many rows were done."""
    notify(TAKEN, name)
    queue, done = _queues[name], 0
    for _ in range(batches):
        count = queue.drain()
        if not count:
            break
        done += count
    return done
