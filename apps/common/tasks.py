"""Celery tasks of the engine: each makes one call."""

from celery import shared_task

from apps.common import due, recurring


@shared_task(queue="housekeeping", name="apps.common.tasks.run_recurring")
def run_recurring() -> None:
    """Run the recurring jobs that are due."""
    due.drain_all(recurring.QUEUE.name)
