"""The page behind the link in a mail. Looking at it does nothing: mail scanners look at links, too."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt

from apps.accounts.models import User
from apps.common.refusals import Refused
from apps.nudges import links, messages
from apps.nudges import operations as nudges
from apps.nudges.models import Delivery, Nudge, Response
from apps.nudges.operations.answers import standing
from apps.rest.policy import Public
from apps.workspace.pages.base import Page


@method_decorator(csrf_exempt, name="dispatch")  # the signature in the address is what lets somebody in
class LinkPage(Page):
    """Says “I have it” for one person about one question, by a button."""

    policy = Public("The address is signed for one person, one question and one answer, and it expires.")
    template = "workspace/link.html"

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Show what the button will do, or why there is none."""
        return self._page(token, press=False)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Press the button. Twice is once."""
        return self._page(token, press=True)

    def _page(self, token: str, *, press: bool) -> HttpResponse:
        try:
            link = links.read(token)
        except links.BadLink:
            return self.show(status=404, sentence="This link is not one of ours, or it was damaged on the way.")
        rows = Delivery.objects.select_related("recipient__home_site", "nudge__patient__site", "nudge__owner")
        delivery = rows.filter(pk=link.delivery_id, recipient=link.user_id).first()
        user = User.objects.with_access().select_related("home_site").filter(pk=link.user_id, is_active=True).first()
        if delivery is None or user is None:
            return self.show(status=404, sentence="This link does not lead to anything any more.")
        timezone.activate(user.home_site.zone)
        someone_else = isinstance(self.request.user, User) and self.request.user.pk != user.pk
        if someone_else:
            sentence = f"This link was sent to {user.name}, and you are logged in as {self.request.user}."
            return self.show(status=403, sentence=sentence, nudge=delivery.nudge, matter=True)
        return self._answer(delivery, link, user, press=press)

    def _answer(self, delivery: Delivery, link: links.Link, user: User, *, press: bool) -> HttpResponse:
        nudge, actor = delivery.nudge, user.actor(request_id=self.request.request_id)  # type: ignore[attr-defined]
        shown: dict[str, Any] = {
            "nudge": nudge, "person": user, "reference": messages.reference(nudge), "presses": messages.PRESSES[nudge.severity],
            "addressed": user.pk in nudge.addressees,
        }  # fmt: skip
        if nudge.state == Nudge.State.ACKNOWLEDGED and nudge.owner_id == user.pk and link.round <= nudge.round:
            return self.show(**shown, have=True)
        obstacle = _obstacle(nudge, link, user, self.at)
        if obstacle is not None:
            return self.show(**shown, status=obstacle[0], sentence=obstacle[1], matter=True)
        if not press:
            return self.show(**shown, button=True)
        try:
            nudges.acknowledge(nudge=nudge, by=actor, at=self.at, via=Response.Via.LINK, asked_in=link.round)
        except Refused as refusal:
            return self.show(**shown, status=refusal.status, sentence=refusal.detail, matter=True)
        return self.show(**shown, have=True, fresh=True)


def _obstacle(nudge: Nudge, link: links.Link, user: User, at: datetime) -> tuple[int, str] | None:
    """Why the question cannot be answered by this link any more: a status and a sentence."""
    if at >= link.expires_at:
        return 410, f"This link has expired. {standing(nudge)}"
    if not (nudge.waits_for_answer or nudge.offered_to_id == user.pk):
        return 409, standing(nudge)
    if link.round != nudge.round:
        return 409, "It has become more pressing, or was asked anew, since this mail was sent. Use the newest one."
    return None
