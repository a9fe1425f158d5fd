"""The REST door of criteria: their wordings, from draft to retired."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from apps.escalation import comparing, filters, operations, outlining, serializers
from apps.escalation.models import CriterionVersion, Trial
from apps.escalation.names import names
from apps.escalation.views.base import GOVERNED
from apps.rest.bodies import Nothing
from apps.rest.etags import wanted_version
from apps.rest.views import Shown

OTHER = OpenApiParameter("with", OpenApiTypes.UUID, required=True, description="The wording that it is compared with.")


def with_tests(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Wordings, each with how the last test of exactly its text went (`last_test`)."""
    done = Trial.objects.filter(
        criterion_version=OuterRef("pk"), digest=OuterRef("digest"), kind=Trial.Kind.TEST, state=Trial.State.DONE
    )
    found: QuerySet[Any] = rows.annotate(last_test=Subquery(done.order_by("-done_at").values("result")[:1]))
    return found


class CriterionVersions(Shown):
    """The wordings of criteria. Only an active one fires."""

    policy = GOVERNED
    serializer_class = serializers.CriterionVersionShown
    filterset_class = filters.CriterionVersionFilter
    orderings: ClassVar = {"criterion": ("criterion__code", "number")}
    subject = "criterion_version"
    accepts: ClassVar = {
        "create": serializers.NewWording,
        "partial_update": serializers.Wording,
        "check_text": serializers.Written,
        "test": Nothing,
        "backtest": serializers.Since,
        "sign": serializers.Signature,
        "activate": Nothing,
        "retire": Nothing,
    }

    def visible(self) -> QuerySet[CriterionVersion]:
        """Wordings with their criterion and how they were tested."""
        rows: QuerySet[CriterionVersion] = CriterionVersion.objects.visible_to(self.actor)
        return with_tests(rows.select_related("criterion"))

    def create(self, request: Request) -> Response:
        """Write a draft: a new criterion, or another wording of one. Nothing fires by it."""
        return self.create_by(operations.draft)

    def partial_update(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Change one's own draft. One that was tested is a draft again."""
        return self.change_by(operations.edit)

    @extend_schema(responses=serializers.LookedOver)
    @action(detail=False, methods=["post"], url_path="check", pagination_class=None, filterset_class=None)
    def check_text(self, request: Request) -> Response:
        """Look over one expression while it is being written. Nothing is stored."""
        values = self.valid(serializers.Written)
        found = outlining.look_over(
            values["text"], field=values["field"], parameters=values.get("parameters", {}), key=values.get("key", ""),
            names=names(),
        )  # fmt: skip
        return Response(found)

    @extend_schema(parameters=[OTHER], responses=serializers.Comparison, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def compare(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """What this wording changes of another one: field by field, number by number, word by word."""
        after, before = self.get_object(), self._other(request)
        found = comparing.compare(before.content, after.content)
        shown = serializers.Comparison({"before": before.pk, "after": after.pk, "changes": found})
        return Response(shown.data)

    def _other(self, request: Request) -> CriterionVersion:
        try:
            wanted = UUID(request.query_params.get("with", ""))
        except ValueError:
            raise ValidationError({"with": ["Name the id of a wording."]}) from None
        rows = CriterionVersion.objects.visible_to(self.actor)
        found: CriterionVersion | None = rows.filter(pk=wanted).first()
        if found is None:
            raise Http404
        return found

    @extend_schema(responses={201: serializers.TrialListed})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Ask that every journey and vector naming the criterion be played with exactly this text."""
        return self._try(operations.ask_for_test)

    @extend_schema(responses={201: serializers.TrialListed})
    @action(detail=True, methods=["post"])
    def backtest(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Ask that this text be run over what was recorded since a day, beside the wording that is on."""
        return self._try(operations.ask_for_backtest)

    def _try(self, operation: Any) -> Response:
        row = self.get_object()
        values = self.valid(self.accepts[self.action])
        wanted = wanted_version(self.request)
        trial = operation(criterion_version=row, by=self.actor, at=self.at, version=wanted, **values)
        address = reverse("criterion-trial-detail", args=[trial.pk], request=self.request)
        return Response(serializers.TrialListed(trial).data, status=201, headers={"Location": address})

    @action(detail=True, methods=["post"])
    def sign(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Sign a wording, as a clinician who did not write it."""
        return self.change_by(operations.sign)

    @action(detail=True, methods=["post"])
    def activate(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Switch a signed wording on; the one that was on is retired."""
        return self.change_by(operations.activate)

    @action(detail=True, methods=["post"])
    def retire(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Switch a wording off."""
        return self.change_by(operations.retire)
