"""How what follows from a plan is shown: what is due, and reviews of the response."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.knowledge.models import PathwayStep
from apps.knowledge.serializers.base import shelf_of
from apps.plans.models import MonitoringItem, PlanVersion, ResponseReview
from apps.plans.reading import compared
from apps.plans.serializers.fields import Number, PersonShown, Words
from apps.plans.serializers.versions import WhyShown
from apps.rest.bodies import Body
from apps.rest.fields import ByCode, Visible

OUTCOMES = ResponseReview.Outcome.choices


class MonitoringItemShown(serializers.ModelSerializer[MonitoringItem]):
    """A panel that is due, why, and whether it is overdue today at the patient's site."""

    panel = serializers.CharField(source="panel.code", read_only=True)
    name = serializers.SerializerMethodField()
    why = WhyShown(many=True, read_only=True)
    overdue = serializers.SerializerMethodField()
    days_overdue = serializers.SerializerMethodField()
    open = serializers.SerializerMethodField()

    class Meta:
        model = MonitoringItem
        fields = [
            "id", "patient", "panel", "name", "why", "every_days", "due_on", "overdue_from", "overdue", "days_overdue", "last_on",
            "requested_on", "requested_by", "open", "began_at", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_name(self, row: MonitoringItem) -> str:
        """The panel as it is called here."""
        return str(shelf_of(self).here(row.panel).name)

    def get_overdue(self, row: MonitoringItem) -> bool:
        """Whether it is overdue; never once it has ended."""
        return self.get_days_overdue(row) > 0

    def get_days_overdue(self, row: MonitoringItem) -> int:
        """Days since it could still be done in time: 1 on the first day on which it is overdue, 0 before."""
        if row.ended_at is not None:
            return 0
        today = row.patient.site.local_date(self.context["view"].at)
        return max(0, (today - row.overdue_from).days + 1)

    def get_open(self, row: MonitoringItem) -> bool:
        """Whether it goes on."""
        return row.ended_at is None


class Requested(serializers.Serializer[Any]):
    """What is due from now on because it was asked for."""

    results: Any = MonitoringItemShown(many=True)


class ReviewListed(serializers.ModelSerializer[ResponseReview]):
    """A review in a list."""

    medicine = serializers.CharField(source="medicine.code", read_only=True)
    state = serializers.CharField(read_only=True, help_text="scheduled, done, cancelled.")
    outcome = serializers.CharField(
        read_only=True, help_text="escalate, continue, de_escalate; empty while it is not done."
    )

    class Meta:
        model = ResponseReview
        fields = [
            "id", "patient", "plan", "medicine", "window", "citation", "score", "started_on", "due_on", "state",
            "outcome", "reason", "proposed", "reviewed_at", "reviewed_by", "version",
        ]  # fmt: skip
        read_only_fields = fields


class MeasuredShown(serializers.Serializer[Any]):
    """A value, its day, and the laboratory's upper limit that came with it."""

    value = Number(allow_null=True)
    on = serializers.DateField()
    limit = Number(allow_null=True)


class MeasureShown(serializers.Serializer[Any]):
    """A measure before the treatment and after."""

    instrument = serializers.CharField()
    before = MeasuredShown(allow_null=True)
    after = MeasuredShown(allow_null=True)


class ComparisonShown(serializers.Serializer[Any]):
    """What was measured before and after, and what it comes to; `missing` says what the score lacks."""

    score = serializers.CharField()
    value = Number(allow_null=True)
    category = serializers.CharField()
    on = serializers.DateField(allow_null=True)
    lines: Any = serializers.ListField(child=serializers.CharField(), help_text="The arithmetic, a line a measure.")
    missing: Any = serializers.ListField(child=serializers.CharField())
    measures = MeasureShown(many=True)


class ReviewShown(ReviewListed):
    """A review with the measures before and after."""

    reviewed_by = PersonShown(read_only=True, allow_null=True)
    comparison = serializers.SerializerMethodField()

    class Meta(ReviewListed.Meta):
        fields = [*ReviewListed.Meta.fields, "comparison"]
        read_only_fields = fields

    @extend_schema_field(ComparisonShown(allow_null=True))
    def get_comparison(self, row: ResponseReview) -> Any:
        """Live while it is scheduled, as it was when it is done, null when it was cancelled."""
        found = compared(row, self.context["view"].at)
        return ComparisonShown(found).data if found is not None else None


class Completion(Body):
    """What a review has come to. To escalate, `step` names the rung to go to and `option` one of its combinations."""

    outcome = serializers.ChoiceField(choices=OUTCOMES)
    reason = serializers.CharField(max_length=500)
    step = ByCode(PathwayStep, "code", required=False, allow_null=True, help_text="Empty: the next one of the pathway.")
    option = Words(max_length=60)
    replaces = Visible(
        lambda actor: PlanVersion.objects.visible_to(actor), required=False, allow_null=True,
        help_text="The pending version that an escalation takes the place of.",
    )  # fmt: skip
