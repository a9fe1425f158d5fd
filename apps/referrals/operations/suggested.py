"""Sending what suggests itself, in one step."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.common.refusals import Invalid
from apps.knowledge.models import ReferralReason
from apps.plans.models import PlanVersion
from apps.referrals import suggesting
from apps.referrals.models import Referral
from apps.referrals.operations.drafting import draft

NAME_ONE = "Nothing suggests itself: name the reason."


@transaction.atomic
def refer_for_plan(
    *,
    plan_version: PlanVersion,
    by: Actor,
    at: datetime,
    reason: ReferralReason | None = None,
    send: bool = True,
    **values: Any,
) -> Referral:
    """Refer for what the medicines of a version want and is missing; without a reason, for what suggests itself first.

    `values` are those of `draft`. Raises what `draft` raises, and Invalid where no reason is named and none suggests itself.
    """
    if reason is None:
        found = suggesting.first_of(suggesting.of_version(plan_version, at))
        if found is None:
            raise Invalid.field("reason", NAME_ONE)
        reason = found.reason
    patient = plan_version.plan.patient
    return draft(patient=patient, by=by, at=at, reason=reason, because_of=plan_version, send=send, **values)
