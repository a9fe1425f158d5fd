"""Every write of this room."""

from apps.accounts.operations.grants import end_grant, end_grants_of, grant_on_call, grant_role
from apps.accounts.operations.sites import add_holiday, change_site, open_site, remove_holiday
from apps.accounts.operations.tokens import issue_token, revoke_token
from apps.accounts.operations.users import (
    add_user,
    change_own_password,
    change_user,
    deactivate_user,
    reactivate_user,
    set_password,
)

__all__ = [
    "add_holiday",
    "add_user",
    "change_own_password",
    "change_site",
    "change_user",
    "deactivate_user",
    "end_grant",
    "end_grants_of",
    "grant_on_call",
    "grant_role",
    "issue_token",
    "open_site",
    "reactivate_user",
    "remove_holiday",
    "revoke_token",
    "set_password",
]
