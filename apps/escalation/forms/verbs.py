"""What is asked when something is done to a wording, and a site's own number."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from apps.escalation.models import SiteValue
from apps.patients.models.patient import NO_CONTROL
from apps.rest.admin import HouseForm


class SignatureForm(forms.Form):
    """A signature."""

    waiver = forms.CharField(
        max_length=300, required=False, label="Why you sign it nevertheless", validators=[NO_CONTROL],
        help_text="Needed only where not every journey and vector has passed. It is kept with your name.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )  # fmt: skip


class DayInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """A day, as the browser lets it be chosen."""

    input_type = "date"


class SinceForm(forms.Form):
    """From which day on."""

    since = forms.DateField(
        label="Since",
        widget=DayInput,
        input_formats=["%Y-%m-%d"],
        help_text="From the beginning of this day until now.",
    )

    def clean_since(self) -> datetime:
        """The beginning of the day by the clocks of the person's own site."""
        day: date = self.cleaned_data["since"]
        return datetime.combine(day, time(0), tzinfo=timezone.get_current_timezone())


class SiteValueForm(HouseForm):
    """A site's own number."""

    class Meta:
        model = SiteValue
        fields = ("criterion", "site", "name", "value", "reason", "citation")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "name" in self.fields:
            self.fields["name"].label = "Which number"
            self.fields["name"].help_text = "The name of the parameter, as the criterion's page shows it."
            self.fields["citation"].help_text = "Where the number is from, such as LP for local policy."
