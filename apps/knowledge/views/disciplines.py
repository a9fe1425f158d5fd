"""The REST doors of disciplines, sources, instruments and concepts."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import Permission
from apps.knowledge import filters, operations, serializers
from apps.knowledge.models import Concept, Discipline, Instrument, Source
from apps.rest.bodies import Nothing
from apps.rest.policy import Needs
from apps.rest.views import Shown

POLICY = Needs(Permission.KNOWLEDGE_READ, Permission.KNOWLEDGE_WRITE)


class Disciplines(Shown):
    """Disciplines, as they hold at this hospital."""

    policy = POLICY
    serializer_class = serializers.DisciplineShown
    filterset_class = filters.DisciplineFilter
    orderings: ClassVar = {"name": ("name",), "code": ("code",)}
    subject = "discipline"
    accepts: ClassVar = {
        "create": serializers.NewDiscipline,
        "partial_update": serializers.DisciplineChanges,
        "override": serializers.NewOverride,
        "drop_override": Nothing,
        "retire": Nothing,
    }

    def visible(self) -> QuerySet[Discipline]:
        """Disciplines with their sources and the hospital's wording."""
        found = Discipline.objects.visible_to(self.actor).effective()
        return found.select_related("edition", "override").prefetch_related("sources")

    def create(self, request: Request) -> Response:
        """Add a discipline of the hospital's own."""
        return self.create_by(operations.add_local_discipline)

    def partial_update(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Change a discipline of the hospital's own."""
        return self.change_by(operations.change_local_discipline)

    @action(detail=True, methods=["post"])
    def override(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Set the hospital's own wording beside a shipped discipline."""
        return self.change_by(operations.override_discipline, versioned=False)

    @action(detail=True, methods=["post"], url_path="drop-override")
    def drop_override(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Go back to the shipped wording."""
        return self.change_by(operations.drop_override, versioned=False)

    @action(detail=True, methods=["post"])
    def retire(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Offer a discipline of the hospital's own no longer."""
        return self.change_by(operations.retire_local_discipline)


class Sources(Shown):
    """Where facts come from."""

    policy = Needs(Permission.KNOWLEDGE_READ)
    serializer_class = serializers.SourceShown
    filterset_class = filters.SourceFilter
    orderings: ClassVar = {"key": ("key",)}
    subject = "source"

    def visible(self) -> QuerySet[Source]:
        """Sources with their edition."""
        rows: QuerySet[Source] = Source.objects.visible_to(self.actor).select_related("edition")
        return rows


class Instruments(Shown):
    """The measures that can be recorded."""

    policy = Needs(Permission.KNOWLEDGE_READ)
    serializer_class = serializers.InstrumentShown
    filterset_class = filters.InstrumentFilter
    orderings: ClassVar = {"code": ("code",)}
    subject = "instrument"

    def visible(self) -> QuerySet[Instrument]:
        """Instruments with their sources."""
        rows: QuerySet[Instrument] = Instrument.objects.visible_to(self.actor)
        return rows.select_related("edition").prefetch_related("sources")


class Concepts(Shown):
    """The findings and complications that can be recorded."""

    policy = Needs(Permission.KNOWLEDGE_READ)
    serializer_class = serializers.ConceptShown
    filterset_class = filters.ConceptFilter
    orderings: ClassVar = {"code": ("code",)}
    subject = "concept"

    def visible(self) -> QuerySet[Concept]:
        """Concepts with their sources."""
        rows: QuerySet[Concept] = Concept.objects.visible_to(self.actor)
        return rows.select_related("edition").prefetch_related("sources")
