"""Whether a session took place."""

from django.db import models

from apps.knowledge.models import Discipline, Intervention
from apps.observations.models.base import Fact, error_has_a_reason
from apps.patients.models.patient import NO_CONTROL


class Attendance(Fact):
    """A session of an intervention and a discipline that was, or would have been, at `effective_at`.

    A session that the service cancelled says nothing about the patient: it neither counts as missed nor as attended.
    """

    class Outcome(models.TextChoices):
        ATTENDED = "attended"
        MISSED = "missed", "Missed by the patient"
        CANCELLED = "cancelled", "Cancelled by the service"

    audited_fields = frozenset({"patient", "intervention", "discipline", "outcome", "effective_at", "status"})

    intervention = models.ForeignKey(Intervention, models.PROTECT, related_name="+")
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome)
    note = models.CharField(max_length=500, blank=True, validators=[NO_CONTROL])

    class Meta(Fact.Meta):
        constraints = [error_has_a_reason("attendance_error_has_a_reason")]
        indexes = [
            models.Index(fields=["patient", "-effective_at"], name="attendances_of_patient"),
            models.Index(fields=["effective_at", "id"], name="attendances_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.intervention}: {self.get_outcome_display().lower()}"
