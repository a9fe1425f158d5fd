"""Celery tasks of this room."""

from celery import shared_task

from apps.common import due
from apps.referrals import queues


@shared_task(queue="steps", name="apps.referrals.tasks.look")
def look() -> None:
    """Look at the referrals that are due."""
    due.drain_all(queues.LOOKS.name)
