"""The files of an edition: which kind of row each holds, and which keys a row must have and may have."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import models

from apps.knowledge.models import (
    Concept,
    Disagreement,
    Discipline,
    DoseGuidance,
    Figure,
    Instrument,
    Intervention,
    Medicine,
    MedicineEffect,
    MonitoringSchedule,
    Panel,
    Pathway,
    PathwayStep,
    Prerequisite,
    Principle,
    ReferralReason,
    ResponseWindow,
    Shipped,
    Source,
    Statement,
    TherapyGoal,
    Verification,
)

EDITION = "edition.yaml"
#: What loading itself sets.
OURS = frozenset({"id", "origin", "retired", "edition", "version"})


@dataclass(frozen=True)
class Kind:
    """One kind of row: its file, its model and the keys that must be given. The model's other fields may be.

    `key` is the field by which rows are named. The rows of `nested` stand inside this kind's, under the key `nested_in`, and
    point at them by the field `parent`.
    """

    file: str
    model: type[models.Model]
    required: tuple[str, ...]
    key: str = "code"
    nested: "Kind | None" = None
    nested_in: str = ""
    parent: str = ""

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The fields that a row gives, by name."""
        meta = self.model._meta
        own = {field.name: field for field in [*meta.concrete_fields, *meta.many_to_many]}
        return {name: field for name, field in own.items() if name not in OURS}

    @property
    def keys(self) -> set[str]:
        """The keys that a row of the file may have."""
        return ({*self.fields} - {self.parent}) | ({self.nested_in} if self.nested else set())

    @property
    def name(self) -> str:
        """How reports call it."""
        return str(self.model._meta.model_name)

    @property
    def cites(self) -> bool:
        """Whether each row names statements or sources: no number without its source. A panel says nothing by itself."""
        return issubclass(self.model, Shipped) and self.model is not Panel


STEPS = Kind("pathways.yaml", PathwayStep, ("code", "name", "enter_when", "options"), parent="pathway")
#: In the order in which they are loaded: a row points only at what comes before it.
KINDS = (
    Kind("sources.yaml", Source, ("key", "kind", "citation"), key="key"),
    Kind("disciplines.yaml", Discipline, ("code", "name", "core", "sources")),
    Kind("instruments.yaml", Instrument, ("code", "name", "mark", "sources")),
    Kind("concepts.yaml", Concept, ("code", "category", "name", "sources")),
    Kind("statements.yaml", Statement, ("code", "source", "text")),
    Kind("disagreements.yaml", Disagreement, ("code", "topic", "positions")),
    Kind("verifications.yaml", Verification, ("code", "claim", "finding")),
    Kind("figures.yaml", Figure, ("code", "topic", "name", "low")),
    Kind("principles.yaml", Principle, ("code", "text")),
    Kind("panels.yaml", Panel, ("code", "name")),
    Kind("medicines.yaml", Medicine, ("code", "name", "klass")),
    Kind("effects.yaml", MedicineEffect, ("code", "medicine", "kind", "name")),
    Kind("dose_guidance.yaml", DoseGuidance, ("code", "medicine", "basis", "unit")),
    Kind("prerequisites.yaml", Prerequisite, ("code", "medicine")),
    Kind("schedules.yaml", MonitoringSchedule, ("code", "reason", "panel", "phases")),
    Kind("windows.yaml", ResponseWindow, ("code", "review_after_weeks", "score")),
    Kind("interventions.yaml", Intervention, ("code", "name")),
    Kind("pathways.yaml", Pathway, ("code", "name", "steps"), nested=STEPS, nested_in="steps"),
    Kind("goals.yaml", TherapyGoal, ("code", "name")),
    Kind("referral_reasons.yaml", ReferralReason, ("code", "name", "to", "urgency", "target_means", "question")),
)
FILES = (EDITION, *(kind.file for kind in KINDS))
