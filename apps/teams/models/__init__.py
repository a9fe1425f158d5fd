"""The rows of this room."""

from apps.teams.models.members import Member, WorkingHours
from apps.teams.models.rosters import Cover, OnCall
from apps.teams.models.teams import CareTeam, Membership

__all__ = ["CareTeam", "Cover", "Member", "Membership", "OnCall", "WorkingHours"]
