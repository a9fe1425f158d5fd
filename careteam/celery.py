"""Celery, used for hints only: a task says "look now"; what there is to do stands in PostgreSQL."""

import os

from celery import Celery
from kombu.transport.redis import Channel

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careteam.settings")

# A worker that loses the broker with a hint in its hands does not put it back: what there is to do stands in PostgreSQL, and
# kombu 5.7 ends the whole worker over it ("'NoneType' object has no attribute 'hostname'").
Channel.do_restore = False

app = Celery("careteam")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
