"""The project's addresses and a bare view: the same serializer and rows, without authentication, access and audit."""

from typing import Any, ClassVar

from django.urls import path
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.knowledge.models import Instrument
from apps.observations.models import Observation
from apps.patients.models import Patient
from apps.patients.serializers import PatientShown
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
