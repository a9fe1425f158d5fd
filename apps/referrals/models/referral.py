"""The referral itself."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from apps.accounts.actors import Actor, Careteam
from apps.accounts.models import Site
from apps.accounts.permissions import Permission
from apps.common.models import Versioned
from apps.knowledge.models import Discipline, ReferralReason
from apps.nudges.models import Nudge, Severity
from apps.patients.models import Patient
from apps.patients.models.patient import NO_CONTROL
from apps.plans.models import PlanVersion
from apps.referrals.moves import NAMES, OPEN, SHOWN, TASK_STATUS, TURNS, Party, State
from apps.teams.models import Member

STATES = [(state.value, NAMES[state]) for state in State]
#: Before the patient was seen: only there can the target be missed.
UNSEEN = frozenset(
    {State.SENT, State.RECEIVED, State.NEEDS_INFORMATION, State.DECLINED, State.ACCEPTED, State.SCHEDULED}
)


class Referrals(models.QuerySet["Referral"]):
    """Referrals."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of patients that the actor may see, and those that wait for an answer of the actor's own department.

        The department sees the referral then, and not the patient.
        """
        if isinstance(actor, Careteam):
            return self
        if actor.user_id is None or not actor.may(Permission.PATIENTS_READ):
            return self.none()
        mine = Member.objects.filter(
            user=actor.user_id, active=True, discipline=OuterRef("to"), user__home_site=OuterRef("to_site")
        )
        patients = Patient.objects.visible_to(actor).values("pk")
        return self.filter(Q(patient__in=patients) | Q(state__in=SHOWN, outside="") & Exists(mine))

    def open(self) -> Self:
        """Those that somebody still has to move."""
        return self.filter(state__in=OPEN)


def overdue(at: Any) -> Q:
    """The condition that the target has passed at a moment and the patient was not seen."""
    return Q(state__in=UNSEEN, target_at__lt=at)


class Referral(Versioned):
    """One discipline asks another to see a patient. It is open until the sender has read the answer, or withdrew the question.

    `sender` answers for the asking side and `owner` for the receiving one; a draft is owned by whoever writes it. Both are
    always somebody: who cannot be asked any more is replaced. What may be done in which state stands in `moves`. Whether it is
    overdue is computed from `target_at`. `wait_since`, `ask_at` and `wait_until` are the present wait: since when, from when
    somebody is asked about it, and from when coordinators are; `look_at` is when careteam looks at it next.
    """

    class Urgency(models.TextChoices):
        """FHIR R4 RequestPriority, the three that occur."""

        ROUTINE = "routine"
        URGENT = "urgent"
        STAT = "stat", "Immediate"

    audited_fields = frozenset(
        {
            "patient", "reason", "urgency", "sender", "sender_discipline", "to", "to_site", "to_member", "owner", "state",
            "patient_informed", "target_at", "wait_until", "nudge", "stuck_nudge",
        }
    )  # fmt: skip
    locked_with = (
        "patient__site",
        "reason",
        "to",
        "to_site",
        "sender_discipline",
        "nudge",
        "stuck_nudge",
        "owner",
        "sender",
    )

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    reason = models.ForeignKey(ReferralReason, models.PROTECT, related_name="+")
    urgency = models.CharField(max_length=10, choices=Urgency)
    question = models.CharField(
        max_length=1000, validators=[NO_CONTROL], help_text="What is asked of whoever receives it."
    )
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sender_discipline = models.ForeignKey(Discipline, models.PROTECT, related_name="+")
    to = models.ForeignKey(Discipline, models.PROTECT, related_name="+")
    to_site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    to_member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="+", help_text="The person asked for by name."
    )
    outside = models.CharField(
        max_length=200, blank=True, validators=[NO_CONTROL],
        help_text="A practice or clinic without careteam. A coordinator makes its moves; nothing is delivered to it.",
    )  # fmt: skip
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    state = models.CharField(max_length=30, choices=STATES, default=State.DRAFT, editable=False)
    patient_informed = models.BooleanField(default=False, help_text="Whether the patient knows of this referral.")
    placer_number = models.CharField(
        max_length=60, blank=True, validators=[NO_CONTROL], help_text="The sender's own number for it."
    )
    filler_number = models.CharField(
        max_length=60, blank=True, validators=[NO_CONTROL], help_text="The receiver's own number for it."
    )
    target_on = models.DateField(
        null=True, blank=True, help_text="Only where the sender sets a day of their own instead of the reason's target."
    )
    target_at = models.DateTimeField(null=True, blank=True, editable=False)
    because_of = models.ForeignKey(
        PlanVersion, models.PROTECT, null=True, blank=True, editable=False, related_name="+",
        help_text="The version of a plan whose missing prerequisite it is for.",
    )  # fmt: skip
    drafted_at = models.DateTimeField(editable=False)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    outcome_note = models.TextField(max_length=4000, blank=True, editable=False, help_text="The report.")
    review_note = models.CharField(
        max_length=1000, blank=True, editable=False, help_text="What follows from the report."
    )
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    end_reason = models.CharField(max_length=500, blank=True, editable=False)
    wait_since = models.DateTimeField(editable=False)
    ask_at = models.DateTimeField(null=True, blank=True, editable=False)
    wait_until = models.DateTimeField(null=True, blank=True, editable=False)
    look_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.CharField(max_length=300, blank=True, editable=False)
    nudge = models.ForeignKey(Nudge, models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    stuck_nudge = models.ForeignKey(Nudge, models.PROTECT, null=True, blank=True, editable=False, related_name="+")

    objects = Referrals.as_manager()

    #: On which side the actor of a move stands, and who has it from then on; set while it is made.
    moved_as: Party | None = None
    taken_by: UUID | None = None

    class Meta:
        ordering = ["-drafted_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in State]), name="referral_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[state.value for state in sorted(OPEN)], ended_at__isnull=True, look_at__isnull=False
                )
                & Q(wait_until__isnull=False)
                | ~Q(state__in=[state.value for state in sorted(OPEN)])
                & Q(ended_at__isnull=False, look_at__isnull=True, wait_until__isnull=True, ask_at__isnull=True),
                name="open_referrals_wait_and_are_looked_at",
            ),
            models.CheckConstraint(
                condition=Q(state="draft")
                | Q(ended_at__isnull=False)
                | Q(sent_at__isnull=False, target_at__isnull=False),
                name="sent_referrals_have_a_target",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["seen", "reported", "closed"]) | Q(seen_at__isnull=False),
                name="seen_referrals_say_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["reported", "closed"]) | ~Q(outcome_note=""),
                name="reported_referrals_have_a_report",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["cancelled", "entered_in_error"]) | ~Q(end_reason=""),
                name="referrals_that_end_early_say_why",
            ),
        ]
        indexes = [
            # Which are to be looked at: the due queue.
            models.Index(fields=["look_at"], name="referrals_due", condition=Q(look_at__isnull=False)),
            models.Index(fields=["patient", "-drafted_at"], name="referrals_of_patient"),
            models.Index(fields=["drafted_at", "id"], name="referrals_by_time"),
            # Worklists: what is late first.
            models.Index(fields=["target_at", "id"], name="referrals_by_target", condition=Q(ended_at__isnull=True)),
            # What is somebody's, when they leave or look into their list.
            models.Index(fields=["owner"], name="referrals_of_owner", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["sender"], name="referrals_of_sender", condition=Q(ended_at__isnull=True)),
            # What waits for a department.
            models.Index(fields=["to", "to_site"], name="referrals_of_department", condition=Q(ended_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.to.name}: {self.reason.name}"

    @property
    def open(self) -> bool:
        """Whether somebody still has to move it."""
        return self.state in OPEN

    @property
    def turn(self) -> Party | None:
        """Whose turn it is; None when it has ended."""
        return TURNS.get(State(self.state))

    @property
    def task_status(self) -> str:
        """Its state as FHIR R4 calls it (Task.status)."""
        return TASK_STATUS[State(self.state)]

    @property
    def severity(self) -> str:
        """How much a question about it presses."""
        return SEVERITIES[self.urgency]

    def overdue(self, at: datetime) -> bool:
        """Whether the target has passed and the patient was not seen."""
        return self.state in UNSEEN and self.target_at is not None and self.target_at < at


SEVERITIES: dict[str, str] = {
    Referral.Urgency.ROUTINE: Severity.ROUTINE,
    Referral.Urgency.URGENT: Severity.URGENT,
    Referral.Urgency.STAT: Severity.EMERGENCY,
}
__all__ = ["SEVERITIES", "UNSEEN", "Referral", "Referrals"]
