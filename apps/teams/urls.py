"""The addresses of this room."""

from rest_framework.routers import SimpleRouter

from apps.teams import views


def register(router: SimpleRouter) -> None:
    """Put this room's resources into the table of contents."""
    router.register("members", views.Members, basename="member")
    router.register("care-teams", views.CareTeams, basename="care-team")
    router.register("memberships", views.Memberships, basename="membership")
    router.register("covers", views.Covers, basename="cover")
    router.register("on-calls", views.OnCalls, basename="on-call")
