"""What the checks of a proposal found: warnings that want a written reason, and what has to be there before a medicine."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.common.models import Row
from apps.knowledge.models import Medicine, Panel, Prerequisite
from apps.patients.models import Patient
from apps.patients.models.patient import NO_CONTROL
from apps.plans.models.plan import PlanVersion


def _reason_is_whole(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(reason="", reason_at__isnull=True) | (~Q(reason="") & Q(reason_at__isnull=False)), name=name
    )


class Reasoned(Row):
    """Something that a person answers in writing."""

    reason = models.CharField(max_length=300, blank=True, validators=[NO_CONTROL])
    reason_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reason_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class PlanWarning(Reasoned):
    """Something about a proposed medicine that somebody has to look at. One that `needs_reason` holds up the approval until the
    reason is written down; it never forbids.
    """

    class Severity(models.TextChoices):
        URGENT = "urgent"
        WARNING = "warning"
        INFO = "info"

    audited_fields: ClassVar[frozenset[str]] = frozenset({"version", "medicine", "code", "severity"})

    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="warnings")
    medicine = models.ForeignKey(Medicine, models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    severity = models.CharField(max_length=10, choices=Severity)
    words = models.TextField()
    arithmetic = models.TextField(blank=True)
    citations = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    needs_reason = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]
        constraints = [_reason_is_whole("warning_reason_is_whole")]

    def __str__(self) -> str:
        return self.code

    @property
    def patient(self) -> Patient:
        """Whose plan it concerns."""
        return self.version.plan.patient

    @property
    def open(self) -> bool:
        """Whether it still waits for its reason."""
        return self.needs_reason and not self.reason


class PrerequisiteCheck(Reasoned):
    """How one prerequisite stood when its medicine was proposed. How it stands now is computed when it is asked for."""

    class State(models.TextChoices):
        PRESENT = "present"
        LOOK = "look", "Present, look at the result"
        MISSING = "missing"
        TOO_OLD = "too_old", "Too old"
        NOT_APPLICABLE = "not_applicable", "Not applicable"
        SWITCHED_OFF = "switched_off", "Not asked for at this site"

    audited_fields: ClassVar[frozenset[str]] = frozenset({"version", "prerequisite", "state", "done_on"})

    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="prerequisites")
    prerequisite = models.ForeignKey(Prerequisite, models.PROTECT, related_name="+")
    medicine = models.ForeignKey(Medicine, models.PROTECT, related_name="+")
    panel = models.ForeignKey(Panel, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=20, choices=State)
    done_on = models.DateField(null=True, blank=True)
    words = models.TextField()
    citation = models.CharField(max_length=300)
    holds_first_dose = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            _reason_is_whole("prerequisite_reason_is_whole"),
            models.UniqueConstraint(fields=["version", "prerequisite"], name="one_check_a_prerequisite"),
        ]

    def __str__(self) -> str:
        return f"{self.prerequisite}: {self.get_state_display().lower()}"

    @property
    def patient(self) -> Patient:
        """Whose plan it concerns."""
        return self.version.plan.patient
