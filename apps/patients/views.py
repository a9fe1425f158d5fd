"""The REST doors of patients."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import Permission
from apps.common.refusals import Refused
from apps.patients import filters, operations, serializers
from apps.patients.models import Antibody, Identifier, Mute, Patient, TargetRange
from apps.rest.bodies import Nothing, Reason
from apps.rest.policy import Needs
from apps.rest.views import Listed, Shown

POLICY = Needs(Permission.PATIENTS_READ, Permission.PATIENTS_WRITE)


class Merged(Refused):
    """The record was merged into another, which `Location` names."""

    type = "merged"
    title = "Merged into another record"
    status = 308

    def __init__(self, location: str) -> None:
        super().__init__("This record was merged into another one.")
        self.location = location


class Patients(Shown):
    """Patients. Looking for one by name or number is `POST search/`: neither belongs into an address."""

    policy = POLICY
    reading_actions = frozenset({"search"})
    serializer_class = serializers.PatientShown
    filterset_class = filters.PatientFilter
    orderings: ClassVar = {"name": ("sort_name",), "recorded_at": ("recorded_at",)}
    subject = "patient"
    patient_field = "pk"
    more_problems: ClassVar = [308]
    accepts: ClassVar = {
        "create": serializers.NewPatient,
        "partial_update": serializers.PatientChanges,
        "search": serializers.Search,
        "transfer": serializers.Transfer,
        "merge": serializers.Merge,
        "record_death": serializers.OptionalReason,
        "record_departure": Reason,
        "enter_in_error": Reason,
        "reactivate": Reason,
    }

    def visible(self) -> QuerySet[Patient]:
        """Patients with their numbers."""
        return Patient.objects.visible_to(self.actor).prefetch_related("identifiers")

    def get_object(self) -> Patient:
        """The patient; for a merged record that one could see, the way to the one that stayed."""
        try:
            patient: Patient = super().get_object()
        except Http404:
            self._follow_merge()
            raise
        return patient

    def _follow_merge(self) -> None:
        kept = (
            Patient.objects.visible_to(self.actor).filter(merged=self.kwargs["id"]).values_list("pk", flat=True).first()
        )
        if kept is not None and self.action == "retrieve":
            raise Merged(self.reverse_action("detail", args=[kept]))

    def create(self, request: Request) -> Response:
        """Register a patient."""
        return self.create_by(operations.register)

    def partial_update(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Change the record."""
        return self.change_by(operations.change)

    @extend_schema(responses=serializers.PatientShown(many=True))
    @action(detail=False, methods=["post"], filterset_class=None)
    def search(self, request: Request) -> Response:
        """Look for patients by the beginning of a name, a birth date or an identifier."""
        found = self.get_queryset().filter(_matches(self.valid(serializers.Search)))
        page = self.paginate_queryset(found) or []
        data = self.get_serializer(page, many=True).data
        self.audit_read(page)
        return self.get_paginated_response(data)

    @action(detail=True, methods=["post"])
    def transfer(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Hand over to another site."""
        return self.change_by(operations.transfer)

    @action(detail=True, methods=["post"])
    def merge(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Merge this record into another one of the same person; answers with the one that stays."""
        return self.change_by(operations.merge)

    @action(detail=True, methods=["post"], url_path="record-death")
    def record_death(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """The patient has died."""
        return self.change_by(operations.record_death)

    @action(detail=True, methods=["post"], url_path="record-departure")
    def record_departure(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """The patient has left our care."""
        return self.change_by(operations.record_departure)

    @action(detail=True, methods=["post"], url_path="enter-in-error")
    def enter_in_error(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """The record should never have been made."""
        return self.change_by(operations.enter_in_error)

    @action(detail=True, methods=["post"])
    def reactivate(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Take back a death, a departure or an error."""
        return self.change_by(operations.reactivate)


def _matches(wanted: dict[str, Any]) -> Q:
    found = Q()
    if "name" in wanted:
        found &= Q(sort_name__startswith=wanted["name"].lower()) | Q(given_name__istartswith=wanted["name"])
    if "birth_date" in wanted:
        found &= Q(birth_date=wanted["birth_date"])
    if "identifier" in wanted:
        ids = Identifier.objects.filter(value=wanted["identifier"], active=True).values("patient_id")
        found &= Q(pk__in=ids)
    return found


class Identifiers(Listed):
    """The numbers under which patients are known."""

    policy = POLICY
    serializer_class = serializers.IdentifierShown
    filterset_class = filters.IdentifierFilter
    orderings: ClassVar = {"recorded_at": ("recorded_at",)}
    subject = "identifier"
    patient_field = "patient_id"
    accepts: ClassVar = {"create": serializers.NewIdentifierOfPatient, "retire": Nothing}

    def visible(self) -> QuerySet[Identifier]:
        """Numbers of visible patients."""
        return Identifier.objects.visible_to(self.actor)

    def create(self, request: Request) -> Response:
        """Add a number."""
        return self.create_by(operations.add_identifier)

    @action(detail=True, methods=["post"])
    def retire(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """The number is no longer the patient's."""
        return self.change_by(operations.retire_identifier)


class Antibodies(Shown):
    """Results of antibody tests."""

    policy = POLICY
    serializer_class = serializers.AntibodyShown
    filterset_class = filters.AntibodyFilter
    orderings: ClassVar = {"effective_at": ("effective_at",)}
    subject = "antibody"
    patient_field = "patient_id"
    accepts: ClassVar = {"create": serializers.NewAntibody, "enter_in_error": Reason}

    def visible(self) -> QuerySet[Antibody]:
        """Results of visible patients."""
        return Antibody.objects.visible_to(self.actor)

    def create(self, request: Request) -> Response:
        """Record a result."""
        return self.create_by(operations.record_antibody)

    @action(detail=True, methods=["post"], url_path="enter-in-error")
    def enter_in_error(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """The result was recorded wrongly."""
        return self.change_by(operations.enter_antibody_in_error)


class TargetRanges(Shown):
    """Ranges that are aimed at for single patients."""

    policy = POLICY
    serializer_class = serializers.TargetRangeShown
    filterset_class = filters.TargetRangeFilter
    orderings: ClassVar = {"instrument": ("instrument", "starts_at"), "starts_at": ("starts_at",)}
    subject = "target_range"
    patient_field = "patient_id"
    accepts: ClassVar = {"create": serializers.NewTargetRange, "end": Nothing}

    def visible(self) -> QuerySet[TargetRange]:
        """Ranges of visible patients."""
        return TargetRange.objects.visible_to(self.actor)

    def create(self, request: Request) -> Response:
        """Aim at a range from now on."""
        return self.create_by(operations.set_target_range)

    @action(detail=True, methods=["post"])
    def end(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Go back to the general range."""
        return self.change_by(operations.end_target_range)


class Mutes(Shown):
    """Topics that are muted for single patients."""

    policy = POLICY
    serializer_class = serializers.MuteShown
    filterset_class = filters.MuteFilter
    orderings: ClassVar = {"starts_at": ("starts_at",), "ends_at": ("ends_at",)}
    subject = "mute"
    patient_field = "patient_id"
    accepts: ClassVar = {"create": serializers.NewMute, "end": Nothing}

    def visible(self) -> QuerySet[Mute]:
        """Mutes of visible patients."""
        return Mute.objects.visible_to(self.actor)

    def create(self, request: Request) -> Response:
        """Mute a topic."""
        return self.create_by(operations.mute)

    @action(detail=True, methods=["post"])
    def end(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Ask about the topic again."""
        return self.change_by(operations.end_mute)
