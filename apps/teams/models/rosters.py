"""Who stands in for whom, and who is on call."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from apps.accounts.actors import Actor, Careteam
from apps.accounts.models import Site
from apps.accounts.permissions import Permission
from apps.common.models import Row, active_at, period_is_ordered
from apps.common.ranges import period
from apps.knowledge.models import Discipline
from apps.teams.models.members import Member


class Rosters(models.QuerySet[Any]):
    """Lines of a roster: no patient stands in them."""

    def visible_to(self, actor: Actor) -> Self:
        """All, for whoever may read teams anywhere."""
        if isinstance(actor, Careteam) or actor.may(Permission.TEAMS_READ):
            return self
        return self.none()

    def in_force(self, at: datetime) -> Self:
        """Those whose period holds `at`."""
        return self.filter(active_at(at))


class Cover(Row):
    """Somebody is away and somebody stands in: sees the same patients and is asked instead, for that time only.

    One substitute at a time; a substitute cannot be away themselves in that time, so that a cover never leads nowhere.
    """

    class Reason(models.TextChoices):
        LEAVE = "leave"
        SICK = "sick"
        OTHER = "other"

    audited_fields = frozenset({"member", "substitute", "starts_at", "ends_at"})

    member = models.ForeignKey(Member, models.PROTECT, related_name="covers", help_text="Who is away.")
    substitute = models.ForeignKey(Member, models.PROTECT, related_name="covering", help_text="Who stands in.")
    reason = models.CharField(max_length=10, choices=Reason, default=Reason.LEAVE)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")

    objects = Rosters.as_manager()

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            period_is_ordered("cover_period_is_ordered"),
            models.CheckConstraint(condition=~Q(member=F("substitute")), name="nobody_covers_for_themselves"),
            ExclusionConstraint(
                name="one_substitute_at_a_time",
                expressions=[("member", RangeOperators.EQUAL), (period(), RangeOperators.OVERLAPS)],
            ),
        ]
        indexes = [models.Index(fields=["substitute", "starts_at"], name="covers_by_substitute")]

    def __str__(self) -> str:
        return f"{self.substitute} for {self.member}"


class OnCall(Row):
    """Who is on call for a discipline at a site, and so sees that site's patients for that time. One at a time."""

    audited_fields = frozenset({"site", "discipline", "member", "starts_at", "ends_at"})

    site = models.ForeignKey(Site, models.PROTECT, related_name="on_calls")
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, models.PROTECT, related_name="on_calls")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")

    objects = Rosters.as_manager()

    class Meta:
        ordering = ["-starts_at", "-id"]
        verbose_name = "on-call duty"
        verbose_name_plural = "on-call duties"
        constraints = [
            period_is_ordered("on_call_period_is_ordered"),
            ExclusionConstraint(
                name="one_on_call_at_a_time",
                expressions=[
                    ("site", RangeOperators.EQUAL),
                    ("discipline", RangeOperators.EQUAL),
                    (period(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} on call for {self.discipline}"
