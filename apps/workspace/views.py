"""The REST doors of what people see across rooms."""

from typing import ClassVar

from django.db.models import QuerySet

from apps.accounts.permissions import Permission
from apps.audit.models import AuditEvent
from apps.rest.policy import Needs
from apps.rest.views import Shown
from apps.workspace import filters, serializers
from apps.workspace.timeline import events_visible_to

AUDIT = Needs(Permission.AUDIT_READ)


class AuditEvents(Shown):
    """Who did what, and who read what. Append-only; `manage.py verify_audit` shows that it was not touched."""

    policy = AUDIT
    serializer_class = serializers.EventShown
    filterset_class = filters.EventFilter
    orderings: ClassVar = {"at": ("at",)}
    subject = "event"

    def visible(self) -> QuerySet[AuditEvent]:
        """The part of the record that the actor may read."""
        return events_visible_to(self.actor)
