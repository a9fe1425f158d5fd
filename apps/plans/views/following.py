"""The REST doors of what follows from plans."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.plans import filters, operations, serializers
from apps.plans.models import MonitoringItem, ResponseReview
from apps.plans.views.base import POLICY, READ
from apps.rest.views import Shown

#: What the filters of the address read as an answer.
YES_OR_NO = frozenset({"true", "false", "1", "0"})


class MonitoringItems(Shown):
    """What is due for patients, and why. Only what goes on is listed, unless `open=false` asks for what has ended."""

    policy = READ
    serializer_class = serializers.MonitoringItemShown
    filterset_class = filters.MonitoringFilter
    orderings: ClassVar = {"due_on": ("due_on",)}
    subject = "monitoring_item"
    patient_field = "patient_id"

    def visible(self) -> QuerySet[MonitoringItem]:
        """Panels of visible patients."""
        rows: QuerySet[MonitoringItem] = MonitoringItem.objects.visible_to(self.actor)
        return rows.select_related("panel", "patient__site")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """What goes on, unless the address says otherwise. ValidationError for what is neither yes nor no."""
        said = self.request.query_params.get("open", "")
        if said and said.lower() not in YES_OR_NO:
            raise ValidationError({"open": "true or false."})
        if not said:
            queryset = queryset.filter(ended_at__isnull=True)
        return super().filter_queryset(queryset)


class ResponseReviews(Shown):
    """When a team looks whether a medicine has helped, and what it said."""

    policy = POLICY
    serializer_class = serializers.ReviewShown
    filterset_class = filters.ReviewFilter
    orderings: ClassVar = {"due_on": ("due_on",)}
    subject = "response_review"
    patient_field = "patient_id"
    accepts: ClassVar = {"complete": serializers.Completion}

    def get_serializer_class(self) -> type[serializers.ReviewListed]:
        """A list is short; a review by itself compares the measures."""
        return serializers.ReviewListed if self.action == "list" else serializers.ReviewShown

    def visible(self) -> QuerySet[ResponseReview]:
        """Reviews of visible patients."""
        rows: QuerySet[ResponseReview] = ResponseReview.objects.visible_to(self.actor)
        return rows.select_related("medicine", "patient__site", "reviewed_by")

    @action(detail=True, methods=["post"])
    def complete(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Write down what it has come to. To escalate proposes the next step as a new version, new medicines without a dose."""
        return self.change_by(operations.complete_review)
