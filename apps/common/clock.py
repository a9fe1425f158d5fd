"""The one clock: the database's, moved by the offset that only the demo and the tests may set.

Edges read it once and pass the time down as `at`; nothing below an edge asks for the time.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import DateTimeField, Func

from apps.common.models import Clock
from apps.common.refusals import Refused


class AppNow(Func):
    """`app_now()` inside a query."""

    function = "app_now"
    arity = 0
    output_field = DateTimeField()


class ClockFixed(Refused):
    """The clock of this installation cannot be moved."""

    type = "clock-fixed"
    title = "The clock cannot be moved here"


def app_now() -> datetime:
    """The time now, as the database and every process of this installation sees it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app_now()")
        now: datetime = cursor.fetchone()[0]
    return now


def move_clock(*, by: timedelta) -> datetime:
    """Move the clock by `by` (backwards when negative) and return the new time.

    Raises ClockFixed unless `CLOCK_MOVABLE` is set, which production never has.
    """
    if not settings.CLOCK_MOVABLE:
        raise ClockFixed("Set CLOCK_MOVABLE=true to move it, in a demo or a test only.")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE common_clock SET ahead = ahead + make_interval(secs => %s)", [by.total_seconds()])
    return app_now()


def clock_is_straight() -> bool:
    """Whether the clock shows the database's own time."""
    return not Clock.objects.exclude(ahead=timedelta(0)).exists()
