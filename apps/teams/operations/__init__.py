"""Every write of this room."""

from apps.teams.operations.care_teams import close_care_team, form_care_team, rename_care_team
from apps.teams.operations.members import Hours, add_member, change_member, deactivate_member, reactivate_member
from apps.teams.operations.memberships import add_to_team, end_membership, make_lead
from apps.teams.operations.rosters import end_cover, end_on_call, put_on_call, set_cover

__all__ = [
    "Hours",
    "add_member",
    "add_to_team",
    "change_member",
    "close_care_team",
    "deactivate_member",
    "end_cover",
    "end_membership",
    "end_on_call",
    "form_care_team",
    "make_lead",
    "put_on_call",
    "reactivate_member",
    "rename_care_team",
    "set_cover",
]
