"""How every row of knowledge is shown: the values that hold here, where they come from, and what was shipped beside them."""

from typing import Any, ClassVar, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.knowledge.shelf import Shelf, shelf

#: What every row shows about where it comes from.
CITED = [
    "statements", "sources", "mark", "mark_meaning", "note", "origin", "local", "hidden", "shipped", "retired", "edition",
]  # fmt: skip


def shelf_of(serializer: serializers.BaseSerializer[Any]) -> Shelf:
    """The knowledge as it holds here, asked for once an answer."""
    context = cast("dict[str, Any]", serializer.context)
    if "shelf" not in context:
        context["shelf"] = shelf()
    found: Shelf = context["shelf"]
    return found


class Exact(serializers.ModelSerializer[Any]):
    """Numbers without the zeros that their columns add, and choices as plain words with their list in the schema."""

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """A field of the model."""
        if model_field.choices:
            words = f"One of: {', '.join(str(value) for value, _ in model_field.choices if value)}."
            return serializers.CharField, {"read_only": True, "help_text": words}
        field_class, options = super().build_standard_field(field_name, model_field)
        if issubclass(field_class, serializers.DecimalField):
            options["normalize_output"] = True
        return field_class, options


class KnownShown(Exact):
    """A row as it holds here: `local` says that something on it is this hospital's own, `shipped` what the edition says there."""

    mark = serializers.CharField(read_only=True, help_text="How it was verified: V, V2, S, GK or LP; see mark_meaning.")
    mark_meaning = serializers.CharField(source="get_mark_display", read_only=True)
    local = serializers.BooleanField(read_only=True, help_text="This hospital's own, or with values of its own.")
    hidden = serializers.BooleanField(source="hidden_here", read_only=True, help_text="Not used at this hospital.")
    shipped = serializers.SerializerMethodField(
        help_text="What the edition says where this hospital differs, by field."
    )
    edition = serializers.CharField(source="edition.code", read_only=True, allow_null=True, default=None)

    class Meta:
        fields: ClassVar[list[str]] = []

    def to_representation(self, instance: Any) -> Any:
        """The row with this hospital's own values in place."""
        return super().to_representation(shelf_of(self).here(instance))

    @extend_schema_field(dict[str, Any])
    def get_shipped(self, row: Any) -> dict[str, Any]:
        """The shipped values of the fields that differ here."""
        fields = self.fields
        return {
            name: None if value is None else fields[name].to_representation(value) if name in fields else value
            for name, value in row.shipped_values.items()
        }
