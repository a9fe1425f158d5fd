"""The filters of the audit record."""

from django_filters import rest_framework as filters

from apps.audit.models import AuditEvent
from apps.rest.moments import MomentFilter


class EventFilter(filters.FilterSet):
    """Events."""

    patient = filters.UUIDFilter(field_name="patient_id")
    actor = filters.UUIDFilter(field_name="actor_id")
    subject = filters.UUIDFilter(field_name="subject_id")
    verb = filters.CharFilter(max_length=80)
    since = MomentFilter(field_name="at", lookup_expr="gte")
    until = MomentFilter(field_name="at", lookup_expr="lt")

    class Meta:
        model = AuditEvent
        fields = ["patient", "actor", "subject", "verb", "since", "until"]
