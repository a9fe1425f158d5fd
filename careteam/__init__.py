"""The project: settings, addresses, and the Celery application that `celery -A careteam` finds."""

from careteam.celery import app as celery_app

__all__ = ["celery_app"]
