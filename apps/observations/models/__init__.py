"""The rows of this room."""

from apps.observations.models.assessment import Assessment
from apps.observations.models.base import Fact
from apps.observations.models.conditions import Condition, Resolution
from apps.observations.models.observation import Observation, plain
from apps.observations.models.proxies import Complication, Finding

__all__ = ["Assessment", "Complication", "Condition", "Fact", "Finding", "Observation", "Resolution", "plain"]
