"""The question to one accountable person, and the rungs it climbs."""

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, F, Func, Q

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.common.models import Row, Versioned
from apps.knowledge.models import Discipline
from apps.patients.models import Patient
from apps.teams.models import Member


class Severity(models.TextChoices):
    """How much it presses, from the most to the least."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    ROUTINE = "routine"
    INFO = "info", "For information"


#: The order in which work is done: the lower the sooner.
RANK = {Severity.EMERGENCY.value: 0, Severity.URGENT.value: 1, Severity.ROUTINE.value: 2, Severity.INFO.value: 3}


class Policy(Row):
    """How the ladder is climbed for a severity: shares of the time to acknowledge at which somebody is reminded and the
    next rung is asked. Written as fractions, such as 1/2.
    """

    audited_fields = frozenset(
        {"severity", "reminders", "next_rung", "later_rungs", "copies_coordinators", "acknowledge_within", "act_within"}
    )

    severity = models.CharField(max_length=10, choices=Severity, unique=True)
    reminders = ArrayField(
        models.CharField(max_length=10), default=list, blank=True, help_text="When the person asked is reminded."
    )
    next_rung = models.CharField(max_length=10, help_text="When the second rung is asked.")
    later_rungs = models.CharField(max_length=10, help_text="How long each later rung has.")
    acknowledge_within = models.CharField(
        max_length=20, help_text="Where the matter does not say it for this severity. A proposal for local policy."
    )
    act_within = models.CharField(max_length=20, help_text="As above.")
    copies_coordinators = models.BooleanField(
        default=False, help_text="Coordinators are told as soon as the first rung has not answered."
    )

    class Meta:
        verbose_name_plural = "policies"


class _OneOf(Func):
    """Whether a value stands in an array."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = models.BooleanField()


class Nudges(models.QuerySet["Nudge"]):
    """Nudges."""

    def visible_to(self, actor: Actor) -> Self:
        """Those about patients that the actor may see, and those that the actor is an addressee of.

        Whoever shows the patient's name beside them has to ask whether the actor sees the patient.
        """
        patients = Patient.objects.visible_to(actor).values("pk")
        if actor.user_id is None or actor.sites_seen_whole:
            return self.filter(Q(patient__in=patients) | addressed_to(actor))
        # For who sees few patients: as an array their ids are looked up in an index, and so are addressees; with IN on one
        # side of an OR, PostgreSQL reads every nudge there is.
        return self.filter(Q(_OneOf(F("patient"), ArraySubquery(patients.order_by()))) | addressed_to(actor))

    def unfinished(self) -> Self:
        """Those that somebody still has to answer or act upon."""
        return self.filter(state__in=UNFINISHED)

    def waiting_for(self, user_id: Any) -> Self:
        """Those that this person is asked to answer, or has taken on, or is offered."""
        mine = Q(owner=user_id) | Q(offered_to=user_id)
        return self.unfinished().filter(mine)


def addressed_to(actor: Actor, nudge: str = "") -> Q:
    """The condition that the actor is an addressee of a nudge; `nudge` is the path to it, such as "nudge__".

    Whoever is no member of care teams any more is none. `ladder.may_hear` holds the same rule for many people.
    """
    if actor.user_id is None or not actor.may(Permission.PATIENTS_READ):
        return Q(pk__in=[])
    gone = Member.objects.filter(user=actor.user_id, active=False)
    return Q(**{f"{nudge}addressees__contains": [actor.user_id]}) & ~Q(Exists(gone))


