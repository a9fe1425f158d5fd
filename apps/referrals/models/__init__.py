"""The rows of this room."""

from apps.referrals.models.parts import Attachment, Transition, Visit
from apps.referrals.models.referral import Referral

__all__ = ["Attachment", "Referral", "Transition", "Visit"]
