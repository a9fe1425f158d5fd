"""A patient's plan: what is followed, what waits to be decided, what is due, and whether it has helped."""

from typing import Any
from uuid import UUID

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.knowledge.models import Discipline
from apps.patients.models import Patient
from apps.plans import reading
from apps.plans.models import PlanVersion, ResponseReview, TreatmentPlan
from apps.plans.operations.base import policy_of
from apps.plans.operations.deciding import approvers_of
from apps.referrals import suggesting
from apps.rest.policy import Needs
from apps.workspace.because import unjudged
from apps.workspace.pages import plan_words
from apps.workspace.pages.base import Page

#: How many plans the list shows; whoever has more patients finds them in the admin.
SHOWN = 100


class PlanPage(Page):
    """What the pages of plans share."""

    policy = Needs(Permission.PATIENTS_READ, Permission.PLANS_WRITE)

    def note(self, patient_id: UUID, subject_type: str, pk: UUID) -> None:
        """Record that it was read."""
        audit.record_read(
            by=self.actor, at=self.at, verb="workspace.plan", subject_type=subject_type, ids=[pk], patient_id=patient_id
        )


class Plans(PlanPage):
    """The plans of the patients whom one sees: first those that wait for somebody."""

    template = "workspace/plans.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        going = TreatmentPlan.objects.visible_to(self.actor).filter(ended_at__isnull=True)
        rows = plan_words.with_standing(going.select_related("patient__site"), timezone.localdate(self.at))
        found = list(rows.order_by(F("pending").asc(nulls_last=True), "patient__sort_name", "pk")[: SHOWN + 1])
        if found:
            audit.record_read(
                by=self.actor, at=self.at, verb="workspace.plans", subject_type="plans.treatmentplan",
                ids=[row.pk for row in found[:SHOWN]],
            )  # fmt: skip
        return self.show(plans=found[:SHOWN], more=len(found) > SHOWN, shown=SHOWN)


class Plan(PlanPage):
    """A patient's plan, as it is followed today."""

    template = "workspace/plan.html"

    def get(self, request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002 - as in every address
        """Show it."""
        patient = Patient.objects.visible_to(self.actor).select_related("site").filter(pk=id).first()
        if patient is None:
            raise Http404
        self.note(patient.pk, "patients.patient", patient.pk)
        rows = TreatmentPlan.objects.filter(patient=patient).select_related("pathway", "ended_by")
        plan = rows.order_by(F("ended_at").desc(nulls_first=True), "-opened_at").first()
        if plan is None:
            return self.show(
                patient=patient, plan=None, due=plan_words.due(patient, self.at), refers=self._refers(),
                unjudged=unjudged(patient.pk),
            )  # fmt: skip
        plan.patient = patient
        return self.show(patient=patient, plan=plan, unjudged=unjudged(patient.pk), **self._standing(plan))

    def _standing(self, plan: TreatmentPlan) -> dict[str, Any]:
        versions = list(plan.versions.select_related("author", "approver", "step").order_by("-number"))
        for row in versions:
            row.plan = plan
        active = next((row for row in versions if row.state == PlanVersion.State.ACTIVE), None)
        pending = next((row for row in versions if row.pending), None)
        reviews = list(plan.reviews.select_related("medicine", "reviewed_by").order_by("due_on", "pk"))
        return {
            "versions": versions, "active": active, "content": self._content(active), "pending": pending,
            "proposal": self._content(pending), "deeds": self._deeds(pending) if pending is not None else {},
            "due": plan_words.due(plan.patient, self.at), "coming": _of(reviews, ResponseReview.State.SCHEDULED),
            "held": [(row, plan_words.verdict(row.measures)) for row in reversed(_of(reviews, ResponseReview.State.DONE))],
            "writes": self.actor.may(Permission.PLANS_WRITE), **self._suggestions(pending or active),
        }  # fmt: skip

    def _refers(self) -> bool:
        return self.actor.may(Permission.REFERRALS_WRITE)

    def _suggestions(self, version: PlanVersion | None) -> dict[str, Any]:
        """Referrals for what the medicines want and is missing: of what waits to be decided, else of what is followed."""
        if version is None or not self._refers():
            return {"refers": self._refers()}
        return {
            "refers": True, "suggestions": suggesting.of_version(version, self.at),
            "refer": f"/plan-versions/{version.pk}/refer/",
        }  # fmt: skip

    def _content(self, version: PlanVersion | None) -> plan_words.Said | None:
        return plan_words.Said(reading.Whole(version, self.at)) if version is not None else None

    def _deeds(self, pending: PlanVersion) -> dict[str, Any]:
        """What this person may do with the pending version; `approvers` says whose approval it waits for."""
        if not self.actor.may(Permission.PLANS_WRITE):
            return {}
        if pending.state == PlanVersion.State.APPROVED:
            return {"follow": True}
        policy, patient = policy_of(pending.patient), pending.patient
        alone = policy.second_approver and pending.author_id == self.actor.user_id
        names = Discipline.objects.filter(code__in=policy.approving_disciplines).values_list("name", flat=True)
        return {
            "approve": self.actor.user_id in approvers_of(patient, self.at) and not alone,
            "alone": alone, "approvers": ", ".join(names),
        }  # fmt: skip


def _of(reviews: list[ResponseReview], state: str) -> list[ResponseReview]:
    return [row for row in reviews if row.state == state]
