"""The due queues of this room: what is to leave, and which ladders are to be climbed."""

from datetime import datetime, timedelta

from apps.common import alarms, due
from apps.nudges import delivering, stepping

EMERGENCIES = due.declare(
    due.DueQueue(
        "nudges.emergencies",
        "apps.nudges.tasks.deliver_emergencies",
        delivering.oldest_emergency,
        delivering.drain_emergencies,
        overdue_after=timedelta(seconds=1),
    )
)
DELIVERIES = due.declare(
    due.DueQueue(
        "nudges.deliveries", "apps.nudges.tasks.deliver", delivering.oldest_delivery, delivering.drain_deliveries
    )
)
STEPS = due.declare(
    due.DueQueue("nudges.steps", "apps.nudges.tasks.climb", stepping.oldest, stepping.drain, timedelta(seconds=2))
)


def channels_that_are_down(_: datetime) -> str:
    """In a sentence, which channel does not work since when."""
    return delivering.trouble()


alarms.declare("channels", channels_that_are_down)
