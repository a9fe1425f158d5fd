"""The REST doors of this room."""

from apps.plans.views.base import OWN, POLICY, READ
from apps.plans.views.following import MonitoringItems, ResponseReviews
from apps.plans.views.plans import TreatmentPlans
from apps.plans.views.settings import CalendarFeeds, PlanPolicies
from apps.plans.views.versions import PlanVersions

__all__ = [
    "OWN", "POLICY", "READ", "CalendarFeeds", "MonitoringItems", "PlanPolicies", "PlanVersions", "ResponseReviews",
    "TreatmentPlans",
]  # fmt: skip
