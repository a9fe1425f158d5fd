"""What every page shares: its policy, the person's own clock, and that nothing of it is kept by a browser."""

from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views import View

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.common import alarms
from apps.common.clock import app_now
from apps.common.refusals import Refused
from apps.rest.policy import Policy, Public

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Page(View):
    """A page. Who is not signed in is sent to the log-in and comes back here; who may not enter is told so."""

    policy: ClassVar[Policy]
    template: ClassVar[str]

    @property
    def actor(self) -> Actor:
        """Who looks at the page."""
        actor: Actor = self.request.actor  # type: ignore[attr-defined]
        return actor

    @property
    def at(self) -> Any:
        """When they asked."""
        return self.actor.at or app_now()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Let in whom the policy admits."""
        if isinstance(request.user, User):
            timezone.activate(request.user.home_site.zone)
        response = self._let_in(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    def _let_in(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not isinstance(self.policy, Public):
            if not request.user.is_authenticated:
                return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.path})}")
            if not self.policy.allows(self.actor, reading=request.method in READING):
                return self.show(status=403, template="workspace/refused.html", sentence="This page is not for you.")
        try:
            return cast("HttpResponse", super().dispatch(request, *args, **kwargs))
        except Http404:
            return self.gone()
        except Refused as refusal:
            return self.show(status=refusal.status, template="workspace/refused.html", sentence=refusal.detail)

    def gone(self) -> HttpResponse:
        """There is nothing here, or nothing that this person may see."""
        sentence = "There is nothing here, or it is not for you."
        return self.show(status=404, template="workspace/refused.html", sentence=sentence)

    def show(self, *, status: int = 200, template: str = "", **context: Any) -> HttpResponse:
        """The page, with what everybody must be told."""
        user = self.request.user
        shown = {
            "user": user if user.is_authenticated else None,
            "alarms": alarms.sounding() if user.is_authenticated else [],
            "demo": settings.DEMO,
            "mailbox": bool(settings.DEMO and settings.DEMO_MAILBOX),
            **context,
        }
        return TemplateResponse(self.request, template or self.template, shown, status=status)
