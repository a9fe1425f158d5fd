"""The rows of this room."""

from apps.nudges.models.delivery import Breaker, BrokenAddress, Delivery
from apps.nudges.models.nudge import RANK, UNFINISHED, Nudge, Policy, Response, Rung, Severity

__all__ = [
    "RANK", "UNFINISHED", "Breaker", "BrokenAddress", "Delivery", "Nudge", "Policy", "Response", "Rung", "Severity",
]  # fmt: skip
