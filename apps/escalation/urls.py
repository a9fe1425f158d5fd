"""The addresses of this room."""

from rest_framework.routers import SimpleRouter

from apps.escalation import views


def register(router: SimpleRouter) -> None:
    """Put this room's resources into the table of contents."""
    router.register("escalations", views.Escalations, basename="escalation")
    router.register("criterion-versions", views.CriterionVersions, basename="criterion-version")
    router.register("criterion-trials", views.CriterionTrials, basename="criterion-trial")
    router.register("criterion-site-values", views.CriterionSiteValues, basename="criterion-site-value")
