"""The REST doors of versions."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.refusals import Stale
from apps.plans import filters, operations, serializers
from apps.plans.models import PlanVersion, PlanWarning, PrerequisiteCheck
from apps.plans.views.base import POLICY
from apps.rest.bodies import Nothing, Reason
from apps.rest.etags import wanted_version
from apps.rest.views import Shown


def whole_versions() -> QuerySet[PlanVersion]:
    """Versions with what showing one needs."""
    return PlanVersion.objects.select_related(
        "plan__patient__site", "step", "author", "approver", "approval_recorded_by"
    )


class PlanVersions(Shown):
    """Versions of plans: proposed, approved, followed, superseded. What one says never changes."""

    policy = POLICY
    serializer_class = serializers.VersionShown
    filterset_class = filters.VersionFilter
    orderings: ClassVar = {"proposed_at": ("proposed_at",)}
    subject = "plan_version"
    patient_field = "plan.patient_id"
    accepts: ClassVar = {
        "approve": serializers.Approval, "activate": Nothing, "withdraw": Reason, "request_missing": Nothing,
        "explain": serializers.Explanation,
    }  # fmt: skip

    def get_serializer_class(self) -> type[serializers.VersionListed]:
        """A list is short; a version by itself tells everything."""
        return serializers.VersionListed if self.action == "list" else serializers.VersionShown

    def visible(self) -> QuerySet[PlanVersion]:
        """Versions of visible patients' plans."""
        if self.action in {"list", "count"}:
            rows = PlanVersion.objects.visible_to(self.actor).select_related("plan", "step")
            return rows.defer("checks")
        return whole_versions().filter(pk__in=PlanVersion.objects.visible_to(self.actor).values("pk"))

    def _as_read(self) -> PlanVersion:
        """The row of the address, for what leaves its content alone; Stale when If-Match names another version of it."""
        row: PlanVersion = self.get_object()
        if wanted_version(self.request) not in {None, row.version}:
            raise Stale
        return row

    @action(detail=True, methods=["post"])
    def approve(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Approve exactly this content: every warning that wants one has its reason."""
        return self.change_by(operations.approve)

    @action(detail=True, methods=["post"])
    def activate(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Follow it from now on; the version that was followed is superseded."""
        return self.change_by(operations.activate)

    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Do not follow it, and say why."""
        return self.change_by(operations.withdraw)

    @extend_schema(responses=serializers.Requested)
    @action(detail=True, methods=["post"], url_path="request-missing")
    def request_missing(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Make everything due at once that its medicines want and that is missing or too old. Answers with what is due."""
        row = self._as_read()
        self.valid(Nothing)
        found = operations.request_missing(plan_version=row, by=self.actor, at=self.at)
        return Response(serializers.Requested({"results": found}, context=self.get_serializer_context()).data)

    @action(detail=True, methods=["post"])
    def explain(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Write down why a warning is all right here, or why a first dose need not wait. Once written it stays."""
        row = self._as_read()
        values = self.valid(serializers.Explanation)
        operations.explain(row=_explained(row, values), by=self.actor, at=self.at, reason=values["reason"])
        return self.shown(self._again(row))


def _explained(row: PlanVersion, values: dict[str, Any]) -> PlanWarning | PrerequisiteCheck:
    name = "warning" if "warning" in values else "prerequisite"
    rows: QuerySet[Any] = row.warnings.all() if name == "warning" else row.prerequisites.all()
    found: PlanWarning | PrerequisiteCheck | None = rows.filter(pk=values[name]).first()
    if found is None:
        raise ValidationError({name: "This version has no such row."})
    found.version = row
    return found
