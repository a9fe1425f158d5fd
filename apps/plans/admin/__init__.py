"""The admin pages of plans."""

from apps.plans.admin.following import MonitoringItemAdmin, ResponseReviewAdmin
from apps.plans.admin.plans import TreatmentPlanAdmin
from apps.plans.admin.settings import PlanPolicyAdmin
from apps.plans.admin.versions import PlanVersionAdmin

__all__ = ["MonitoringItemAdmin", "PlanPolicyAdmin", "PlanVersionAdmin", "ResponseReviewAdmin", "TreatmentPlanAdmin"]
