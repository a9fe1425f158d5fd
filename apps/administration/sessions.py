"""Logging in and out over the API, and one's own password."""

from typing import Any, cast

from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware, get_token
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import operations
from apps.accounts.authentication import try_password
from apps.accounts.models import User
from apps.administration.serializers import Login, OwnPassword, SessionShown
from apps.administration.views import roles_by_site
from apps.common.refusals import Forbidden
from apps.rest import problems
from apps.rest.authentication import TokenLogin, request_id
from apps.rest.doors import door_of, remember_device
from apps.rest.policy import Public, SignedIn
from apps.rest.views import HouseView


class FromHere(CsrfViewMiddleware):
    """Django's own look at the Origin of a request, by itself."""

    def vouches_for(self, request: HttpRequest) -> bool:
        """Whether the request comes from one of our own pages, or from no page at all."""
        return "HTTP_ORIGIN" not in request.META or bool(self._origin_verified(request))  # type: ignore[attr-defined]


class Session(HouseView):
    """The session of a browser: who I am, log in, log out."""

    policy = Public("Logging in is for everybody; what is shown or ended is only the caller's own session.")
    idempotent = False
    more_problems = (401, 403, 429)

    def get_authenticators(self) -> list[Any]:
        """Nobody is asked who they are before they log in: an old session or a stale token must not stand in the way."""
        asked: Any = self.request  # None while the schema is drawn
        return [] if asked is not None and asked.method == "POST" else super().get_authenticators()

    def get_authenticate_header(self, request: Request) -> str:
        """What a 401 asks for, logging in included."""
        return TokenLogin().authenticate_header(request)

    @extend_schema(responses=SessionShown)
    def get(self, request: Request) -> Response:
        """Who is asking, what they are where, and what the clock says."""
        self._somebody(request)
        return Response(self._described(cast("User", request.user)))

    @extend_schema(request=Login, responses=SessionShown)
    def post(self, request: Request) -> Response:
        """Log in with name and password."""
        # Another site could log a visitor in as somebody else (login CSRF) and so have them record facts in a foreign
        # name. There is no session yet whose CSRF token could be asked for; two things stand in for it. The body is JSON,
        # which no form can send, nor a script of another origin without asking first, and nothing here answers that
        # question; and a browser names the origin on every POST, which must then be one of ours.
        if not FromHere(lambda _request: None).vouches_for(request._request):  # type: ignore[arg-type]  # noqa: SLF001
            raise PermissionDenied("Log in from our own pages.")
        values = self.valid(Login)
        user = try_password(door_of(request._request, values["username"]), values["password"])  # noqa: SLF001
        if user is None:
            # Returned and not raised: raising would roll back the failure that was just counted.
            return self._wrong(request)
        # Django keeps the session of somebody who logs in again; here every log-in begins a new one.
        request._request.session.flush()  # noqa: SLF001
        login(request._request, user, backend="apps.accounts.authentication.PeopleBackend")  # noqa: SLF001
        request.auth = user.actor(request_id=request_id(request))
        response = Response(self._described(user))
        remember_device(request._request, response, user.username)  # noqa: SLF001
        return response

    @extend_schema(responses={status.HTTP_204_NO_CONTENT: None})
    def delete(self, request: Request) -> Response:
        """Log out."""
        self._somebody(request)
        if self.actor.token_id is not None:
            raise Forbidden("A token has no session to end; revoke it instead.")
        logout(request._request)  # noqa: SLF001
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _somebody(self, request: Request) -> None:
        if self.actor.user_id is None:
            raise NotAuthenticated

    def _wrong(self, request: Request) -> Response:
        error: Any = AuthenticationFailed("The name or the password is wrong.")
        error.auth_header = self.get_authenticate_header(request)
        return problems.answer(error, {"request": request})

    def _described(self, user: User) -> dict[str, Any]:
        actor, token = self.actor, None
        if actor.token_id is None:
            token = get_token(self.request._request)  # noqa: SLF001
        scopes = None if actor.scopes is None else sorted(actor.scopes)
        shown = {
            "user": user, "roles": roles_by_site(actor), "scopes": scopes, "at": self.at, "csrf_token": token,
        }  # fmt: skip
        return dict(SessionShown(shown).data)


class OwnPasswordDoor(HouseView):
    """One's own password."""

    policy = SignedIn("Everybody looks after their own password.", people_only=True)
    idempotent = False

    @extend_schema(request=OwnPassword, responses={status.HTTP_204_NO_CONTENT: None})
    def post(self, request: Request) -> Response:
        """Change one's own password; other sessions end, this one goes on."""
        user = operations.change_own_password(
            user=cast("User", request.user), by=self.actor, at=self.at, **self.valid(OwnPassword)
        )
        update_session_auth_hash(request._request, user)  # noqa: SLF001
        return Response(status=status.HTTP_204_NO_CONTENT)
