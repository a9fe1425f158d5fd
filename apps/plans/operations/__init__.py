"""Every write of this room."""

from apps.plans.operations.checking import UnsafeOrder
from apps.plans.operations.deciding import (
    AnotherApprover,
    CheckedAnew,
    PrerequisitesMissing,
    ReasonsMissing,
    activate,
    approve,
    explain,
    see_to,
    stop_plan,
    withdraw,
)
from apps.plans.operations.merge import ask_for_a_plan, end_for_patient
from apps.plans.operations.proposing import PlanOpen, ProposalPending, open_plan, propose
from apps.plans.operations.requesting import request_missing
from apps.plans.operations.reviewing import ask_for_review, complete_review
from apps.plans.operations.settings import open_feed, revoke_feed, set_policy
from apps.plans.operations.upkeep import refresh

__all__ = [
    "AnotherApprover", "CheckedAnew", "PlanOpen", "PrerequisitesMissing", "ProposalPending", "ReasonsMissing", "UnsafeOrder",
    "activate", "approve", "ask_for_a_plan", "ask_for_review", "complete_review", "end_for_patient", "explain", "open_feed",
    "open_plan", "propose", "refresh", "request_missing", "revoke_feed", "see_to", "set_policy", "stop_plan", "withdraw",
]  # fmt: skip
