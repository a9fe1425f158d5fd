"""What a site has decided about its plans, and the calendars of its members."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts.actors import Actor
from apps.accounts.models import Site
from apps.common.models import Row, Versioned
from apps.knowledge.models import MonitoringSchedule
from apps.patients.models.patient import NO_CONTROL


class Policies(models.QuerySet["PlanPolicy"]):
    """Policies."""

    def visible_to(self, actor: Actor) -> "Policies":
        """Those of the sites at which the actor has a role."""
        return self.filter(site__in=actor.sites)


def prescribing_disciplines() -> list[str]:
    """Who approves unless a site says otherwise (proposal for local policy: no source names them)."""
    return ["rheumatology", "paediatric-rheumatology", "dermatology", "neurology", "pulmonology"]


def baseline_options() -> list[str]:
    """What guidelines disagree about is asked for, as the source document has it (S3-04, S3-06), until a site decides."""
    return ["eye_baseline", "ecg_baseline"]


class PlanPolicy(Versioned):
    """One row a site: whether somebody other than the author approves, who approves, which monitoring schedule holds, and
    which of the prerequisites that guidelines disagree about are asked for. All of it is local policy.
    """

    audited_fields = frozenset({"site", "second_approver", "approving_disciplines", "scheme", "options"})

    site = models.OneToOneField(Site, models.PROTECT, related_name="plan_policy")
    second_approver = models.BooleanField(default=False, help_text="Somebody other than the author approves.")
    approving_disciplines = ArrayField(models.CharField(max_length=40), default=prescribing_disciplines)
    scheme = models.CharField(
        max_length=10, choices=MonitoringSchedule.Scheme.choices[:2], default=MonitoringSchedule.Scheme.MONTHLY
    )
    options = ArrayField(models.CharField(max_length=40), default=baseline_options, blank=True)

    objects = Policies.as_manager()

    class Meta:
        ordering = ["site__name", "id"]
        verbose_name_plural = "plan policies"

    def __str__(self) -> str:
        return f"{self.site}"


class Feeds(models.QuerySet["CalendarFeed"]):
    """Calendar feeds."""

    def visible_to(self, actor: Actor) -> "Feeds":
        """One's own."""
        return self.filter(user=actor.user_id) if actor.user_id is not None else self.none()


class CalendarFeed(Row):
    """A secret address under which a member's calendar program reads what is due. Of the secret only a digest is kept."""

    audited_fields = frozenset({"user", "prefix", "revoked_at"})

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=100, validators=[NO_CONTROL])
    prefix = models.CharField(max_length=20, editable=False)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    made_at = models.DateTimeField(editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = Feeds.as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return self.name
