"""Every write of this room."""

from apps.escalation.operations import merge as _merge  # noqa: F401 - declares how escalations follow a merge
from apps.escalation.operations.criteria import activate, retire, sign
from apps.escalation.operations.drafting import draft, edit, write_down
from apps.escalation.operations.evaluating import apply
from apps.escalation.operations.matters import act, close, state_criterion_met
from apps.escalation.operations.referring import follow_referral, refer
from apps.escalation.operations.site_values import end_site_value, propose_site_value, sign_site_value
from apps.escalation.operations.trying import ask_for_backtest, ask_for_test, fail_trial, finish_backtest, finish_test
from apps.escalation.operations.watching import end_for_patient, make_due, plant_watches

__all__ = [
    "act", "activate", "apply", "ask_for_backtest", "ask_for_test", "close", "draft", "edit", "end_for_patient",
    "end_site_value", "fail_trial", "finish_backtest", "finish_test", "follow_referral", "make_due", "plant_watches",
    "propose_site_value", "refer", "retire", "sign", "sign_site_value", "state_criterion_met", "write_down",
]  # fmt: skip