class Nudge(Versioned):
    """One accountable owner is asked to look at one matter.

    It never points up: the matter (an escalation, a referral) points at it and gives it its words and its link. Being
    acknowledged is not being acted upon: it closes when the matter's own operation settles it.

    `named` has the matter already and is asked first. `addressees` may be asked although they do not see the patient: they
    see this nudge and nothing else of the patient's.
    """

    class State(models.TextChoices):
        OPEN = "open"
        ACKNOWLEDGED = "acknowledged"
        EXHAUSTED = "exhausted", "Nobody left to ask"
        ACTIONED = "actioned"
        CANCELLED = "cancelled"

    audited_fields = frozenset(
        {
            "patient", "topic", "severity", "state", "owner", "named", "addressees", "discipline", "step", "round",
            "acknowledge_by", "act_by",
        }
    )  # fmt: skip
    locked_with = ("patient__site",)

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    topic = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    advice = models.CharField(max_length=500, blank=True)
    link = models.CharField(max_length=200, help_text="Where the matter is shown, without the server's name.")
    severity = models.CharField(max_length=10, choices=Severity)
    asks = ArrayField(models.CharField(max_length=60), help_text="Disciplines in the order in which they are asked.")
    informs = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, help_text="Disciplines told for information."
    )
    named = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        help_text="Has the matter already: asked before the disciplines.",
    )  # fmt: skip
    addressees = ArrayField(
        models.UUIDField(), default=list, blank=True,
        help_text="People who may be asked although they do not see the patient, in the order in which they are asked.",
    )  # fmt: skip
    acknowledge_within = models.CharField(max_length=20)
    act_within = models.CharField(max_length=20)
    policy = models.JSONField(help_text="How the ladder was to be climbed when this was asked.")
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    offered_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    discipline = models.ForeignKey(Discipline, models.PROTECT, null=True, blank=True, related_name="+")
    step = models.PositiveIntegerField(default=0, help_text="The rung that is asked.")
    round = models.PositiveIntegerField(default=1, help_text="Goes up when the question itself changes.")
    reminders_sent = models.PositiveSmallIntegerField(default=0)
    next_step_at = models.DateTimeField(null=True, blank=True)
    rung_at = models.DateTimeField(help_text="When the present rung was asked.")
    acknowledge_by = models.DateTimeField()
    act_by = models.DateTimeField()
    opened_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=300, blank=True)
    dedup_key = models.CharField(max_length=120)
    step_error = models.CharField(
        max_length=200, blank=True, help_text="Why its next step failed; empty when none did."
    )

    objects = Nudges.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "dedup_key"],
                condition=Q(state__in=["open", "acknowledged", "exhausted"]),
                name="one_open_nudge_a_matter",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["open", "acknowledged", "exhausted"], next_step_at__isnull=False, ended_at__isnull=True
                )
                | Q(state__in=["actioned", "cancelled"], next_step_at__isnull=True, ended_at__isnull=False),
                name="unfinished_nudges_have_a_next_step",
            ),
            models.CheckConstraint(
                condition=~Q(state="acknowledged") | Q(owner__isnull=False, acknowledged_at__isnull=False),
                name="acknowledged_nudges_have_an_owner",
            ),
            models.CheckConstraint(
                condition=Q(severity__in=["emergency", "urgent", "routine", "info"]), name="nudge_severity_is_known"
            ),
        ]
        indexes = [
            # The steps that are due.
            models.Index(fields=["next_step_at"], name="nudges_due", condition=Q(next_step_at__isnull=False)),
            # Somebody's inbox.
            models.Index(
                fields=["owner", "opened_at"],
                name="nudges_of_owner",
                condition=Q(state__in=["open", "acknowledged", "exhausted"]),
            ),
            models.Index(fields=["patient", "-opened_at"], name="nudges_of_patient"),
            models.Index(fields=["opened_at", "id"], name="nudges_by_time"),
            # What somebody may be asked about without seeing the patient: read by every list of a member.
            GinIndex(fields=["addressees"], name="nudges_of_addressee"),
        ]

    #: Set on the object that `ask` makes, while it does: nobody can have been told yet.
    just_made: bool = False

    def __str__(self) -> str:
        return f"{self.topic} {self.title}"

    @property
    def unfinished(self) -> bool:
        """Whether somebody still has to answer or act."""
        return self.state in UNFINISHED

    @property
    def waits_for_answer(self) -> bool:
        """Whether nobody has said yet that they have it."""
        return self.state in {Nudge.State.OPEN, Nudge.State.EXHAUSTED}


UNFINISHED = (Nudge.State.OPEN, Nudge.State.ACKNOWLEDGED, Nudge.State.EXHAUSTED)


class Rung(Row):
    """Who was asked at a step of the ladder and why it was them; or that there was nobody, which is written down too."""

    class Why(models.TextChoices):
        LEAD = "lead", "leads the discipline in the care team"
        MEMBER = "member", "belongs to the care team"
        COVER = "cover", "stands in for a member of the care team"
        ON_CALL = "on_call", "is on call"
        COORDINATOR = "coordinator", "coordinates the site"
        NAMED = "named", "has the matter"
        DEPARTMENT = "department", "belongs to the department asked"
        NOBODY = "nobody", "nobody there"
        UNREACHABLE = "unreachable", "cannot be reached"

    audited_fields = frozenset({"nudge", "number", "round", "user", "discipline", "why"})

    nudge = models.ForeignKey(Nudge, models.PROTECT, related_name="rungs")
    number = models.PositiveIntegerField()
    round = models.PositiveIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    discipline = models.ForeignKey(Discipline, models.PROTECT, null=True, blank=True, related_name="+")
    why = models.CharField(max_length=20, choices=Why)
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["nudge", "number"], name="one_rung_a_step"),
            models.CheckConstraint(
                condition=Q(why="nobody", user__isnull=True) | (~Q(why="nobody") & Q(user__isnull=False)),
                name="rungs_name_somebody_unless_nobody",
            ),
        ]


class Response(Row):
    """What a person answered: that they have it, that they cannot, that somebody else should."""

    class Kind(models.TextChoices):
        ACKNOWLEDGE = "acknowledge", "has it"
        DECLINE = "decline", "cannot take it"
        HAND_OVER = "hand_over", "offered it to somebody else"

    class Via(models.TextChoices):
        API = "api", "API"
        WEB = "web", "own pages"
        LINK = "link", "link in the mail"
        ADMIN = "admin", "admin"
        MOVE = "move", "having moved the matter on"

    audited_fields = frozenset({"nudge", "kind", "by", "to", "via"})

    nudge = models.ForeignKey(Nudge, models.PROTECT, related_name="responses")
    round = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=20, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    via = models.CharField(max_length=10, choices=Via)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(kind="decline") | ~Q(reason=""), name="whoever_declines_says_why"),
            models.CheckConstraint(
                condition=Q(kind="hand_over", to__isnull=False) | (~Q(kind="hand_over") & Q(to__isnull=True)),
                name="whoever_hands_over_says_to_whom",
            ),
        ]
