"""The filters of this room's lists."""

from django_filters import rest_framework as filters

from apps.escalation.models import Criterion, CriterionVersion, Escalation
from apps.nudges.models import Severity


class EscalationFilter(filters.FilterSet):
    """Escalations."""

    patient = filters.UUIDFilter(field_name="patient_id")
    state = filters.MultipleChoiceFilter(choices=Escalation.State.choices)
    severity = filters.MultipleChoiceFilter(choices=Severity.choices)
    criterion = filters.CharFilter(field_name="criterion__code", max_length=10)
    acted = filters.BooleanFilter(field_name="acted_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Escalation
        fields = ["patient", "state", "severity", "criterion", "acted"]


class CriterionVersionFilter(filters.FilterSet):
    """Wordings of criteria."""

    criterion = filters.CharFilter(field_name="criterion__code", max_length=10)
    group = filters.ChoiceFilter(field_name="criterion__group", choices=Criterion.Group.choices)
    state = filters.MultipleChoiceFilter(choices=CriterionVersion.State.choices)

    class Meta:
        model = CriterionVersion
        fields = ["criterion", "group", "state"]
