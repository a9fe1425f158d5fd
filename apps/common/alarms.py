"""What everybody must be told while it lasts: silence must never look like "all is well".

The room that knows of a trouble declares here how it is found; health, every admin page and every inbox show it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import DatabaseError

from apps.common import due
from apps.common.clock import app_now
from apps.common.models import Heartbeat

#: Returns a sentence for a person, or an empty string when all is well.
Alarm = Callable[[datetime], str]
DISPATCHER = "dispatcher"
SILENT = timedelta(seconds=15)
BEHIND = timedelta(seconds=30)

_alarms: dict[str, Alarm] = {}
_for_people: set[str] = set()


def declare(name: str, alarm: Alarm, *, fault: bool = True) -> Alarm:
    """Make an alarm known. One that is no `fault` of the installation is shown on pages and leaves it ready.

    Raises ValueError when another one has its name.
    """
    if _alarms.get(name, alarm) != alarm:
        raise ValueError(f"there is an alarm {name!r} already")
    _alarms[name] = alarm
    if not fault:
        _for_people.add(name)
    return alarm


def faults() -> dict[str, str]:
    """What is wrong with the installation, by alarm; an empty string where nothing is."""
    now = app_now()
    return {name: alarm(now) for name, alarm in _alarms.items() if name not in _for_people}


def sounding() -> list[str]:
    """The sentences of every alarm that has found something, for a page."""
    try:
        now = app_now()
        return [sentence for alarm in _alarms.values() if (sentence := alarm(now))]
    except DatabaseError:
        return ["The database does not answer."]


def engine(now: datetime) -> str:
    """A dispatcher is alive and nothing that is due has been waiting for long."""
    beat = Heartbeat.objects.filter(name=DISPATCHER).first()
    if beat is None:
        return "No dispatcher has ever run: nobody is being nudged."
    if now - beat.at > SILENT:
        return f"No dispatcher since {_when(beat.at)}: nobody is being nudged."
    for queue in due.queues().values():
        since = queue.oldest()
        if since is not None and now - since > BEHIND:
            return f"Nudges are late: the queue {queue.name} is behind since {_when(since)}."
    return ""


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


declare("dispatcher", engine)
