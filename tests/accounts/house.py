"""Two sites and the people who look after accounts there: what tests of accounts and of their doors stand on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from rest_framework.test import APIClient

from apps.accounts import operations
from apps.accounts.actors import Actor, Careteam
from apps.accounts.models import RoleGrant, Site, User
from apps.accounts.permissions import Permission, Role
from apps.audit.models import AuditEvent
from apps.common.clock import app_now

PASSWORD = "a long enough sentence"
ALL = [permission.value for permission in Permission]


@dataclass
class House:
    """Linden with its administrator, coordinator and therapist, Harbour with its own administrator, and a service account."""

    by: Careteam
    linden: Site
    harbour: Site
    administrator: User
    coordinator: User
    therapist: User
    stranger: User
    service: User

    @classmethod
    def build(cls) -> "House":
        at = app_now()
        by = Careteam(at=at)
        linden = operations.open_site(by=by, at=at, code="linden", name="Linden", time_zone="Europe/Berlin")
        harbour = operations.open_site(by=by, at=at, code="harbour", name="Harbour", time_zone="Europe/Lisbon")

        def user(username: str, role: Role, site: Site = linden, **more: Any) -> User:
            made = operations.add_user(by=by, at=at, username=username, name=username.title(), home_site=site, **more)
            operations.grant_role(user=made, site=site, role=role, by=by, at=at)
            return made

        return cls(
            by, linden, harbour,
            user("ada", Role.ADMINISTRATOR),
            user("cora", Role.COORDINATOR),
            user("theo", Role.MEMBER),
            user("stan", Role.ADMINISTRATOR, harbour),
            user("ehr", Role.SERVICE, kind=User.Kind.SERVICE),
        ).with_passwords()  # fmt: skip

    def with_passwords(self) -> "House":
        """Everybody at Linden can log in. Hashed once for all tests, which is slow by intention."""
        people = [self.administrator, self.coordinator, self.therapist]
        User.objects.filter(pk__in=[user.pk for user in people]).update(password=_hashed())
        for user in people:
            user.refresh_from_db()
        return self

    def client(self, user: User) -> APIClient:
        """A client with the session of somebody who came in."""
        client = APIClient()
        client.force_login(user)
        return client

    def token_client(self, user: User, scopes: list[str] | None = None) -> APIClient:
        """A client with a token of the user's own."""
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.secret(user, scopes=scopes or ALL)}")
        return client

    def secret(self, user: User, **more: Any) -> str:
        """The secret of a new token: a person's own, or made by the administrator for the service account."""
        by = actor(user if user.kind == User.Kind.PERSON else self.administrator)
        at = app_now()
        values: dict[str, Any] = {"name": "test", "scopes": ALL, "expires_at": at + timedelta(days=30)} | more
        return operations.issue_token(user=user, by=by, at=at, **values)[1]


@cache
def _hashed() -> str:
    return make_password(PASSWORD)


def actor(user: User) -> Actor:
    """Somebody as they stand at this moment."""
    return User.objects.with_access().get(pk=user.pk).actor(request_id="a-test")


def grant_of(user: User) -> RoleGrant:
    """The one grant of somebody who has one."""
    return user.grants.get()


def last_event() -> AuditEvent:
    """What was recorded last."""
    found = AuditEvent.objects.order_by("-position").first()
    assert found is not None
    return found


def now() -> datetime:
    """The time by the clock of the installation."""
    return app_now()
