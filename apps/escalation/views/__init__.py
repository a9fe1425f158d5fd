"""The REST doors of this room."""

from apps.escalation.views.base import GOVERNED
from apps.escalation.views.criteria import CriterionVersions
from apps.escalation.views.escalations import POLICY, Escalations
from apps.escalation.views.governance import CriterionSiteValues, CriterionTrials

__all__ = ["GOVERNED", "POLICY", "CriterionSiteValues", "CriterionTrials", "CriterionVersions", "Escalations"]
