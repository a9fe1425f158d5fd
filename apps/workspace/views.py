"""The REST doors of what people see across rooms."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.audit.models import AuditEvent
from apps.escalation.models import Escalation
from apps.rest.policy import Needs
from apps.rest.views import HouseView, Shown
from apps.workspace import filters, serializers
from apps.workspace.timeline import events_visible_to, matter_timeline

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


class Timeline(HouseView):
    """What happened about an escalation."""

    policy = Needs(Permission.PATIENTS_READ)

    @extend_schema(responses=serializers.EntryShown(many=True))
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002 - as in every address
        """Who was asked what, when and how, and what they did, in order."""
        rows = Escalation.objects.visible_to(self.actor).select_related("criterion_version__criterion")
        matter = rows.filter(pk=id).first()
        if matter is None:
            raise Http404
        audit.record_read(
            by=self.actor, at=self.at, verb="workspace.timeline", subject_type="escalation.escalation", ids=[matter.pk],
            patient_id=matter.patient_id,
        )  # fmt: skip
        return Response(serializers.EntryShown(matter_timeline(matter), many=True).data)
