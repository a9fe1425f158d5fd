"""What the admin pages of referrals ask: the referral itself, which facts go along, and what each move needs."""

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from apps.accounts.actors import Actor
from apps.accounts.models import Site
from apps.knowledge.models import Discipline
from apps.plans.serializers.fields import FIRST_YEAR, LAST_YEAR
from apps.referrals.models import Referral
from apps.rest.admin import HouseForm, limit_choices
from apps.teams.models import Member

OWN_CLOCKS = "By the clocks of your own site."


class OneLine(forms.CharField):
    """Words that are kept as one line; a line end that was typed becomes a blank."""

    def to_python(self, value: Any) -> Any:
        """The words with single blanks."""
        return " ".join((super().to_python(value) or "").split())


class OfStaff(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A colleague, with the discipline and the place that tell them from others of that name."""

    def __init__(self, **options: Any) -> None:
        rows = Member.objects.filter(active=True, user__is_active=True).select_related("user__home_site", "discipline")
        super().__init__(rows, widget=UnfoldAdminSelectWidget, **options)

    def label_from_instance(self, obj: Any) -> str:
        """Name, discipline and home site."""
        return f"{obj.user.name} ({obj.discipline.name}, {obj.user.home_site.name})"


def area(limit: int, label: str, *, rows: int = 3, required: bool = True, help_text: str = "") -> forms.CharField:
    """Words of several lines."""
    return forms.CharField(
        max_length=limit, label=label, required=required, help_text=help_text,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": rows}),
    )  # fmt: skip


def line(limit: int, label: str, *, required: bool = False, rows: int = 0, help_text: str = "") -> forms.CharField:
    """Words of one line, in a field of several `rows` where they may be many."""
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows}) if rows else UnfoldAdminTextInputWidget()
    return OneLine(max_length=limit, label=label, required=required, widget=widget, help_text=help_text)


def hold_to_calendar(day: date) -> None:
    """Refuse a year in which nobody is treated, as the API does; at its edge no calendar counts on."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise forms.ValidationError(f"A year from {FIRST_YEAR} to {LAST_YEAR}.")


def moment(label: str, help_text: str, *, required: bool = True) -> forms.SplitDateTimeField:
    """A date and a time of day."""
    return forms.SplitDateTimeField(
        label=label, required=required, help_text=help_text, widget=UnfoldAdminSplitDateTimeWidget,
        validators=[hold_to_calendar],
    )  # fmt: skip


class ReferralForm(HouseForm):
    """A referral that is written. What a new one leaves empty is filled in from its reason."""

    #: Who writes; set by the page.
    actor: ClassVar[Actor | None] = None
    FROM_REASON: ClassVar[dict[str, str]] = {
        "question": "Empty: the one of the reason.", "urgency": "Empty: that of the reason.",
        "to": "Empty: whom the reason names.", "to_site": "Empty: the patient's own.",
    }  # fmt: skip

    question = line(1000, "Question", rows=3)
    to_member = OfStaff(
        label="To somebody by name", required=False,
        help_text="Of the receiving discipline at that site. Empty: whoever of them can be asked.",
    )  # fmt: skip

    class Meta:
        model = Referral
        fields = ("patient", "reason", "urgency", "to", "to_site", "outside", "patient_informed", "placer_number",
                  "filler_number", "target_on")  # fmt: skip

        labels: ClassVar = {
            "target_on": "Target of your own", "placer_number": "Sender's number", "filler_number": "Receiver's number",
            "outside": "Outside practice",
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        new = self.instance._state.adding
        for name in self.FROM_REASON.keys() & self.fields.keys():
            self.fields[name].required = not new
            if new:
                self.fields[name].help_text = self.FROM_REASON[name]
        if "target_on" in self.fields:
            self.fields["target_on"].validators.append(hold_to_calendar)
        if self.actor is not None:
            limit_choices(self, self.actor)


class NewReferralForm(ReferralForm):
    """A new one, with in whose name it is written and whether it is sent at once."""

    in_name_of = OfStaff(
        label="In the name of", required=False,
        help_text="The colleague who asks, and will read the report. Empty: yourself.",
    )  # fmt: skip
    beside_open = forms.BooleanField(
        required=False, label="Beside one that is open", widget=UnfoldBooleanWidget,
        help_text="There is an open referral for this reason, and this one is meant beside it.",
    )  # fmt: skip
    send = forms.BooleanField(
        required=False, label="Send at once", widget=UnfoldBooleanWidget,
        help_text="Otherwise it stays a draft, to which facts can be attached before it is sent.",
    )  # fmt: skip


class FactsForm(forms.Form):
    """Which facts go along."""

    facts = forms.TypedMultipleChoiceField(
        required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="The newest of each kind that stands. They go along as they are now, whatever becomes of them.",
    )  # fmt: skip

    def __init__(self, data: Any = None, *, initial: dict[str, Any]) -> None:
        initial = dict(initial)
        known = {str(one.id): one for one in initial.pop("known")}
        super().__init__(data, initial=initial)
        field: Any = self.fields["facts"]
        field.choices = [
            (pk, f"{one.words} ({timezone.localtime(one.effective_at):%Y-%m-%d})") for pk, one in known.items()
        ]
        field.coerce = lambda pk: known[pk].id


class SaidForm(forms.Form):
    """What is said with a move, where that is not needed."""

    words = area(1000, "Remark", required=False)


class WhyForm(forms.Form):
    """Why."""

    words = area(1000, "Why")


class AskForm(forms.Form):
    """What the receiving side needs to know."""

    words = area(1000, "What you need to know")


class AnswerForm(forms.Form):
    """What was asked for."""

    words = area(1000, "Your answer")


class StillOpenForm(forms.Form):
    """What a report left open."""

    words = area(1000, "What is still open")


class AcceptForm(SaidForm):
    """Taking it on."""

    filler_number = line(60, "Your number for it")


class RerouteForm(forms.Form):
    """Where it goes instead, and why."""

    to = forms.ModelChoiceField(
        Discipline.objects.effective().active().order_by("name"), label="To", widget=UnfoldAdminSelectWidget
    )
    to_site = forms.ModelChoiceField(
        Site.objects.filter(active=True).order_by("name"), label="At", widget=UnfoldAdminSelectWidget
    )
    to_member = OfStaff(label="To somebody by name", required=False)
    outside = line(200, "Outside practice", help_text="A practice or clinic without careteam; you make its moves.")
    words = area(1000, "Why")


class BookForm(forms.Form):
    """When and where the patient will be seen."""

    starts_at = moment("When", OWN_CLOCKS)
    place = line(200, "Where")


class RebookForm(BookForm):
    """Another time, and why."""

    words = line(500, "Why", required=True, rows=2)


class NoShowForm(forms.Form):
    """That the patient did not come."""

    words = line(500, "Remark", rows=2)


class CancelVisitForm(forms.Form):
    """Why a visit does not take place."""

    words = line(500, "Why", required=True, rows=2)


class SeenForm(forms.Form):
    """When the patient was seen."""

    seen_at = moment("When", f"Empty: now. {OWN_CLOCKS}", required=False)


class ReportForm(forms.Form):
    """The report."""

    outcome_note = area(4000, "Report", rows=8, help_text="What was found, and what you advise.")
    filler_number = line(60, "Your number for it")


class ReviewForm(forms.Form):
    """What follows from the report."""

    review_note = line(1000, "What follows from the report", required=True, rows=3)


class AssignForm(SaidForm):
    """Who has it from now on, of those who can."""

    to_member = OfStaff(label="To")
    field_order = ("to_member", "words")

    def __init__(self, data: Any = None, *, initial: dict[str, Any]) -> None:
        initial = dict(initial)
        candidates = initial.pop("candidates")
        super().__init__(data, initial=initial)
        field: Any = self.fields["to_member"]
        field.queryset = field.queryset.filter(pk__in=candidates)


#: What each move asks for, by its name; a move that is not in here asks for nothing.
FORMS: dict[str, type[forms.Form]] = {
    "ask_information": AskForm, "give_information": AnswerForm, "accept": AcceptForm, "decline": WhyForm,
    "reroute": RerouteForm, "schedule": BookForm, "reschedule": RebookForm, "no_show": NoShowForm,
    "cancel_visit": CancelVisitForm, "see": SeenForm, "report": ReportForm, "review": ReviewForm, "ask_again": StillOpenForm,
    "cancel": WhyForm, "request_cancellation": WhyForm, "confirm_cancellation": SaidForm, "refuse_cancellation": WhyForm,
    "assign": AssignForm, "enter_in_error": WhyForm,
}  # fmt: skip
