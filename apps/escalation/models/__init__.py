"""The rows of this room."""

from apps.escalation.models.criteria import CONTENT, Criterion, CriterionVersion, digest_of
from apps.escalation.models.escalations import FACTS, Action, Escalation, Evidence, Watch
from apps.escalation.models.governance import SiteValue, TestResult, Trial

__all__ = [
    "CONTENT", "FACTS", "Action", "Criterion", "CriterionVersion", "Escalation", "Evidence", "SiteValue", "TestResult", "Trial",
    "Watch", "digest_of",
]  # fmt: skip
