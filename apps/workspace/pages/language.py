"""The language of criteria, for whoever reads or writes them."""

from django.http import HttpRequest, HttpResponse

from apps.accounts.permissions import Permission
from apps.escalation import drawing
from apps.rest.policy import Needs
from apps.workspace.pages.base import Page


class Language(Page):
    """Every word, what it means, and what is refused: the same that docs/criteria-language.md says."""

    policy = Needs(Permission.CRITERIA_READ)
    template = "workspace/language.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self.show(page=drawing, words=drawing.words(), flags=drawing.flags(), absent=drawing.absent())
