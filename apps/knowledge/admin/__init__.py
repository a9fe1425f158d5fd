"""The admin pages of knowledge."""

from apps.knowledge.admin import disciplines, own, referrals, shipped

__all__ = ["disciplines", "own", "referrals", "shipped"]
