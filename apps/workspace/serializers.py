"""How the audit record is shown."""

from typing import Any

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


ENTRY_KINDS = ["plain", "good", "bad", "asked"]


class EntryShown(serializers.Serializer[Any]):
    """One thing that happened about a matter."""

    at = serializers.DateTimeField()
    words = serializers.CharField()
    detail = serializers.CharField()
    kind = serializers.ChoiceField(choices=ENTRY_KINDS)
