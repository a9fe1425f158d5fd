"""Celery tasks of this room."""

from celery import shared_task

from apps.common import due
from apps.escalation import queues

#: Seconds. A backtest over the history of a large hospital takes its time.
AT_MOST = 6 * 60 * 60


@shared_task(queue="evaluation", name="apps.escalation.tasks.evaluate")
def evaluate() -> None:
    """Look at the patients who are due."""
    due.drain_all(queues.WATCHES.name)


@shared_task(queue="trials", name="apps.escalation.tasks.try_out", soft_time_limit=AT_MOST, time_limit=AT_MOST + 60)
def try_out() -> None:
    """Try out the wordings for which somebody has asked."""
    due.drain_all(queues.TRIALS.name)
