"""API tokens."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.models import ApiToken, User
from apps.accounts.permissions import Permission
from apps.accounts.secrets import new_secret
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Forbidden, Invalid

LONGEST = timedelta(days=366)


@transaction.atomic
def issue_token(
    *, user: User, by: Actor, at: datetime, name: str, scopes: Sequence[str], expires_at: datetime
) -> tuple[ApiToken, str]:
    """Make a token and return it with its secret, which is shown this once and never kept.

    One's own, or one of a service account that one administers; never with a token, so that a leaked one cannot breed.
    Raises Forbidden, or Invalid when a scope is unknown or the expiry is not within a year.
    """
    _may_handle(user, by)
    _hold_to_rules(scopes, at, expires_at)
    made = new_secret()
    token = ApiToken(
        user=user, name=name, prefix=made.prefix, digest=made.digest, scopes=sorted(set(scopes)),
        created_at=at, created_by_id=by.user_id_known, expires_at=expires_at,
    )  # fmt: skip
    token.hold_to_rules()
    token.save(force_insert=True)
    changes = audit.created(token, "user", "prefix", "scopes", "expires_at")
    audit.record(by=by, at=at, verb="accounts.issue_token", subject=token, site_id=user.home_site_id, changes=changes)
    return token, made.secret


def _hold_to_rules(scopes: Sequence[str], at: datetime, expires_at: datetime) -> None:
    unknown = sorted(set(scopes) - set(Permission))
    if unknown or not scopes:
        raise Invalid.field("scopes", f"Name at least one of: {', '.join(Permission)}.")
    if not at < expires_at <= at + LONGEST:
        raise Invalid.field("expires_at", f"A token lasts until some time within the next {LONGEST.days} days.")


@transaction.atomic
def revoke_token(*, token: ApiToken, by: Actor, at: datetime) -> ApiToken:
    """End a token at once. Raises Forbidden, or Conflict when it was revoked already."""
    token = ApiToken.objects.select_for_update(of=("self",)).select_related("user").get(pk=token.pk)
    if by.token_id != token.pk:
        _may_handle(token.user, by)
    if token.revoked_at is not None:
        raise Conflict("This token was revoked already.")
    token.revoked_at, token.revoked_by_id = at, by.user_id_known
    token.save(update_fields=["revoked_at", "revoked_by"])
    changes = {"revoked_at": (None, at)}
    audit.record(
        by=by,
        at=at,
        verb="accounts.revoke_token",
        subject=token,
        site_id=token.user.home_site_id,
        changes=changes,
    )
    return token


def _may_handle(user: User, by: Actor) -> None:
    if by.token_id is not None:
        raise Forbidden("Tokens are made and revoked by a person who is logged in, not with a token.")
    if user.pk == by.user_id:
        return
    if user.kind != User.Kind.SERVICE:
        raise Forbidden("A person's tokens are their own affair.")
    by.require(Permission.ACCOUNTS_WRITE, user.home_site_id)
