"""The admin pages of referrals."""

from apps.referrals.admin.referrals import ReferralAdmin

__all__ = ["ReferralAdmin"]
