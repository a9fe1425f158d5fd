"""Deciding about a pending version: a reason for what it warns of, approving, following, withdrawing. A form each."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from apps.plans import differing, reading
from apps.plans import operations as plans
from apps.plans.models import PlanVersion, PlanWarning, PrerequisiteCheck
from apps.plans.operations.content import content_of
from apps.workspace.pages import plan_words
from apps.workspace.pages.forms import Deed, Yes, attempt
from apps.workspace.pages.plan import PlanPage


class ApproveForm(forms.Form):
    """Bound to what stands on the page: the digest goes along with it."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)


class WithdrawForm(forms.Form):
    """Why not."""

    reason = forms.CharField(max_length=200, label="Why is it not followed?", widget=forms.Textarea({"rows": 3}))


class ExplainForm(forms.Form):
    """Why it is all right."""

    reason = forms.CharField(max_length=300, label="Why is it all right here?", widget=forms.Textarea({"rows": 3}))


EXPLAIN = Deed(
    "Write down a reason",
    "It is kept under your name beside the warning, and stays as it is written.",
    "Write it down",
    ExplainForm,
)


class VersionPage(PlanPage):
    """What is done with one pending version: a form each, beside what it is about."""

    template = "workspace/deciding.html"

    def version(self, pk: UUID) -> PlanVersion:
        """The version, if one may see the patient; its reading is recorded. Http404 otherwise."""
        rows = PlanVersion.objects.visible_to(self.actor).select_related("plan__patient__site", "author", "step")
        row = rows.filter(pk=pk).first()
        if row is None:
            raise Http404
        self.note(row.patient.pk, "plans.planversion", row.pk)
        return row

    def form_page(self, row: PlanVersion, deed: Deed, form: forms.Form, status: int = 200, **more: Any) -> HttpResponse:
        """The form, with everything that the version says."""
        active = row.plan.versions.filter(state=PlanVersion.State.ACTIVE).first()
        changes = differing.differences(content_of(active), content_of(row)) if active is not None else []
        return self.show(
            version=row, patient=row.patient, deed=deed, form=form, status=status, active=active,
            changes=plan_words.told(changes), content=plan_words.Said(reading.Whole(row, self.at)),
            back=f"/plans/{row.patient.pk}/", **more,
        )  # fmt: skip

    def done(self, row: PlanVersion, said: str) -> HttpResponse:
        """Back to the plan."""
        messages.success(self.request, said)
        return HttpResponseRedirect(f"/plans/{row.patient.pk}/")


class Deciding(VersionPage):
    """Approve, follow, withdraw."""

    doings = {
        "approve": Deed(
            "Approve this version", "You approve exactly what stands here. It is followed only once somebody says so.",
            "Approve exactly this", ApproveForm,
        ),
        "follow": Deed(
            "Follow this version", "From now on the team follows it; what was followed so far becomes history.",
            "Follow it from now on", Yes,
        ),
        "withdraw": Deed("Withdraw this version", "It is not followed, and stays in the history.", "Withdraw it", WithdrawForm),
    }  # fmt: skip

    def get(self, request: HttpRequest, id: UUID, doing: str) -> HttpResponse:  # noqa: A002 - as in every address
        """The form."""
        deed, row = self._deed(doing), self.version(id)
        return self.form_page(row, deed, deed.form(initial={"digest": row.digest}))

    def post(self, request: HttpRequest, id: UUID, doing: str) -> HttpResponse:  # noqa: A002 - as in every address
        """Do it, or show beside the form why not."""
        deed, row = self._deed(doing), self.version(id)
        form = deed.form(request.POST)
        status = attempt(form, lambda values: self._do(row, doing, values))
        if status:
            return self.form_page(row, deed, form, status)
        return self.done(row, f"{deed.title}: done.")

    def _deed(self, doing: str) -> Deed:
        if doing not in self.doings:
            raise Http404
        return self.doings[doing]

    def _do(self, row: PlanVersion, doing: str, values: dict[str, Any]) -> None:
        operations: dict[str, Callable[..., PlanVersion]] = {
            "approve": plans.approve, "follow": plans.activate, "withdraw": plans.withdraw,
        }  # fmt: skip
        operations[doing](plan_version=row, by=self.actor, at=self.at, **values)


class Explaining(VersionPage):
    """Write down why a warning is all right, or why a first dose need not wait."""

    def get(self, request: HttpRequest, id: UUID, row: UUID) -> HttpResponse:  # noqa: A002 - as in every address
        """The form."""
        version = self.version(id)
        return self.form_page(version, EXPLAIN, ExplainForm(), about=self._about(version, row))

    def post(self, request: HttpRequest, id: UUID, row: UUID) -> HttpResponse:  # noqa: A002 - as in every address
        """Write it down, or show beside the field why not."""
        version = self.version(id)
        about, form = self._about(version, row), ExplainForm(request.POST)
        status = attempt(form, lambda values: plans.explain(row=about, by=self.actor, at=self.at, **values))
        if status:
            return self.form_page(version, EXPLAIN, form, status, about=about)
        return self.done(version, "Your reason stands there now.")

    def _about(self, version: PlanVersion, pk: UUID) -> PlanWarning | PrerequisiteCheck:
        warning = version.warnings.select_related("medicine").filter(pk=pk).first()
        found = warning or version.prerequisites.select_related("medicine").filter(pk=pk).first()
        if found is None:
            raise Http404
        found.version = version
        return found
