"""`manage.py load_criteria`: the shipped criteria, as drafts."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.actors import Careteam
from apps.common.clock import app_now
from apps.escalation.loading import BadCriteria, load


class Command(BaseCommand):
    """Load fixtures/criteria."""

    help = (
        "Loads the shipped criteria as drafts. Nothing fires before clinical governance has signed and activated them."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        """Load, and say what is new."""
        at = app_now()
        try:
            report = load(folder=Path(settings.BASE_DIR) / "fixtures" / "criteria", by=Careteam(at=at), at=at)
        except BadCriteria as error:
            raise CommandError(str(error)) from None
        for name in report.drafted:
            self.stdout.write(f"new draft: {name}")
        self.stdout.write(f"Criteria loaded: {len(report.drafted)} new drafts, {len(report.unchanged)} as before.")
