"""How a password, a session or a token becomes a user with the access of this moment."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.db.models import OuterRef
from django.http import HttpRequest

from apps.accounts.models import ApiToken, User, access_now
from apps.accounts.secrets import START, digest_of
from apps.accounts.throttle import Door, failed, hold_back, succeeded
from apps.common.clock import AppNow, app_now

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
    return user


def user_of_token(secret: str) -> tuple[User, ApiToken] | None:
    """The user and the token of this secret, if it is known, unexpired, unrevoked and its user active.

    Marks the token as used, at most once a minute.
    """
    if not secret.startswith(START):
        return None
    token = (
        ApiToken.objects.filter(
            digest=digest_of(secret), revoked_at__isnull=True, expires_at__gt=AppNow(), user__is_active=True
        )
        .annotate(**access_now(OuterRef("user_id")))
        .select_related("user")
        .first()
    )
    if token is None:
        return None
    user = token.user
    user.read_at, user.roles_now = token.read_at, token.roles_now
    if token.last_used_at is None or user.read_at - token.last_used_at >= USED:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=user.read_at)
    return user, token
