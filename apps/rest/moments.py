"""A filter for instants that answers a time at the edge of the calendar with an error and not with a fault of the database."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField


class MomentField(IsoDateTimeField):
    """An ISO 8601 time."""

    def clean(self, value: Any) -> datetime | None:
        """The time; ValidationError for a year that no calendar converts."""
        try:
            found: datetime | None = super().clean(value)
        except OverflowError:
            raise forms.ValidationError("This year cannot be meant.") from None
        if found is not None and found.year in {1, 9999}:
            raise forms.ValidationError("This year cannot be meant.")
        # PostgreSQL takes offsets up to 16 hours only; in UTC the instant is the same.
        return found.astimezone(UTC) if found is not None else None


class MomentFilter(filters.IsoDateTimeFilter):
    """Rows by an instant."""

    field_class = MomentField
