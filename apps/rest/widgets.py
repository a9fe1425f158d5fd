"""Fields as the admin pages draw them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from unfold.widgets import UnfoldForeignKeyRawIdWidget


class VisibleId(UnfoldForeignKeyRawIdWidget):  # type: ignore[misc]
    """The id of a row, with its name beside it only when the actor may see it: an id in an address tells nobody whose it is."""

    def __init__(self, *args: Any, rows: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows

    def label_and_url_for_value(self, value: Any) -> tuple[str, str]:
        """The name and the page; neither of what is not there or not for the actor to see."""
        try:
            seen = self.rows.filter(pk=value).exists()
        except (ValueError, ValidationError):
            seen = False
        found: tuple[str, str] = super().label_and_url_for_value(value) if seen else ("", "")
        return found
