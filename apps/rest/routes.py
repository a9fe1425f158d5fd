"""Every route of the project, walked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class Route:
    """An address and what answers there; `actions` maps HTTP methods to a view set's actions."""

    path: str
    name: str
    view: type | None
    actions: dict[str, str]
    callback: Any


def every_route(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[Route]:
    """Every route, depth first."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from every_route(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            callback = pattern.callback
            view = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
            yield Route(path, pattern.name or "", view, getattr(callback, "actions", None) or {}, callback)
