"""The addresses of this room."""

from rest_framework.routers import SimpleRouter

from apps.nudges import views


def register(router: SimpleRouter) -> None:
    """Put this room's resources into the table of contents."""
    router.register("nudges", views.Nudges, basename="nudge")
    router.register("inbox", views.Inbox, basename="inbox")
    router.register("notices", views.Notices, basename="notice")
