"""The addresses of this room."""

from django.urls import URLPattern, path
from rest_framework.routers import SimpleRouter

from apps.referrals import views


def register(router: SimpleRouter) -> None:
    """Put this room's resources into the table of contents."""
    router.register("referrals", views.Referrals, basename="referral")


VERSION = "plan-versions/<uuid:id>/"
#: What suggests itself because of a plan.
suggested_urls: list[URLPattern] = [
    path(f"{VERSION}suggested-referrals/", views.SuggestedReferrals.as_view(), name="plan-version-suggested-referrals"),
    path(f"{VERSION}refer/", views.ReferForPlan.as_view(), name="plan-version-refer"),
]
