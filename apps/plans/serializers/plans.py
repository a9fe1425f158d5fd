"""How plans are shown, and how two versions differ."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.plans.models import PlanVersion, TreatmentPlan


class VersionNamed(serializers.ModelSerializer[PlanVersion]):
    """A version in a word."""

    state = serializers.CharField(read_only=True)

    class Meta:
        model = PlanVersion
        fields = ["id", "number", "state", "summary", "proposed_at", "activated_at"]
        read_only_fields = fields


class PlanListed(serializers.ModelSerializer[TreatmentPlan]):
    """A plan in a list: the version that is followed, and the one that is pending."""

    pathway = serializers.CharField(source="pathway.code", read_only=True, default=None, allow_null=True)
    open = serializers.SerializerMethodField()
    active = serializers.SerializerMethodField()
    pending = serializers.SerializerMethodField()

    class Meta:
        model = TreatmentPlan
        fields = [
            "id", "patient", "pathway", "open", "active", "pending", "opened_at", "opened_by", "ended_at", "ended_by",
            "end_reason", "version",
        ]  # fmt: skip
        read_only_fields = fields

    def get_open(self, row: TreatmentPlan) -> bool:
        """Whether it goes on."""
        return row.ended_at is None

    @extend_schema_field(VersionNamed(allow_null=True))
    def get_active(self, row: TreatmentPlan) -> Any:
        """The version that is followed."""
        found = next((one for one in row.versions.all() if one.state == PlanVersion.State.ACTIVE), None)
        return VersionNamed(found).data if found is not None else None

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_pending(self, row: TreatmentPlan) -> Any:
        """The version that waits for its approval, or to be followed."""
        return next((one.pk for one in row.versions.all() if one.pending), None)


class PlanShown(PlanListed):
    """A plan with its versions, the newest first."""

    versions = VersionNamed(many=True, read_only=True)

    class Meta(PlanListed.Meta):
        fields = [*PlanListed.Meta.fields, "versions"]
        read_only_fields = fields


class DifferenceShown(serializers.Serializer[Any]):
    """One thing that differs: an item that was added or removed, or a field of one that changed, in words."""

    kind = serializers.CharField(help_text="medicine, intervention, goal.")
    item_id = serializers.UUIDField()
    what = serializers.CharField(help_text="The item, as the later version that has it says it.")
    change = serializers.CharField(help_text="added, removed, changed.")
    field = serializers.CharField()
    name = serializers.CharField(help_text="The field in words.")
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)


class ComparedVersions(serializers.Serializer[Any]):
    """How one version differs from another of the same plan."""

    one = serializers.IntegerField()
    other = serializers.IntegerField()
    differences: Any = DifferenceShown(many=True)
