"""The forms of the admin pages of teams. Times are typed and shown by the clocks of the coordinator's own site."""

import re
from datetime import time
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
)

from apps.knowledge.models import Discipline
from apps.rest.admin import HouseForm
from apps.teams.models import Member, Membership, WorkingHours
from apps.teams.operations import Hours

DAYS = {name.lower(): number for number, name in WorkingHours.WEEKDAYS}
STRETCH = re.compile(r"^([A-Za-z]+) +(\d{1,2}:\d{2}) *[-–] *(\d{1,2}:\d{2})$")


def moment(label: str, empty: str = "", *, required: bool = False) -> forms.SplitDateTimeField:
    """A date and a time of day."""
    note = f"Empty: {empty}." if empty else ""
    return forms.SplitDateTimeField(
        required=required, label=label, help_text=note, widget=UnfoldAdminSplitDateTimeWidget
    )


class EndForm(forms.Form):
    """When."""

    ends_at = moment("At", "now")


class JoinForm(forms.Form):
    """Who joins, for what, and for how long."""

    member = forms.ModelChoiceField(
        Member.objects.filter(active=True).select_related("user"), widget=UnfoldAdminSelectWidget
    )
    discipline = forms.ModelChoiceField(
        Discipline.objects.filter(retired=False),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Empty: the member's own.",
    )
    role = forms.ChoiceField(
        choices=Membership.Role.choices, initial=Membership.Role.MEMBER, widget=UnfoldAdminSelectWidget
    )
    starts_at = moment("From", "now")
    ends_at = moment("Until", "until further notice")


class RosterForm(HouseForm):
    """A cover or a duty: from now unless said, and always with an end."""

    starts_at = moment("From", "now")
    ends_at = moment("Until", required=True)


class MemberForm(HouseForm):
    """A member; working hours are typed a line each."""

    channels = forms.MultipleChoiceField(
        choices=Member.Channel.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        initial=["in_app", "email"],
    )
    working_hours = forms.CharField(
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
        help_text="A line each, such as: Monday 08:00–16:30",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["working_hours"] = "\n".join(str(hours) for hours in self.instance.working_hours.all())

    def clean_working_hours(self) -> list[Hours]:
        """The lines as stretches; ValidationError quotes the first line that is none."""
        lines = [line.strip() for line in self.cleaned_data["working_hours"].splitlines() if line.strip()]
        return [_stretch(line) for line in lines]


def _stretch(line: str) -> Hours:
    found = STRETCH.match(line)
    day = DAYS.get(found.group(1).lower()) if found else None
    if found is None or day is None:
        raise forms.ValidationError(f"“{line}” is not a weekday with a from and an until.")
    try:
        starts, ends = (time.fromisoformat(text.zfill(5)) for text in found.group(2, 3))
    except ValueError:
        raise forms.ValidationError(f"“{line}”: there is no such time of day.") from None
    return {"weekday": day, "starts": starts, "ends": ends}
