"""The rows of this room."""

from apps.plans.models.checks import PlanWarning, PrerequisiteCheck
from apps.plans.models.following import MonitoringItem, ResponseReview, Upkeep
from apps.plans.models.items import Goal, InterventionItem, Item, MedicationItem, Route
from apps.plans.models.plan import PlanVersion, TreatmentPlan
from apps.plans.models.settings import CalendarFeed, PlanPolicy

__all__ = [
    "CalendarFeed", "Goal", "InterventionItem", "Item", "MedicationItem", "MonitoringItem", "PlanPolicy", "PlanVersion",
    "PlanWarning", "PrerequisiteCheck", "ResponseReview", "Route", "TreatmentPlan", "Upkeep",
]  # fmt: skip
