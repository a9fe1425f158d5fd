"""The REST doors of what sites have decided, and of calendars."""

from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import Permission
from apps.common.refusals import Conflict
from apps.plans import filters, operations, serializers
from apps.plans.models import CalendarFeed, PlanPolicy
from apps.plans.views.base import OWN
from apps.rest.bodies import Nothing
from apps.rest.etags import wanted_version
from apps.rest.policy import SignedIn
from apps.rest.views import Shown


class PlanPolicies(Shown):
    """What sites have decided about their plans. A site without a row has decided nothing yet: the defaults hold."""

    policy = SignedIn(
        "Whoever works at a site may know what it has decided about plans.", write=Permission.PLANS_POLICY
    )
    serializer_class = serializers.PolicyShown
    filterset_class = filters.PolicyFilter
    orderings: ClassVar = {"site": ("site__name",)}
    subject = "site"
    accepts: ClassVar = {"create": serializers.NewPolicy, "partial_update": serializers.PolicyChanges}

    def visible(self) -> QuerySet[PlanPolicy]:
        """Those of the sites at which one works."""
        return PlanPolicy.objects.visible_to(self.actor).select_related("site")

    def create(self, request: Request) -> Response:
        """Decide for a site that has decided nothing yet; later changes are a PATCH. What is not named is the default."""
        values = self.valid(serializers.NewPolicy)
        if PlanPolicy.objects.filter(site=values["site"]).exists():
            raise Conflict("This site has decided already: change that.")
        return self.made(operations.set_policy(by=self.actor, at=self.at, **values))

    def partial_update(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Decide otherwise. What is due for the site's patients is worked out anew."""
        values, row = self.valid(serializers.PolicyChanges), self.get_object()
        made = operations.set_policy(
            site=row.site, by=self.actor, at=self.at, version=wanted_version(request), **values
        )
        return self.shown(self._again(made))


class CalendarFeeds(Shown):
    """Your own calendars: secret addresses under which a calendar program reads what is due."""

    policy = OWN
    # An answer that is kept for replay would keep the secret.
    idempotent = False
    serializer_class = serializers.FeedShown
    orderings: ClassVar = {"made_at": ("made_at",)}
    subject = "calendar_feed"
    accepts: ClassVar = {"create": serializers.NewFeed, "revoke": Nothing}

    def visible(self) -> QuerySet[CalendarFeed]:
        """One's own."""
        return CalendarFeed.objects.visible_to(self.actor)

    @extend_schema(responses={status.HTTP_201_CREATED: serializers.MadeFeed})
    def create(self, request: Request) -> Response:
        """Make a calendar; its address is shown in this answer and never again."""
        feed, secret = operations.open_feed(by=self.actor, at=self.at, **self.valid(serializers.NewFeed))
        response = self.made(feed)
        response.data = {"feed": response.data, "url": feed_address(secret)}
        response["Cache-Control"] = "no-store"
        return response

    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Let the address answer no longer."""
        return self.change_by(operations.revoke_feed)


def feed_address(secret: str) -> str:
    """The address of a calendar."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/calendar/{secret}.ics"
