"""The addresses of this room."""

from django.urls import URLPattern, path
from rest_framework.routers import SimpleRouter

from apps.administration import sessions, views

session_urls: list[URLPattern] = [
    path("session/", sessions.Session.as_view(), name="session"),
    path("session/password/", sessions.OwnPasswordDoor.as_view(), name="session-password"),
]


def register(router: SimpleRouter) -> None:
    """Put this room's resources into the table of contents."""
    router.register("sites", views.Sites, basename="site")
    router.register("holidays", views.Holidays, basename="holiday")
    router.register("users", views.Users, basename="user")
    router.register("role-grants", views.RoleGrants, basename="role-grant")
    router.register("api-tokens", views.ApiTokens, basename="api-token")
