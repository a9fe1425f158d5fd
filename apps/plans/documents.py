"""The doors to a plan on paper. Names stand in the documents only: neither in their names nor in their addresses."""

from typing import ClassVar
from uuid import UUID

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.plans.models import PlanVersion
from apps.plans.papers import Paper
from apps.plans.reading import Whole
from apps.plans.summaries import Template, gather, render
from apps.rest.policy import Needs

#: What the facts about a version need of it, read in one query.
READ_ALONG = ("plan__patient__site", "plan__pathway", "author", "approver", "approval_recorded_by", "step")
PDF = {(200, "application/pdf"): OpenApiTypes.BINARY}


class Document(Paper):
    """A version of a plan as a PDF, as it stands at this moment. Whatever is not followed says so in a band."""

    policy = Needs(Permission.PATIENTS_READ)
    template: ClassVar[Template]
    verb: ClassVar[str]

    def answer(self, pk: UUID) -> HttpResponse:
        """The document of a version that the actor may see; its reading is recorded. Http404 otherwise."""
        row = PlanVersion.objects.visible_to(self.actor).select_related(*READ_ALONG).filter(pk=pk).first()
        if row is None:
            raise Http404
        paper = render(self.template, gather(Whole(row, self.at)), self.at)
        audit.record_read(
            by=self.actor, at=self.at, verb=self.verb, subject_type="plans.planversion", ids=[row.pk],
            patient_id=row.plan.patient_id,
        )  # fmt: skip
        return HttpResponse(
            paper, content_type="application/pdf",
            headers={"Content-Disposition": 'inline; filename="plan-summary.pdf"', "Cache-Control": "no-store"},
        )  # fmt: skip


class Summary(Document):
    """The summary for the record."""

    template = Template.CLINICAL
    verb = "plans.print"

    @extend_schema(operation_id="plan_versions_summary", responses=PDF)
    def get(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002 - as in every address
        """One page (more where the plan is long) for the patient's record: medicines, checks, goals, what is due."""
        return self.answer(id)


class PatientSummary(Document):
    """The summary for the patient."""

    template = Template.PLAIN
    verb = "plans.print_for_patient"

    @extend_schema(operation_id="plan_versions_patient_summary", responses=PDF)
    def get(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002 - as in every address
        """The plan in plain words and large letters, to give to the patient."""
        return self.answer(id)
