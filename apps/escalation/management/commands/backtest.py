"""`manage.py backtest SW-01`: what a version of a criterion would have done over recorded history."""

from argparse import ArgumentParser
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Site
from apps.common.clock import app_now
from apps.common.refusals import Refused
from apps.escalation.backtest import run
from apps.escalation.backtest.telling import lines
from apps.escalation.models import CriterionVersion
from apps.patients.models import Patient

State = CriterionVersion.State


class Command(BaseCommand):
    """Run a version over history."""

    help = (
        "Runs a version of a criterion over what was recorded, beside the active version: how many it would have opened, for "
        "whom, and how many nudges a week for each discipline. Writes nothing."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """A parser in which --version means the criterion's."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which criterion, which version, when, and where."""
        parser.add_argument("code", help="such as SW-01")
        parser.add_argument("--version", type=int, dest="number", help="its number; the newest that is not retired")
        parser.add_argument("--since", type=date.fromisoformat, help="first day; since the first registration")
        parser.add_argument("--until", type=date.fromisoformat, help="last day; until now")
        parser.add_argument("--site", help="code of a site; all of them")
        parser.add_argument("--who", action="store_true", help="list the ids of the patients")

    def handle(self, *_: Any, **options: Any) -> None:
        """Run it, and print a table."""
        version, site = _version(options["code"], options["number"]), _site(options["site"])
        zone = site.zone if site is not None else ZoneInfo(settings.TIME_ZONE)
        since, until = options["since"], options["until"]
        patients = None if site is None else list(Patient.objects.filter(site=site).values_list("pk", flat=True))
        try:
            found = run(
                version, since=_midnight(since, zone) if since else None, patients=patients, progress=self._progress,
                until=min(app_now(), _midnight(until + timedelta(days=1), zone)) if until else app_now(),
            )  # fmt: skip
        except Refused as error:
            raise CommandError(str(error)) from None
        for line in lines(found.plain(), who=options["who"]):
            self.stdout.write(line)

    def _progress(self, done: int, of: int) -> None:
        self.stderr.write(f"{done} of {of} patients", ending="\n" if done == of else "\r")


def _version(code: str, number: int | None) -> CriterionVersion:
    rows = CriterionVersion.objects.filter(criterion__code=code).select_related("criterion").order_by("-number")
    rows = rows.filter(number=number) if number is not None else rows.exclude(state=State.RETIRED)
    found: CriterionVersion | None = rows.first()
    if found is None:
        raise CommandError(f"There is no such version of {code}.")
    return found


def _site(code: str | None) -> Site | None:
    if code is None:
        return None
    found = Site.objects.filter(code=code).first()
    if found is None:
        raise CommandError(f"There is no site “{code}”.")
    return found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), tzinfo=zone)
