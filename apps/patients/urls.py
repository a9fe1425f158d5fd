"""The addresses of this room."""

from rest_framework.routers import SimpleRouter

from apps.patients import views


def register(router: SimpleRouter) -> None:
    """Put this room's resources into the table of contents."""
    router.register("patients", views.Patients, basename="patient")
    router.register("identifiers", views.Identifiers, basename="identifier")
    router.register("antibodies", views.Antibodies, basename="antibody")
    router.register("target-ranges", views.TargetRanges, basename="target-range")
    router.register("mutes", views.Mutes, basename="mute")
