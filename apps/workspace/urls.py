"""The addresses of this room."""

from rest_framework.routers import SimpleRouter

from apps.workspace import views


def register(router: SimpleRouter) -> None:
    """Put this room's resources into the table of contents."""
    router.register("audit-events", views.AuditEvents, basename="audit-event")
