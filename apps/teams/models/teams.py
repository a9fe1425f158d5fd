"""Care teams and who belongs to them."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Q

from apps.accounts.actors import Actor
from apps.common.models import Row, Versioned, active_at, period_is_ordered
from apps.common.ranges import period
from apps.knowledge.models import Discipline
from apps.patients.models import Patient
from apps.teams.models.members import Member


class CareTeams(models.QuerySet["CareTeam"]):
    """Care teams."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of the patients that the actor may see."""
        return self.filter(patient__in=Patient.objects.visible_to(actor).values("pk"))


class CareTeam(Versioned):
    """The people around one patient. A patient has one open care team at most; a closed one stays as history."""

    class Status(models.TextChoices):
        """Of FHIR R4 CareTeam.status, the two that occur."""

        ACTIVE = "active"
        INACTIVE = "inactive", "Closed"

    audited_fields = frozenset({"patient", "status", "closed_at"})
    locked_with = ("patient",)

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="care_teams")
    name = models.CharField(max_length=100, blank=True, help_text="Only where the team has a name of its own.")
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE, editable=False)
    opened_at = models.DateTimeField(editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_reason = models.CharField(max_length=200, blank=True, editable=False)

    objects = CareTeams.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(status="active"), name="one_open_care_team_a_patient"
            ),
            models.CheckConstraint(
                condition=Q(status="active", closed_at__isnull=True) | Q(status="inactive", closed_at__isnull=False),
                name="closed_teams_say_when",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"Care team of {self.patient}"


class Memberships(models.QuerySet["Membership"]):
    """Memberships."""

    def visible_to(self, actor: Actor) -> Self:
        """Those in care teams of patients that the actor may see."""
        return self.filter(care_team__patient__in=Patient.objects.visible_to(actor).values("pk"))

    def in_force(self, at: datetime) -> Self:
        """Those whose period holds `at`."""
        return self.filter(active_at(at))


class Membership(Row):
    """One member in one care team for one discipline, from a moment until another (or until further notice).

    Joining again is a new row; somebody who stands for two disciplines has two. One lead a discipline at any time.
    """

    class Role(models.TextChoices):
        LEAD = "lead"
        MEMBER = "member"

    audited_fields = frozenset({"care_team", "member", "discipline", "role", "starts_at", "ends_at"})

    care_team = models.ForeignKey(CareTeam, models.PROTECT, related_name="memberships")
    member = models.ForeignKey(Member, models.PROTECT, related_name="memberships")
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")

    objects = Memberships.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            period_is_ordered("membership_period_is_ordered"),
            ExclusionConstraint(
                name="one_lead_a_discipline",
                expressions=[
                    ("care_team", RangeOperators.EQUAL),
                    ("discipline", RangeOperators.EQUAL),
                    (period(), RangeOperators.OVERLAPS),
                ],
                condition=Q(role="lead"),
            ),
            ExclusionConstraint(
                name="nobody_is_in_a_team_twice_for_one_discipline",
                expressions=[
                    ("care_team", RangeOperators.EQUAL),
                    ("member", RangeOperators.EQUAL),
                    ("discipline", RangeOperators.EQUAL),
                    (period(), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            # The memberships of somebody who will be covered.
            models.Index(fields=["member", "ends_at"], name="memberships_of_member"),
        ]

    def __str__(self) -> str:
        return f"{self.member} ({self.discipline})"

    def in_force(self, at: datetime) -> bool:
        """Whether the period holds `at`."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)
