"""The REST doors of what the sources say, as it holds at this hospital."""

from typing import Any, ClassVar

from django.db.models import QuerySet

from apps.accounts.permissions import Permission
from apps.knowledge import filters, serializers
from apps.knowledge.models import Edition, Statement
from apps.rest.policy import Needs
from apps.rest.views import Shown


class Known(Shown):
    """What the lists of knowledge have in common: whoever may read knowledge reads all of it."""

    policy = Needs(Permission.KNOWLEDGE_READ)
    filterset_class: ClassVar[Any] = filters.CitedFilter
    orderings: ClassVar = {"code": ("code",)}

    def visible(self) -> QuerySet[Any]:
        """The rows of this kind; how they stand here is known already when they are shown."""
        rows: QuerySet[Any] = self.model._default_manager.visible_to(self.actor)  # type: ignore[attr-defined]
        return rows


class Medicines(Known):
    """Medicines, each with what every source says about it, this hospital's own values in their place."""

    serializer_class = serializers.MedicineShown
    filterset_class = filters.MedicineFilter
    orderings: ClassVar = {"name": ("name",), "code": ("code",)}
    subject = "medicine"


class Panels(Known):
    """What is done in one go, and how often for whom."""

    serializer_class = serializers.PanelShown
    filterset_class = filters.PanelFilter
    subject = "panel"


class Pathways(Known):
    """Ladders of treatment, with their steps and the options of each."""

    serializer_class = serializers.PathwayShown
    filterset_class = filters.PopulationFilter
    subject = "pathway"


class Interventions(Known):
    """What helps beside medicines."""

    serializer_class = serializers.InterventionShown
    filterset_class = filters.InterventionFilter
    orderings: ClassVar = {"name": ("name",), "code": ("code",)}
    subject = "intervention"


class TherapyGoals(Known):
    """What treatment is for."""

    serializer_class = serializers.GoalShown
    filterset_class = filters.GoalFilter
    subject = "goal"


class ReferralReasons(Known):
    """Why patients are referred: to whom, how soon, and with which question."""

    serializer_class = serializers.ReferralReasonShown
    filterset_class = filters.ReferralReasonFilter
    orderings: ClassVar = {"name": ("name",), "code": ("code",)}
    subject = "reason"


class Figures(Known):
    """Numbers about the disease and about outcomes, with whom they were counted in."""

    serializer_class = serializers.FigureShown
    filterset_class = filters.FigureFilter
    orderings: ClassVar = {"topic": ("topic",), "code": ("code",)}
    subject = "figure"


class Principles(Known):
    """Rules of thumb, for the population that each names."""

    serializer_class = serializers.PrincipleShown
    filterset_class = filters.PopulationFilter
    subject = "principle"


class Disagreements(Known):
    """Where the sources disagree, side by side."""

    serializer_class = serializers.DisagreementShown
    filterset_class = filters.DisagreementFilter
    subject = "disagreement"


class Verifications(Known):
    """What became of claims that were checked."""

    serializer_class = serializers.VerificationShown
    subject = "verification"


class Statements(Known):
    """What each source says, statement by statement."""

    serializer_class = serializers.StatementShown
    filterset_class = filters.StatementFilter
    subject = "statement"

    def visible(self) -> QuerySet[Statement]:
        """Statements with their source and edition."""
        rows: QuerySet[Statement] = Statement.objects.visible_to(self.actor).select_related("source", "edition")
        return rows


class Editions(Known):
    """The editions that were loaded; the one loaded last is in force."""

    serializer_class = serializers.EditionShown
    filterset_class = None
    orderings: ClassVar = {"loaded_at": ("loaded_at",)}
    subject = "edition"

    def visible(self) -> QuerySet[Edition]:
        """All."""
        rows: QuerySet[Edition] = Edition.objects.visible_to(self.actor)
        return rows
