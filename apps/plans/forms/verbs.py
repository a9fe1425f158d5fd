"""What is asked when something is done to a plan, a version or a review."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from apps.accounts.models import User
from apps.knowledge.models import Discipline, Prerequisite
from apps.patients.models.patient import NO_CONTROL
from apps.plans.models import PlanPolicy, ResponseReview
from apps.rest.admin import HouseForm

#: A textarea sends line ends; what is stored here is one line.
ONE_LINE: RegexValidator = NO_CONTROL


def why(limit: int) -> forms.CharField:
    """Why."""
    return forms.CharField(
        max_length=limit, label="Why", validators=[ONE_LINE], widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class ExplainForm(forms.Form):
    """Why a warning is all right here, or why a first dose need not wait."""

    reason = why(300)


class ApprovalForm(forms.Form):
    """Who approves, of those who may; and the content that they were shown."""

    approver = forms.TypedChoiceField(
        widget=UnfoldAdminSelectWidget,
        help_text="Whose approval it is: of somebody who looks after this patient and may give it.",
    )
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, initial: dict[str, Any]) -> None:
        initial = dict(initial)
        users: dict[str, User] = {str(user.pk): user for user in initial.pop("candidates")}
        super().__init__(data, initial=initial)
        field: Any = self.fields["approver"]
        field.choices = [("", "—"), *((pk, user.name) for pk, user in users.items())]
        field.coerce = lambda pk: users[pk]

    def add_error(self, field: str | None, error: Any) -> None:
        """What is said about the content stands above the form: nobody sees a hidden field."""
        super().add_error(None if field == "digest" else field, error)


class CompletionForm(forms.Form):
    """What a review has come to."""

    outcome = forms.ChoiceField(choices=ResponseReview.Outcome.choices, widget=UnfoldAdminSelectWidget)
    reason = why(500)
    step = forms.ChoiceField(
        required=False, label="To escalate: to which step", widget=UnfoldAdminSelectWidget,
        help_text="It is proposed as a new version, its new medicines without a dose.",
    )  # fmt: skip

    def __init__(self, data: Any = None, *, initial: dict[str, Any]) -> None:
        initial = dict(initial)
        steps = initial.pop("steps")
        super().__init__(data, initial=initial)
        self.fields["step"].choices = [("", "—"), *steps]  # type: ignore[attr-defined]


class PolicyForm(HouseForm):
    """What a site decides about its plans."""

    approving_disciplines = forms.MultipleChoiceField(
        widget=UnfoldAdminCheckboxSelectMultipleWidget, label="Who approves", help_text="Members of these disciplines."
    )
    options = forms.MultipleChoiceField(
        widget=UnfoldAdminCheckboxSelectMultipleWidget, required=False, label="Asked for before a first dose",
        help_text="Guidelines disagree about these; what is not ticked is not asked for here.",
    )  # fmt: skip

    class Meta:
        model = PlanPolicy
        fields = ("site", "second_approver", "approving_disciplines", "scheme", "options")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = Prerequisite.objects.active().exclude(option="").order_by("option").values_list("option", flat=True)
        choices = {
            "approving_disciplines": list(Discipline.objects.active().order_by("name").values_list("code", "name")),
            "options": [(option, option.replace("_", " ").capitalize()) for option in asked.distinct()],
        }
        for name, found in choices.items():
            if name in self.fields:
                self.fields[name].choices = found  # type: ignore[attr-defined]
