"""The REST door of escalations."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import Permission
from apps.escalation import filters, operations, serializers
from apps.escalation.models import FACTS, Escalation
from apps.escalation.suggesting import suggested
from apps.referrals.serializers import ReferralShown, Suggested, SuggestionShown
from apps.referrals.views import made
from apps.rest.etags import wanted_version
from apps.rest.policy import Needs
from apps.rest.views import Shown

POLICY = Needs(Permission.PATIENTS_READ, Permission.ESCALATIONS_WRITE)


class Escalations(Shown):
    """Criteria that are met for patients, until somebody has acted."""

    policy = POLICY
    serializer_class = serializers.EscalationShown
    filterset_class = filters.EscalationFilter
    orderings: ClassVar = {"opened_at": ("opened_at",)}
    subject = "escalation"
    patient_field = "patient_id"
    accepts: ClassVar = {
        "create": serializers.CriterionMet,
        "act": serializers.Acted,
        "close": serializers.Closed,
        "refer": Suggested,
    }

    def get_serializer_class(self) -> type[serializers.EscalationListed]:
        """A list is short; a row by itself tells everything."""
        return serializers.EscalationListed if self.action == "list" else serializers.EscalationShown

    def visible(self) -> QuerySet[Escalation]:
        """Escalations, one by itself with its evidence and actions."""
        rows = Escalation.objects.visible_to(self.actor).select_related("criterion", "criterion_version")
        if self.action in {"list", "count"}:
            return rows
        return rows.prefetch_related(*[f"evidence__{name}" for name in FACTS], "actions__by")

    def create(self, request: Request) -> Response:
        """Say that a criterion is met, and why: people are asked as if the facts had said it."""
        return self.create_by(operations.state_criterion_met)

    @action(detail=True, methods=["post"])
    def act(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Record what was done: nobody is asked about it any more."""
        return self.change_by(operations.act)

    @action(detail=True, methods=["post"])
    def close(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """End it, and say why."""
        return self.change_by(operations.close)

    @extend_schema(responses=SuggestionShown(many=True), filters=False)
    @action(detail=True, methods=["get"], url_path="suggested-referrals", pagination_class=None, filterset_class=None)
    def suggested_referrals(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """The referrals that suggest themselves, pre-filled. Nothing is sent by reading them."""
        row = self.get_object()
        self.audit_read([row])
        return Response(SuggestionShown(suggested(row), many=True).data)

    @extend_schema(responses={201: ReferralShown})
    @action(detail=True, methods=["post"])
    def refer(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Refer the patient because of it, in one step: nobody is asked about it any more once that is sent."""
        row = self.get_object()
        values = self.valid(Suggested)
        wanted = wanted_version(request)
        return made(self, operations.refer(escalation=row, by=self.actor, at=self.at, version=wanted, **values))
