"""`manage.py load_demo`: one invented hospital."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.common.clock import app_now
from apps.workspace import demo


class Command(BaseCommand):
    """Load the demo's people, or show their logins."""

    help = "Loads an invented hospital with a few people, once. Only in a demo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("--logins", action="store_true", help="print the logins, a line each, separated by tabs")

    def handle(self, *_: Any, **options: Any) -> None:
        """Load, or print."""
        if not settings.DEMO:
            raise CommandError("The demo's people are for the demo: set DEMO=true in one, and never in production.")
        if options["logins"]:
            for login in demo.LOGINS:
                self.stdout.write("\t".join([login.role, login.username, demo.PASSWORD, login.sees]))
            return
        demo.load(at=app_now())
        codes = demo.signed()
        self.stdout.write(
            f"{len(codes)} criteria are signed and on, for this demo's invented hospital only: {', '.join(codes)}."
        )
