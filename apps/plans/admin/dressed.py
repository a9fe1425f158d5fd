"""The base of this room's pages: the knowledge that their rows name is shown as it holds here."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest

from apps.knowledge.shelf import Shelf, shelf
from apps.plans.dressing import dress
from apps.rest.admin import HouseAdmin


class Dressed(HouseAdmin):
    """Pages whose rows name knowledge, by the fields `named`. One query a page, however many rows it has."""

    named: ClassVar[tuple[str, ...]] = ()

    def dress(self, rows: Sequence[Any], known: Shelf) -> None:
        """Let the rows of a page point at knowledge as it holds here."""
        dress(rows, known, *self.named)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list."""
        found = super().get_changelist_instance(request)
        found.result_list = list(found.result_list)
        self.dress(found.result_list, shelf())
        return found

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            self.dress([row], shelf())
        return row
