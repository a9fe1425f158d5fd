"""Every address: the admin, the API, health and metrics."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from apps.api import views
from apps.rest.policy import Public


class Home(RedirectView):
    """The front door leads to the admin."""

    policy = Public("A redirect.")
    pattern_name = "admin:index"


urlpatterns: list[URLPattern | URLResolver] = [
    path("", Home.as_view(), name="home"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("apps.api.urls")),
    path("health/live", views.live, name="live"),
    path("health/ready", views.ready, name="ready"),
    path("metrics", views.metrics, name="metrics"),
]

handler400 = "apps.rest.problems.bad_request"
handler403 = "apps.rest.problems.not_allowed"
handler404 = "apps.rest.problems.not_found"
handler500 = "apps.rest.problems.failed"
