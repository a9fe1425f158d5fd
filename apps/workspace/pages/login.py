"""Logging in and out, by the same throttled door as everywhere."""

from typing import Any, cast

from django import forms
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from apps.accounts import throttle
from apps.accounts.authentication import try_password
from apps.accounts.models import User
from apps.rest.doors import door_of, remember_device
from apps.rest.policy import Public, SignedIn
from apps.workspace.pages.base import Page


class LoginForm(forms.Form):
    """Name and password."""

    username = forms.CharField(max_length=80, label="User name", widget=forms.TextInput({"autocomplete": "username"}))
    password = forms.CharField(
        max_length=200, widget=forms.PasswordInput({"autocomplete": "current-password"}), strip=False
    )


class Login(Page):
    """The log-in of members."""

    policy = Public("Whoever logs in is not signed in yet; tries are throttled.")
    template = "workspace/login.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form; whoever is signed in goes on."""
        if request.user.is_authenticated:
            return HttpResponseRedirect(self._next())
        return self.show(form=LoginForm(), next=self._next())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign in and go where one was going."""
        form = LoginForm(request.POST)
        user = self._user(form) if form.is_valid() else None
        if user is None:
            return self.show(form=form, next=self._next(), status=200 if form.errors else 401)
        login(request, user, backend="apps.accounts.authentication.PeopleBackend")
        response = HttpResponseRedirect(self._next())
        remember_device(request, response, user.username)
        return response

    def _user(self, form: LoginForm) -> User | None:
        name, password = form.cleaned_data["username"].strip().lower(), form.cleaned_data["password"]
        try:
            user = try_password(door_of(self.request, name), password)
        except throttle.TooManyTries as refusal:
            form.add_error(None, refusal.detail)
            return None
        if user is None:
            form.add_error(None, "This user name and password do not fit together.")
        return user

    def _next(self) -> str:
        wanted = str(self.request.POST.get("next") or self.request.GET.get("next") or "")
        safe = url_has_allowed_host_and_scheme(wanted, {self.request.get_host()}, self.request.is_secure())
        return wanted if safe else "/inbox/"


class Logout(Page):
    """The way out."""

    policy = SignedIn("Everybody may leave.")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign out."""
        logout(request)
        return HttpResponseRedirect("/login/")


class Home(Page):
    """The front door: members to their inbox, coordinators to the admin."""

    policy = Public("Leads on, and shows nothing.")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Lead on."""
        user = cast("Any", request.user)
        if not user.is_authenticated:
            return HttpResponseRedirect("/login/")
        return HttpResponseRedirect("/admin/" if user.is_staff else "/inbox/")
