"""What follows from a plan: what is due when, and when one looks at the response."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.common.models import Row, Versioned
from apps.knowledge.models import Medicine, Panel
from apps.nudges.models import Nudge
from apps.patients.models import Patient
from apps.patients.models.patient import NO_CONTROL, OfPatient
from apps.plans.models.plan import PlanVersion, TreatmentPlan


class MonitoringItem(Row):
    """A panel that is due for a patient again and again, or once because a proposal missed it. One open row a patient and panel.

    `why` holds each reason with its citation and interval, `requested_why` those of the request. A request stands until the panel
    is done, or the version it was made for (`requested_for`) is over. Whether it is overdue is computed from `overdue_from`.
    """

    audited_fields = frozenset({"patient", "panel", "due_on", "last_on", "every_days", "ended_at", "requested_on"})

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    panel = models.ForeignKey(Panel, models.PROTECT, related_name="+")
    why = models.JSONField(default=list)
    every_days = models.PositiveSmallIntegerField(null=True, blank=True)
    due_on = models.DateField()
    overdue_from = models.DateField()
    last_on = models.DateField(null=True, blank=True)
    requested_on = models.DateField(null=True, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    requested_for = models.ForeignKey(PlanVersion, models.PROTECT, null=True, blank=True, related_name="+")
    requested_why = models.JSONField(default=list, blank=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = OfPatient.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "panel"], condition=Q(ended_at__isnull=True), name="one_open_monitoring_a_panel"
            ),
            models.CheckConstraint(condition=Q(overdue_from__gt=models.F("due_on")), name="overdue_after_due"),
        ]
        indexes = [
            # What is due next, over all patients: worklists and calendars.
            models.Index(fields=["due_on", "id"], name="monitoring_by_due", condition=Q(ended_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.panel}"


class ResponseReview(Versioned):
    """The moment at which a team looks whether a medicine has helped, and says what follows.

    Scheduled from the medicine's response window when a version with it becomes active. `nudge_at` is when somebody is asked to
    hold it; empty once that was done. `last_error` names the fault for which nobody could be asked.
    """

    class State(models.TextChoices):
        SCHEDULED = "scheduled"
        DONE = "done"
        CANCELLED = "cancelled"

    class Outcome(models.TextChoices):
        ESCALATE = "escalate"
        CONTINUE = "continue"
        DE_ESCALATE = "de_escalate", "De-escalate"

    audited_fields = frozenset({"patient", "plan", "medicine", "state", "due_on", "outcome", "proposed", "nudge"})
    locked_with = ("patient__site", "plan", "medicine", "nudge")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="reviews")
    medicine = models.ForeignKey(Medicine, models.PROTECT, related_name="+")
    window = models.CharField(max_length=60, help_text="Code of the response window.")
    citation = models.CharField(max_length=300)
    score = models.CharField(max_length=20)
    started_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.SCHEDULED, editable=False)
    nudge_at = models.DateTimeField(null=True, blank=True)
    nudge = models.ForeignKey(Nudge, models.PROTECT, null=True, blank=True, related_name="+")
    last_error = models.CharField(max_length=300, blank=True, editable=False)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    reason = models.CharField(max_length=500, blank=True, validators=[NO_CONTROL])
    measures = models.JSONField(
        default=dict, editable=False, help_text="Before and after, and the score, as they were."
    )
    proposed = models.ForeignKey(PlanVersion, models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = OfPatient.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "medicine", "window", "started_on"],
                condition=~Q(state="cancelled"),
                name="one_review_a_window",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="done", reviewed_at__isnull=False, nudge_at__isnull=True) & ~Q(outcome="") & ~Q(reason="")
                )
                | Q(state="scheduled", reviewed_at__isnull=True, outcome="")
                | Q(state="cancelled", reviewed_at__isnull=True, outcome="", nudge_at__isnull=True),
                name="review_states_are_legal",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], name="reviews_by_due"),
            # Reviews about which nobody was asked yet: the due queue.
            models.Index(fields=["nudge_at"], name="reviews_to_ask", condition=Q(nudge_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"Response to {self.medicine}"


class Upkeep(Row):
    """One row a patient with a plan: when what follows from it is to be worked out anew. A due row like any other."""

    audited_fields: ClassVar[frozenset[str]] = frozenset()

    patient = models.OneToOneField(Patient, models.PROTECT, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="upkeep_due", condition=Q(due_at__isnull=False))]
