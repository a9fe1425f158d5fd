"""How what a site has decided, and calendars, are shown and sent."""

from rest_framework import serializers

from apps.accounts.models import Site
from apps.accounts.permissions import Permission
from apps.plans.models import CalendarFeed, PlanPolicy
from apps.rest.bodies import Body
from apps.rest.fields import Visible

SCHEMES = PlanPolicy._meta.get_field("scheme").choices


class PolicyShown(serializers.ModelSerializer[PlanPolicy]):
    """What a site has decided about its plans."""

    scheme = serializers.CharField(read_only=True)

    class Meta:
        model = PlanPolicy
        fields = ["id", "site", "second_approver", "approving_disciplines", "scheme", "options", "version"]
        read_only_fields = fields


class PolicyChanges(Body):
    """What a site decides; what is not named stays."""

    second_approver = serializers.BooleanField(required=False)
    approving_disciplines = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=50, help_text="Codes."
    )
    scheme = serializers.ChoiceField(choices=SCHEMES, required=False)  # type: ignore[arg-type]
    options = serializers.ListField(
        child=serializers.CharField(max_length=40),
        required=False,
        max_length=50,
        help_text="Codes of what is asked for.",
    )


class NewPolicy(PolicyChanges):
    """The first decision of a site."""

    site = Visible(lambda actor: Site.objects.filter(pk__in=actor.sites_where(Permission.PLANS_POLICY)))


class FeedShown(serializers.ModelSerializer[CalendarFeed]):
    """A calendar of one's own, without its secret."""

    class Meta:
        model = CalendarFeed
        fields = ["id", "name", "prefix", "made_at", "revoked_at", "last_used_at"]
        read_only_fields = fields


class NewFeed(Body):
    """A calendar to be made."""

    name = serializers.CharField(max_length=100, help_text="Where it is used, such as: my telephone.")


class MadeFeed(serializers.Serializer[CalendarFeed]):
    """A calendar with its secret address, which is shown this once."""

    feed = FeedShown()
    url = serializers.CharField()
