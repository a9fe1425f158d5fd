"""Celery tasks of this room."""

from celery import shared_task

from apps.common import due
from apps.escalation import queues


@shared_task(queue="evaluation", name="apps.escalation.tasks.evaluate")
def evaluate() -> None:
    """Look at the patients who are due."""
    due.drain_all(queues.WATCHES.name)
