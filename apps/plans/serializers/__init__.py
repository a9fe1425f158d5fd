"""How what is in this room is shown and sent."""

from apps.plans.serializers.content import NewPlan, NewVersion, TryOut
from apps.plans.serializers.following import (
    Completion,
    MonitoringItemShown,
    Requested,
    ReviewListed,
    ReviewShown,
)
from apps.plans.serializers.plans import ComparedVersions, PlanListed, PlanShown
from apps.plans.serializers.settings import FeedShown, MadeFeed, NewFeed, NewPolicy, PolicyChanges, PolicyShown
from apps.plans.serializers.versions import Approval, Explanation, TriedOut, VersionListed, VersionShown

__all__ = [
    "Approval", "ComparedVersions", "Completion", "Explanation", "FeedShown", "MadeFeed", "MonitoringItemShown",
    "NewFeed", "NewPlan", "NewPolicy", "NewVersion", "PlanListed", "PlanShown", "PolicyChanges", "PolicyShown", "Requested",
    "ReviewListed", "ReviewShown", "TriedOut", "TryOut", "VersionListed", "VersionShown",
]  # fmt: skip
