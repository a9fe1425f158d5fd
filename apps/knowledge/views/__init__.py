"""The REST doors of knowledge."""

from apps.knowledge.views.disciplines import POLICY, Concepts, Disciplines, Instruments, Sources
from apps.knowledge.views.known import (
    Disagreements,
    Editions,
    Figures,
    Interventions,
    Medicines,
    Panels,
    Pathways,
    Principles,
    ReferralReasons,
    Statements,
    TherapyGoals,
    Verifications,
)
from apps.knowledge.views.own import KnowledgeOverrides, LocalKnowledge

__all__ = [
    "POLICY", "Concepts", "Disagreements", "Disciplines", "Editions", "Figures", "Instruments", "Interventions",
    "KnowledgeOverrides", "LocalKnowledge", "Medicines", "Panels", "Pathways", "Principles", "ReferralReasons", "Sources",
    "Statements", "TherapyGoals", "Verifications",
]  # fmt: skip
