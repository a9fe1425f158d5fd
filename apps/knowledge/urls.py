"""The addresses of this room."""

from rest_framework.routers import SimpleRouter

from apps.knowledge import views


def register(router: SimpleRouter) -> None:
    """Put this room's resources into the table of contents."""
    router.register("disciplines", views.Disciplines, basename="discipline")
    router.register("instruments", views.Instruments, basename="instrument")
    router.register("concepts", views.Concepts, basename="concept")
    router.register("sources", views.Sources, basename="source")
