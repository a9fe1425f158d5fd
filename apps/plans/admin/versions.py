"""The admin page of a version: everything it says, and the ladder from the proposal to being followed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.administration.admin import shown_at
from apps.common.refusals import Refused
from apps.knowledge.admin.base import display
from apps.knowledge.shelf import shelf
from apps.patients.admin import ReasonForm
from apps.plans import operations
from apps.plans.admin import tables
from apps.plans.dressing import dress
from apps.plans.forms import ApprovalForm, ExplainForm
from apps.plans.models import PlanVersion, PlanWarning, PrerequisiteCheck
from apps.plans.operations.deciding import approvers_of
from apps.plans.reading import Whole
from apps.plans.views import POLICY
from apps.rest.admin import HouseAdmin, Verb, actor_of, offer_link, show_refusal

State = PlanVersion.State
Explained = PlanWarning | PrerequisiteCheck


def whole_of(row: PlanVersion) -> Whole:
    """Everything about the version of a page, as of the moment at which the page was asked for."""
    found: Whole = row.__dict__["whole"]
    return found


def _proposed(row: PlanVersion) -> bool:
    return row.state == State.PROPOSED


def _lacks(row: PlanVersion) -> bool:
    return any(one.lacking and one.check.panel_id is not None for one in whole_of(row).prerequisites)


def _who(row: PlanVersion) -> dict[str, Any]:
    """Who may approve, oneself first where one may."""
    ids = approvers_of(row.plan.patient, whole_of(row).at)
    candidates = list(User.objects.filter(pk__in=ids).order_by("name"))
    asking = row.__dict__["asked_by"].user_id
    return {"candidates": candidates, "approver": str(asking) if asking in ids else "", "digest": row.digest}


def _shown(row: PlanVersion) -> dict[str, Any]:
    """What is approved, with what still waits above it."""
    whole = whole_of(row)
    waits = tables.waiting(whole, explain)
    return {"tables": [*([waits] if waits.rows else []), *tables.of_version(whole, explain)]}


def _request(*, plan_version: PlanVersion, by: Actor, at: datetime) -> PlanVersion:
    operations.request_missing(plan_version=plan_version, by=by, at=at)
    return plan_version


@admin.register(PlanVersion)
class PlanVersionAdmin(HouseAdmin):
    """Versions of plans."""

    policy = POLICY
    subject = "plan_version"
    patient_field = "plan.patient_id"
    change_form_after_template = "knowledge/tables.html"
    list_display = ("patient", "number", "standing", "summary", "proposed_at", "approver")
    list_display_links = ("patient",)
    list_filter = ("state", "plan__patient__site")
    list_select_related = ("plan__patient", "approver")
    ordering = ("-proposed_at", "-id")
    fieldsets = (
        (None, {"fields": ("of", "number", "standing", "summary", "step", "replaces")}),
        ("Who and when", {"fields": ("proposed", "approval", "followed", "ended")}),
    )
    readonly_fields = ("of", "standing", "proposed", "approval", "followed", "ended")
    verbs = (
        Verb("approve", "Approve", operations.approve, ApprovalForm,
             "Approved is exactly what this page shows. Every warning that wants a reason has to have one.", _proposed, _who,
             "knowledge/tables.html", _shown),
        Verb("follow", "Follow it", operations.activate,
             explain="The team follows it from now on; the version before is superseded. What is due is worked out at once.",
             offered=lambda row: row.state == State.APPROVED),
        Verb("request", "Request what is missing", _request,
             explain="Everything that its medicines want and that is missing or too old becomes due today.",
             offered=lambda row: (row.pending or row.state == State.ACTIVE) and _lacks(row)),
        Verb("withdraw", "Withdraw", operations.withdraw, ReasonForm, "It will not be followed.", lambda row: row.pending),
    )  # fmt: skip

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Versions with their plans."""
        rows = PlanVersion.objects.visible_to(actor)
        return rows.select_related("plan__patient__site", "step__pathway", "author", "approver", "approval_recorded_by")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The version with everything about it, and who asks."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            actor = actor_of(request)
            row.__dict__ |= {"whole": Whole(row, actor.at), "asked_by": actor}  # type: ignore[arg-type]
        return row

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page, with its tables."""
        row = self.get_object(request, object_id) if object_id is not None else None
        may_write = self.policy.allows(actor_of(request), reading=False)
        found = tables.of_version(whole_of(row), explain if may_write else None) if row is not None else []
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "tables": found})

    def get_urls(self) -> list[Any]:
        """The page's own addresses and that of a reason."""
        view = self.admin_site.admin_view(self.explain_view)
        own = path("<uuid:object_id>/explain/<uuid:about>/", view, name="plans_planversion_explain")
        return [own, *super().get_urls()]

    def explain_view(self, request: HttpRequest, object_id: UUID, about: UUID) -> HttpResponse:
        """One form for one warning or prerequisite: why it is all right here."""
        row = self.get_object(request, str(object_id))
        found = _about(row, about) if row is not None else None
        if row is None or found is None:
            raise Http404
        if not self.policy.allows(actor_of(request), reading=False):
            raise PermissionDenied
        dress([found], shelf(), "medicine")
        form = ExplainForm(request.POST if request.method == "POST" else None)
        if form.is_valid() and self._explained(request, found, form):
            messages.success(request, "The reason is written down.")
            return HttpResponseRedirect(tables.address(row))
        context = {
            **self.admin_site.each_context(request), "title": "Write down why", "form": form, "original": found.medicine,
            "explain": _words(found), "opts": self.model._meta, "back": tables.address(row),
        }  # fmt: skip
        return TemplateResponse(request, "house/verb.html", context)

    @staticmethod
    def _explained(request: HttpRequest, row: Explained, form: ExplainForm) -> bool:
        actor = actor_of(request)
        try:
            operations.explain(row=row, by=actor, at=actor.at, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
        except Refused as refusal:
            show_refusal(form, refusal)
            return False
        return True

    @display(description="Patient", ordering="plan__patient__sort_name")
    def patient(self, row: PlanVersion) -> str:
        """Whose plan it is."""
        return str(row.plan.patient)

    @display(description="Plan")
    def of(self, row: PlanVersion) -> SafeString:
        """The patient, with the way to the plan."""
        return tables.link(tables.address(row.plan), row.plan.patient)

    @display(description="State", ordering="state")
    def standing(self, row: PlanVersion) -> SafeString:
        """In words."""
        return tables.label(row.state, row.get_state_display())

    @display(description="Proposed")
    def proposed(self, row: PlanVersion) -> str:
        """When, and by whom."""
        return f"{shown_at(row.proposed_at, row.plan.patient.site)}, {row.author.name if row.author else 'careteam'}"

    @display(description="Approved")
    def approval(self, row: PlanVersion) -> str:
        """By whom, when, and the beginning of the digest of what was approved."""
        if row.approver is None:
            return "not yet" if row.state == State.PROPOSED else "never"
        recorder = row.approval_recorded_by
        noted = f", written down by {recorder.name}" if recorder is not None and recorder.pk != row.approver_id else ""
        return f"{row.approver.name}, {shown_at(row.approved_at, row.plan.patient.site)}{noted} ({row.approved_digest[:12]})"

    @display(description="Followed since")
    def followed(self, row: PlanVersion) -> str:
        """Since when the team follows it."""
        return shown_at(row.activated_at, row.plan.patient.site) or "not followed"

    @display(description="Ended")
    def ended(self, row: PlanVersion) -> str:
        """When, and why."""
        when = shown_at(row.ended_at, row.plan.patient.site)
        return f"{when} {row.end_reason}".strip() or "no"


def explain(row: Explained) -> tuple[str, str]:
    """The way to writing down a reason."""
    return "Write down why", reverse("admin:plans_planversion_explain", args=[row.version_id, row.pk])


def _about(row: PlanVersion, about: UUID) -> Explained | None:
    rows: list[Explained] = [*whole_of(row).warnings, *(one.check for one in whole_of(row).prerequisites)]
    found = next((one for one in rows if one.pk == about), None)
    if found is not None:
        found.version = row
    return found


def _words(row: Explained) -> str:
    if isinstance(row, PlanWarning):
        sources = [one for one in row.citations if one not in row.arithmetic]
        return " ".join([row.words, row.arithmetic, f"({', '.join(sources)})" if sources else ""]).strip()
    return f"{row.words} ({row.citation})"


def _print(name: str, text: str) -> Any:
    return lambda row: (text, reverse(name, args=[row.pk]))


offer_link(PlanVersion, _print("plan-version-summary", "Print for the record"))
offer_link(PlanVersion, _print("plan-version-patient-summary", "Print for the patient"))
