"""`manage.py test_criterion CODE`: play every journey and vector that names a criterion, at once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.accounts.actors import Careteam
from apps.common.clock import app_now
from apps.common.refusals import Refused
from apps.escalation import operations, trials
from apps.escalation.models import CriterionVersion, Trial


class Command(BaseCommand):
    """Test a wording."""

    help = "Plays every journey and vector that names a criterion with one of its versions, and keeps the results."

    def create_parser(self, *args: Any, **options: Any) -> CommandParser:
        """A parser in which --version means the criterion's."""
        return super().create_parser(*args, conflict_handler="resolve", **options)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which criterion, and which version of it."""
        parser.add_argument("code", help="such as SW-01")
        parser.add_argument("--version", type=int, dest="number", help="the newest that is not retired, unless given")

    def handle(self, *_: Any, **options: Any) -> None:
        """Test, print each result, and fail where one is not as expected."""
        version = _version(options["code"], options["number"])
        trial = self._taken(version)
        trials.run(trial)
        trial.refresh_from_db()
        if trial.state != Trial.State.DONE:
            raise CommandError(f"{version} could not be tested: {trial.error}")
        self._print(version, trial)

    def _taken(self, version: CriterionVersion) -> Trial:
        """A trial that no worker takes before this does."""
        at = app_now()
        try:
            with transaction.atomic():
                taken = trials.take(operations.ask_for_test(criterion_version=version, by=Careteam(at=at), at=at))
                if taken is None:
                    raise CommandError("Another version is being tried out just now: try again when that is done.")
        except Refused as refusal:
            raise CommandError(refusal.detail) from None
        return taken

    def _print(self, version: CriterionVersion, trial: Trial) -> None:
        results = list(trial.results.all())
        for one in results:
            style = self.style.SUCCESS if one.passed else self.style.ERROR
            self.stdout.write(
                style(f"{'as expected' if one.passed else 'DIFFERS':12} {one.journey}  {one.title}".rstrip())
            )
            if not one.passed:
                self.stdout.write(one.difference)
        failed = sum(not one.passed for one in results)
        if failed:
            raise CommandError(f"{version}: {failed} of {len(results)} not as expected.")
        self.stdout.write(f"{version}: {len(results)} journeys and vectors, all as expected.")


def _version(code: str, number: int | None) -> CriterionVersion:
    rows = CriterionVersion.objects.select_related("criterion").filter(criterion__code=code)
    row: CriterionVersion | None = (
        rows.exclude(state=CriterionVersion.State.RETIRED).order_by("-number").first()
        if number is None
        else rows.filter(number=number).first()
    )
    if row is None:
        raise CommandError(f"There is no such version of {code}.")
    return row
