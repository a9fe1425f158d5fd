"""Cited knowledge: what was shipped, and what a hospital has set beside it."""

from apps.knowledge.models.base import CODE, FACT_CODE, Edition, Mark, Origin, Population, Shipped, Source
from apps.knowledge.models.disciplines import Discipline, DisciplineOverride
from apps.knowledge.models.local import LOCAL_KINDS, OVERRIDABLE, Override, Stamp
from apps.knowledge.models.measures import Concept, Instrument, Panel
from apps.knowledge.models.medicines import (
    DoseGuidance,
    Medicine,
    MedicineClass,
    MedicineEffect,
    MonitoringSchedule,
    Prerequisite,
    ResponseWindow,
)
from apps.knowledge.models.pathways import Intervention, Pathway, PathwayStep, TherapyGoal
from apps.knowledge.models.referrals import ReferralReason
from apps.knowledge.models.statements import Disagreement, Figure, Principle, Statement, Verification

__all__ = [
    "CODE", "FACT_CODE", "LOCAL_KINDS", "OVERRIDABLE", "Concept", "Disagreement",
    "Discipline", "DisciplineOverride", "DoseGuidance", "Edition", "Figure",
    "Instrument", "Intervention", "Mark", "Medicine", "MedicineClass", "MedicineEffect", "MonitoringSchedule", "Origin",
    "Override", "Panel", "Pathway", "PathwayStep", "Population", "Prerequisite", "Principle", "ReferralReason",
    "ResponseWindow", "Shipped", "Source", "Stamp", "Statement", "TherapyGoal", "Verification",
]  # fmt: skip
