"""A matter: what it is about, whose it is, what can be done, and what happened so far."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from apps.accounts.permissions import Permission, Role
from apps.audit import operations as audit
from apps.common.refusals import Refused
from apps.escalation import operations as escalation
from apps.escalation.models import Escalation
from apps.nudges import ladder
from apps.nudges import operations as nudges
from apps.nudges.models import Response
from apps.nudges.operations.answers import standing
from apps.rest.policy import Needs
from apps.teams.models import Member
from apps.workspace.pages.base import Page
from apps.workspace.timeline import matter_timeline

Via = Response.Via


class MatterPage(Page):
    """What the pages of a matter share."""

    policy = Needs(Permission.PATIENTS_READ, Permission.NUDGES_ANSWER)

    def matter(self, pk: UUID) -> Escalation:
        """The matter, if one may see the patient; its reading is recorded. Http404 otherwise."""
        rows = Escalation.objects.visible_to(self.actor).select_related(
            "patient__site", "criterion_version__criterion", "nudge__owner", "nudge__offered_to", "nudge__patient__site",
            "stated_by", "ended_by",
        )  # fmt: skip
        row = rows.filter(pk=pk).first()
        if row is None:
            raise Http404
        audit.record_read(
            by=self.actor, at=self.at, verb="workspace.matter", subject_type="escalation.escalation", ids=[row.pk],
            patient_id=row.patient_id,
        )  # fmt: skip
        return row

    def may_answer(self, row: Escalation) -> bool:
        """Whether the person is among those who can answer the nudge."""
        nudge, actor = row.nudge, self.actor
        if nudge is None or not nudge.unfinished:
            return False
        coordinates = row.patient.site_id in actor.roles.get(Role.COORDINATOR, frozenset())
        mine = actor.user_id in {nudge.owner_id, nudge.offered_to_id}
        return bool(coordinates or mine or nudge.rungs.filter(user=actor.user_id).exists())


class Matter(MatterPage):
    """The matter itself, with the button that says “I have it”."""

    template = "workspace/matter.html"

    def get(self, request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002 - as in every address
        """Show it."""
        row = self.matter(id)
        nudge, me = row.nudge, self.actor.user_id
        answering = self.may_answer(row)
        return self.show(
            matter=row, nudge=nudge, answering=answering, standing=standing(nudge) if nudge is not None else "",
            mine=nudge is not None and nudge.owner_id == me,
            acknowledges=answering and nudge is not None and (nudge.waits_for_answer or nudge.offered_to_id == me),
            evidence=row.evidence.select_related("observation", "condition"), actions=row.actions.select_related("by"),
            timeline=matter_timeline(row), now=self.at,
        )  # fmt: skip

    def post(self, request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002 - as in every address
        """Say “I have it”."""
        row = self.matter(id)
        if row.nudge is None:
            raise Http404
        try:
            nudges.acknowledge(nudge=row.nudge, by=self.actor, at=self.at, via=Via.WEB)
            messages.success(request, "It is yours now. Record here what you do.")
        except Refused as refusal:
            messages.error(request, refusal.detail)
        return HttpResponseRedirect(request.path)


class ActForm(forms.Form):
    """What was done."""

    words = forms.CharField(max_length=1000, label="What did you do?", widget=forms.Textarea({"rows": 4}))


class DeclineForm(forms.Form):
    """Why not."""

    reason = forms.CharField(max_length=300, label="Why can you not take it?", widget=forms.Textarea({"rows": 3}))


class HandOverForm(forms.Form):
    """To whom."""

    to = forms.ModelChoiceField(Member.objects.none(), label="Who should take it?", empty_label="Choose somebody")
    reason = forms.CharField(
        max_length=300, required=False, label="A word to them, which they read here",
        widget=forms.Textarea({"rows": 2}),
    )  # fmt: skip


class CloseForm(forms.Form):
    """Why it is over."""

    reason = forms.CharField(max_length=500, label="Why is it over?", widget=forms.Textarea({"rows": 3}))


#: Each doing: its title, what it means, its button.
DOINGS: dict[str, tuple[str, str, str]] = {
    "act": ("Record what was done", "Nobody is asked about it any more. It stays open until its condition or somebody ends it.",
            "Record it"),
    "decline": ("I cannot take it", "The next person is asked at once.", "Decline"),
    "hand-over": ("Hand it over", "It stays yours, and the clock runs on, until they accept.", "Offer it"),
    "close": ("Close it", "Nobody is asked any more. Something recorded later opens it anew.", "Close it"),
}  # fmt: skip


class Doing(MatterPage):
    """Act, decline, hand over, close: one form each."""

    template = "workspace/doing.html"

    def get(self, request: HttpRequest, id: UUID, doing: str) -> HttpResponse:  # noqa: A002 - as in every address
        """The form."""
        row = self.matter(id)
        return self._form(row, doing, self._bound(row, doing))

    def post(self, request: HttpRequest, id: UUID, doing: str) -> HttpResponse:  # noqa: A002 - as in every address
        """Do it, or show beside the form why not."""
        row = self.matter(id)
        form = self._bound(row, doing, request.POST)
        if not form.is_valid():
            return self._form(row, doing, form, status=400)
        try:
            self._do(row, doing, form.cleaned_data)
        except Refused as refusal:
            named = {name: rule for name, rule in refusal.errors.items() if name in form.fields}
            for name, rule in named.items():
                form.add_error(name, rule)
            if not named:
                form.add_error(None, refusal.detail)
            return self._form(row, doing, form, status=refusal.status)
        messages.success(request, f"{DOINGS[doing][0]}: done.")
        return HttpResponseRedirect(f"/matters/{row.pk}/")

    def _form(self, row: Escalation, doing: str, form: forms.Form, status: int = 200) -> HttpResponse:
        title, meaning, button = DOINGS[doing]
        return self.show(matter=row, form=form, title=title, meaning=meaning, button=button, doing=doing, status=status)

    def _bound(self, row: Escalation, doing: str, data: Any = None) -> forms.Form:
        kinds: dict[str, type[forms.Form]] = {
            "act": ActForm, "decline": DeclineForm, "hand-over": HandOverForm, "close": CloseForm,
        }  # fmt: skip
        if doing not in kinds:
            raise Http404
        form = kinds[doing](data)
        if isinstance(form, HandOverForm):
            everybody = ladder.people(row.patient, self.at)
            users = {one.member.user_id for one in everybody.memberships} | {
                duty.member.user_id for duty in everybody.on_call.values()
            }
            users |= {cover.substitute.user_id for cover in everybody.covers.values()}
            rows = Member.objects.filter(user__in=users, active=True, user__is_active=True).exclude(
                user=self.actor.user_id
            )
            form.fields["to"].queryset = rows.select_related("user__home_site", "discipline")  # type: ignore[attr-defined]
            form.fields["to"].label_from_instance = lambda member: f"{member} ({member.discipline.name})"  # type: ignore[attr-defined]
        return form

    def _do(self, row: Escalation, doing: str, values: dict[str, Any]) -> None:
        if doing in {"act", "close"}:
            operation = escalation.act if doing == "act" else escalation.close
            operation(escalation=row, by=self.actor, at=self.at, **values)
            return
        if row.nudge is None:
            raise Http404
        answer = nudges.decline if doing == "decline" else nudges.hand_over
        answer(nudge=row.nudge, by=self.actor, at=self.at, via=Via.WEB, **values)
