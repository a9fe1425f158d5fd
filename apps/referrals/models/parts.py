"""What belongs to a referral: each move, each visit, each fact that was attached."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.accounts.actors import Actor
from apps.common.models import Row
from apps.knowledge.models import Discipline
from apps.observations.models import Assessment, Condition, Observation
from apps.patients.models.patient import NO_CONTROL
from apps.referrals.models.referral import STATES, Referral
from apps.referrals.moves import MOVES, Party


class Parts(models.QuerySet[Any]):
    """Rows of referrals."""

    def visible_to(self, actor: Actor) -> "Parts":
        """Those of referrals that the actor may see."""
        return self.filter(referral__in=Referral.objects.visible_to(actor).values("pk"))


class Transition(Row):
    """One move: from which state to which, by whom and on whose side, and who answers for both sides afterwards."""

    audited_fields = frozenset({"referral", "number", "move", "source", "target", "by", "party", "at"})

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="transitions")
    number = models.PositiveIntegerField()
    move = models.CharField(max_length=30, choices=[(name, move.label) for name, move in MOVES.items()])
    source = models.CharField(max_length=30, choices=STATES)
    target = models.CharField(max_length=30, choices=STATES)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    party = models.CharField(max_length=20, choices=[(party.value, party.value) for party in Party])
    at = models.DateTimeField()
    words = models.TextField(max_length=4000, blank=True, help_text="What was said with it; of a report, the report.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    to = models.ForeignKey(Discipline, models.PROTECT, related_name="+")

    objects = Parts.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["referral", "number"], name="one_transition_a_number"),
            models.CheckConstraint(
                condition=Q(party="careteam") | Q(by__isnull=False), name="moves_of_people_say_who_made_them"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_move_display()}"


class Visit(Row):
    """When the patient is to be seen, or was. One is booked at a time."""

    class Status(models.TextChoices):
        """FHIR R4 Appointment.status, the four that occur."""

        BOOKED = "booked"
        FULFILLED = "fulfilled", "Took place"
        NOSHOW = "noshow", "The patient did not come"
        CANCELLED = "cancelled"

    audited_fields = frozenset({"referral", "starts_at", "status"})

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="visits")
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True, validators=[NO_CONTROL])
    status = models.CharField(max_length=10, choices=Status, default=Status.BOOKED)
    words = models.CharField(
        max_length=500, blank=True, validators=[NO_CONTROL], help_text="Why it did not take place."
    )
    booked_at = models.DateTimeField()
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = Parts.as_manager()

    class Meta:
        ordering = ["booked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["referral"], condition=Q(status="booked"), name="one_booked_visit_a_referral"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()}"


class Attachment(Row):
    """A fact that was sent along, as it was then. Each fact once; it stays as it was, whatever becomes of the fact."""

    audited_fields = frozenset({"referral", "observation", "condition", "assessment"})

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="attachments")
    observation = models.ForeignKey(Observation, models.PROTECT, null=True, blank=True, related_name="+")
    condition = models.ForeignKey(Condition, models.PROTECT, null=True, blank=True, related_name="+")
    assessment = models.ForeignKey(Assessment, models.PROTECT, null=True, blank=True, related_name="+")
    words = models.CharField(max_length=300)
    effective_at = models.DateTimeField()
    attached_at = models.DateTimeField()

    objects = Parts.as_manager()

    class Meta:
        ordering = ["-effective_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["referral", "observation"], name="an_observation_is_attached_once"),
            models.UniqueConstraint(fields=["referral", "condition"], name="a_condition_is_attached_once"),
            models.UniqueConstraint(fields=["referral", "assessment"], name="an_assessment_is_attached_once"),
            models.CheckConstraint(
                condition=Q(observation__isnull=False, condition__isnull=True, assessment__isnull=True)
                | Q(observation__isnull=True, condition__isnull=False, assessment__isnull=True)
                | Q(observation__isnull=True, condition__isnull=True, assessment__isnull=False),
                name="an_attachment_is_one_fact",
            ),
        ]

    @property
    def fact(self) -> Observation | Condition | Assessment:
        """The fact itself, as it is now."""
        found = self.observation or self.condition or self.assessment
        assert found is not None  # noqa: S101 - held by a CHECK
        return found

    @property
    def stands(self) -> bool:
        """Whether the fact is neither replaced nor entered in error by now."""
        return self.fact.stands
