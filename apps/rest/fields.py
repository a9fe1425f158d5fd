"""Fields of bodies."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from apps.accounts.actors import Actor


class Visible(serializers.PrimaryKeyRelatedField[Any]):
    """The id of a row that the actor may see; one they may not see is the same error as one that does not exist."""

    def __init__(self, rows: Callable[[Actor], QuerySet[Any]] | None = None, **options: Any) -> None:
        self.rows = rows
        if rows is not None and not options.get("read_only"):
            options["queryset"] = rows(Actor())
        super().__init__(**options)

    def get_queryset(self) -> QuerySet[Any]:
        """What this actor may see."""
        actor = self.context.get("actor", Actor())
        assert self.rows is not None  # noqa: S101 - a read-only field never asks
        return self.rows(actor)

    def to_internal_value(self, data: Any) -> Any:
        """The row; anything but a UUID in text does not exist."""
        if not isinstance(data, str):
            self.fail("incorrect_type", data_type=type(data).__name__)
        try:
            return super().to_internal_value(data)
        except (ValueError, TypeError):
            self.fail("does_not_exist", pk_value=data)
