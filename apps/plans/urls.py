"""The addresses of this room."""

from django.urls import URLPattern, path
from rest_framework.routers import SimpleRouter

from apps.plans import calendars, documents, views


def register(router: SimpleRouter) -> None:
    """Put this room's resources into the table of contents."""
    router.register("treatment-plans", views.TreatmentPlans, basename="treatment-plan")
    router.register("plan-versions", views.PlanVersions, basename="plan-version")
    router.register("monitoring-items", views.MonitoringItems, basename="monitoring-item")
    router.register("response-reviews", views.ResponseReviews, basename="response-review")
    router.register("plan-policies", views.PlanPolicies, basename="plan-policy")
    router.register("calendar-feeds", views.CalendarFeeds, basename="calendar-feed")


VERSION = "plan-versions/<uuid:id>/"
#: What is printed.
document_urls: list[URLPattern] = [
    path(f"{VERSION}summary.pdf", documents.Summary.as_view(), name="plan-version-summary"),
    path(f"{VERSION}patient-summary.pdf", documents.PatientSummary.as_view(), name="plan-version-patient-summary"),
]
#: Outside the API, since a calendar program knows nothing of it: the whole secret stands in the address.
calendar_urls: list[URLPattern] = [
    path("calendar/<str:secret>.ics", calendars.DueCalendar.as_view(), name="calendar"),
]
