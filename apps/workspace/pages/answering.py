"""What the pages share of everything that somebody is asked about: whose it is, “I have it”, declining, handing over."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from apps.accounts.permissions import Permission, Role
from apps.audit import operations as audit
from apps.common.refusals import Refused
from apps.nudges import ladder
from apps.nudges import operations as nudges
from apps.nudges.models import Response
from apps.nudges.operations.answers import standing
from apps.patients.models import Patient
from apps.rest.policy import Needs
from apps.teams.models import Member
from apps.workspace.pages.base import Page
from apps.workspace.pages.forms import Deed, attempt

Via = Response.Via


class AskedPage(Page):
    """A page about something that has a patient and, when somebody is asked about it, a nudge.

    `rows` are the model whose rows it shows, `along` what is read with them, `address` where they are shown, `verb` how
    their reading is recorded.
    """

    policy = Needs(Permission.PATIENTS_READ, Permission.NUDGES_ANSWER)
    rows: ClassVar[type[Any]]
    along: ClassVar[tuple[str, ...]]
    address: ClassVar[str]
    verb: ClassVar[str]

    def subject(self, pk: UUID) -> Any:
        """The row, if one may see the patient; its reading is recorded. Http404 otherwise."""
        found = self.rows.objects.visible_to(self.actor).select_related(*self.along).filter(pk=pk).first()
        if found is None:
            raise Http404
        audit.record_read(
            by=self.actor, at=self.at, verb=self.verb, subject_type=self.rows._meta.label_lower, ids=[found.pk],
            patient_id=found.patient_id,
        )  # fmt: skip
        return found

    def heading(self, row: Any) -> dict[str, str]:
        """How much it presses, and what it is about."""
        return {"severity": row.nudge.severity, "presses": row.nudge.get_severity_display(), "about": row.nudge.title}

    def may_answer(self, row: Any) -> bool:
        """Whether the person is among those who can answer the nudge."""
        nudge, actor = row.nudge, self.actor
        if nudge is None or not nudge.unfinished:
            return False
        coordinates = row.patient.site_id in actor.roles.get(Role.COORDINATOR, frozenset())
        mine = actor.user_id in {nudge.owner_id, nudge.offered_to_id}
        return bool(coordinates or mine or nudge.rungs.filter(user=actor.user_id).exists())

    def asking(self, row: Any) -> dict[str, Any]:
        """Who is asked about it, and what of that the person can answer."""
        nudge, me, answering = row.nudge, self.actor.user_id, self.may_answer(row)
        waits = nudge is not None and (nudge.waits_for_answer or nudge.offered_to_id == me)
        return {
            "nudge": nudge, "answering": answering, "standing": standing(nudge) if nudge is not None else "",
            "mine": nudge is not None and nudge.owner_id == me, "acknowledges": answering and waits,
            "here": f"{self.address}{row.pk}/",
        }  # fmt: skip

    def acknowledge(self, row: Any, said: str) -> HttpResponse:
        """Say “I have it”."""
        if row.nudge is None:
            raise Http404
        try:
            nudges.acknowledge(nudge=row.nudge, by=self.actor, at=self.at, via=Via.WEB)
            messages.success(self.request, said)
        except Refused as refusal:
            messages.error(self.request, refusal.detail)
        return HttpResponseRedirect(f"{self.address}{row.pk}/")


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


#: What everybody who is asked can do without having acted.
ANSWERS = {
    "decline": Deed("I cannot take it", "The next person is asked at once.", "Decline", DeclineForm),
    "hand-over": Deed(
        "Hand it over", "It stays yours, and the clock runs on, until they accept.", "Offer it", HandOverForm
    ),
}


class AskedDoing(AskedPage):
    """Declining, handing over, and whatever else can be done about the matter: one form each."""

    template = "workspace/doing.html"
    doings: ClassVar[dict[str, Deed]] = ANSWERS

    def get(self, request: HttpRequest, id: UUID, doing: str) -> HttpResponse:  # noqa: A002 - as in every address
        """The form."""
        row = self.subject(id)
        return self._form(row, doing, self._bound(row, doing))

    def post(self, request: HttpRequest, id: UUID, doing: str) -> HttpResponse:  # noqa: A002 - as in every address
        """Do it, or show beside the form why not."""
        row = self.subject(id)
        form = self._bound(row, doing, request.POST)
        status = attempt(form, lambda values: self.do(row, doing, values))
        if status:
            return self._form(row, doing, form, status=status)
        messages.success(request, f"{self.doings[doing].title}: done.")
        return HttpResponseRedirect(f"{self.address}{row.pk}/")

    def do(self, row: Any, doing: str, values: dict[str, Any]) -> None:
        """Decline, or hand over. Http404 when nobody is asked."""
        if row.nudge is None:
            raise Http404
        answer = nudges.decline if doing == "decline" else nudges.hand_over
        answer(nudge=row.nudge, by=self.actor, at=self.at, via=Via.WEB, **values)

    def shown_patient(self, row: Any) -> Any:
        """Whom it is about, as the person may know them."""
        return row.patient

    def _form(self, row: Any, doing: str, form: forms.Form, status: int = 200) -> HttpResponse:
        back = f"{self.address}{row.pk}/"
        return self.show(
            patient=self.shown_patient(row),
            deed=self.doings[doing],
            form=form,
            back=back,
            status=status,
            **self.heading(row),
        )

    def _bound(self, row: Any, doing: str, data: Any = None) -> forms.Form:
        if doing not in self.doings:
            raise Http404
        form = self.doings[doing].form(data)
        if isinstance(form, HandOverForm):
            rows = self._colleagues(row.patient)
            form.fields["to"].queryset = rows  # type: ignore[attr-defined]
            form.fields["to"].label_from_instance = lambda member: f"{member} ({member.discipline.name})"  # type: ignore[attr-defined]
        return form

    def _colleagues(self, patient: Patient) -> Any:
        """Everybody around the patient who could take something, but for oneself."""
        everybody = ladder.people(patient, self.at)
        users = {one.member.user_id for one in everybody.memberships}
        users |= {duty.member.user_id for duty in everybody.on_call.values()}
        users |= {cover.substitute.user_id for cover in everybody.covers.values()}
        rows = Member.objects.filter(user__in=users, active=True, user__is_active=True).exclude(user=self.actor.user_id)
        return rows.select_related("user__home_site", "discipline")
