"""`manage.py load_knowledge`: loads the shipped edition."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.actors import Careteam
from apps.common.clock import app_now
from apps.knowledge.loading import BadFixture, load


class Command(BaseCommand):
    """Load an edition of the knowledge."""

    help = (
        "Loads the shipped knowledge by natural key. Repeatable; a hospital's own rows and wording are never touched."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where from."""
        parser.add_argument("folder", nargs="?", type=Path, default=Path(settings.BASE_DIR) / "fixtures" / "knowledge")

    def handle(self, *_: Any, **options: Any) -> None:
        """Load and report."""
        at = app_now()
        try:
            report = load(folder=options["folder"], by=Careteam(at=at), at=at)
        except BadFixture as problem:
            raise CommandError(f"Nothing was loaded. {problem}") from None
        self.stdout.write(
            f"Knowledge loaded: {len(report.added)} added, {len(report.changed)} changed, "
            f"{len(report.retired)} retired, {report.unchanged} as before."
        )
        for code in report.overridden_but_retired:
            self.stdout.write(
                f"The discipline {code} was retired, but this hospital has its own wording for it: look at it."
            )
