"""The REST doors of accounts."""

from typing import Any, ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import operations
from apps.accounts.models import ApiToken, Holiday, RoleGrant, Site, User
from apps.accounts.permissions import Permission
from apps.administration import filters, serializers
from apps.rest.bodies import Nothing
from apps.rest.policy import Needs, SignedIn
from apps.rest.views import Shown

ACCOUNTS = Needs(Permission.ACCOUNTS_READ, Permission.ACCOUNTS_WRITE)


class Sites(Shown):
    """Sites. Opening one makes you its administrator."""

    policy = SignedIn("Whoever works here may know which places there are.", write=Permission.ACCOUNTS_WRITE)
    serializer_class = serializers.SiteShown
    filterset_class = filters.SiteFilter
    orderings: ClassVar = {"name": ("name",), "code": ("code",)}
    subject = "site"
    accepts: ClassVar = {"create": serializers.NewSite, "partial_update": serializers.SiteChanges}

    def visible(self) -> QuerySet[Site]:
        """Every site."""
        return Site.objects.all()

    def create(self, request: Request) -> Response:
        """Open a site."""
        return self.create_by(operations.open_site)

    def partial_update(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Change a site."""
        return self.change_by(operations.change_site)


class Holidays(Shown):
    """Days on which a site does not work, beside Saturdays and Sundays."""

    policy = SignedIn("Whoever works here may know when a place is closed.", write=Permission.ACCOUNTS_WRITE)
    serializer_class = serializers.HolidayShown
    filterset_class = filters.HolidayFilter
    orderings: ClassVar = {"on": ("on",)}
    subject = "holiday"
    accepts: ClassVar = {"create": serializers.NewHoliday}

    def visible(self) -> QuerySet[Holiday]:
        """Every holiday."""
        return Holiday.objects.all()

    def create(self, request: Request) -> Response:
        """Add a holiday."""
        return self.create_by(operations.add_holiday)

    @extend_schema(responses={status.HTTP_204_NO_CONTENT: None})
    def destroy(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Make the day a working day again."""
        operations.remove_holiday(holiday=self.get_object(), by=self.actor, at=self.at)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Users(Shown):
    """People and service accounts at home at the sites whose accounts you may read, and yourself."""

    policy = ACCOUNTS
    serializer_class = serializers.UserShown
    filterset_class = filters.UserFilter
    orderings: ClassVar = {"username": ("username",), "name": ("name",)}
    subject = "user"
    accepts: ClassVar = {
        "create": serializers.NewUser,
        "partial_update": serializers.UserChanges,
        "deactivate": Nothing,
        "reactivate": Nothing,
        "set_password": serializers.NewPassword,
    }

    def visible(self) -> QuerySet[User]:
        """Accounts."""
        return User.objects.visible_to(self.actor)

    def create(self, request: Request) -> Response:
        """Add an account."""
        return self.create_by(operations.add_user)

    def partial_update(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Change an account."""
        return self.change_by(operations.change_user)

    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Close an account; its sessions and tokens end at once."""
        return self.change_by(operations.deactivate_user)

    @action(detail=True, methods=["post"])
    def reactivate(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Open a closed account again."""
        return self.change_by(operations.reactivate_user)

    @action(detail=True, methods=["post"], url_path="set-password")
    def set_password(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Give a person a new password; their sessions end."""
        return self.change_by(operations.set_password, versioned=False)


class RoleGrants(Shown):
    """What people and services are at sites: your own grants, and those at the sites whose accounts you may read."""

    policy = ACCOUNTS
    serializer_class = serializers.RoleGrantShown
    filterset_class = filters.RoleGrantFilter
    orderings: ClassVar = {"starts_at": ("starts_at",)}
    subject = "grant"
    accepts: ClassVar = {"create": serializers.NewRoleGrant, "end": serializers.EndOfGrant}

    def visible(self) -> QuerySet[RoleGrant]:
        """Grants."""
        return RoleGrant.objects.visible_to(self.actor)

    def create(self, request: Request) -> Response:
        """Give a role."""
        return self.create_by(operations.grant_role)

    @action(detail=True, methods=["post"])
    def end(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """End a role."""
        return self.change_by(operations.end_grant)


class ApiTokens(Shown):
    """Your own tokens, and those of the service accounts that you administer.

    A token cannot make a token, so that a leaked one cannot breed; it can revoke itself.
    """

    policy = SignedIn("Everybody looks after their own tokens; whose else one handles is the operation's affair.")
    # An answer that is kept for replay would keep the secret.
    idempotent = False
    serializer_class = serializers.ApiTokenShown
    filterset_class = filters.ApiTokenFilter
    orderings: ClassVar = {"created_at": ("created_at",), "expires_at": ("expires_at",)}
    subject = "token"
    accepts: ClassVar = {"create": serializers.NewApiToken, "revoke": Nothing}

    def visible(self) -> QuerySet[ApiToken]:
        """Tokens."""
        return ApiToken.objects.visible_to(self.actor)

    @extend_schema(responses={status.HTTP_201_CREATED: serializers.IssuedApiToken})
    def create(self, request: Request) -> Response:
        """Make a token; its secret is shown in this answer and never again."""
        values = {"user": cast("User", request.user)} | self.valid(serializers.NewApiToken)
        token, secret = operations.issue_token(by=self.actor, at=self.at, **values)
        response = self.made(token)
        response.data = {"token": response.data, "secret": secret}
        response["Cache-Control"] = "no-store"
        return response

    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """End a token at once."""
        return self.change_by(operations.revoke_token)


def roles_by_site(actor: Any) -> list[dict[str, Any]]:
    """The roles of an actor, site by site, as the session shows them."""
    found: dict[UUID, list[str]] = {}
    for role, sites in actor.roles.items():
        for site in sites:
            found.setdefault(site, []).append(role)
    return [{"site": site, "roles": sorted(found[site])} for site in sorted(found)]
