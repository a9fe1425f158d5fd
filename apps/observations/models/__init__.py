"""The rows of this room."""

from apps.observations.models.adverse_event import AdverseEvent
from apps.observations.models.assessment import Assessment
from apps.observations.models.attendance import Attendance
from apps.observations.models.base import Fact
from apps.observations.models.conditions import Condition, Resolution
from apps.observations.models.observation import Observation, plain
from apps.observations.models.proxies import Complication, Finding

__all__ = [
    "AdverseEvent", "Assessment", "Attendance", "Complication", "Condition", "Fact", "Finding", "Observation", "Resolution",
    "plain",
]  # fmt: skip
