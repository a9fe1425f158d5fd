"""Watches and escalations."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.accounts.actors import Actor
from apps.common.models import Row, Versioned
from apps.escalation.models.criteria import Criterion, CriterionVersion
from apps.nudges.models import Nudge, Severity
from apps.observations.models import Assessment, Condition, Observation
from apps.patients.models import Antibody, Patient
from apps.referrals.models import Referral


class Watches(models.QuerySet["Watch"]):
    """Watches."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of patients that the actor may see."""
        return self.filter(patient__in=Patient.objects.visible_to(actor).values("pk"))


class Watch(Row):
    """One row a patient: when they are to be looked at next, and how many facts there have been.

    Every fact raises `seq`. Whoever evaluates commits only where it is still the one that was read; a fact that landed
    meanwhile leaves the patient due.
    """

    class Cause(models.IntegerChoices):
        FACT = 0, "Something was recorded"
        CLOCK = 1, "The time has come"

    audited_fields: ClassVar[frozenset[str]] = frozenset()

    patient = models.OneToOneField(Patient, models.PROTECT, related_name="watch")
    seq = models.PositiveBigIntegerField(default=1)
    cause = models.PositiveSmallIntegerField(choices=Cause, default=Cause.CLOCK)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    evaluated_at = models.DateTimeField(null=True, blank=True)
    not_assessable = models.JSONField(
        default=list, blank=True, help_text="Criteria that could not be judged, and what is missing."
    )
    last_error = models.CharField(max_length=300, blank=True)

    objects = Watches.as_manager()

    class Meta:
        verbose_name_plural = "watches"
        constraints = [
            models.CheckConstraint(
                condition=Q(lease_until__isnull=True, lease_token__isnull=True)
                | Q(lease_until__isnull=False, lease_token__isnull=False),
                name="watch_lease_is_whole",
            )
        ]
        indexes = [
            # Who is to be looked at, what was recorded before what the clock brings.
            models.Index(fields=["cause", "due_at"], name="watches_due"),
        ]


class Escalations(models.QuerySet["Escalation"]):
    """Escalations."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of patients that the actor may see."""
        return self.filter(patient__in=Patient.objects.visible_to(actor).values("pk"))


class Escalation(Versioned):
    """A criterion is met for a patient, and people are asked to act. One stays open for a patient, criterion and key.

    It points for ever at the version that fired it, with the numbers and facts of then. Acting upon it does not end it:
    it ends when its criterion says so (cleared), when nothing holds it up any more (withdrawn), or when a person closes it.
    """

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed", "Closed by a person"
        CLEARED = "cleared"
        WITHDRAWN = "withdrawn"

    class Source(models.TextChoices):
        FACTS = "facts", "What was recorded"
        CLINICIAN = "clinician", "A clinician says so"

    audited_fields = frozenset(
        {"patient", "criterion", "criterion_version", "key", "severity", "state", "source", "nudge"}
    )
    locked_with = ("patient__site", "criterion_version__criterion", "nudge")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    criterion_version = models.ForeignKey(CriterionVersion, models.PROTECT, related_name="+")
    key = models.CharField(max_length=80, blank=True)
    severity = models.CharField(max_length=10, choices=Severity)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it presses, or what the clinician said.")
    explanation = models.TextField(
        blank=True, help_text="What held when it was opened or last added to, with the numbers."
    )
    values_used = models.JSONField(
        default=dict, blank=True, help_text="The parameters as they were, a site's own values in place."
    )
    source = models.CharField(max_length=10, choices=Source, default=Source.FACTS)
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    acted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    end_reason = models.CharField(max_length=500, blank=True)
    holds_no_longer_since = models.DateTimeField(null=True, blank=True)
    nudge = models.ForeignKey(Nudge, models.PROTECT, null=True, blank=True, related_name="+")

    objects = Escalations.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "criterion", "key"], condition=Q(state="open"), name="one_open_escalation_a_matter"
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True)
                | (~Q(state="open") & Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="ended_escalations_say_why",
            ),
            models.CheckConstraint(condition=~Q(source="clinician") | (~Q(reason="")), name="a_clinician_says_why"),
        ]
        indexes = [
            models.Index(fields=["patient", "-opened_at"], name="escalations_of_patient"),
            models.Index(fields=["opened_at", "id"], name="escalations_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion_version.criterion.code} {self.criterion_version.name}"


#: What can be evidence, by the name of its field.
FACTS = ("observation", "condition", "assessment", "antibody")


class Evidence(Row):
    """A fact that holds an escalation up, as it was then. Each fact once.

    `context` says that it did not by itself make the criterion fire but belongs to the circumstances, such as the swallow test
    because of which dysphagia counts as active: more of that is no news.
    """

    audited_fields = frozenset({"escalation", "context", *FACTS})

    escalation = models.ForeignKey(Escalation, models.PROTECT, related_name="evidence")
    observation = models.ForeignKey(Observation, models.PROTECT, null=True, blank=True, related_name="+")
    condition = models.ForeignKey(Condition, models.PROTECT, null=True, blank=True, related_name="+")
    assessment = models.ForeignKey(Assessment, models.PROTECT, null=True, blank=True, related_name="+")
    antibody = models.ForeignKey(Antibody, models.PROTECT, null=True, blank=True, related_name="+")
    context = models.BooleanField(default=False)
    words = models.CharField(max_length=300)
    snapshot = models.JSONField()
    effective_at = models.DateTimeField()
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["added_at", "id"]
        verbose_name_plural = "evidence"
        constraints = [
            *[
                models.UniqueConstraint(fields=["escalation", name], name=f"one_{name}_is_evidence_once")
                for name in FACTS
            ],
            models.CheckConstraint(
                condition=Q(
                    models.lookups.Exact(
                        models.Func(*FACTS, function="num_nonnulls", output_field=models.IntegerField()), 1
                    )
                ),
                name="evidence_is_one_fact",
            ),
        ]

    @property
    def fact_id(self) -> Any:
        """The id of the fact."""
        return next(pk for name in FACTS if (pk := getattr(self, f"{name}_id")) is not None)

    @property
    def stands(self) -> bool:
        """Whether the fact is neither replaced nor entered in error."""
        fact = next(getattr(self, name) for name in FACTS if getattr(self, f"{name}_id") is not None)
        return not fact.entered_in_error if isinstance(fact, Antibody) else bool(fact.stands)


class Action(Row):
    """What somebody did about an escalation, in their own words; or that they referred the patient because of it."""

    audited_fields = frozenset({"escalation", "by", "at", "referral"})

    escalation = models.ForeignKey(Escalation, models.PROTECT, related_name="actions")
    words = models.CharField(max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    referral = models.ForeignKey(Referral, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["at", "id"]
