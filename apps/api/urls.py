"""Every address of the API."""

from django.urls import URLPattern, URLResolver, path

from apps.administration.urls import session_urls
from apps.api import views
from apps.api.router import router
from apps.observations.urls import bulk_urls
from apps.plans.urls import document_urls
from apps.referrals.urls import suggested_urls
from apps.workspace.urls import timeline_urls

urlpatterns: list[URLPattern | URLResolver] = [
    *session_urls,
    *bulk_urls,
    *document_urls,
    *suggested_urls,
    *timeline_urls,
    *router.urls,
    path("schema/", views.Schema.as_view(), name="schema"),
    path("docs/", views.Docs.as_view(), name="docs"),
]
