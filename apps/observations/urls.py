"""The addresses of this room."""

from django.urls import URLPattern, path
from rest_framework.routers import SimpleRouter

from apps.observations import views


def register(router: SimpleRouter) -> None:
    """Put this room's resources into the table of contents."""
    router.register("observations", views.Observations, basename="observation")
    router.register("findings", views.Findings, basename="finding")
    router.register("complications", views.Complications, basename="complication")
    router.register("resolutions", views.Resolutions, basename="resolution")
    router.register("assessments", views.Assessments, basename="assessment")
    router.register("adverse-events", views.AdverseEvents, basename="adverse-event")
    router.register("attendances", views.Attendances, basename="attendance")


#: What is no resource of its own.
bulk_urls: list[URLPattern] = [
    path("observations/bulk/", views.BulkObservations.as_view(), name="observation-bulk"),
]
