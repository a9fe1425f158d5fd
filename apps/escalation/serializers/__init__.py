"""How what is in this room is shown and sent."""

from apps.escalation.serializers.criteria import (
    Comparison,
    CriterionVersionShown,
    LookedOver,
    NewWording,
    Signature,
    Wording,
    Written,
)
from apps.escalation.serializers.escalations import (
    CLINICIANS,
    Acted,
    Closed,
    CriterionMet,
    EscalationListed,
    EscalationShown,
)
from apps.escalation.serializers.governance import NewSiteValue, Since, SiteValueShown, TrialListed, TrialShown

__all__ = [
    "CLINICIANS", "Acted", "Closed", "Comparison", "CriterionMet", "CriterionVersionShown", "EscalationListed",
    "EscalationShown", "LookedOver", "NewSiteValue", "NewWording", "Signature", "Since", "SiteValueShown", "TrialListed",
    "TrialShown", "Wording", "Written",
]  # fmt: skip
