"""Cited knowledge: what was shipped, and what a hospital has set beside it."""

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from apps.accounts.actors import Actor, Careteam
from apps.accounts.permissions import Permission
from apps.common.models import Row, Versioned

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


class Disciplines(KnowledgeRows):
    """Disciplines."""

    def effective(self) -> Self:
        """With `shown_name` and `shown_tasks`: the hospital's wording where it has one, else the shipped one."""
        return self.select_related("override").annotate(
            shown_name=Coalesce("override__name", "name"),
            shown_tasks=Coalesce("override__main_tasks", "main_tasks"),
            hidden_here=Coalesce("override__hidden", False),
        )

    def active(self) -> Self:
        """Those that can be chosen: neither retired nor hidden here."""
        return self.filter(retired=False).exclude(override__hidden=True)


class Discipline(Versioned):
    """A profession or service that takes part in the care. Facts, referrals and nudges name it.

    Shipped rows are immutable (a trigger holds it); a hospital's wording is an override beside them, its own disciplines
    are rows of origin local. A row that a later edition no longer has is retired, so that what points at it stays whole.
    """

    audited_fields = frozenset({"code", "name", "main_tasks", "origin", "retired"})

    code = models.CharField(max_length=40, unique=True, validators=[CODE])
    letters = models.CharField(max_length=4, blank=True, help_text="How criteria abbreviate it.")
    name = models.CharField(max_length=100)
    core = models.BooleanField(default=True, help_text="Part of the team itself; otherwise asked when needed.")
    main_tasks = models.TextField(blank=True)
    writes_facts = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    nudged_by = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, help_text="Criteria or groups of them."
    )
    sources = models.ManyToManyField(Source, related_name="disciplines", blank=True)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.SHIPPED, editable=False)
    retired = models.BooleanField(default=False, editable=False)
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, editable=False, related_name="disciplines")

    objects = Disciplines.as_manager()

    class Meta:
        ordering = ["-core", "name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(origin="shipped", edition__isnull=False) | Q(origin="local", edition__isnull=True),
                name="shipped_disciplines_have_an_edition",
            )
        ]

    shown_name: str
    shown_tasks: str

    def __str__(self) -> str:
        return str(self.__dict__.get("shown_name", self.name))


class DisciplineOverride(Versioned):
    """What a hospital says differently about a shipped discipline, and why. An empty field keeps the shipped value."""

    audited_fields = frozenset({"discipline", "name", "main_tasks", "hidden"})

    discipline = models.OneToOneField(Discipline, models.PROTECT, related_name="override")
    name = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - NULL keeps the shipped value
    main_tasks = models.TextField(null=True, blank=True)  # noqa: DJ001 - NULL keeps the shipped value
    hidden = models.BooleanField(default=False, help_text="This hospital does not have it.")
    reason = models.CharField(max_length=200)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(name__isnull=False) | Q(main_tasks__isnull=False) | Q(hidden=True),
                name="override_says_something",
            )
        ]

    def __str__(self) -> str:
        return f"Local wording of {self.discipline_id}"


class Cited(KnowledgeRows):
    """Shipped rows that cite sources."""

    def active(self) -> Self:
        """Those that a present edition still has."""
        return self.filter(retired=False)


FACT_CODE = RegexValidator(r"^[a-z0-9]+(_[a-z0-9]+)*\Z", "Use lower-case letters, digits and single underscores.")


class Instrument(Row):
    """A measure: what a number, a code or a yes/no about a patient means. Shipped, never edited.

    A value outside `minimum`…`maximum` cannot exist and is refused; one outside `plausible_low`…`plausible_high` is
    probably a slip and has to be confirmed. The plausible bounds catch slips and decide nothing; unless
    `plausible_mark` says otherwise no source gives them.
    """

    class Kind(models.TextChoices):
        NUMBER = "number"
        CODE = "code", "One of several codes"
        BOOLEAN = "boolean", "Yes or no"

    class Direction(models.TextChoices):
        HIGHER_IS_WORSE = "higher_is_worse"
        LOWER_IS_WORSE = "lower_is_worse"
        NEITHER = "neither"

    audited_fields = frozenset({"code", "name", "unit"})

    code = models.CharField(max_length=40, unique=True, validators=[FACT_CODE])
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.NUMBER)
    unit = models.CharField(max_length=40, blank=True, help_text="UCUM; every value is kept in it.")
    minimum = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    maximum = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    step = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True)
    direction = models.CharField(max_length=20, choices=Direction, default=Direction.NEITHER)
    plausible_low = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    plausible_high = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    plausible_mark = models.CharField(max_length=2, choices=Mark, blank=True)
    needs_limit = models.BooleanField(
        default=False, help_text="Means something only beside the laboratory's upper limit."
    )
    keeps_magnitude = models.BooleanField(
        default=False, help_text="Some devices print it negative: kept without the sign."
    )
    derived = models.BooleanField(default=False, help_text="Computed from others, never recorded.")
    codes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    loinc = models.CharField(max_length=12, blank=True)
    loinc_seen = models.CharField(max_length=200, blank=True, help_text="Where the code was seen with this name.")
    thresholds = models.TextField(blank=True, help_text="What is known about its meaningful values.")
    note = models.TextField(blank=True)
    mark = models.CharField(max_length=2, choices=Mark, blank=True)
    sources = models.ManyToManyField(Source, related_name="instruments", blank=True)
    retired = models.BooleanField(default=False)
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="instruments")

    objects = Cited.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=~Q(kind="code") | ~Q(codes=[]), name="coded_instruments_list_their_codes"),
        ]

    def __str__(self) -> str:
        return self.code


class Concept(Row):
    """A finding or a complication that can be recorded, with its ICD-10 codes. Shipped, never edited."""

    class Category(models.TextChoices):
        FINDING = "finding"
        COMPLICATION = "complication"

    audited_fields = frozenset({"code", "category"})

    code = models.CharField(max_length=40, unique=True, validators=[FACT_CODE])
    category = models.CharField(max_length=20, choices=Category)
    name = models.CharField(max_length=150)
    icd10_cm = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    icd10_who = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    note = models.TextField(blank=True)
    mark = models.CharField(max_length=2, choices=Mark, blank=True)
    sources = models.ManyToManyField(Source, related_name="concepts", blank=True)
    retired = models.BooleanField(default=False)
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="concepts")

    objects = Cited.as_manager()

    class Meta:
        ordering = ["category", "code"]

    def __str__(self) -> str:
        return self.name


__all__ = ["Concept", "Discipline", "DisciplineOverride", "Edition", "Instrument", "Mark", "Origin", "Source"]
