"""The project's addresses and a bare view: the same serializer and rows, without authentication, access and audit."""

from typing import ClassVar

from django.urls import path
from rest_framework.generics import ListAPIView

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
