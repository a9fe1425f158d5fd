"""What the sources say, in our words; where they disagree; and what became of a claim that was checked."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.common.models import Row
from apps.knowledge.models.base import Cited, Edition, Mark, Population, Shipped, Source, hold_order


class Statement(Row):
    """One thing that one source says, in our own words. Every row of knowledge that was built from it names its code."""

    audited_fields = frozenset({"code"})

    code = models.CharField(max_length=10, unique=True)
    source = models.ForeignKey(Source, models.PROTECT, related_name="statements")
    text = models.TextField()
    population = models.CharField(max_length=12, choices=Population, default=Population.ANY)
    references = models.CharField(max_length=100, blank=True, help_text="What the source itself cites for it.")
    caveat = models.TextField(blank=True, help_text="Why it must not be taken at its word.")
    mark = models.CharField(max_length=2, choices=Mark, default=Mark.DOCUMENT)
    retired = models.BooleanField(default=False, editable=False)
    edition = models.ForeignKey(Edition, models.PROTECT, editable=False, related_name="+")

    objects = Cited.as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Disagreement(Shipped):
    """Sources that say different things about one topic, side by side. None of them is preferred here."""

    audited_fields = frozenset({"code", "topic"})

    topic = models.CharField(max_length=150)
    positions = models.JSONField(default=list, help_text="[{source, population, says}], one a source.")
    medicines = ArrayField(models.CharField(max_length=40), default=list, blank=True)


class Verification(Shipped):
    """What a check of a source's claim against publications found."""

    audited_fields = frozenset({"code"})

    claim = models.TextField()
    finding = models.TextField()


class Figure(Shipped):
    """A number about the disease or a treatment's outcome, with whom it was counted in. Figures of one topic may contradict
    each other; they are shown together.
    """

    audited_fields = frozenset({"code", "topic"})

    topic = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    low = models.DecimalField(max_digits=12, decimal_places=4)
    high = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    unit = models.CharField(max_length=40, blank=True, help_text="UCUM, or a count in curly braces.")
    population = models.CharField(max_length=12, choices=Population, default=Population.ANY)
    counted_in = models.CharField(max_length=200, blank=True, help_text="How many people, where, and how.")

    def clean(self) -> None:
        """Bounds are in order."""
        hold_order(self, ("low", "high"))


class Principle(Shipped):
    """A rule of thumb, scoped by population: unscoped it would be wrong for somebody."""

    audited_fields = frozenset({"code"})

    text = models.TextField()
    population = models.CharField(max_length=12, choices=Population, default=Population.ANY)
