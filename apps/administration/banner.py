"""The words in the admin's head that say what kind of installation this is."""

from django.conf import settings
from django.http import HttpRequest


def environment(_: HttpRequest) -> list[str] | None:
    """The demo says so on every page."""
    return ["Demo: invented people only", "warning"] if settings.DEMO else None
