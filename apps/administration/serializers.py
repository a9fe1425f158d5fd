"""How accounts and what belongs to them are shown and sent."""

from typing import Any

from rest_framework import serializers

from apps.accounts.models import ApiToken, Holiday, RoleGrant, Site, User
from apps.accounts.permissions import GIVEN_BY_HAND, Permission, Role
from apps.rest.bodies import Body
from apps.rest.fields import Visible

PASSWORD = 200
SCOPES = [(permission.value, permission.value) for permission in Permission]
ROLES = [(role.value, role.value.replace("_", " ").capitalize()) for role in Role]
GIVEN = [(role, label) for role, label in ROLES if role in GIVEN_BY_HAND]


def _active_sites(_actor: Any) -> Any:
    return Site.objects.filter(active=True)


class SiteShown(serializers.ModelSerializer[Site]):
    """A place of care."""

    class Meta:
        model = Site
        fields = ["id", "code", "name", "time_zone", "active", "version"]
        read_only_fields = fields


class NewSite(Body):
    """A site to be opened."""

    code = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=200)
    time_zone = serializers.CharField(max_length=64, help_text="IANA name, such as Europe/Berlin")


class SiteChanges(Body):
    """What can be changed about a site."""

    code = serializers.CharField(max_length=40, required=False)
    name = serializers.CharField(max_length=200, required=False)
    time_zone = serializers.CharField(max_length=64, required=False, help_text="IANA name, such as Europe/Berlin")
    active = serializers.BooleanField(required=False, help_text="While a site is inactive, roles at it give nothing.")


class HolidayShown(serializers.ModelSerializer[Holiday]):
    """A day on which a site does not work."""

    class Meta:
        model = Holiday
        fields = ["id", "site", "on", "name"]
        read_only_fields = fields


class NewHoliday(Body):
    """A holiday to be added."""

    site = Visible(_active_sites)
    on = serializers.DateField()
    name = serializers.CharField(max_length=100)


class UserShown(serializers.ModelSerializer[User]):
    """A person or a service account."""

    email = serializers.CharField(read_only=True, help_text="Empty where none is known.")

    class Meta:
        model = User
        fields = ["id", "kind", "username", "name", "email", "home_site", "is_active", "last_login", "version"]
        read_only_fields = fields


class NewUser(Body):
    """An account to be added. Without a password a person cannot log in until one is set; a service account has none."""

    kind = serializers.ChoiceField(choices=User.Kind.choices, required=False)
    username = serializers.CharField(max_length=80)
    name = serializers.CharField(max_length=150)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    home_site = Visible(_active_sites)
    password = serializers.CharField(max_length=PASSWORD, required=False, trim_whitespace=False, write_only=True)


class UserChanges(Body):
    """What can be changed about an account."""

    username = serializers.CharField(max_length=80, required=False)
    name = serializers.CharField(max_length=150, required=False)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    home_site = Visible(_active_sites, required=False)


class NewPassword(Body):
    """A new password for somebody."""

    password = serializers.CharField(max_length=PASSWORD, trim_whitespace=False, write_only=True)


class RoleGrantShown(serializers.ModelSerializer[RoleGrant]):
    """What somebody is at a site, from when, until when (open when null)."""

    class Meta:
        model = RoleGrant
        fields = ["id", "user", "site", "role", "starts_at", "ends_at", "source_id", "granted_by"]
        read_only_fields = fields


class NewRoleGrant(Body):
    """A role to be given; from now on unless `starts_at` says otherwise, for good unless `ends_at` does."""

    user = Visible(lambda actor: User.objects.visible_to(actor))
    site = Visible(_active_sites)
    role = serializers.ChoiceField(choices=GIVEN)
    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)


class EndOfGrant(Body):
    """When the role ends; now, unless said."""

    ends_at = serializers.DateTimeField(required=False)


class ApiTokenShown(serializers.ModelSerializer[ApiToken]):
    """A token, without its secret, which nobody has but its user."""

    class Meta:
        model = ApiToken
        fields = [
            "id", "user", "name", "prefix", "scopes", "created_at", "created_by", "expires_at", "last_used_at",
            "revoked_at", "revoked_by",
        ]  # fmt: skip
        read_only_fields = fields


class NewApiToken(Body):
    """A token to be made: for oneself, or for a service account that one administers."""

    user = Visible(lambda actor: User.objects.visible_to(actor), required=False, help_text="Oneself, unless said.")
    name = serializers.CharField(max_length=100, help_text="what will use it")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPES), min_length=1, max_length=len(SCOPES))
    expires_at = serializers.DateTimeField(help_text="within a year")


class IssuedApiToken(serializers.Serializer[Any]):
    """A token that was just made, with its secret: the only time that it is shown."""

    token = ApiTokenShown()
    secret = serializers.CharField(
        help_text="Send it as `Authorization: Bearer …`. It is not kept and cannot be shown again."
    )


class Login(Body):
    """Name and password."""

    username = serializers.CharField(max_length=80)
    password = serializers.CharField(max_length=PASSWORD, trim_whitespace=False, write_only=True)


class OwnPassword(Body):
    """One's present password and the new one."""

    old = serializers.CharField(max_length=PASSWORD, trim_whitespace=False, write_only=True)
    password = serializers.CharField(max_length=PASSWORD, trim_whitespace=False, write_only=True)


class RolesAtSite(serializers.Serializer[Any]):
    """What one is at a site at this moment."""

    site = serializers.UUIDField()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=ROLES))


class SessionShown(serializers.Serializer[Any]):
    """Who is asking, what they are where, and what the clock says."""

    user = UserShown()
    roles = RolesAtSite(many=True)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=SCOPES),
        allow_null=True,
        help_text="Those of the token; null for a session.",
    )
    at = serializers.DateTimeField(help_text="The time now, by the clock of the installation.")
    csrf_token = serializers.CharField(
        allow_null=True, help_text="To be sent as X-CSRFToken with every write of this session; null with a token."
    )
