"""Instruments and their scoring: values in, a score with its arithmetic out, or a refusal. Only the standard library in here.

Every number is exact (Decimal, Fraction or int, never a float) and compared unrounded. A missing value makes a score missing,
never normal. Numbers carry the key of their source and how it was verified: [V] read in the source, [V2] in a secondary
one, [S] from a source document, [GK] unverified, [LP] local policy.
"""

from apps.knowledge.scoring.body import age_on, bmi, bsa, days_between, loss_percent, percent_change, weeks_between
from apps.knowledge.scoring.core_set import CoreSet, DiseaseActivityScore, Enzyme, Measure, PhysicalSummary
from apps.knowledge.scoring.exact import Exact, ScaleMismatch, Unscorable, plain, shown
from apps.knowledge.scoring.mmt8 import total as mmt8_total
from apps.knowledge.scoring.printo import Inactivity, inactivity
from apps.knowledge.scoring.questionnaires import EAT10_ABNORMAL, Must, MustRisk, eat10, must
from apps.knowledge.scoring.scales import Scale, Score
from apps.knowledge.scoring.tis import (
    THRESHOLDS,
    Category,
    Change,
    Improvement,
    Missing,
    Onset,
    category_of,
    improvement,
)

__all__ = [
    "EAT10_ABNORMAL",
    "THRESHOLDS",
    "Category",
    "Change",
    "CoreSet",
    "DiseaseActivityScore",
    "Enzyme",
    "Exact",
    "Improvement",
    "Inactivity",
    "Measure",
    "Missing",
    "Must",
    "MustRisk",
    "Onset",
    "PhysicalSummary",
    "Scale",
    "ScaleMismatch",
    "Score",
    "Unscorable",
    "age_on",
    "bmi",
    "bsa",
    "category_of",
    "days_between",
    "eat10",
    "improvement",
    "inactivity",
    "loss_percent",
    "mmt8_total",
    "must",
    "percent_change",
    "plain",
    "shown",
    "weeks_between",
]
