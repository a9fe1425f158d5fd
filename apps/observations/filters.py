"""The filters of this room's lists."""

from django_filters import rest_framework as filters

from apps.observations.models import AdverseEvent, Assessment, Attendance, Condition, Fact, Observation, Resolution
from apps.rest.moments import MomentFilter


class FactFilter(filters.FilterSet):
    """What all facts are filtered by."""

    patient = filters.UUIDFilter(field_name="patient_id")
    status = filters.MultipleChoiceFilter(choices=Fact.Status.choices)
    since = MomentFilter(field_name="effective_at", lookup_expr="gte")
    until = MomentFilter(field_name="effective_at", lookup_expr="lt")


class ObservationFilter(FactFilter):
    """Values."""

    instrument = filters.CharFilter(field_name="instrument__code", max_length=40)

    class Meta:
        model = Observation
        fields = ["patient", "status", "since", "until", "instrument"]


class ConditionFilter(FactFilter):
    """Findings and complications."""

    code = filters.CharFilter(field_name="concept__code", max_length=40)
    open = filters.BooleanFilter(field_name="resolved_at", lookup_expr="isnull")

    class Meta:
        model = Condition
        fields = ["patient", "status", "since", "until", "code", "open"]


class ResolutionFilter(FactFilter):
    """Statements that a problem is over."""

    code = filters.CharFilter(field_name="concept__code", max_length=40)

    class Meta:
        model = Resolution
        fields = ["patient", "status", "since", "until", "code"]


class AssessmentFilter(FactFilter):
    """Assessments."""

    kind = filters.MultipleChoiceFilter(choices=Assessment.Kind.choices)

    class Meta:
        model = Assessment
        fields = ["patient", "status", "since", "until", "kind"]


class AdverseEventFilter(FactFilter):
    """Side effects."""

    medicine = filters.CharFilter(field_name="medicine__code", max_length=60)
    severity = filters.MultipleChoiceFilter(choices=AdverseEvent.Severity.choices)
    seriousness = filters.BooleanFilter()
    outcome = filters.MultipleChoiceFilter(choices=AdverseEvent.Outcome.choices)

    class Meta:
        model = AdverseEvent
        fields = ["patient", "status", "since", "until", "medicine", "severity", "seriousness", "outcome"]


class AttendanceFilter(FactFilter):
    """Sessions."""

    intervention = filters.CharFilter(field_name="intervention__code", max_length=60)
    discipline = filters.CharFilter(field_name="discipline__code", max_length=40)
    outcome = filters.MultipleChoiceFilter(choices=Attendance.Outcome.choices)

    class Meta:
        model = Attendance
        fields = ["patient", "status", "since", "until", "intervention", "discipline", "outcome"]
