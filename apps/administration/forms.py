"""The forms of the admin pages. Times are typed and shown as they are at the site concerned."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDateWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
)

from apps.accounts.models import Site
from apps.administration.serializers import GIVEN, PASSWORD, SCOPES
from apps.rest.admin import HouseForm

LONGEST_DAYS = 365


def at_site(typed: datetime | None, site: Site) -> datetime | None:
    """The instant at which the site's clocks show what was typed.

    Raises ValidationError for a time that the change to summer time skips or that its end repeats.
    """
    if typed is None:
        return None
    with timezone.override(site.zone):
        return forms.utils.from_current_timezone(typed.replace(tzinfo=None))


def _when(label: str, empty: str) -> forms.SplitDateTimeField:
    return forms.SplitDateTimeField(
        required=False,
        label=label,
        help_text=f"By the clocks of the site. Empty: {empty}.",
        widget=UnfoldAdminSplitDateTimeWidget,
    )


class InSiteTime(forms.Form):
    """A form whose times are meant as the site's clocks show them."""

    times: tuple[str, ...] = ("starts_at", "ends_at")

    def site(self) -> Site | None:
        """The site that was chosen."""
        return self.cleaned_data.get("site")

    def clean(self) -> dict[str, Any]:
        """Read the times at the site."""
        cleaned = super().clean() or self.cleaned_data
        site = self.site()
        for name in self.times:
            if site is None or name not in cleaned:
                continue
            try:
                cleaned[name] = at_site(cleaned[name], site)
            except forms.ValidationError as error:
                self.add_error(name, error)
        return cleaned


class HolidayForm(forms.Form):
    """A day and its name."""

    on = forms.DateField(label="Day", widget=UnfoldAdminDateWidget)
    name = forms.CharField(max_length=100, widget=UnfoldAdminTextInputWidget)


class PasswordForm(forms.Form):
    """A new password for somebody."""

    password = forms.CharField(
        max_length=PASSWORD, strip=False, widget=UnfoldAdminPasswordWidget, help_text="At least 12 characters."
    )


class RoleForm(InSiteTime):
    """A role at a site, for the person whose page this is."""

    site = forms.ModelChoiceField(Site.objects.filter(active=True), widget=UnfoldAdminSelectWidget)  # type: ignore[assignment]
    role = forms.ChoiceField(choices=GIVEN, widget=UnfoldAdminSelectWidget)
    starts_at = _when("From", "now")
    ends_at = _when("Until", "until further notice")


class GrantForm(InSiteTime, HouseForm):
    """A role at a site."""

    role = forms.ChoiceField(choices=GIVEN, widget=UnfoldAdminSelectWidget)
    starts_at = _when("From", "now")
    ends_at = _when("Until", "until further notice")


class EndForm(InSiteTime):
    """When a role ends; the site is that of the grant."""

    times = ("ends_at",)
    ends_at = _when("At", "now")

    def site(self) -> Site | None:
        """The site of the grant."""
        return self.initial.get("site")


class UserForm(HouseForm):
    """A new account, which may have a first password."""

    password = forms.CharField(
        max_length=PASSWORD,
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget,
        help_text="For a person only; at least 12 characters. It can be set later.",
    )

    def clean_username(self) -> str:
        """Names of accounts are kept in lower case."""
        return str(self.cleaned_data["username"]).strip().lower()


class ChangedUserForm(HouseForm):
    """An account."""

    clean_username = UserForm.clean_username


class TokenForm(HouseForm):
    """A token for oneself or for a service account."""

    scopes = forms.MultipleChoiceField(
        choices=SCOPES, widget=UnfoldAdminCheckboxSelectMultipleWidget, help_text="What the program may do."
    )
    days = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_DAYS,
        initial=90,
        label="Days until it expires",
        widget=UnfoldAdminIntegerFieldWidget,
    )
