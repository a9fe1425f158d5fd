"""Every address: the pages of members, the admin, the API, health and metrics."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from apps.api import views
from apps.plans.urls import calendar_urls
from apps.workspace.urls import page_urls

urlpatterns: list[URLPattern | URLResolver] = [
    *page_urls,
    *calendar_urls,
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
