"""Every write of this room."""

from apps.escalation.operations import merge as _merge  # noqa: F401 - declares how escalations follow a merge
from apps.escalation.operations.criteria import activate, retire, sign
from apps.escalation.operations.evaluating import apply
from apps.escalation.operations.matters import act, close, state_criterion_met
from apps.escalation.operations.referring import follow_referral, refer
from apps.escalation.operations.watching import end_for_patient, make_due, plant_watches

__all__ = [
    "act", "activate", "apply", "close", "end_for_patient", "follow_referral", "make_due", "plant_watches", "refer",
    "retire", "sign", "state_criterion_met",
]  # fmt: skip
