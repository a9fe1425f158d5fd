"""What all knowledge has in common: editions, sources, where a row comes from and how it was verified."""

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from apps.accounts.actors import Actor, Careteam
from apps.accounts.permissions import Permission
from apps.common.models import Row

CODE = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*\Z", "Use lower-case letters, digits and single hyphens.")


class Origin(models.TextChoices):
    """Where a row comes from."""

    SHIPPED = "shipped", "Shipped with careteam"
    LOCAL = "local", "This hospital's own"


class Mark(models.TextChoices):
    """How a fact was verified, as the editors of the knowledge mark it."""

    VERIFIED = "V", "read in the primary source or its abstract"
    SECONDARY = "V2", "read in a secondary summary only"
    DOCUMENT = "S", "straight from a source document"
    GENERAL = "GK", "general knowledge, unverified"
    POLICY = "LP", "proposal for local policy"


class KnowledgeRows(models.QuerySet[Any]):
    """Knowledge holds nothing about patients: whoever may read it, reads all of it."""

    def visible_to(self, actor: Actor) -> Self:
        """All, for whoever may read knowledge."""
        if isinstance(actor, Careteam) or actor.may(Permission.KNOWLEDGE_READ):
            return self
        return self.none()


class Edition(Row):
    """One dated edition of the shipped knowledge, as it was loaded. The newest is in force."""

    audited_fields = frozenset({"code", "digest"})

    code = models.CharField(max_length=20, help_text="The date of the edition.")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 over the files it was loaded from.")
    loaded_at = models.DateTimeField()

    objects = KnowledgeRows.as_manager()

    class Meta:
        ordering = ["-loaded_at", "-id"]

    def __str__(self) -> str:
        return self.code


class Source(Row):
    """Something that facts are cited from: a source document, a publication, local policy. Shipped, never edited."""

    class Kind(models.TextChoices):
        DOCUMENT = "document", "Source document"
        PUBLICATION = "publication"
        POLICY = "policy", "Proposal for local policy"
        GENERAL = "general", "General knowledge, unverified"

    audited_fields = frozenset({"key"})

    key = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    citation = models.TextField()
    doi = models.CharField(max_length=100, blank=True)
    pmcid = models.CharField(max_length=20, blank=True)
    how_seen = models.CharField(max_length=200, blank=True)
    mark = models.CharField(
        max_length=2, choices=Mark, blank=True, help_text="The best mark that a reading of it was given."
    )
    note = models.TextField(blank=True, help_text="How far it can be relied on.")
    retired = models.BooleanField(default=False)
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="sources")

    objects = KnowledgeRows.as_manager()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class Cited(KnowledgeRows):
    """Shipped rows that cite sources."""

    def active(self) -> Self:
        """Those that a present edition still has."""
        return self.filter(retired=False)


FACT_CODE = RegexValidator(r"^[a-z0-9]+(_[a-z0-9]+)*\Z", "Use lower-case letters, digits and single underscores.")


class Population(models.TextChoices):
    """For whom a statement or a number holds."""

    ANY = "any", "Anybody"
    ADULT = "adult", "Adults"
    JUVENILE = "juvenile", "Juvenile onset"
    AMYOPATHIC = "amyopathic", "Amyopathic disease"


class Shipped(Row):
    """A row of knowledge with its citations: `statements` are codes of Statement, `sources` keys of Source.

    `mark` says how well it was verified. A row of origin local is a hospital's own; a shipped one never changes but by an
    edition, and what a hospital says differently about it is an `Override`. The citations are codes and not keys of other
    tables: they are checked when an edition is loaded, and an edition is loaded whole or not at all.
    """

    code = models.CharField(max_length=60, unique=True, validators=[FACT_CODE])
    statements = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    sources = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    mark = models.CharField(max_length=2, choices=Mark, blank=True)
    note = models.TextField(blank=True, help_text="What has to be known before it is used.")
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.SHIPPED, editable=False)
    retired = models.BooleanField(default=False, editable=False)
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, blank=True, editable=False, related_name="+")

    objects = Cited.as_manager()

    #: How it stands here, set where a hospital's own values are put in their place (`apps.knowledge.shelf`).
    local: bool
    hidden_here: bool
    shipped_values: dict[str, Any]
    about: dict[str, list[Any]]

    class Meta:
        abstract = True
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(origin="shipped", edition__isnull=False) | Q(origin="local", edition__isnull=True),
                name="shipped_%(class)ss_have_an_edition",
            )
        ]

    def __str__(self) -> str:
        return self.code


def hold_order(row: models.Model, *pairs: tuple[str, str]) -> None:
    """Raise ValidationError, naming the field, where a row's upper bound is under its lower one."""
    for low, high in pairs:
        lowest, highest = getattr(row, low), getattr(row, high)
        if lowest is not None and highest is not None and highest < lowest:
            raise ValidationError({high: f"It must not be less than {low}."})


def hold_together(row: models.Model, unit: str, *amounts: str) -> None:
    """Raise ValidationError, naming the unit's field, where a row has one of the amounts and no unit of it."""
    if not getattr(row, unit) and any(getattr(row, name) is not None for name in amounts):
        raise ValidationError({unit: "An amount needs its unit."})
