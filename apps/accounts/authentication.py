"""How a password, a session or a token becomes a user with the access of this moment."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from apps.accounts.models import ApiToken, User
from apps.accounts.secrets import START, digest_of
from apps.accounts.throttle import Door, failed, hold_back, succeeded
from apps.audit import operations as audit
from apps.common.clock import app_now

USED = timedelta(minutes=1)


class PeopleBackend(BaseBackend):
    """Passwords and sessions of people."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        """The person with this name and password; None otherwise, after the same time."""
        if username is None or password is None:
            return None
        user = User.objects.with_access().filter(username=username.strip().lower(), kind=User.Kind.PERSON).first()
        if user is None:
            make_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: UUID) -> User | None:
        """The person behind a session, with the access of this moment, in one query."""
        return User.objects.with_access().filter(pk=user_id, is_active=True).first()


def try_password(door: Door, password: str) -> User | None:
    """The person who may come in through this door; None when name or password are wrong.

    Raises TooManyTries, without looking at the password, when the door is held back.
    """
    at = app_now()
    hold_back(door, at)
    user = PeopleBackend().authenticate(None, username=door.username, password=password)
    if user is None:
        failed(door, at)
        return None
    succeeded(door)
    audit.record(by=user.actor(), at=at, verb="accounts.log_in", subject=user, site_id=user.home_site_id)
    return user


# Written out, because every request of a program asks it: composing it anew cost four times what PostgreSQL needs.
_WHOSE = """
    SELECT u.*, app_now() AS read_at, t.id AS token_id, t.name AS token_name, t.prefix AS token_prefix,
           t.scopes AS token_scopes, t.created_at AS token_created_at, t.expires_at AS token_expires_at,
           t.last_used_at AS token_last_used_at,
           ARRAY(SELECT g.role || ':' || g.site_id FROM accounts_rolegrant g JOIN accounts_site s ON s.id = g.site_id
                 WHERE g.user_id = u.id AND s.active AND g.starts_at <= app_now()
                   AND (g.ends_at IS NULL OR g.ends_at > app_now())) AS roles_now
    FROM accounts_apitoken t JOIN accounts_user u ON u.id = t.user_id
    WHERE t.digest = %s AND t.revoked_at IS NULL AND t.expires_at > app_now() AND u.is_active
"""


def user_of_token(secret: str) -> tuple[User, ApiToken] | None:
    """The user and the token of this secret, if it is known, unexpired, unrevoked and its user active.

    Marks the token as used, at most once a minute.
    """
    if not secret.startswith(START):
        return None
    user = next(iter(User.objects.raw(_WHOSE, [digest_of(secret)])), None)
    if user is None:
        return None
    names = ("id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at")
    token = ApiToken(user=user, **{name: getattr(user, f"token_{name}") for name in names})
    if token.last_used_at is None or user.read_at - token.last_used_at >= USED:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=user.read_at)
    return user, token
