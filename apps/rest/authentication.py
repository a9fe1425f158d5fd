"""Who asks: an API token or a session, turned into an Actor by one query."""

from typing import Any, cast

import structlog
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.accounts.actors import Actor
from apps.accounts.authentication import user_of_token
from apps.accounts.models import User


class TokenLogin(BaseAuthentication):
    """`Authorization: Bearer ct_…`."""

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:
        """The token's user; AuthenticationFailed when the token is unknown, expired or revoked."""
        kind, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if kind.lower() != "bearer":
            return None
        found = user_of_token(secret.strip())
        if found is None:
            raise AuthenticationFailed("This token is unknown, expired or revoked.")
        user, token = found
        return user, _known(user.actor(request_id=request_id(request), token=token))

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="careteam"'


class SessionLogin(SessionAuthentication):
    """A browser's session, with its CSRF token on writes."""

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:
        """The session's user, when there is one."""
        found = super().authenticate(request)
        if found is None:
            return None
        user = cast("User", found[0])
        return user, _known(user.actor(request_id=request_id(request)))


def request_id(request: Any) -> str:
    """The id under which this request stands in logs and in the audit record."""
    return str(getattr(getattr(request, "_request", request), "request_id", ""))


def _known(actor: Actor) -> Actor:
    structlog.contextvars.bind_contextvars(actor=str(actor.user_id))
    return actor


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema names API tokens."""

    target_class = TokenLogin
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """An OpenAPI security scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API token: `Authorization: Bearer ct_…`",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema names sessions."""

    target_class = SessionLogin
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """An OpenAPI security scheme."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "A browser's session; writes need the header X-CSRFToken.",
        }
