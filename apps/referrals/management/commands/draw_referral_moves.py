"""`manage.py draw_referral_moves`: the page that shows who may move a referral from where to where."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.referrals.drawing import PLACE, draw


class Command(BaseCommand):
    """Write docs/referral-moves.md."""

    help = f"Draws {PLACE} from the table of moves."
    # The table is code: it can be drawn without a database.
    requires_system_checks: Any = []

    def handle(self, *_: Any, **__: Any) -> None:
        """Write the page."""
        (Path(settings.BASE_DIR) / PLACE).write_text(draw())
        self.stdout.write(f"{PLACE} is drawn.")
