"""Around every request: its id, its log line, and the actor of an admin page."""

import re
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.common.ids import new_id

log = structlog.get_logger("careteam.request")
_GOOD_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}\Z")

Next = Callable[[HttpRequest], HttpResponse]


class RequestLog:
    """Gives the request an id, answers with it, and writes one line: the route, never the path, its query or a body.

    A path holds the ids of patients and a query what somebody searched for; the route says all that an operator needs.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if _GOOD_ID.match(given) else str(new_id())  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        timezone.deactivate()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)  # type: ignore[attr-defined]
        begun = time.perf_counter()
        response = self.get_response(request)
        route = request.resolver_match.route if request.resolver_match else "unknown"
        spent = round((time.perf_counter() - begun) * 1000, 1)
        if not route.startswith("health/"):
            log.info("request", method=request.method, route=route, status=response.status_code, milliseconds=spent)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response


class ActorOfRequest:
    """Puts the actor of a session on the request, for the admin; read only when a page asks for it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        request.actor = SimpleLazyObject(lambda: _actor(request))  # type: ignore[attr-defined]
        return self.get_response(request)


def _actor(request: HttpRequest) -> Actor:
    user = request.user
    return user.actor(request_id=request.request_id) if isinstance(user, User) else Actor()  # type: ignore[attr-defined]
