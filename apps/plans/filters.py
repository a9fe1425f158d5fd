"""The filters of this room's lists."""

from typing import Any

from django.db.models import DateField, DateTimeField, F, Func, Q, QuerySet
from django.db.models.functions import Cast
from django_filters import rest_framework as filters

from apps.common.clock import AppNow
from apps.plans.models import MonitoringItem, PlanPolicy, PlanVersion, ResponseReview, TreatmentPlan


class PlanFilter(filters.FilterSet):
    """Plans."""

    patient = filters.UUIDFilter(field_name="patient_id")
    open = filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")
    pathway = filters.CharFilter(field_name="pathway__code", max_length=60)

    class Meta:
        model = TreatmentPlan
        fields = ["patient", "open", "pathway"]


class VersionFilter(filters.FilterSet):
    """Versions."""

    patient = filters.UUIDFilter(field_name="plan__patient_id")
    plan = filters.UUIDFilter(field_name="plan_id")
    state = filters.MultipleChoiceFilter(choices=PlanVersion.State.choices)

    class Meta:
        model = PlanVersion
        fields = ["patient", "plan", "state"]


def is_overdue() -> Q:
    """The condition that a panel is overdue today, by the calendar at the patient's site."""
    now_there = Func(F("patient__site__time_zone"), AppNow(), function="timezone", output_field=DateTimeField())
    return Q(ended_at__isnull=True, overdue_from__lte=Cast(now_there, DateField()))


class MonitoringFilter(filters.FilterSet):
    """What is due. Only what goes on is listed, unless `open=false` asks for what has ended."""

    patient = filters.UUIDFilter(field_name="patient_id")
    panel = filters.CharFilter(field_name="panel__code", max_length=60)
    open = filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")
    overdue = filters.BooleanFilter(method="filter_overdue")
    due_before = filters.DateFilter(field_name="due_on", lookup_expr="lt")

    class Meta:
        model = MonitoringItem
        fields = ["patient", "panel", "open", "overdue", "due_before"]

    def filter_overdue(self, rows: QuerySet[Any], _name: str, value: bool) -> QuerySet[Any]:
        """What is overdue today at the patient's site, or what is not."""
        return rows.filter(is_overdue()) if value else rows.exclude(is_overdue())


class ReviewFilter(filters.FilterSet):
    """Reviews of the response."""

    patient = filters.UUIDFilter(field_name="patient_id")
    plan = filters.UUIDFilter(field_name="plan_id")
    state = filters.MultipleChoiceFilter(choices=ResponseReview.State.choices)
    due_before = filters.DateFilter(field_name="due_on", lookup_expr="lt")

    class Meta:
        model = ResponseReview
        fields = ["patient", "plan", "state", "due_before"]


class PolicyFilter(filters.FilterSet):
    """What sites have decided."""

    site = filters.UUIDFilter(field_name="site_id")

    class Meta:
        model = PlanPolicy
        fields = ["site"]
