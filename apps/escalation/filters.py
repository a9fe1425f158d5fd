"""The filters of this room's lists."""

from django_filters import rest_framework as filters

from apps.escalation.models import Criterion, CriterionVersion, Escalation, SiteValue, Trial
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


class TrialFilter(filters.FilterSet):
    """Trials."""

    criterion = filters.CharFilter(field_name="criterion_version__criterion__code", max_length=10)
    criterion_version = filters.UUIDFilter(field_name="criterion_version_id")
    kind = filters.ChoiceFilter(choices=Trial.Kind.choices)
    state = filters.MultipleChoiceFilter(choices=Trial.State.choices)

    class Meta:
        model = Trial
        fields = ["criterion", "criterion_version", "kind", "state"]


class SiteValueFilter(filters.FilterSet):
    """Sites' own values."""

    criterion = filters.CharFilter(field_name="criterion__code", max_length=10)
    site = filters.UUIDFilter(field_name="site_id")
    state = filters.MultipleChoiceFilter(choices=SiteValue.State.choices)

    class Meta:
        model = SiteValue
        fields = ["criterion", "site", "state"]
