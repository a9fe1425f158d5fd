"""The admin site: its door is the same throttled login as the API's, and its own password page goes through an operation."""

from functools import update_wrapper
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.sites import UnfoldAdminSite
from unfold.widgets import UnfoldAdminPasswordWidget

from apps.accounts import operations, throttle
from apps.accounts.authentication import try_password
from apps.accounts.models import User
from apps.common import alarms
from apps.common.refusals import Refused
from apps.rest.doors import door_of, remember_device


class LoginForm(AuthenticationForm):
    """The login of the admin, throttled like the API's."""

    def clean(self) -> dict[str, Any]:
        """Set the user, or say in one sentence why not."""
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if username and password:
            assert self.request is not None  # noqa: S101 - the admin's login view passes it
            try:
                user = try_password(door_of(self.request, username), password)
            except throttle.TooManyTries as refusal:
                raise forms.ValidationError(refusal.detail) from None
            if user is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(user)
            user.backend = "apps.accounts.authentication.PeopleBackend"
            self.user_cache = user
        return self.cleaned_data

    def confirm_login_allowed(self, user: Any) -> None:
        """The admin is for coordinators and administrators."""
        if not user.is_staff:
            raise forms.ValidationError("These pages are for coordinators and administrators.")


class PasswordForm(forms.Form):
    """One's own new password."""

    old = forms.CharField(label="Present password", widget=UnfoldAdminPasswordWidget)
    password = forms.CharField(
        label="New password", widget=UnfoldAdminPasswordWidget, help_text="At least 12 characters."
    )
    again = forms.CharField(label="New password, again", widget=UnfoldAdminPasswordWidget)

    def clean_again(self) -> str:
        """Both must be the same."""
        if self.cleaned_data["again"] != self.cleaned_data.get("password"):
            raise forms.ValidationError("The two are not the same.")
        return str(self.cleaned_data["again"])


class HouseAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    """The admin of the house."""

    login_form = LoginForm
    index_title = "careteam"

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """A page of the admin, on which times are shown and typed by the clocks of the person's own site."""
        guarded = super().admin_view(view, cacheable)

        def in_home_time(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if isinstance(request.user, User):
                timezone.activate(request.user.home_site.zone)
            return guarded(request, *args, **kwargs)

        return update_wrapper(in_home_time, view)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page shows: among it whatever must not look like silence."""
        context: dict[str, Any] = super().each_context(request)
        return {**context, "alarms": alarms.sounding() if request.user.is_authenticated else []}

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Log in, and let the browser be known."""
        response: HttpResponse = super().login(request, extra_context)
        if request.method == "POST" and isinstance(request.user, User):
            remember_device(request, response, request.user.username)
        return response

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Change one's own password, by the operation that records it."""
        form = PasswordForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            actor: Any = request.actor  # type: ignore[attr-defined]
            values = {name: form.cleaned_data[name] for name in ("old", "password")}
            try:
                user = operations.change_own_password(user=cast("User", request.user), by=actor, at=actor.at, **values)
            except Refused as refusal:
                for field, rule in refusal.errors.items():
                    form.add_error(field, rule)
            else:
                update_session_auth_hash(request, user)
                messages.success(request, "Your password was changed. Other sessions were ended.")
                return redirect("admin:index")
        context = {
            **self.each_context(request),
            "title": "Change your password",
            "form": form,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "house/verb.html", context)
