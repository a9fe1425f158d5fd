"""The REST doors of nudges: the whole, one's inbox, and what one was told."""

from typing import ClassVar
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import Permission
from apps.nudges import filters, operations, serializers
from apps.nudges.models import Delivery, Nudge
from apps.patients.models import Patient
from apps.rest.bodies import Nothing
from apps.rest.policy import Needs
from apps.rest.views import Listed, Shown
from apps.teams.models import Member

POLICY = Needs(Permission.PATIENTS_READ, Permission.NUDGES_ANSWER)


class Nudges(Shown):
    """Questions to people about patients that you see, and those that you may be asked without seeing the patient."""

    policy = POLICY
    serializer_class = serializers.NudgeShown
    filterset_class = filters.NudgeFilter
    orderings: ClassVar = {"opened_at": ("opened_at",)}
    subject = "nudge"
    patient_field = "patient_id"
    accepts: ClassVar = {
        "acknowledge": Nothing,
        "decline": serializers.Declined,
        "hand_over": serializers.HandedOver,
    }

    def get_serializer_class(self) -> type[serializers.NudgeListed]:
        """A list is short; a row by itself tells everything."""
        return serializers.NudgeListed if self.action == "list" else serializers.NudgeShown

    def visible(self) -> QuerySet[Nudge]:
        """Nudges, one by itself with everything that happened to it."""
        rows = Nudge.objects.visible_to(self.actor).select_related("owner", "discipline")
        if self.action in {"list", "count"}:
            return rows
        sees = Patient.objects.visible_to(self.actor).filter(pk=OuterRef("patient"))
        along = ("rungs__user", "rungs__discipline", "responses__by", "deliveries__recipient")
        return rows.annotate(sees_patient=Exists(sees)).prefetch_related(*along)

    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Say “I have it”. It is yours until the time to act has passed."""
        return self.change_by(operations.acknowledge)

    @action(detail=True, methods=["post"])
    def decline(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Say that you cannot take it: the next person is asked at once."""
        return self.change_by(operations.decline)

    @action(detail=True, methods=["post"], url_path="hand-over")
    def hand_over(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Offer it to somebody else. The clock runs on until they acknowledge."""
        return self.change_by(operations.hand_over)


class Inbox(Listed):
    """What waits for you: asked, taken on, or offered to you."""

    policy = Needs(Permission.NUDGES_ANSWER)
    serializer_class = serializers.NudgeListed
    filterset_class = filters.InboxFilter
    orderings: ClassVar = {"opened_at": ("opened_at",)}
    subject = "nudge"
    patient_field = "patient_id"

    def visible(self) -> QuerySet[Nudge]:
        """One's own unfinished nudges."""
        rows = Nudge.objects.visible_to(self.actor).waiting_for(self.actor.user_id)
        return rows.select_related("owner", "discipline")


class Notices(Listed):
    """What you were told and need not answer."""

    policy = Needs(Permission.NUDGES_ANSWER, Permission.NUDGES_ANSWER)
    serializer_class = serializers.NoticeShown
    filterset_class = filters.NoticeFilter
    orderings: ClassVar = {"queued_at": ("queued_at",)}
    subject = "delivery"
    patient_field = "nudge.patient_id"
    accepts: ClassVar = {"read": Nothing}

    def visible(self) -> QuerySet[Delivery]:
        """One's own notices."""
        rows = Delivery.objects.visible_to(self.actor).filter(
            channel=Member.Channel.IN_APP, kind__in=[Delivery.Kind.INFORM, Delivery.Kind.TOLD]
        )
        return rows.select_related("nudge")

    @extend_schema(responses=serializers.NoticeShown)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Note that you have read it."""
        return self.change_by(operations.read_notice)
