"""Ladders of treatment, what is done beside medicines, and what treatment is for."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.knowledge.models.base import Population, Shipped


class Pathway(Shipped):
    """A ladder of treatment for one population, as a source describes it."""

    audited_fields = frozenset({"code", "name"})

    name = models.CharField(max_length=150)
    population = models.CharField(max_length=12, choices=Population, default=Population.ANY)

    def __str__(self) -> str:
        return self.name


class PathwayStep(Shipped):
    """A rung. `options` are [{code, name, medicines, interventions, note}]: alternatives, each a combination."""

    audited_fields = frozenset({"code", "pathway", "ordinal"})

    pathway = models.ForeignKey(Pathway, models.PROTECT, related_name="steps")
    ordinal = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=150)
    enter_when = models.CharField(max_length=300)
    options = models.JSONField()
    review_after_weeks = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta(Shipped.Meta):
        ordering = ["pathway", "ordinal"]
        constraints = [
            *Shipped.Meta.constraints,
            models.UniqueConstraint(fields=["pathway", "ordinal"], condition=Q(retired=False), name="one_step_a_rung"),
        ]


class Intervention(Shipped):
    """Something that helps and is no medicine, with who does it and what it is good for."""

    audited_fields = frozenset({"code", "name"})

    name = models.CharField(max_length=150)
    disciplines = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    benefits = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    prevents = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    detail = models.TextField(blank=True)
    attended = models.BooleanField(default=False, help_text="Has sessions that can be attended or missed.")

    def __str__(self) -> str:
        return self.name


class TherapyGoal(Shipped):
    """What treatment is for; a plan's goals begin from here and name a measure and a target of the patient's own."""

    audited_fields = frozenset({"code", "name"})

    name = models.CharField(max_length=200)
    measures = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="Instruments that show it."
    )
