"""The plan and its versions."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.common.models import Versioned
from apps.knowledge.models import Pathway, PathwayStep
from apps.patients.models import Patient
from apps.patients.models.patient import NO_CONTROL, OfPatient


class TreatmentPlan(Versioned):
    """What a team has agreed to do for a patient, through all its versions. FHIR R4 CarePlan. A patient has one open plan.

    Its version column goes up with whatever happens to the plan or to one of its versions: who edits names the one they
    read, and is told when somebody else was quicker.
    """

    audited_fields = frozenset({"patient", "pathway", "opened_at", "ended_at"})
    locked_with = ("patient__site",)

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    pathway = models.ForeignKey(Pathway, models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField(editable=False)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    end_reason = models.CharField(max_length=200, blank=True, editable=False)

    objects = OfPatient.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["patient"], condition=Q(ended_at__isnull=True), name="one_open_plan"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end_reason="") | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="ended_plan_says_why",
            ),
        ]
        indexes = [models.Index(fields=["opened_at", "id"], name="plans_by_time")]

    def __str__(self) -> str:
        return f"Plan of {self.opened_at:%Y-%m-%d}"


class OfPlan(models.QuerySet["PlanVersion"]):
    """Versions."""

    def visible_to(self, actor: object) -> "OfPlan":
        """Those of patients that the actor may see."""
        return self.filter(plan__patient__in=Patient.objects.visible_to(actor).values("pk"))  # type: ignore[arg-type]

    def pending(self) -> "OfPlan":
        """Those that are proposed or approved and not yet followed."""
        return self.filter(state__in=[PlanVersion.State.PROPOSED, PlanVersion.State.APPROVED])


class PlanVersion(Versioned):
    """What was proposed at one time, whole. Its content never changes: who wants something else proposes another version.

    `digest` is over the content; an approval names the digest that was approved, so that it can never be read as the
    approval of anything else.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed"
        APPROVED = "approved"
        ACTIVE = "active"
        SUPERSEDED = "superseded", "Replaced by a later version"
        STOPPED = "stopped"
        WITHDRAWN = "withdrawn", "Not followed"

    audited_fields = frozenset(
        {"plan", "number", "state", "digest", "approver", "approved_digest", "approved_at", "step", "replaces"}
    )
    locked_with = ("plan__patient__site",)

    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(editable=False)
    state = models.CharField(max_length=12, choices=State, default=State.PROPOSED, editable=False)
    summary = models.CharField(max_length=1000, blank=True, help_text="What changes, and why.")
    step = models.ForeignKey(PathwayStep, models.PROTECT, null=True, blank=True, related_name="+")
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    digest = models.CharField(max_length=64, editable=False)
    checks = models.JSONField(
        default=dict, editable=False, help_text="Every dose against every source, as it was found."
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")
    proposed_at = models.DateTimeField(editable=False)
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_digest = models.CharField(max_length=64, blank=True, editable=False)
    approval_recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    activated_at = models.DateTimeField(null=True, blank=True, editable=False)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    end_reason = models.CharField(max_length=200, blank=True, editable=False, validators=[NO_CONTROL])

    objects = OfPlan.as_manager()

    class Meta:
        ordering = ["-proposed_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="one_version_a_number"),
            models.UniqueConstraint(fields=["plan"], condition=Q(state="active"), name="one_active_version"),
            models.UniqueConstraint(
                fields=["plan"], condition=Q(state__in=["proposed", "approved"]), name="one_pending_version"
            ),
            models.CheckConstraint(
                condition=Q(approver__isnull=True, approved_at__isnull=True, approved_digest="")
                | Q(approver__isnull=False, approved_at__isnull=False, approved_digest=F("digest")),
                name="approval_is_whole_and_of_this_content",
            ),
            models.CheckConstraint(
                condition=Q(
                    state="proposed",
                    approved_at__isnull=True,
                    activated_at__isnull=True,
                    ended_at__isnull=True,
                    end_reason="",
                )
                | Q(state="approved", approved_at__isnull=False, activated_at__isnull=True, ended_at__isnull=True)
                | Q(state="active", approved_at__isnull=False, activated_at__isnull=False, ended_at__isnull=True)
                | Q(state__in=["superseded", "stopped"], activated_at__isnull=False, ended_at__isnull=False)
                | (Q(state="withdrawn", activated_at__isnull=True, ended_at__isnull=False) & ~Q(end_reason="")),
                name="plan_version_states_are_legal",
            ),
        ]
        indexes = [models.Index(fields=["proposed_at", "id"], name="plan_versions_by_time")]

    def __str__(self) -> str:
        return f"Version {self.number} ({self.get_state_display().lower()})"

    @property
    def patient(self) -> Patient:
        """Whose plan it is a version of."""
        return self.plan.patient

    @property
    def pending(self) -> bool:
        """Whether it is proposed or approved and not yet followed."""
        return self.state in {self.State.PROPOSED, self.State.APPROVED}
