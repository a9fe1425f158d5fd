"""What went wrong under a medicine."""

from django.db import models
from django.db.models import F, Q

from apps.knowledge.models import Medicine, MedicineEffect
from apps.observations.models.base import Fact, error_has_a_reason
from apps.observations.models.conditions import Condition
from apps.patients.models.patient import NO_CONTROL


class AdverseEvent(Fact):
    """Something unwanted that began at `effective_at`, and the medicine that is suspected of it. FHIR R4 AdverseEvent.

    It is one of the side effects that knowledge has of the medicine, or is put in words, or both. What was done about the
    medicine is written down to inform: it never changes the plan, and a fatal outcome never changes the patient's status.
    """

    #: As of a finding: how bad it was. Whether it is serious is another question.
    Severity = Condition.Severity

    class Causality(models.TextChoices):
        """How far the medicine is believed to be the cause."""

        CERTAIN = "certain"
        PROBABLE = "probable", "Probable or likely"
        POSSIBLE = "possible"
        UNLIKELY = "unlikely"

    class Outcome(models.TextChoices):
        """What became of it, as far as is known."""

        RESOLVED = "resolved"
        RECOVERING = "recovering"
        ONGOING = "ongoing"
        SEQUELAE = "sequelae", "Resolved with sequelae"
        FATAL = "fatal"
        UNKNOWN = "unknown"

    class Action(models.TextChoices):
        """What was done about the medicine."""

        NONE = "none", "Nothing was changed"
        DOSE_REDUCED = "dose_reduced"
        PAUSED = "paused"
        STOPPED = "stopped"

    #: Outcomes that have a day on which it was over.
    OVER = (Outcome.RESOLVED, Outcome.SEQUELAE)

    audited_fields = frozenset(
        {"patient", "medicine", "effect", "severity", "seriousness", "causality", "outcome", "resolved_at", "action_taken",
         "effective_at", "status"}
    )  # fmt: skip

    medicine = models.ForeignKey(Medicine, models.PROTECT, related_name="+", help_text="The one that is suspected.")
    effect = models.ForeignKey(
        MedicineEffect,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="One of the side effects that are known of the medicine.",
    )
    description = models.CharField(
        max_length=200, blank=True, validators=[NO_CONTROL], help_text="What happened, when none of those says it."
    )
    severity = models.CharField(max_length=10, choices=Severity)
    seriousness = models.BooleanField(
        "serious",
        help_text="Fatal or a danger to life, led to a stay in hospital or prolonged one, or left lasting harm.",
    )
    causality = models.CharField(max_length=10, choices=Causality, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.UNKNOWN)
    resolved_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was over, where it is and that is known."
    )
    action_taken = models.CharField(
        max_length=12, choices=Action, blank=True, help_text="About the medicine. It informs; the plan stays as it is."
    )
    note = models.CharField(max_length=500, blank=True, validators=[NO_CONTROL])

    class Meta(Fact.Meta):
        constraints = [
            error_has_a_reason("adverse_event_error_has_a_reason"),
            models.CheckConstraint(
                condition=Q(effect__isnull=False) | ~Q(description=""),
                name="adverse_event_says_what_happened",
                violation_error_message="Name one of the medicine's known side effects, or say in words what happened.",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True)
                | Q(outcome__in=["resolved", "sequelae"], resolved_at__gte=F("effective_at")),
                name="adverse_event_is_over_after_it_began",
                violation_error_message="Only what is resolved has a time at which it was over, and not before it began.",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="fatal") | Q(seriousness=True),
                name="fatal_adverse_event_is_serious",
                violation_error_message="What was fatal is serious.",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-effective_at"], name="adverse_events_of_patient"),
            models.Index(fields=["effective_at", "id"], name="adverse_events_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.medicine}: {self.effect.name if self.effect else 'side effect'}"

    @property
    def name(self) -> str:
        """What happened: the known side effect, or else as it was put in words."""
        return self.effect.name if self.effect is not None else self.description
