"""The rows of this room."""

from apps.escalation.models.criteria import Criterion, CriterionVersion
from apps.escalation.models.escalations import Action, Escalation, Evidence, Watch

__all__ = ["Action", "Criterion", "CriterionVersion", "Escalation", "Evidence", "Watch"]
