"""The moves of a referral on pages of their own: one form each, for what the move is given."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from apps.accounts.models import Site
from apps.knowledge.models import Discipline
from apps.nudges import operations as nudges
from apps.nudges.models import Response
from apps.referrals import operations
from apps.referrals.models import Referral
from apps.referrals.moves import MOVES
from apps.referrals.parties import standing, who_can_have
from apps.teams.models import Member
from apps.workspace.pages.answering import AskedDoing, DeclineForm, HandOverForm
from apps.workspace.pages.forms import Deed
from apps.workspace.pages.referrals import ReferralPage

LOCAL = "%Y-%m-%dT%H:%M"


class MoveForm(forms.Form):
    """A move as it was offered: what somebody else has changed meanwhile is not overwritten."""

    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class When(forms.DateTimeField):
    """A day and a time by the person's own clock."""

    def __init__(self, label: str, **options: Any) -> None:
        widget = forms.DateTimeInput({"type": "datetime-local"}, format=LOCAL)
        super().__init__(label=label, input_formats=[LOCAL, f"{LOCAL}:%S"], widget=widget, **options)


def said(label: str, *, required: bool = True, longest: int = 1000, rows: int = 3) -> forms.CharField:
    """A field for what is said with a move."""
    return forms.CharField(label=label, required=required, max_length=longest, widget=forms.Textarea({"rows": rows}))


def asking(label: str, *, required: bool = True) -> type[MoveForm]:
    """A form that asks for words and nothing else."""
    return type("WordsForm", (MoveForm,), {"words": said(label, required=required)})


class AcceptForm(MoveForm):
    """Taking it on."""

    words = said("A word to the sender", required=False, rows=2)
    filler_number = forms.CharField(label="Your own number for it, if you have one", max_length=60, required=False)


class RerouteForm(MoveForm):
    """Where it goes instead."""

    words = said("Why does it go elsewhere?")
    to = forms.ModelChoiceField(Discipline.objects.none(), label="To", to_field_name="code")
    to_site = forms.ModelChoiceField(Site.objects.none(), label="At")
    to_member = forms.ModelChoiceField(
        Member.objects.none(), label="Somebody by name", required=False, empty_label="Whoever has time"
    )
    outside = forms.CharField(
        label="A practice outside", max_length=200, required=False,
        help_text="Where careteam is not used. A coordinator follows it up; nothing is delivered there.",
    )  # fmt: skip


class ScheduleForm(MoveForm):
    """When and where the patient will be seen."""

    starts_at = When("Day and time")
    place = forms.CharField(label="Where", max_length=200, required=False)


class RescheduleForm(ScheduleForm):
    """Another time, and why."""

    words = forms.CharField(label="Why is it moved?", max_length=500, widget=forms.Textarea({"rows": 2}))


class SeeForm(MoveForm):
    """When the patient was seen."""

    seen_at = When("When? Leave it empty for now", required=False)


class ReportForm(MoveForm):
    """The report."""

    outcome_note = said("What did you find, and what do you advise?", longest=4000, rows=8)
    filler_number = forms.CharField(label="Your own number for it, if you have one", max_length=60, required=False)


class ReviewForm(MoveForm):
    """What follows from the report."""

    review_note = said("What follows from it?", rows=4)


class AssignForm(MoveForm):
    """Who has it from now on."""

    to_member = forms.ModelChoiceField(Member.objects.none(), label="Who takes it?", empty_label="Choose somebody")
    words = said("A word to them", required=False, rows=2)


