"""People and service accounts."""

from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.models import Site, User
from apps.accounts.permissions import Permission
from apps.accounts.signals import user_changed
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Forbidden, Invalid


@transaction.atomic
def add_user(
    *, by: Actor, at: datetime, username: str, name: str, home_site: Site, email: str = "",
    kind: str = User.Kind.PERSON, password: str = "",
) -> User:  # fmt: skip
    """Add a person or a service account. Without a password a person cannot log in until one is set.

    Raises Forbidden, or Invalid when a field breaks its rule, the name is taken or the password is too weak.
    """
    by.require(Permission.ACCOUNTS_WRITE, home_site.pk)
    user = User(username=username.strip().lower(), name=name, email=email, home_site=home_site, kind=kind)
    _set_password(user, password)
    user.hold_to_rules()
    _unique(user, user.username)
    user.save(force_insert=True)
    _record(
        user,
        by=by,
        at=at,
        verb="accounts.add_user",
        changes=audit.created(user, "kind", "username", "name", "email", "home_site"),
    )
    return user


@transaction.atomic
def change_user(*, user: User, by: Actor, at: datetime, version: int | None = None, **values: Any) -> User:
    """Change a user's name, username, e-mail or home site. Raises Forbidden, Stale or Invalid."""
    user = User.locked(user, version)
    by.require(Permission.ACCOUNTS_WRITE, user.home_site_id)
    if "home_site" in values:
        by.require(Permission.ACCOUNTS_WRITE, values["home_site"].pk)
    if "username" in values:
        values["username"] = values["username"].strip().lower()
        _unique(user, values["username"])
    changes = user.change(**values)
    if changes:
        _record(user, by=by, at=at, verb="accounts.change_user", changes=changes)
        user_changed.send(sender=User, user_id=user.pk, at=at)
    return user


@transaction.atomic
def deactivate_user(*, user: User, by: Actor, at: datetime, version: int | None = None) -> User:
    """Close an account: its sessions and tokens end at once. Raises Forbidden, Stale, or Conflict for one's own."""
    if user.pk == by.user_id:
        raise Conflict("Nobody can close their own account.")
    return _activate(user=user, by=by, at=at, version=version, active=False)


@transaction.atomic
def reactivate_user(*, user: User, by: Actor, at: datetime, version: int | None = None) -> User:
    """Open a closed account again. Raises Forbidden or Stale."""
    return _activate(user=user, by=by, at=at, version=version, active=True)


def _activate(*, user: User, by: Actor, at: datetime, version: int | None, active: bool) -> User:
    user = User.locked(user, version)
    by.require(Permission.ACCOUNTS_WRITE, user.home_site_id)
    changes = user.change(is_active=active)
    if changes:
        verb = "accounts.reactivate_user" if active else "accounts.deactivate_user"
        _record(user, by=by, at=at, verb=verb, changes=changes)
        user_changed.send(sender=User, user_id=user.pk, at=at)
    return user


@transaction.atomic
def set_password(*, user: User, by: Actor, at: datetime, password: str) -> User:
    """Give somebody a new password; their sessions end. Raises Forbidden, or Invalid when it is too weak."""
    user = User.locked(user)
    by.require(Permission.ACCOUNTS_WRITE, user.home_site_id)
    return _new_password(user, by=by, at=at, password=password)


@transaction.atomic
def change_own_password(*, user: User, by: Actor, at: datetime, old: str, password: str) -> User:
    """Change one's own password; other sessions end.

    Raises Forbidden for anybody else or through a token, Invalid when the old one is wrong or the new one too weak.
    """
    if by.user_id != user.pk or by.token_id is not None:
        raise Forbidden("A password is changed by its owner, logged in.")
    user = User.locked(user)
    if not user.check_password(old):
        raise Invalid.field("old", "This is not the present password.")
    return _new_password(user, by=by, at=at, password=password)


def _new_password(user: User, *, by: Actor, at: datetime, password: str) -> User:
    if not password:
        raise Invalid.field("password", "A password is needed.")
    _set_password(user, password)
    user.version += 1
    user.save(update_fields=["password", "version"])
    _record(user, by=by, at=at, verb="accounts.set_password", changes={"password": ("", "")})
    return user


def _set_password(user: User, password: str) -> None:
    if not password:
        user.set_unusable_password()
        return
    if user.kind == User.Kind.SERVICE:
        raise Invalid.field("password", "A service account has tokens, never a password.")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid.field("password", " ".join(error.messages)) from None
    user.set_password(password)


def _unique(user: User, username: str) -> None:
    if User.objects.filter(username=username).exclude(pk=user.pk).exists():
        raise Invalid.field("username", "Another account has this name.")


def _record(user: User, *, by: Actor, at: datetime, verb: str, changes: dict[str, tuple[Any, Any]]) -> None:
    audit.record(by=by, at=at, verb=verb, subject=user, site_id=user.home_site_id, changes=changes)
