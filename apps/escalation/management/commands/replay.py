"""`manage.py replay FILE…`: play journeys, print what happens, and say where it differs from what they expect."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from apps.escalation.journeys import BadJourney, Journey, Outcome, check, play, read
from apps.escalation.journeys.drafts import drafts_of
from apps.escalation.journeys.reading import hold_unique


class Command(BaseCommand):
    """Play journeys. Nothing of them stays in the database."""

    help = "Plays journeys in a transaction that is rolled back, and prints a timeline and what differs from the expectation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files, and drafts to try."""
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help="files of journeys (YAML)")
        parser.add_argument(
            "--criteria", type=Path, metavar="FILE", help="criteria to try in place of those in the database (YAML)"
        )
        parser.add_argument("--brief", action="store_true", help="no timeline of what goes as expected")

    def handle(self, *_: Any, **options: Any) -> None:
        """Play each; the command fails where one is not met."""
        try:
            journeys = [journey for path in options["files"] for journey in read(path)]
            hold_unique(journeys)
            outcomes = self._play(journeys, options["criteria"], brief=options["brief"])
        except BadJourney as error:
            raise CommandError(str(error)) from None
        failed = [outcome.id for outcome in outcomes if not outcome.passed]
        count = f"{len(outcomes)} journey{'' if len(outcomes) == 1 else 's'}"
        if failed:
            raise CommandError(f"{count}, {len(failed)} not as expected: {', '.join(failed)}")
        self.stdout.write(f"{count}, all as expected.")

    def _play(self, journeys: Sequence[Journey], criteria: Path | None, *, brief: bool) -> list[Outcome]:
        with transaction.atomic():
            versions = drafts_of(criteria) if criteria is not None else []
            outcomes = []
            for journey in journeys:
                check(journey, versions)
            for journey in journeys:
                outcome = play(journey, versions)
                self._print(outcome, brief=brief)
                outcomes.append(outcome)
            transaction.set_rollback(True)
        return outcomes

    def _print(self, outcome: Outcome, *, brief: bool) -> None:
        if not (brief and outcome.passed):
            self.stdout.write(outcome.timeline)
        if outcome.passed:
            self.stdout.write(self.style.SUCCESS(f"{outcome.id}: as expected"))
        else:
            self.stdout.write(self.style.ERROR(f"{outcome.id}: NOT as expected"))
            self.stdout.write(outcome.difference)
        if not (brief and outcome.passed):
            self.stdout.write("")
