"""`manage.py move_clock`: moves the demo's clock."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.common.clock import ClockFixed, app_now, move_clock


class Command(BaseCommand):
    """Move the clock of a demo or a test."""

    help = "Moves the clock of every process of this installation. Refused unless CLOCK_MOVABLE is set."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How far."""
        parser.add_argument(
            "hours",
            type=float,
            nargs="?",
            default=0.0,
            help="hours forward; negative is back; without it, the time is shown",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Move and print the new time."""
        try:
            now = move_clock(by=timedelta(hours=options["hours"])) if options["hours"] else app_now()
        except ClockFixed as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(now.isoformat())
