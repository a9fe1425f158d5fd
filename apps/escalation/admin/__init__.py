"""The admin pages of clinical governance."""

from apps.escalation.admin.criteria import CriterionVersionAdmin
from apps.escalation.admin.numbers import SiteValueAdmin
from apps.escalation.admin.trials import TrialAdmin

__all__ = ["CriterionVersionAdmin", "SiteValueAdmin", "TrialAdmin"]
