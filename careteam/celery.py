"""Celery, used for hints only: a task says "look now"; what there is to do stands in PostgreSQL."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careteam.settings")

app = Celery("careteam")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
