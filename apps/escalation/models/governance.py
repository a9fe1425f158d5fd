"""What clinical governance does with criteria: a site's own values, and trials of a version before it is signed."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Site
from apps.common.models import Row, Versioned
from apps.escalation.models.criteria import Criterion, CriterionRows, CriterionVersion
from apps.patients.models.patient import NO_CONTROL


class SiteValue(Versioned):
    """A site's own value of a parameter, in place of what the criterion's version says. One clinician proposes it, another signs
    it; only then it counts, from the next look at a patient on. It stays through later versions that have the parameter.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed"
        SIGNED = "signed", "In force"
        ENDED = "ended"

    audited_fields = frozenset({"criterion", "site", "name", "value", "state", "proposed_by", "signed_by"})
    locked_with = ("criterion", "site")

    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="site_values")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    name = models.CharField(max_length=40, help_text="The name of the parameter.")
    value = models.CharField(max_length=20, help_text="A number, in the parameter's own unit.")
    reason = models.CharField(max_length=300, validators=[NO_CONTROL])
    citation = models.CharField(
        max_length=60, blank=True, validators=[NO_CONTROL], help_text="Where the number is from."
    )
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED, editable=False)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+")
    proposed_at = models.DateTimeField(editable=False)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CriterionRows.as_manager()

    class Meta:
        ordering = ["criterion__code", "name", "-proposed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["criterion", "site", "name"], condition=Q(state="signed"), name="one_own_value_a_parameter"
            ),
            models.UniqueConstraint(
                fields=["criterion", "site", "name"],
                condition=Q(state="proposed"),
                name="one_proposed_value_a_parameter",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", signed_by__isnull=True, signed_at__isnull=True, ended_at__isnull=True)
                | Q(state="signed", signed_by__isnull=False, signed_at__isnull=False, ended_at__isnull=True)
                | Q(state="ended", ended_at__isnull=False),
                name="own_values_say_who_signed",
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | ~Q(signed_by=F("proposed_by")),
                name="nobody_signs_their_own_value",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion.code}: {self.name} at {self.site}"


class Trial(Row):
    """A version is tried out: its journeys and vectors are played, or it is run over what was recorded. Done by a worker.

    `digest` says on exactly which text.
    """

    class Kind(models.TextChoices):
        TEST = "test", "Journeys and vectors"
        BACKTEST = "backtest", "Over recorded history"

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    audited_fields = frozenset({"criterion_version", "kind", "state", "since", "digest"})

    criterion_version = models.ForeignKey(CriterionVersion, models.PROTECT, related_name="trials")
    kind = models.CharField(max_length=10, choices=Kind)
    since = models.DateTimeField(null=True, blank=True, help_text="From when on a backtest runs.")
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    done_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    result = models.JSONField(default=dict)

    objects = CriterionRows.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", due_at__isnull=False, done_at__isnull=True)
                | Q(state__in=["done", "failed"], due_at__isnull=True, done_at__isnull=False),
                name="trial_states_are_legal",
            ),
            models.CheckConstraint(
                condition=Q(lease_until__isnull=True, lease_token__isnull=True)
                | Q(lease_until__isnull=False, lease_token__isnull=False),
                name="trial_lease_is_whole",
            ),
        ]
        # Which trial is next? Asked by every poll of the dispatcher.
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="trials_due")]

    def __str__(self) -> str:
        return f"{self.criterion_version}: {self.get_kind_display().lower()}"


class TestResult(Row):
    """How one journey or vector went with exactly this text. A failure is a result, too: whoever signs may waive it."""

    __test__ = False  # no test of the project's own

    audited_fields = frozenset({"trial", "journey", "passed"})

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="results")
    journey = models.CharField(max_length=200, help_text="The id of the journey or vector.")
    title = models.CharField(max_length=300, blank=True)
    passed = models.BooleanField()
    difference = models.TextField(blank=True, help_text="What was expected and what happened.")
    ran_at = models.DateTimeField()

    class Meta:
        ordering = ["journey", "id"]
        constraints = [
            models.UniqueConstraint(fields=["trial", "journey"], name="one_result_a_journey"),
            models.CheckConstraint(condition=Q(passed=True) | ~Q(difference=""), name="a_failure_says_what_differs"),
        ]
