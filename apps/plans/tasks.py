"""Celery tasks of this room."""

from celery import shared_task

from apps.common import due
from apps.plans import queues


@shared_task(queue="housekeeping", name="apps.plans.tasks.work_out_dues")
def work_out_dues() -> None:
    """Work out what is due for the patients about whom something has changed."""
    due.drain_all(queues.UPKEEP.name)


@shared_task(queue="steps", name="apps.plans.tasks.ask_for_reviews")
def ask_for_reviews() -> None:
    """Ask for the reviews whose day has come."""
    due.drain_all(queues.REVIEWS.name)
