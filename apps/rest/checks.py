"""Start-up checks of the HTTP edge."""

from typing import Any

from django.contrib import admin
from django.core.checks import Error, register

from apps.rest.policy import Needs, Public, SignedIn
from apps.rest.routes import Route, every_route

#: Addresses that answer to nobody in particular and have policies of their own kind: the admin site guards itself
#: (each of its pages is a HouseAdmin, checked below), static files are public.
GUARDED_ELSEWHERE = ("admin/", "static/")


def has_policy(route: Route) -> bool:
    """Whether a route says who may come."""
    if route.path.startswith(GUARDED_ELSEWHERE):
        return True
    holder = route.view if route.view is not None else route.callback
    return isinstance(getattr(holder, "policy", None), Needs | SignedIn | Public)


@register("careteam")
def every_route_has_a_policy(**_: Any) -> list[Error]:
    """Deny by default: a route without a policy stops the start."""
    return [
        Error(
            f"The view at “{route.path}” has no policy.",
            hint="Give it `policy = Needs(…)`, `SignedIn(…)` or `Public(…)`.",
            id="careteam.E003",
        )
        for route in every_route()
        if not has_policy(route)
    ]


@register("careteam")
def every_admin_goes_through_operations(**_: Any) -> list[Error]:
    """An admin page that is not a HouseAdmin could save behind an operation's back."""
    from apps.rest.admin import HouseAdmin  # noqa: PLC0415 - the admin is loaded after the checks are

    return [
        Error(f"The admin of {model._meta.label} is not a HouseAdmin.", id="careteam.E004")
        for model, page in admin.site._registry.items()
        if not isinstance(page, HouseAdmin)
    ]
