"""Who takes part in the care."""

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from apps.common.models import Versioned
from apps.knowledge.models.base import CODE, Edition, KnowledgeRows, Origin, Source


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
