"""The base of what answers with a file and not with JSON: a summary to print, a calendar."""

from typing import Any

from rest_framework.request import Request

from apps.rest.views import HouseView


class Paper(HouseView):
    """Answers with its one kind of file, whatever the caller says it accepts: a browser asks for HTML, and a calendar program for
    nothing in particular. A refusal is a problem document, as everywhere.
    """

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """JSON for refusals, also for somebody who does not accept it."""
        return super().perform_content_negotiation(request, force=True)
