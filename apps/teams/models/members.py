"""Members: the people who can belong to a care team."""

from datetime import datetime
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from apps.accounts.actors import Actor, Careteam
from apps.accounts.models import known_time_zone
from apps.accounts.permissions import Permission
from apps.common.models import Row, Versioned
from apps.knowledge.models import Discipline


class StaffRows(models.QuerySet["Member"]):
    """Rows about staff and not about patients: seen by everybody who may read teams, so that colleagues can be found."""

    def visible_to(self, actor: Actor) -> Self:
        """All, for whoever may read teams anywhere."""
        if isinstance(actor, Careteam) or actor.may(Permission.TEAMS_READ):
            return self
        return self.none()


class Member(Versioned):
    """A person as a member of care teams: their discipline, and when and how they can be reached.

    Working and quiet hours are in the member's own time zone, the home site's unless said. Quiet hours may pass midnight.
    """

    class Channel(models.TextChoices):
        IN_APP = "in_app", "Inbox"
        EMAIL = "email", "E-mail"

    audited_fields = frozenset({"user", "discipline", "channels", "active"})

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="member")
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="members")
    channels = ArrayField(models.CharField(max_length=10, choices=Channel), default=list)
    time_zone = models.CharField(
        max_length=64, blank=True, validators=[known_time_zone], help_text="Empty: the home site's."
    )
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    active = models.BooleanField(default=True, editable=False)

    objects = StaffRows.as_manager()

    class Meta:
        ordering = ["user__name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=F("quiet_until")),
                name="quiet_hours_are_whole",
            )
        ]

    def __str__(self) -> str:
        return self.user.name

    def clean(self) -> None:
        """Quiet hours have both ends, and they differ; a channel is named once."""
        if len(set(self.channels)) != len(self.channels):
            raise ValidationError({"channels": "Name each channel once."})
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValidationError({"quiet_until": "Give both ends of the quiet hours, or neither."})
        if self.quiet_from is not None and self.quiet_from == self.quiet_until:
            raise ValidationError({"quiet_until": "Quiet hours cannot end when they begin."})

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the member's hours are meant."""
        return ZoneInfo(self.time_zone or self.user.home_site.time_zone)

    def is_quiet(self, at: datetime) -> bool:
        """Whether `at` falls into the member's quiet hours; the end is not part of them."""
        if self.quiet_from is None or self.quiet_until is None:
            return False
        now = at.astimezone(self.zone).time()
        if self.quiet_from < self.quiet_until:
            return self.quiet_from <= now < self.quiet_until
        return now >= self.quiet_from or now < self.quiet_until


class WorkingHours(Row):
    """One stretch in which a member works, on one weekday (Monday is 0)."""

    WEEKDAYS: ClassVar[list[tuple[int, str]]] = [
        (0, "Monday"), (1, "Tuesday"), (2, "Wednesday"), (3, "Thursday"), (4, "Friday"), (5, "Saturday"), (6, "Sunday"),
    ]  # fmt: skip

    audited_fields = frozenset({"member", "weekday", "starts", "ends"})

    member = models.ForeignKey(Member, models.CASCADE, related_name="working_hours")
    weekday = models.PositiveSmallIntegerField(choices=WEEKDAYS)
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        ordering = ["weekday", "starts"]
        verbose_name_plural = "working hours"
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="weekday_is_one_of_seven"),
            models.CheckConstraint(condition=Q(starts__lt=F("ends")), name="working_hours_are_ordered"),
            models.UniqueConstraint(fields=["member", "weekday", "starts"], name="working_hours_start_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}–{self.ends:%H:%M}"
