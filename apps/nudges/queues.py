"""The due queues of this room: what is to leave, and which ladders are to be climbed."""

from datetime import datetime, timedelta

from apps.common import alarms, due
from apps.nudges import delivering, stepping
from apps.nudges.models import Nudge

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


def steps_that_fail(_: datetime) -> str:
    """In a sentence, how many questions cannot go on because of a fault of ours."""
    count = Nudge.objects.unfinished().exclude(step_error="").count()
    return f"{count} nudges cannot go on because of a fault: their errors stand in the log." if count else ""


def nobody_left(_: datetime) -> str:
    """In a sentence, how many questions have nobody left to ask."""
    count = Nudge.objects.filter(state=Nudge.State.EXHAUSTED).count()
    return (
        f"Nobody is left to ask about {count} matters. Coordinators: see Nudges, “Nobody left to ask”." if count else ""
    )


alarms.declare("channels", channels_that_are_down)
alarms.declare("steps", steps_that_fail)
# It is for people to mend, and no fault of the installation.
alarms.declare("exhausted", nobody_left, fault=False)
