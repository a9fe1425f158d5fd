"""The project's addresses and a bare view: the same serializer and rows, without authentication, access and audit."""

from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Max
from django.urls import path
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.ids import new_id
from apps.knowledge.models import Instrument
from apps.observations.models import Observation
from apps.patients.models import Patient
from apps.patients.serializers import PatientShown
from apps.plans.models import MedicationItem, PlanVersion
from apps.referrals.models import Transition
from apps.rest.pagination import KeysetPagination
from apps.rest.policy import Public
from careteam.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class Bare(ListAPIView[Patient]):
    """Twenty patients and nothing around them."""

    policy = Public("A benchmark's, on the loopback address.")
    authentication_classes = []
    permission_classes = []
    pagination_class = KeysetPagination
    orderings: ClassVar = {"name": ("sort_name",)}
    serializer_class = PatientShown
    queryset = Patient.objects.prefetch_related("identifiers")


urlpatterns.append(path("bare/", Bare.as_view()))


class BareFact(serializers.Serializer[Any]):
    """What is needed to insert an observation and no more."""

    patient = serializers.UUIDField()
    instrument = serializers.CharField()
    value = serializers.DecimalField(max_digits=14, decimal_places=4)
    effective_at = serializers.DateTimeField()


class BareWrite(APIView):
    """One INSERT of an observation, without authentication, access, audit or anything that watches."""

    policy = Public("A benchmark's, on the loopback address.")
    authentication_classes = []
    permission_classes = []
    instruments: ClassVar[dict[str, Any]] = {}

    def post(self, request: Request) -> Response:
        """Insert."""
        body = BareFact(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        code = values["instrument"]
        if code not in self.instruments:
            self.instruments[code] = Instrument.objects.get(code=code).pk
        row = Observation.objects.create(
            patient_id=values["patient"], instrument_id=self.instruments[code], value_number=values["value"],
            effective_at=values["effective_at"], recorded_at=values["effective_at"], unit="{score}",
        )  # fmt: skip
        return Response({"id": str(row.pk)}, status=201)


urlpatterns.append(path("bare-write/", BareWrite.as_view()))


class BareCopy(serializers.Serializer[Any]):
    """Which version's rows are inserted once more."""

    version = serializers.UUIDField()


class BarePlan(APIView):
    """The rows of a version inserted once more, without authentication, access, audit, checks or anything that follows."""

    policy = Public("A benchmark's, on the loopback address.")
    authentication_classes = []
    permission_classes = []
    kept: ClassVar[dict[Any, tuple[Any, list[list[Any]]]]] = {}

    def post(self, request: Request) -> Response:
        """Insert a version, its medicines, warnings and prerequisites."""
        body = BareCopy(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data["version"]
        if wanted not in self.kept:
            row = PlanVersion.objects.get(pk=wanted)
            self.kept[wanted] = (
                row,
                [list(row.medicationitems.all()), list(row.warnings.all()), list(row.prerequisites.all())],
            )
        row, groups = self.kept[wanted]
        row.pk, row.number, row.state = new_id(), BarePlan.number(row), PlanVersion.State.WITHDRAWN
        row.ended_at, row.end_reason = row.proposed_at, "a benchmark"
        with transaction.atomic():
            row.save(force_insert=True)
            for rows in groups:
                for one in rows:
                    one.pk, one.version = new_id(), row
                    if isinstance(one, MedicationItem):
                        one.item_id = new_id()
                if rows:
                    type(rows[0])._default_manager.bulk_create(rows)
        return Response({"id": str(row.pk)}, status=201)

    @staticmethod
    def number(row: PlanVersion) -> int:
        """The next number of the plan."""
        last: int = PlanVersion.objects.filter(plan=row.plan_id).aggregate(last=Max("number"))["last"]
        return last + 1


urlpatterns.append(path("bare-plan/", BarePlan.as_view()))


class BareMove(serializers.Serializer[Any]):
    """Which move is inserted once more, and what was said with it."""

    transition = serializers.UUIDField()
    words = serializers.CharField(max_length=1000)


class BareTransition(APIView):
    """One INSERT of a transition, without authentication, access, audit, or anybody who is asked or told."""

    policy = Public("A benchmark's, on the loopback address.")
    authentication_classes = []
    permission_classes = []
    kept: ClassVar[dict[Any, Transition]] = {}

    def post(self, request: Request) -> Response:
        """Insert."""
        body = BareMove(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data["transition"]
        if wanted not in self.kept:
            row = Transition.objects.get(pk=wanted)
            row.number += 1_000_000
            self.kept[wanted] = row
        row = self.kept[wanted]
        row.pk, row.number, row.words = new_id(), row.number + 1, body.validated_data["words"]
        row.save(force_insert=True)
        return Response({"id": str(row.pk)}, status=201)


urlpatterns.append(path("bare-transition/", BareTransition.as_view()))
