"""`manage.py load_knowledge`: loads the shipped edition."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.actors import Careteam
from apps.common.clock import app_now
from apps.knowledge.loading import BadFixture, Report, load


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
        for sentence in _to_look_at(report):
            self.stdout.write(f"{sentence}: look at it.")


def _to_look_at(report: Report) -> Iterator[str]:
    """What is a hospital's own and now stands beside something that moved."""
    own = report.own
    for code in own.disciplines:
        yield f"The discipline {code} was retired, but this hospital has its own wording for it"
    for name in own.values_of_retired:
        yield f"{name} was retired, but this hospital has its own values for it"
    for name in own.values_of_changed:
        yield f"{name} changed, and this hospital has its own values for it, which still hold"
    for name in own.rows_of_retired:
        yield f"{name} is this hospital's own and belongs to something that was retired"
