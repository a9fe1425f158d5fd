"""Users, sites, role grants, tokens and tries to log in."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat, Lower

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission, Role
from apps.common.clock import AppNow
from apps.common.models import Row, Versioned, active_at, period_is_ordered

CODE = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*\Z", "Use lower-case letters, digits and single hyphens.")
USERNAME = RegexValidator(r"^[a-z0-9][a-z0-9._@+-]*\Z", "Use lower-case letters, digits and . _ @ + - only.")
ONE_LINE = RegexValidator(r"^[^\x00-\x1f\x7f]*\Z", "Use printable characters only.")


def known_time_zone(value: str) -> None:
    """Raise ValidationError unless the value is an IANA time zone."""
    if value not in available_timezones():
        raise ValidationError(f"“{value}” is not a time zone of the IANA database, such as Europe/Berlin.")


class Site(Versioned):
    """A place of care with its own coordinators: a hospital, or one of its departments. Never deleted."""

    audited_fields = frozenset({"code", "name", "time_zone", "active"})

    code = models.CharField(max_length=40, unique=True, validators=[CODE])
    name = models.CharField(max_length=200, unique=True, validators=[ONE_LINE])
    time_zone = models.CharField(
        max_length=64, validators=[known_time_zone], help_text="IANA name, such as Europe/Berlin"
    )
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.time_zone)

    def local_date(self, at: datetime) -> date:
        """The calendar date at the site at the instant `at`."""
        return at.astimezone(self.zone).date()


class Holiday(Row):
    """A day on which the site does not work, beside Saturdays and Sundays."""

    audited_fields = frozenset({"site", "on", "name"})

    site = models.ForeignKey(Site, models.PROTECT, related_name="holidays")
    on = models.DateField()
    name = models.CharField(max_length=100, validators=[ONE_LINE])

    class Meta:
        ordering = ["on", "id"]
        constraints = [models.UniqueConstraint(fields=["site", "on"], name="one_holiday_a_day")]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"


def access_now(user: OuterRef) -> dict[str, Any]:
    """The annotations `read_at`, the time now, and `roles_now`, the roles in force as “role:site id”, for a larger query."""
    grants = RoleGrant.objects.filter(active_at(AppNow()), user=user, site__active=True)
    text = Concat("role", Value(":"), Cast("site_id", models.CharField()), output_field=models.CharField())
    return {"read_at": AppNow(), "roles_now": ArraySubquery(grants.values(found=text))}


class Users(BaseUserManager["User"]):
    """Users, and the one query an edge makes about somebody."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user of this name; names are kept in lower case."""
        return self.get(username=(username or "").strip().lower())

    def with_access(self) -> "models.QuerySet[User]":
        """Users with the time now and the roles in force, in one query; see User.actor."""
        return self.annotate(**access_now(OuterRef("pk")))

    def visible_to(self, actor: Actor) -> "models.QuerySet[User]":
        """Oneself, and who is at home at the sites whose accounts one may read."""
        return self.filter(Q(pk=actor.user_id) | Q(home_site__in=actor.sites_where(Permission.ACCOUNTS_READ)))


