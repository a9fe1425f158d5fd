"""Running a version of a criterion over recorded history, before it is signed: how often, for whom, and whom it would ask."""

from apps.escalation.backtest.figures import Backtest
from apps.escalation.backtest.running import run

__all__ = ["Backtest", "run"]
