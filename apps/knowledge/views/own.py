"""The REST doors of what is a hospital's own."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.knowledge import filters, operations, serializers
from apps.knowledge.models import LOCAL_KINDS, Medicine, Origin, Override
from apps.knowledge.operations.local import tag_of
from apps.knowledge.shelf import shelf
from apps.knowledge.views.disciplines import POLICY
from apps.rest.bodies import Nothing
from apps.rest.views import Resource, Shown


class KnowledgeOverrides(Shown):
    """This hospital's own values of shipped rows. Setting them again, by their version, replaces them; an upgrade never does."""

    policy = POLICY
    serializer_class = serializers.OwnValuesShown
    filterset_class = filters.OwnValuesFilter
    orderings: ClassVar = {"kind": ("kind", "code"), "set_at": ("set_at",)}
    subject = "override"
    accepts: ClassVar = {"create": serializers.NewOwnValues, "drop": Nothing}

    def visible(self) -> QuerySet[Override]:
        """All."""
        rows: QuerySet[Override] = Override.objects.visible_to(self.actor)
        return rows

    def create(self, request: Request) -> Response:
        """Set own values of a shipped row, or say that it is not used here; `version` replaces those there are."""
        return self.create_by(operations.override)

    @action(detail=True, methods=["post"])
    def drop(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Go back to what the edition says. The answer shows what was dropped."""
        return self.change_by(operations.drop_override_of)


class LocalKnowledge(Resource):
    """Rows of this hospital's own: medicines, doses, prerequisites, schedules, interventions, goals and reasons for referral
    beside the shipped ones.

    They are listed with the shipped ones: `origin=local` finds medicines, interventions, goals and reasons; the others stand
    under their medicine or panel, marked `local`.
    """

    policy = POLICY
    serializer_class = serializers.LocalShown
    subject = "row"
    accepts: ClassVar = {
        "create": serializers.NewLocal, "partial_update": serializers.LocalChanges, "retire": Nothing,
    }  # fmt: skip

    def visible(self) -> QuerySet[Any]:
        """Of several kinds of rows there is no list; `get_object` finds one."""
        return Medicine.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        """None: see `visible`."""
        return self.visible()

    def get_object(self) -> Any:
        """The own row of this id; 404 for a shipped one too."""
        row = shelf().find(self.kwargs["id"])
        if row is None or row.origin != Origin.LOCAL or row._meta.model_name not in LOCAL_KINDS:
            raise Http404
        return row

    def shown(self, row: Any, code: int = status.HTTP_200_OK) -> Response:
        """A row as an answer; its ETag is over all that it says."""
        response = super().shown(row, code)
        response["ETag"] = f'"{tag_of(row)}"'
        return response

    def create(self, request: Request) -> Response:
        """Add a row of this hospital's own. Its mark and source are local policy unless it says otherwise."""
        return self.create_by(operations.add_local)

    def retrieve(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """One of this hospital's own rows."""
        return self.shown(self.get_object())

    def partial_update(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Change values, or the code, of one of this hospital's own rows."""
        return self._do(operations.change_local)

    @extend_schema(responses=serializers.LocalShown)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Use one of this hospital's own rows no longer; what names it stays."""
        return self._do(operations.retire_local)

    def _do(self, operation: Any) -> Response:
        row = self.get_object()
        given = self.valid(self.accepts[self.action])
        given["tag"] = _wanted(self.request)
        return self.shown(operation(by=self.actor, at=self.at, kind=row._meta.model_name, code=row.code, **given))


def _wanted(request: Request) -> str | None:
    """What If-Match asks for; None when it asks for nothing (absent, or `*`). A tag that we never gave matches nothing."""
    header = request.headers.get("If-Match", "*").strip()
    return None if header == "*" else header.removeprefix('"').removesuffix('"')
