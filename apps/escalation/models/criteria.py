"""Criteria and their versions: data that clinical governance reads, signs and switches on."""

import hashlib
import json
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from apps.accounts.actors import Actor, Careteam
from apps.accounts.permissions import Permission
from apps.common.models import Row, Versioned
from apps.escalation import language
from apps.nudges import times
from apps.nudges.models import Severity

CODE = RegexValidator(r"^[A-Z]{2}-[0-9]{2}[a-z]?\Z", "Write it as two letters and two digits, such as SW-01.")
#: What a version says. It never changes once somebody has signed it.
CONTENT = (
    "name", "population", "key", "when", "clears", "severity", "variants", "asks", "informs", "acknowledge_within", "act_within",
    "excludes", "advice", "parameters", "citations", "origin",
)  # fmt: skip


class CriterionRows(models.QuerySet[Any]):
    """Criteria hold nothing about patients: whoever may read them, reads all."""

    def visible_to(self, actor: Actor) -> Self:
        """All, for whoever may read criteria."""
        if isinstance(actor, Careteam) or actor.may(Permission.CRITERIA_READ):
            return self
        return self.none()


class Criterion(Row):
    """When people are to be asked, under a code that stays while its versions change."""

    class Group(models.TextChoices):
        SWALLOWING = "swallowing"
        LUNG = "lung"
        MUSCLE = "muscle", "Muscle and treatment response"
        SKIN = "skin"
        SAFETY = "safety", "Drug safety"
        PREREQUISITES = "prerequisites"
        MONITORING = "monitoring"
        OTHER = "other"

    audited_fields = frozenset({"code", "group"})

    code = models.CharField(max_length=10, unique=True, validators=[CODE])
    group = models.CharField(max_length=20, choices=Group)

    objects = CriterionRows.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "criteria"

    def __str__(self) -> str:
        return self.code


class CriterionVersion(Versioned):
    """One wording of a criterion. Only an active one fires; an escalation points at the one that fired it, for ever.

    `when`, `clears` and the conditions of `variants` are written in the language of `language`. `variants` is a list of
    {when, severity, reason} that may also set asks, informs, acknowledge_within and act_within; the first that holds is taken.
    With a `key` it is judged, and opened, once for each medicine or panel. `digest` is over all that it says: who tests or signs
    it, tests or signs exactly that. The database lets no word of it change from the signature on.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        TESTED = "tested"
        SIGNED = "signed"
        ACTIVE = "active"
        RETIRED = "retired"

    class Origin(models.TextChoices):
        SOURCE = "source", "Straight from a source document"
        PUBLICATION = "publication"
        MIXED = "mixed"
        POLICY = "policy", "Local policy"

    class Population(models.TextChoices):
        """Whom it is for. Juvenile onset stays so after the 18th birthday, until re-classified on purpose (C.0)."""

        ANY = "any", "Everybody"
        ADULT = "adult", "Adult onset, 18 or older"
        JUVENILE = "juvenile", "Juvenile onset"

    class Key(models.TextChoices):
        """For what one escalation stays open."""

        NONE = "", "The patient"
        MEDICINE = "medicine", "Each medicine"
        PANEL = "panel", "Each panel of tests"

    audited_fields = frozenset({"criterion", "number", "state", "severity", "signed_by"})
    locked_with = ("criterion",)

    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=150)
    population = models.CharField(max_length=10, choices=Population, default=Population.ANY)
    key = models.CharField(max_length=10, choices=Key, default=Key.NONE, blank=True)
    when = models.TextField()
    clears = models.TextField(help_text="What ends it; “by_person” when only a person does.")
    severity = models.CharField(max_length=10, choices=Severity)
    variants = models.JSONField(default=list, blank=True)
    asks = ArrayField(models.CharField(max_length=60), help_text="Disciplines, in the order in which they are asked.")
    informs = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    acknowledge_within = models.CharField(max_length=20)
    act_within = models.CharField(max_length=20)
    excludes = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    advice = models.CharField(max_length=500)
    parameters = models.JSONField(
        default=dict,
        blank=True,
        help_text="Name to value, unit, citation, mark, and perhaps uncertain. Every number of the criterion.",
    )
    citations = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    origin = models.CharField(max_length=20, choices=Origin)
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    written_at = models.DateTimeField(editable=False)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True, editable=False)
    waiver = models.CharField(
        max_length=300, blank=True, editable=False, help_text="Why it was signed although not every test has passed."
    )
    active_from = models.DateTimeField(null=True, blank=True, editable=False)
    active_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CriterionRows.as_manager()

    class Meta:
        ordering = ["criterion__code", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["criterion", "number"], name="criterion_versions_are_numbered"),
            models.UniqueConstraint(
                fields=["criterion"], condition=Q(state="active"), name="one_active_version_a_criterion"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "tested"], signed_by__isnull=True, signed_at__isnull=True)
                | Q(state__in=["signed", "active"], signed_by__isnull=False, signed_at__isnull=False)
                | Q(state="retired"),
                name="signed_versions_say_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | Q(author__isnull=True) | ~Q(signed_by=F("author")),
                name="nobody_signs_their_own",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion.code} version {self.number}"

    @property
    def content(self) -> dict[str, Any]:
        """All that it says, by field."""
        return {name: getattr(self, name) for name in CONTENT}

    @property
    def content_digest(self) -> str:
        """Over all that it says now."""
        return digest_of(self.content)

    @property
    def is_draft(self) -> bool:
        """Whether it may still be written on."""
        return self.state in {self.State.DRAFT, self.State.TESTED}

    def clean(self) -> None:
        """Every expression parses and fits its parameters; every span is one."""
        errors = {}
        for field, text in self.expressions():
            try:
                language.check(text, parameters=self.parameters, key=self.key)
            except language.BadExpression as error:
                errors[field] = str(error)
        for field, span in self._spans():
            try:
                times.parse(span)
            except times.BadSpan as error:
                errors[field] = str(error)
        errors |= language.wrong_parameters(self.parameters)
        if errors:
            raise ValidationError(errors)

    def _spans(self) -> list[tuple[str, str]]:
        spans = ("acknowledge_within", "act_within")
        own = [(name, getattr(self, name)) for name in spans]
        return own + [("variants", variant[name]) for variant in self.variants for name in spans if name in variant]

    def expressions(self) -> list[tuple[str, str]]:
        """Every expression in it, with the name of its field."""
        found = [("when", self.when), *[("variants", variant["when"]) for variant in self.variants]]
        return found if self.clears == language.BY_PERSON else [*found, ("clears", self.clears)]


def digest_of(content: dict[str, Any]) -> str:
    """A digest over what a version says, whatever the order in which it was written down."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
