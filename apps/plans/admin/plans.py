"""The admin page of a plan: what is followed, what is pending, what is due, and the page on which a version is written."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString

from apps.accounts.actors import Actor
from apps.administration.admin import shown_at
from apps.audit import operations as audit
from apps.knowledge.admin.base import display
from apps.knowledge.admin.tables import Table, lines
from apps.knowledge.shelf import Shelf, shelf
from apps.patients.admin import ReasonForm
from apps.patients.models import Patient
from apps.plans import operations
from apps.plans.admin import tables, writing
from apps.plans.admin.dressed import Dressed
from apps.plans.admin.tables import SEARCH
from apps.plans.differing import differences
from apps.plans.dressing import dress, dressed_content
from apps.plans.models import MedicationItem, PlanVersion, TreatmentPlan
from apps.plans.operations.base import asked_about
from apps.plans.operations.content import content_of
from apps.plans.reading import Whole, open_items, title
from apps.plans.views import POLICY
from apps.rest.admin import Verb, actor_of, offer_link

State = PlanVersion.State


def _open(row: TreatmentPlan) -> bool:
    return row.ended_at is None


def active_of(row: TreatmentPlan) -> PlanVersion | None:
    """The version that is followed."""
    return next((one for one in row.versions.all() if one.state == State.ACTIVE), None)


def pending_of(row: TreatmentPlan) -> PlanVersion | None:
    """The version that waits for its approval, or to be followed."""
    return next((one for one in row.versions.all() if one.pending), None)


def _asked(row: TreatmentPlan) -> bool:
    return asked_about(row.patient_id).exists()


@admin.register(TreatmentPlan)
class TreatmentPlanAdmin(Dressed):
    """Plans."""

    policy = POLICY
    subject = "plan"
    patient_field = "patient_id"
    change_form_after_template = "knowledge/tables.html"
    private_search = SEARCH
    list_display = ("patient", "since", "follows", "waits", "standing")
    list_filter = ("pathway", ("ended_at", admin.EmptyFieldListFilter), "patient__site")
    ordering = ("-opened_at", "-id")
    fields = ("of", "pathway", "since", "follows", "waits", "ended")
    readonly_fields = ("of", "since", "follows", "waits", "ended")
    verbs = (
        Verb("stop", "Stop the plan", operations.stop_plan, ReasonForm,
             "Nothing of it is followed any more, and nobody is asked to review it. What is due by the disease itself stays due.",
             _open),
        Verb("see-to", "Say that it is seen to", operations.see_to, ReasonForm,
             "For what coordination was asked about this patient's plan: nobody is asked any more.", _asked),
    )  # fmt: skip

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Plans with their versions, and the medicines of those that are followed."""
        medicines = MedicationItem.objects.filter(version__state=State.ACTIVE).select_related("medicine")
        versions = (
            PlanVersion.objects.defer("checks")
            .order_by("-number")
            .prefetch_related(Prefetch("medicationitems", medicines, to_attr="medicines"))
        )
        rows = TreatmentPlan.objects.visible_to(actor).select_related("patient__site", "pathway", "opened_by")
        return cast("QuerySet[Any]", rows.prefetch_related(Prefetch("versions", versions)))

    def dress(self, rows: Sequence[Any], known: Shelf) -> None:
        """The medicines that are followed."""
        for row in rows:
            for version in row.versions.all():
                dress(version.__dict__["medicines"], known, "medicine")

    def get_urls(self) -> list[Any]:
        """The page's own addresses, those of writing a version and of comparing two."""
        view = self.admin_site.admin_view
        own = [
            path("open/<uuid:patient_id>/", view(self.open_view), name="plans_treatmentplan_open"),
            path("<uuid:object_id>/propose/", view(self.propose_view), name="plans_treatmentplan_propose"),
            path("<uuid:object_id>/compare/", view(self.compare_view), name="plans_treatmentplan_compare"),
        ]
        return [*own, *super().get_urls()]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page, with its tables."""
        row = self.get_object(request, object_id) if object_id is not None else None
        found = page_tables(row, actor_of(request)) if row is not None else []
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "tables": found})

    def open_view(self, request: HttpRequest, patient_id: UUID) -> HttpResponse:
        """Write the first version of a patient's plan; where there is one already, go to its page.

        What was sent is never thrown away: where somebody has opened one meanwhile, the form says so and stays as it was.
        """
        self._hold_writer(request)
        actor = actor_of(request)
        patient = Patient.objects.visible_to(actor).select_related("site").filter(pk=patient_id).first()
        if patient is None:
            raise Http404
        there = _open_plan(patient)
        if there is not None and request.method != "POST":
            return HttpResponseRedirect(tables.address(there))
        audit.record_read(
            by=actor, at=cast("Any", actor.at), verb="patients.read", subject_type=Patient._meta.label_lower,
            ids=[patient.pk], patient_id=patient.pk,
        )  # fmt: skip
        return self._write(request, patient, None, tables.address(patient))

    def propose_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Write the next version of a plan, from what there is."""
        self._hold_writer(request)
        plan = self._plan(request, object_id)
        return self._write(request, plan.patient, plan, tables.address(plan))

    def _write(self, request: HttpRequest, patient: Patient, plan: TreatmentPlan | None, back: str) -> HttpResponse:
        page = writing.page_of(request, writing.start_of(patient, plan, request.GET.get("take", "")))
        if page.made is not None:
            messages.success(request, f"Version {page.made.number} is proposed. What was found about it stands below.")
            return HttpResponseRedirect(tables.address(page.made))
        there = _open_plan(patient) if plan is None else None
        context = {
            **self.admin_site.each_context(request), "title": "Propose a new version" if plan else "Open a treatment plan",
            "patient": patient, "plan": plan, "page": page, "options": writing.options(patient), "back": back,
            "opts": self.model._meta, "taken": request.GET.get("take", ""), "tables": page.tables,
            "there": tables.address(there) if there is not None else "",
        }  # fmt: skip
        return TemplateResponse(request, "plans/write.html", context)

    def compare_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """What one version changed of another."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        plan = self._plan(request, object_id)
        numbers = {str(row.number): row for row in plan.versions.all()}
        one, other = (numbers.get(request.GET.get(name, "")) for name in ("one", "other"))
        if one is None or other is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request), "title": f"What version {other.number} changes of version {one.number}",
            "tables": [compared(one, other)], "original": plan.patient, "back": tables.address(plan), "opts": self.model._meta,
        }  # fmt: skip
        return TemplateResponse(request, "plans/compare.html", context)

    def _plan(self, request: HttpRequest, object_id: UUID) -> TreatmentPlan:
        plan: TreatmentPlan | None = self.get_object(request, str(object_id))
        if plan is None:
            raise Http404
        return plan

    def _hold_writer(self, request: HttpRequest) -> None:
        if not self.policy.allows(actor_of(request), reading=False):
            raise PermissionDenied

    @display(description="Patient")
    def of(self, row: TreatmentPlan) -> SafeString:
        """The patient, with the way to their page."""
        return tables.link(tables.address(row.patient), row.patient)

    @display(description="Since", ordering="opened_at")
    def since(self, row: TreatmentPlan) -> str:
        """By the clocks of the site."""
        return shown_at(row.opened_at, row.patient.site)

    @display(description="Followed")
    def follows(self, row: TreatmentPlan) -> SafeString:
        """The version that is followed and its medicines."""
        version = active_of(row)
        if version is None:
            return lines("nothing")
        return lines(
            tables.link(tables.address(version), f"Version {version.number}"),
            *map(title, version.__dict__["medicines"]),
        )

    @display(description="Pending")
    def waits(self, row: TreatmentPlan) -> SafeString:
        """The version that waits, and for what."""
        version = pending_of(row)
        if version is None:
            return lines("nothing")
        for_what = "waits for its approval" if version.state == State.PROPOSED else "approved, not followed yet"
        return lines(tables.link(tables.address(version), f"Version {version.number}"), for_what)

    @display(description="State", label={"open": "success", "ended": "info"})
    def standing(self, row: TreatmentPlan) -> str:
        """Open or ended."""
        return "open" if _open(row) else "ended"

    @display(description="Ended")
    def ended(self, row: TreatmentPlan) -> str:
        """When, and why."""
        return f"{shown_at(row.ended_at, row.patient.site)} {row.end_reason}".strip() or "no"


def page_tables(row: TreatmentPlan, actor: Actor) -> list[Table]:
    """The version that is followed, or else the newest; what the pending one changes; what is due, reviews, all versions."""
    versions = list(row.versions.all())
    active, pending = active_of(row), pending_of(row)
    shown = active or (versions[0] if versions else None)
    at = cast("Any", actor.at)
    found = tables.of_version(Whole(_with_checks(shown), at)) if shown is not None else []
    # What is due stands below with the ways to its rows.
    found = [table for table in found if table.title != tables.FOLLOWS]
    if active is not None and pending is not None:
        found.append(compared(active, pending, f"What version {pending.number}, which is pending, changes"))
    if _open(row):
        items = open_items(row.patient)
        dress(items, shelf(), "panel")
        found.append(tables.of_items(items, row.patient.site.local_date(at)))
    reviews = list(row.reviews.select_related("medicine"))
    dress(reviews, shelf(), "medicine")
    found.append(tables.of_reviews(reviews))
    found.append(tables.of_versions(versions, lambda one: _before(row, one, versions)))
    return found


def _with_checks(version: PlanVersion) -> PlanVersion:
    """The version read whole; lists leave out what the checks found."""
    return PlanVersion.objects.select_related("plan__patient__site").get(pk=version.pk)


def compared(one: PlanVersion, other: PlanVersion, heading: str = "What changed") -> Table:
    """What one version changes of another, as a table."""
    before, after = (dressed_content(content_of(row)) for row in (one, other))
    return tables.of_differences(differences(before, after), heading)


def _before(plan: TreatmentPlan, row: PlanVersion, versions: list[PlanVersion]) -> str | None:
    """The way to what a version changed of the one that was followed before it, or else of the one written before it."""
    earlier = [one for one in versions if one.number < row.number]
    base = next((one for one in earlier if one.activated_at is not None), earlier[0] if earlier else None)
    if base is None:
        return None
    return f"{reverse('admin:plans_treatmentplan_compare', args=[plan.pk])}?one={base.number}&other={row.number}"


def _open_plan(patient: Patient) -> TreatmentPlan | None:
    """The plan that a patient has."""
    return TreatmentPlan.objects.filter(patient=patient, ended_at__isnull=True).first()


def _of_patient(patient: Patient) -> tuple[str, str] | None:
    plan = _open_plan(patient)
    if plan is not None:
        return "Treatment plan", tables.address(plan)
    if patient.status != Patient.Status.ACTIVE:
        return None
    return "Open a treatment plan", reverse("admin:plans_treatmentplan_open", args=[patient.pk])


def _propose(plan: TreatmentPlan) -> tuple[str, str] | None:
    return (
        ("Propose a new version", reverse("admin:plans_treatmentplan_propose", args=[plan.pk])) if _open(plan) else None
    )


offer_link(Patient, _of_patient)
offer_link(TreatmentPlan, _propose)
