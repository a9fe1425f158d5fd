"""The form on which a referral is written, with the patient's newest facts to tick."""

from typing import Any

from django import forms

from apps.accounts.models import Site
from apps.knowledge.models import ReferralReason
from apps.patients.models import Patient
from apps.referrals.facts import Known, newest
from apps.referrals.models import Referral
from apps.teams.models import Member

Urgency = Referral.Urgency


class ReferralForm(forms.Form):
    """What a referral says."""

    question = forms.CharField(label="What do you ask?", max_length=1000, widget=forms.Textarea({"rows": 5}))
    urgency = forms.ChoiceField(choices=Urgency.choices)
    patient_informed = forms.BooleanField(label="The patient knows of it", required=False)
    facts = forms.MultipleChoiceField(
        label="What goes along", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="As it is now; what is ticked stays readable there as it was.",
    )  # fmt: skip
    to_site = forms.ModelChoiceField(Site.objects.none(), label="At")
    to_member = forms.ModelChoiceField(
        Member.objects.none(), label="Somebody by name", required=False, empty_label="Whoever has time"
    )
    outside = forms.CharField(
        label="A practice outside", max_length=200, required=False,
        help_text="Where careteam is not used. A coordinator follows it up; nothing is delivered there.",
    )  # fmt: skip
    target_on = forms.DateField(
        label="To be seen by", required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="Only where it differs from the usual time of this reason.",
    )  # fmt: skip
    placer_number = forms.CharField(label="Your own number for it, if you have one", max_length=60, required=False)
    beside_open = forms.BooleanField(
        label="Send another one beside the open one", required=False,
        help_text="There is an open referral for this reason already.",
    )  # fmt: skip


def bound(
    patient: Patient, reason: ReferralReason, present: bool, data: Any = None, initial: Any = None
) -> ReferralForm:
    """The form for a patient and a reason; `present` says that one for this reason is open."""
    form = ReferralForm(data, initial=initial)
    members = Member.objects.filter(discipline=reason.to_id, active=True, user__is_active=True)
    choices: dict[str, Any] = {
        "to_site": Site.objects.filter(active=True),
        "to_member": members.select_related("user__home_site"),
    }
    for name, rows in choices.items():
        form.fields[name].queryset = rows  # type: ignore[attr-defined]
    form.fields["to_member"].label_from_instance = lambda one: f"{one} ({one.user.home_site.name})"  # type: ignore[attr-defined]
    # What is ticked already is offered although something newer is there.
    facts = newest(patient, (initial or {}).get("facts", ()))
    form.fields["facts"].choices = [(str(one.id), f"{one.words}, {_day(patient, one)}") for one in facts]  # type: ignore[attr-defined]
    if not present:
        del form.fields["beside_open"]
    if not facts:
        del form.fields["facts"]
    return form


def _day(patient: Patient, fact: Known) -> str:
    on = patient.site.local_date(fact.effective_at)
    return f"{on.day} {on:%B %Y}"
