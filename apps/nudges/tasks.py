"""Celery tasks of this room: each drains one queue."""

from celery import shared_task

from apps.common import due
from apps.nudges import queues


@shared_task(queue="emergency", name="apps.nudges.tasks.deliver_emergencies")
def deliver_emergencies() -> None:
    """Send what cannot wait."""
    due.drain_all(queues.EMERGENCIES.name)


@shared_task(queue="deliveries", name="apps.nudges.tasks.deliver")
def deliver() -> None:
    """Send what is in the outbox."""
    due.drain_all(queues.DELIVERIES.name)


@shared_task(queue="steps", name="apps.nudges.tasks.climb")
def climb() -> None:
    """Remind, and ask the next rung."""
    due.drain_all(queues.STEPS.name)
