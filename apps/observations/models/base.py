"""What every fact has: whose it is, when it was true, when and by whom it was entered, and whether it still stands."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.common.models import Row
from apps.patients.models import Patient
from apps.patients.models.patient import OfPatient


class Facts(OfPatient):
    """Facts about patients."""

    def standing(self) -> "Facts":
        """Those that still stand: neither replaced by a correction nor entered in error."""
        return self.filter(status__in=[Fact.Status.FINAL, Fact.Status.AMENDED])


class Fact(Row):
    """Something recorded about a patient. Never deleted: it is entered in error, or replaced by a corrected one."""

    class Status(models.TextChoices):
        """FHIR R4 ObservationStatus, as far as it occurs; `superseded` is a value that a correction replaced."""

        FINAL = "final"
        AMENDED = "amended", "Corrected"
        SUPERSEDED = "superseded", "Replaced by a correction"
        ENTERED_IN_ERROR = "entered_in_error", "Entered in error"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    status = models.CharField(max_length=20, choices=Status, default=Status.FINAL, editable=False)
    effective_at = models.DateTimeField(help_text="When it was true.")
    recorded_at = models.DateTimeField(editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    error_reason = models.CharField(max_length=200, blank=True, editable=False)
    error_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[Any] = Facts.as_manager()

    class Meta:
        abstract = True
        ordering = ["-effective_at", "-id"]

    @property
    def stands(self) -> bool:
        """Whether it is neither replaced nor entered in error."""
        return self.status in {self.Status.FINAL, self.Status.AMENDED}


def error_has_a_reason(name: str) -> models.CheckConstraint:
    """The constraint that a fact is entered in error with a reason and a time, and in no other state with either."""
    wrong = Q(status="entered_in_error", error_at__isnull=False) & ~Q(error_reason="")
    right = ~Q(status="entered_in_error") & Q(error_reason="", error_at__isnull=True)
    return models.CheckConstraint(condition=wrong | right, name=name)
