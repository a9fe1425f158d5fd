"""The REST doors of plans."""

from typing import ClassVar
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from apps.audit import operations as audit
from apps.patients.models import Patient
from apps.plans import filters, operations, reading, serializers
from apps.plans.differing import differences
from apps.plans.dressing import dressed_content, dressed_findings
from apps.plans.models import PlanVersion, TreatmentPlan
from apps.plans.operations.content import content_of
from apps.plans.views.base import POLICY
from apps.plans.views.versions import whole_versions
from apps.rest.bodies import Reason
from apps.rest.etags import etag, wanted_version
from apps.rest.views import Shown

LARGEST = 32_767
#: The versions that a list names beside a plan.
STANDING = [PlanVersion.State.PROPOSED, PlanVersion.State.APPROVED, PlanVersion.State.ACTIVE]
NUMBERS = [
    OpenApiParameter(name, {"type": "integer", "minimum": 1, "maximum": LARGEST}, required=True, description=words)
    for name, words in (("one", "The number of the earlier version."), ("other", "The number of the later one."))
]


class TreatmentPlans(Shown):
    """Treatment plans. A patient has one open plan; what it says stands in its versions.

    The ETag changes with whatever happens to the plan or to one of its versions.
    """

    policy = POLICY
    reading_actions = frozenset({"check"})
    serializer_class = serializers.PlanShown
    filterset_class = filters.PlanFilter
    orderings: ClassVar = {"opened_at": ("opened_at",)}
    subject = "plan"
    patient_field = "patient_id"
    accepts: ClassVar = {
        "create": serializers.NewPlan, "propose": serializers.NewVersion, "stop": Reason, "see_to": Reason,
        "check": serializers.TryOut,
    }  # fmt: skip

    def get_serializer_class(self) -> type[serializers.PlanListed]:
        """A list is short; a plan by itself names its versions."""
        return serializers.PlanListed if self.action == "list" else serializers.PlanShown

    def visible(self) -> QuerySet[TreatmentPlan]:
        """Plans with the versions that are named beside them."""
        rows: QuerySet[TreatmentPlan] = TreatmentPlan.objects.visible_to(self.actor)
        if self.action == "count":
            return rows
        versions = PlanVersion.objects.defer("checks").order_by("-number")
        if self.action == "list":
            versions = versions.filter(state__in=STANDING)
        return rows.select_related("pathway", "patient__site").prefetch_related(Prefetch("versions", versions))

    def create(self, request: Request) -> Response:
        """Open a patient's plan with its first version, proposed. Doses and prerequisites are checked at once."""
        return self.create_by(operations.open_plan)

    @extend_schema(responses={status.HTTP_201_CREATED: serializers.VersionShown})
    @action(detail=True, methods=["post"])
    def propose(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Propose a new version, whole. Answers with the version; `If-Match` is the plan's ETag as you read it."""
        plan = self.get_object()
        values = self.valid(serializers.NewVersion)
        made = operations.propose(plan=plan, by=self.actor, at=self.at, version=wanted_version(request), **values)
        return self._version(made)

    def _version(self, made: PlanVersion) -> Response:
        row = whole_versions().get(pk=made.pk)
        data = serializers.VersionShown(row, context=self.get_serializer_context()).data
        headers = {
            "ETag": etag(row) or "",
            "Location": reverse("plan-version-detail", args=[row.pk], request=self.request),
        }
        return Response(data, status=status.HTTP_201_CREATED, headers=headers)

    @action(detail=True, methods=["post"])
    def stop(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """End the plan, and say why: nobody is asked to review it any more."""
        return self.change_by(operations.stop_plan)

    @action(detail=True, methods=["post"], url_path="see-to")
    def see_to(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Say how what was asked about the patient's plan was seen to; nobody is asked any more."""
        return self.change_by(operations.see_to, versioned=False)

    @extend_schema(responses=serializers.ComparedVersions, parameters=NUMBERS)
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def compare(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """How one version of the plan differs from another, item by item and field by field, in words."""
        plan = self.get_object()
        one, other = (_numbered(plan, name, request) for name in ("one", "other"))
        found = differences(*(dressed_content(content_of(row)) for row in (one, other)))
        self.audit_read([plan])
        shown = {"one": one.number, "other": other.number, "differences": found}
        return Response(serializers.ComparedVersions(shown).data)

    @extend_schema(responses=serializers.TriedOut)
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def check(self, request: Request) -> Response:
        """What the checks would find about these medicines for this patient. Nothing is written."""
        values = self.valid(serializers.TryOut)
        patient = values["patient"]
        found = reading.try_out(patient, values["medications"], self.at)
        audit.record_read(
            by=self.actor, at=self.at, verb="plans.check", subject_type=Patient._meta.label_lower, ids=[patient.pk],
            patient_id=patient.pk,
        )  # fmt: skip
        return Response(serializers.TriedOut(dressed_findings(found)).data)


def _numbered(plan: TreatmentPlan, name: str, request: Request) -> PlanVersion:
    text = request.query_params.get(name, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0  # noqa: PLR2004 - as the column
    found = next((row for row in plan.versions.all() if row.number == number), None)
    if found is None:
        raise ValidationError({name: "The number of a version of this plan."})
    return found
