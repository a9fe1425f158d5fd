"""The due queue, the recurring work and the alarm of this room."""

from datetime import datetime, timedelta

from apps.accounts.actors import Careteam
from apps.common import alarms, due, recurring
from apps.common.clock import app_now
from apps.escalation import operations, trials, watching
from apps.escalation.models import Criterion, CriterionVersion, Watch
from apps.escalation.operations.trying import QUEUE as TRYING
from apps.escalation.operations.watching import QUEUE

#: Watched as closely as an emergency, since it may turn out to be one.
WATCHES = due.declare(
    due.DueQueue(QUEUE, "apps.escalation.tasks.evaluate", watching.oldest, watching.drain, timedelta(seconds=1))
)
#: The dispatcher does one by itself only when no worker has come for it: it is long, and nobody is waiting to be asked.
TRIALS = due.declare(
    due.DueQueue(TRYING, "apps.escalation.tasks.try_out", trials.oldest, trials.drain, timedelta(seconds=20))
)


def plant() -> int:
    """Give a watch to patients who have none."""
    at = app_now()
    return operations.plant_watches(by=Careteam(at=at), at=at)


PLANT = recurring.declare(recurring.Job("escalation.plant_watches", timedelta(minutes=5), plant))


def criteria_are_on(_: datetime) -> str:
    """An installation without an active swallowing and lung criterion would silently nudge nobody."""
    groups = set(
        CriterionVersion.objects.filter(state=CriterionVersion.State.ACTIVE).values_list("criterion__group", flat=True)
    )
    needed = [Criterion.Group.SWALLOWING, Criterion.Group.LUNG]
    off = [group.label.lower() for group in needed if group.value not in groups]
    if not off:
        return ""
    return (
        f"No {' and no '.join(off)} criterion is switched on: nobody would be nudged. Clinical governance signs them."
    )


def evaluations_that_fail(_: datetime) -> str:
    """In a sentence, for how many patients a criterion cannot be judged because of a fault."""
    count = Watch.objects.exclude(last_error="").count()
    return (
        f"Criteria cannot be judged for {count} patients because of a fault: the errors stand in the log."
        if count
        else ""
    )


alarms.declare("criteria", criteria_are_on)
alarms.declare("evaluations", evaluations_that_fail)
