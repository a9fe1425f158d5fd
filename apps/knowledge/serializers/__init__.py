"""How knowledge is shown, and a hospital's own sent."""

from apps.knowledge.serializers.disciplines import (
    ConceptShown,
    DisciplineChanges,
    DisciplineShown,
    InstrumentShown,
    NewDiscipline,
    NewOverride,
    SourceShown,
)
from apps.knowledge.serializers.medicines import DisagreementShown, MedicineShown, PanelShown
from apps.knowledge.serializers.own import LocalChanges, LocalShown, NewLocal, NewOwnValues, OwnValuesShown
from apps.knowledge.serializers.referrals import ReferralReasonShown
from apps.knowledge.serializers.statements import (
    EditionShown,
    FigureShown,
    GoalShown,
    InterventionShown,
    PathwayShown,
    PrincipleShown,
    StatementShown,
    VerificationShown,
)

__all__ = [
    "ConceptShown", "DisagreementShown", "DisciplineChanges", "DisciplineShown", "EditionShown", "FigureShown", "GoalShown",
    "InstrumentShown", "InterventionShown", "LocalChanges", "LocalShown", "MedicineShown", "NewDiscipline", "NewLocal",
    "NewOverride", "NewOwnValues", "OwnValuesShown", "PanelShown", "PathwayShown", "PrincipleShown", "ReferralReasonShown",
    "SourceShown", "StatementShown", "VerificationShown",
]  # fmt: skip