FORMS: dict[str, type[MoveForm]] = {
    "ask_information": asking("What do you need to know?"),
    "give_information": asking("Your answer"),
    "accept": AcceptForm,
    "decline": asking("Why can your department not take it?"),
    "reroute": RerouteForm,
    "schedule": ScheduleForm,
    "reschedule": RescheduleForm,
    "no_show": asking("Anything to add?", required=False),
    "cancel_visit": asking("Why is it cancelled?"),
    "see": SeeForm,
    "report": ReportForm,
    "review": ReviewForm,
    "ask_again": asking("What is still open?"),
    "cancel": asking("Why is it withdrawn?"),
    "request_cancellation": asking("Why should it end?"),
    "confirm_cancellation": asking("Anything to add?", required=False),
    "refuse_cancellation": asking("Why does it go on?"),
    "assign": AssignForm,
    "enter_in_error": asking("What was wrong?"),
}
#: What can be answered about the question itself, without moving the referral.
NOT_ME, HAND_OVER = "not-me", "hand-over"
ANSWERS = {
    NOT_ME: Deed("I cannot take it", "The next person is asked at once. The referral stays as it is.", "Pass it on", DeclineForm),
    HAND_OVER: Deed("Hand it over", "It stays yours, and the clock runs on, until they accept.", "Offer it", HandOverForm),
}  # fmt: skip


def slug(name: str) -> str:
    """A move as it stands in an address."""
    return name.replace("_", "-")


class Doing(AskedDoing, ReferralPage):
    """Every move, and passing the question on: one form each."""

    doings = {
        **{slug(name): Deed(move.label, move.meaning, move.label, FORMS.get(name, MoveForm))
           for name, move in MOVES.items() if name in operations.OPERATIONS},
        **ANSWERS,
    }  # fmt: skip

    def shown_patient(self, row: Referral) -> Any:
        """Nobody who may not see the patient reads a name."""
        return self.whom(row)

    def get(self, request: HttpRequest, id: UUID, doing: str) -> HttpResponse:  # noqa: A002 - as in every address
        """The form, while it can be done; else the page that says why not."""
        row = self.subject(id)
        if doing in self.doings and not self._offered(row, doing):
            messages.error(request, f"“{self.doings[doing].title}” cannot be done now.")
            return HttpResponseRedirect(f"{self.address}{row.pk}/")
        return self._form(row, doing, self._bound(row, doing))

    def _offered(self, row: Referral, doing: str) -> bool:
        if doing in ANSWERS:
            return self.question(row) is not None
        return doing.replace("-", "_") in standing(self.actor, self.at).actions(row)

    def do(self, row: Referral, doing: str, values: dict[str, Any]) -> None:
        """Make the move, or pass the question on."""
        if doing in ANSWERS:
            nudge = self.question(row)
            if nudge is None:
                raise Http404
            answer = nudges.decline if doing == NOT_ME else nudges.hand_over
            answer(nudge=nudge, by=self.actor, at=self.at, via=Response.Via.WEB, **values)
            return
        given = {name: value for name, value in values.items() if value not in (None, "")}
        operations.OPERATIONS[doing.replace("-", "_")](referral=row, by=self.actor, at=self.at, **given)

    def _bound(self, row: Referral, doing: str, data: Any = None) -> forms.Form:
        form = super()._bound(row, doing, data)
        for name, value in self._initial(row).items():
            if name in form.fields:
                form.fields[name].initial = value
        for name, rows in self._choices(row).items():
            if name in form.fields and not isinstance(form, HandOverForm):
                form.fields[name].queryset = rows  # type: ignore[attr-defined]
        return form

    def _initial(self, row: Referral) -> Mapping[str, Any]:
        return {"version": row.version, "to": row.to.code, "to_site": row.to_site_id, "place": ""}

    def _choices(self, row: Referral) -> Mapping[str, Any]:
        members = Member.objects.visible_to(self.actor).filter(active=True, user__is_active=True)
        members = members.select_related("user__home_site", "discipline")
        form = self.doings[self.kwargs["doing"]].form
        receiving = members.filter(pk__in=who_can_have(row, self.at).values("pk"))
        return {
            "to": Discipline.objects.filter(retired=False).order_by("name"),
            "to_site": Site.objects.filter(active=True).order_by("name"),
            "to_member": receiving if form is AssignForm else members.order_by("discipline__name", "user__name"),
        }
