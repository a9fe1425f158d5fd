"""How the audit record is shown."""

from rest_framework import serializers

from apps.audit.models import AuditEvent


class EventShown(serializers.ModelSerializer[AuditEvent]):
    """Somebody did or read something."""

    class Meta:
        model = AuditEvent
        fields = [
            "id", "at", "actor_id", "token_id", "request_id", "verb", "subject_type", "subject_id", "patient_id", "site_id",
            "changes", "read_ids",
        ]  # fmt: skip
        read_only_fields = fields
