"""Findings and complications, and the statement that one is over."""

from django.db import models
from django.db.models import F, Q

from apps.knowledge.models import Concept, Discipline
from apps.observations.models.base import Fact, error_has_a_reason
from apps.patients.models.patient import NO_CONTROL


class Condition(Fact):
    """A finding or a complication, from its onset (`effective_at`) until it is resolved. FHIR R4 Condition."""

    class Severity(models.TextChoices):
        MILD = "mild"
        MODERATE = "moderate"
        SEVERE = "severe"

    audited_fields = frozenset({"patient", "concept", "severity", "effective_at", "resolved_at", "status"})

    concept = models.ForeignKey(Concept, models.PROTECT, related_name="+")
    severity = models.CharField(max_length=10, choices=Severity, blank=True)
    icd10 = models.CharField(max_length=10, blank=True, help_text="One of the concept's ICD-10 codes.")
    note = models.CharField(max_length=500, blank=True, validators=[NO_CONTROL])
    resolved_at = models.DateTimeField(null=True, blank=True, editable=False)
    resolution = models.ForeignKey(
        "observations.Resolution", models.PROTECT, null=True, blank=True, editable=False, related_name="resolved"
    )

    class Meta(Fact.Meta):
        constraints = [
            error_has_a_reason("condition_error_has_a_reason"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolution__isnull=True)
                | Q(resolved_at__isnull=False, resolution__isnull=False, resolved_at__gte=F("effective_at")),
                name="resolved_conditions_say_by_what",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-effective_at"], name="conditions_of_patient"),
            models.Index(fields=["effective_at", "id"], name="conditions_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.concept}{f' ({self.get_severity_display()})' if self.severity else ''}"


class Resolution(Fact):
    """A discipline says that a problem is over. Whether that ends a worry is for the criterion to say.

    It stands by itself: a problem can be over that nobody had recorded under this name.
    """

    audited_fields = frozenset({"patient", "concept", "discipline", "effective_at", "status"})

    concept = models.ForeignKey(Concept, models.PROTECT, related_name="+")
    discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="+")
    note = models.CharField(max_length=500, blank=True, validators=[NO_CONTROL])

    class Meta(Fact.Meta):
        constraints = [error_has_a_reason("resolution_error_has_a_reason")]
        indexes = [
            models.Index(fields=["patient", "-effective_at"], name="resolutions_of_patient"),
            models.Index(fields=["effective_at", "id"], name="resolutions_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.concept}: resolved"
