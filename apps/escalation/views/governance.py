"""The REST doors of trials and of sites' own values."""

from typing import Any, ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.audit import operations as audit
from apps.escalation import filters, operations, serializers
from apps.escalation.disclosing import disclosed
from apps.escalation.models import SiteValue, Trial
from apps.escalation.views.base import GOVERNED
from apps.rest.bodies import Nothing
from apps.rest.views import Shown


class CriterionTrials(Shown):
    """Wordings being tried out: tests by journeys, and backtests over what was recorded."""

    policy = GOVERNED
    serializer_class = serializers.TrialShown
    filterset_class = filters.TrialFilter
    orderings: ClassVar = {"asked_at": ("asked_at",)}
    subject = "trial"

    def get_serializer_class(self) -> type[serializers.TrialListed]:
        """A list is short; a row by itself tells what came of it."""
        return serializers.TrialListed if self.action == "list" else serializers.TrialShown

    def visible(self) -> QuerySet[Trial]:
        """Trials with their wording."""
        rows = Trial.objects.visible_to(self.actor).select_related("criterion_version__criterion")
        return cast("QuerySet[Trial]", rows if self.action in {"list", "count"} else rows.prefetch_related("results"))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One trial with what came of it. That patients were named to somebody is recorded."""
        row = self.get_object()
        result, patients = disclosed(row.result, self.actor)
        if patients:
            audit.record_read(
                by=self.actor, at=self.at, verb="escalation.read", subject_type=Trial._meta.label_lower, ids=patients,
                patient_id=patients[0] if len(patients) == 1 else None,
            )  # fmt: skip
        context = {**self.get_serializer_context(), "disclosed": result}
        return Response(serializers.TrialShown(row, context=context).data)


class CriterionSiteValues(Shown):
    """Sites' own numbers in place of those of criteria. One that somebody else has signed is in force."""

    policy = GOVERNED
    serializer_class = serializers.SiteValueShown
    filterset_class = filters.SiteValueFilter
    orderings: ClassVar = {"proposed_at": ("proposed_at",)}
    subject = "site_value"
    accepts: ClassVar = {"create": serializers.NewSiteValue, "sign": Nothing, "end": Nothing}

    def visible(self) -> QuerySet[SiteValue]:
        """Numbers with their criterion."""
        return cast("QuerySet[SiteValue]", SiteValue.objects.visible_to(self.actor).select_related("criterion", "site"))

    def create(self, request: Request) -> Response:
        """Propose a number for one's own site."""
        return self.create_by(operations.propose_site_value)

    @action(detail=True, methods=["post"])
    def sign(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Sign a number that somebody else proposed: it is in force from now on."""
        return self.change_by(operations.sign_site_value)

    @action(detail=True, methods=["post"])
    def end(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """End a number: what the criterion says counts again."""
        return self.change_by(operations.end_site_value)