class User(AbstractBaseUser, Versioned):
    """A person who can log in, or a service account, which only has tokens. Never deleted: deactivated.

    There are no Django groups or permissions: what somebody may do follows from their role grants.
    """

    class Kind(models.TextChoices):
        PERSON = "person"
        SERVICE = "service", "Service account"

    audited_fields = frozenset({"kind", "is_active", "home_site"})

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PERSON)
    username = models.CharField(max_length=80, unique=True, validators=[USERNAME])
    name = models.CharField(max_length=150, validators=[ONE_LINE])
    email = models.EmailField(blank=True)
    home_site = models.ForeignKey(
        Site, models.PROTECT, related_name="users", help_text="whose administrators look after this account"
    )
    is_active = models.BooleanField(default=True)

    objects = Users()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ["username", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(username=Lower("username")), name="username_is_lower_case"),
        ]

    read_at: datetime
    roles_now: list[str]

    def __str__(self) -> str:
        return self.name

    def actor(self, *, request_id: str = "", token: "ApiToken | None" = None) -> Actor:
        """This user as an actor; needs the annotations of `with_access`."""
        roles: dict[Role, set[UUID]] = {}
        for grant in self.roles_now:
            role, _, site = grant.partition(":")
            roles.setdefault(Role(role), set()).add(UUID(site))
        return Actor(
            user_id=self.pk,
            token_id=token.pk if token else None,
            request_id=request_id,
            username=self.username,
            at=self.read_at,
            roles={role: frozenset(sites) for role, sites in roles.items()},
            scopes=frozenset(Permission(scope) for scope in token.scopes) if token else None,
        )

    @property
    def is_staff(self) -> bool:
        """Whether the admin opens for this person: coordinators, administrators and governance."""
        roles = (Role.COORDINATOR, Role.ADMINISTRATOR, Role.GOVERNANCE)
        return any(grant.startswith(roles) for grant in getattr(self, "roles_now", []))

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's own permissions are not used: deny, so that anything which asks them stays shut."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        """Django's own permissions are not used."""
        return False


class Grants(models.Manager["RoleGrant"]):
    """Role grants."""

    def visible_to(self, actor: Actor) -> "models.QuerySet[RoleGrant]":
        """One's own, and those at the sites whose accounts one may read."""
        return self.filter(Q(user=actor.user_id) | Q(site__in=actor.sites_where(Permission.ACCOUNTS_READ)))


class RoleGrant(Row):
    """What somebody is at a site, from when, until when. Ended, never deleted.

    `source_id` is set on grants that follow from another row (being on call) and end with it.
    """

    audited_fields = frozenset({"user", "site", "role", "starts_at", "ends_at", "source_id"})

    user = models.ForeignKey(User, models.PROTECT, related_name="grants")
    site = models.ForeignKey(Site, models.PROTECT, related_name="grants")
    role = models.CharField(
        max_length=20, choices=[(role.value, role.value.replace("_", " ").capitalize()) for role in Role]
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    source_id = models.UUIDField(null=True, blank=True, editable=False)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="grants_given")

    objects = Grants()

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            period_is_ordered("grant_period_is_ordered"),
            models.CheckConstraint(
                condition=Q(role=Role.ON_CALL, source_id__isnull=False)
                | (~Q(role=Role.ON_CALL) & Q(source_id__isnull=True)),
                name="only_on_call_has_a_source",
            ),
            models.UniqueConstraint(
                fields=["user", "site", "role"],
                condition=Q(ends_at__isnull=True, source_id__isnull=True),
                name="one_open_grant_of_a_role",
            ),
        ]
        indexes = [
            # The roles in force of one user, read by every request.
            models.Index(fields=["user", "starts_at"], name="grants_of_user"),
            models.Index(fields=["source_id"], name="grants_of_source", condition=Q(source_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.starts_at:%Y-%m-%d}"


class Tokens(models.Manager["ApiToken"]):
    """API tokens."""

    def visible_to(self, actor: Actor) -> "models.QuerySet[ApiToken]":
        """One's own, and those of the service accounts one administers."""
        services = Q(user__kind=User.Kind.SERVICE, user__home_site__in=actor.sites_where(Permission.ACCOUNTS_WRITE))
        return self.filter(Q(user=actor.user_id) | services)


class ApiToken(Row):
    """A secret with which a program acts for a user, limited to scopes, until it expires or is revoked.

    Only the SHA-256 of the secret is kept: it has 256 random bits, so a slow hash would add nothing.
    """

    audited_fields = frozenset({"user", "prefix", "scopes", "expires_at", "revoked_at"})

    user = models.ForeignKey(User, models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=100, validators=[ONE_LINE], help_text="what uses it")
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40, choices=[(p.value, p.value) for p in Permission]))
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="tokens_made")
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="to the minute")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="tokens_revoked")

    objects = Tokens()
    read_at: datetime
    roles_now: list[str]

    class Meta:
        verbose_name = "API token"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="token_expires_after_it_was_made"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="token_revocation_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class LoginTry(models.Model):
    """A try to log in that failed, kept for a day. Buckets are digests, so that the table holds no names."""

    id = models.BigAutoField(primary_key=True)
    bucket = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            # How often did this bucket fail lately?
            models.Index(fields=["bucket", "at"], name="tries_of_bucket"),
        ]
