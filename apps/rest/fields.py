"""Fields of bodies."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet
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


class Few(serializers.ListField):
    """A list that is refused as a whole when it is longer than `max_length`, before anything in it is looked at."""

    def to_internal_value(self, data: Any) -> list[Any]:
        """The items; ValidationError says how many there may be."""
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        found: list[Any] = super().to_internal_value(data)
        return found


class FewNamed(serializers.DictField):
    """A mapping that is refused as a whole when it has more than `most` entries, before any of them is looked at."""

    def __init__(self, *, most: int, **options: Any) -> None:
        self.most = most
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The entries; ValidationError says how many there may be."""
        if isinstance(data, dict) and len(data) > self.most:
            raise serializers.ValidationError(f"There are at most {self.most}.")
        found: dict[str, Any] = super().to_internal_value(data)
        return found


class ByCode(serializers.SlugRelatedField[Any]):
    """A row of knowledge, named by its code. Nothing in it is secret: whoever is signed in may name it.

    `whole` is for a body that names many rows of a small table: all of them are read once, with the first one.
    """

    def __init__(
        self, model: type[Model], code: str, *, only: dict[str, Any] | None = None, whole: bool = False, **options: Any
    ) -> None:
        self.whole = whole
        super().__init__(slug_field=code, queryset=model._default_manager.filter(**(only or {})), **options)

    def to_internal_value(self, data: Any) -> Any:
        """The row; anything but text names none."""
        if not isinstance(data, str) or len(data) > 80:  # noqa: PLR2004 - longer than any code
            self.fail("invalid")
        if not self.whole:
            return super().to_internal_value(data)
        found = self._rows().get(data)
        if found is None:
            self.fail("does_not_exist", slug_name=self.slug_field, value=data)
        return found

    def _rows(self) -> dict[str, Any]:
        """Every row by its code, kept for as long as the body is looked at."""
        context: Any = self.context
        kept: dict[Any, dict[str, Any]] = context.setdefault("rows_by_code", {})
        rows, slug = self.get_queryset(), str(self.slug_field)
        assert rows is not None  # noqa: S101 - a read-only field never asks
        key = (rows.model, slug)
        if key not in kept:
            kept[key] = {getattr(row, slug): row for row in rows}
        return kept[key]
