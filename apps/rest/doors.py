"""From where somebody tries to log in, and how their browser is known again."""

import secrets
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.accounts import throttle


def door_of(request: HttpRequest, username: str) -> throttle.Door:
    """From where, and as whom, this request tries to get in."""
    device = throttle.known_device(request.COOKIES.get(throttle.DEVICE_COOKIE), username)
    return throttle.Door(username=username, address=address_of(request), device=device)


def address_of(request: HttpRequest) -> str:
    """The network address of the caller, as far as our own proxies vouch for it."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    trusted = settings.TRUSTED_PROXIES
    return hops[-trusted] if trusted and len(hops) >= trusted else str(request.META.get("REMOTE_ADDR", ""))


def remember_device(request: HttpRequest, response: Any, username: str) -> None:
    """Let the browser be known for this person from now on, so that guesses from elsewhere cannot lock it."""
    device = throttle.known_device(request.COOKIES.get(throttle.DEVICE_COOKIE), username) or secrets.token_urlsafe(16)
    response.set_cookie(
        throttle.DEVICE_COOKIE,
        throttle.device_cookie(username, device),
        max_age=int(throttle.DEVICE_AGE.total_seconds()),
        httponly=True,
        secure=request.is_secure(),
        samesite="Lax",
    )
