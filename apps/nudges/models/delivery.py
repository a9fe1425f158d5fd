"""The outbox: one message to one person over one channel."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.accounts.actors import Actor
from apps.common.models import Row
from apps.nudges.models.nudge import Nudge, Severity, addressed_to
from apps.patients.models import Patient
from apps.teams.models import Member


class Deliveries(models.QuerySet["Delivery"]):
    """Deliveries."""

    def visible_to(self, actor: Actor) -> Self:
        """One's own, as far as one still sees the patient or is an addressee of the nudge."""
        if actor.user_id is None:
            return self.none()
        seen = Q(nudge__patient__in=Patient.objects.visible_to(actor).values("pk"))
        return self.filter(seen | addressed_to(actor, "nudge__"), recipient=actor.user_id)


class Delivery(Row):
    """One message to one person over one channel, from the moment it is wanted until it has left or need not.

    `send_key` is unique: whatever happens, the same message is wanted once. Its Message-ID is made from it, so that the
    one duplicate that a crash can cause folds in the reader's mailbox.
    """

    class Kind(models.TextChoices):
        ASK = "ask", "Asked"
        REMINDER = "reminder", "Reminded"
        OFFER = "offer", "Offered"
        INFORM = "inform", "For information"
        TOLD = "told", "What became of it"

    class State(models.TextChoices):
        QUEUED = "queued"
        LEASED = "leased", "Being sent"
        SENT = "sent"
        DELIVERED = "delivered"
        BOUNCED = "bounced"
        FAILED = "failed"
        CANCELLED = "cancelled"

    audited_fields = frozenset({"nudge", "recipient", "channel", "kind", "state", "attempts"})

    nudge = models.ForeignKey(Nudge, models.PROTECT, related_name="deliveries")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=Member.Channel)
    kind = models.CharField(max_length=10, choices=Kind)
    severity = models.CharField(max_length=10, choices=Severity)
    rank = models.PositiveSmallIntegerField(help_text="The order in which messages leave.")
    round = models.PositiveIntegerField()
    words = models.CharField(max_length=300, blank=True)
    send_key = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)

    objects = Deliveries.as_manager()

    class Meta:
        ordering = ["-queued_at", "-id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="leased", lease_until__isnull=False, lease_token__isnull=False)
                | (~Q(state="leased") & Q(lease_until__isnull=True, lease_token__isnull=True)),
                name="delivery_lease_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["sent", "delivered", "bounced"]) | Q(sent_at__isnull=False),
                name="sent_deliveries_say_when",
            ),
        ]
        indexes = [
            # What is to leave now: read by every lease.
            models.Index(fields=["rank", "due_at"], name="deliveries_due", condition=Q(state__in=["queued", "leased"])),
            # What somebody was told for information and has not read.
            models.Index(
                fields=["recipient", "queued_at", "id"], name="notices_of_recipient", condition=Q(channel="in_app")
            ),
            models.Index(fields=["nudge", "queued_at"], name="deliveries_of_nudge"),
        ]


class BrokenAddress(Row):
    """An address that refused mail for good. Whoever has it is not asked over it until it changes or is tried again."""

    audited_fields = frozenset({"user", "channel"})

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=Member.Channel)
    address = models.CharField(max_length=254)
    since = models.DateTimeField()
    reason = models.CharField(max_length=300)

    class Meta:
        verbose_name_plural = "broken addresses"
        constraints = [models.UniqueConstraint(fields=["user", "channel", "address"], name="an_address_breaks_once")]


class Breaker(models.Model):
    """A channel that is down: nothing is tried over it until `retry_at`, then one message. No row: the channel is well."""

    channel = models.CharField(primary_key=True, max_length=10, choices=Member.Channel)
    since = models.DateTimeField()
    retry_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=1)
    error = models.CharField(max_length=300)
