"""What a hospital says differently, and its own rows: how they are shown and sent."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.knowledge.models import FACT_CODE, LOCAL_KINDS, OVERRIDABLE, Discipline, Override, Shipped
from apps.knowledge.operations.local import OURS
from apps.knowledge.serializers.base import shelf_of
from apps.knowledge.shelf import trimmed
from apps.rest.bodies import Body

KINDS = f"One of: {', '.join(sorted(OVERRIDABLE))}."
OWN_KINDS = f"One of: {', '.join(sorted(LOCAL_KINDS))}."
VALUES = (
    "By field, as the resource of the kind shows them. Numbers that are not whole as text; other rows by their codes."
)


class OwnValuesShown(serializers.ModelSerializer[Override]):
    """This hospital's own values of a shipped row, or that it is not used here; what the edition says stands beside."""

    values = serializers.DictField(read_only=True, help_text="The own values, by field.")
    shipped = serializers.SerializerMethodField(help_text="What the edition says in the same fields.")
    retired = serializers.SerializerMethodField(help_text="The edition no longer has the row.")

    class Meta:
        model = Override
        fields = [
            "id", "kind", "code", "values", "hidden", "shipped", "retired", "reason", "set_by", "set_at", "version",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(dict[str, Any])
    def get_shipped(self, own: Override) -> dict[str, Any]:
        """What the edition says in the same fields."""
        row = self._row(own)
        there = row.shipped_values if row is not None else {}
        return {name: _plain(there[name]) for name in own.values if name in there}

    def get_retired(self, own: Override) -> bool:
        """Whether the edition no longer has the row."""
        row = self._row(own)
        return row is None or row.retired

    def _row(self, own: Override) -> Shipped | None:
        rows = shelf_of(self).all(OVERRIDABLE[own.kind])
        return next((row for row in rows if row.code == own.code), None)


class NewOwnValues(Body):
    """This hospital's own values of a shipped row. They replace those that were set before."""

    kind = serializers.CharField(max_length=40, help_text=KINDS)
    code = serializers.CharField(max_length=60)
    values = serializers.DictField(required=False, help_text=VALUES)
    hidden = serializers.BooleanField(required=False, help_text="Not used at this hospital.")
    reason = serializers.CharField(max_length=200)
    version = serializers.IntegerField(
        min_value=1, max_value=2_147_483_647, required=False,
        help_text="Of the own values that these replace; refused as stale when they were changed since.",
    )  # fmt: skip


class NewLocal(Body):
    """A row of this hospital's own."""

    kind = serializers.CharField(max_length=40, help_text=OWN_KINDS)
    code = serializers.CharField(max_length=60, validators=[FACT_CODE])
    values = serializers.DictField(help_text=VALUES)


class LocalChanges(Body):
    """What is to change about a row of this hospital's own."""

    values = serializers.DictField(required=False, default=dict, help_text=VALUES)
    rename_to = serializers.CharField(max_length=60, validators=[FACT_CODE], required=False)


class LocalShown(serializers.Serializer[Any]):
    """A row of this hospital's own, by field."""

    id = serializers.UUIDField(read_only=True)
    kind = serializers.CharField(source="_meta.model_name", read_only=True, help_text=OWN_KINDS)
    code = serializers.CharField(read_only=True)
    values = serializers.SerializerMethodField(help_text=VALUES)
    retired = serializers.BooleanField(read_only=True)

    @extend_schema_field(dict[str, Any])
    def get_values(self, row: Shipped) -> dict[str, Any]:
        """Every field."""
        return {own.name: _plain(getattr(row, own.name)) for own in row._meta.concrete_fields if own.name not in OURS}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{trimmed(value):f}"
    return value.code if isinstance(value, Shipped | Discipline) else value
