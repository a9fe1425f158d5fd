"""`manage.py draw_criteria_language`: the page that says what an expression of a criterion can be."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.escalation.drawing import PLACE, draw


class Command(BaseCommand):
    """Write docs/criteria-language.md."""

    help = f"Draws {PLACE} from the vocabulary of criteria."
    # The language is code: it can be drawn without a database.
    requires_system_checks: Any = []

    def handle(self, *_: Any, **__: Any) -> None:
        """Write the page."""
        (Path(settings.BASE_DIR) / PLACE).write_text(draw())
        self.stdout.write(f"{PLACE} is drawn.")
