"""`manage.py dispatch`: the process that finds what is due."""

import signal
from typing import Any

from django.core.management.base import BaseCommand

from apps.common.dispatcher import Dispatcher


class Command(BaseCommand):
    """Run one dispatcher until it is told to stop."""

    help = "Listens and polls for due work, hints Celery at it, and drains what is overdue by itself."
    requires_migrations_checks = False

    def handle(self, *_: Any, **__: Any) -> None:
        """Run until SIGTERM or SIGINT; both let the poll under way end."""
        stopping: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, _frame: stopping.append(received))
        Dispatcher(stop=lambda: bool(stopping)).run()
