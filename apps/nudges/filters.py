"""The filters of this room's lists."""

from django_filters import rest_framework as filters

from apps.nudges.models import Delivery, Nudge, Severity


class NudgeFilter(filters.FilterSet):
    """Nudges."""

    patient = filters.UUIDFilter(field_name="patient_id")
    state = filters.MultipleChoiceFilter(choices=Nudge.State.choices)
    severity = filters.MultipleChoiceFilter(choices=Severity.choices)
    topic = filters.CharFilter(max_length=40)
    owner = filters.UUIDFilter(field_name="owner_id")

    class Meta:
        model = Nudge
        fields = ["patient", "state", "severity", "topic", "owner"]


class InboxFilter(filters.FilterSet):
    """What waits for somebody."""

    state = filters.MultipleChoiceFilter(choices=Nudge.State.choices)
    severity = filters.MultipleChoiceFilter(choices=Severity.choices)

    class Meta:
        model = Nudge
        fields = ["state", "severity"]


class NoticeFilter(filters.FilterSet):
    """What one was told."""

    unread = filters.BooleanFilter(field_name="read_at", lookup_expr="isnull")

    class Meta:
        model = Delivery
        fields = ["unread"]
