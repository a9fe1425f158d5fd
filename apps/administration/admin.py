"""The admin pages of accounts."""

from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import display

from apps.accounts import operations
from apps.accounts.actors import Actor
from apps.accounts.models import ApiToken, Holiday, RoleGrant, Site, User
from apps.accounts.permissions import Permission
from apps.administration import forms
from apps.administration.views import ACCOUNTS
from apps.rest.admin import HouseAdmin, Verb, actor_of
from apps.rest.policy import Needs

# Roles are code here; Django's groups would suggest rights that nothing looks at.
admin.site.unregister(Group)


def shown_at(at: datetime | None, site: Site) -> str:
    """An instant as the site's clocks show it, with the name of their time."""
    return at.astimezone(site.zone).strftime("%Y-%m-%d %H:%M %Z") if at else ""


@admin.register(Site)
class SiteAdmin(HouseAdmin):
    """Sites."""

    policy = ACCOUNTS
    subject = "site"
    add_by = staticmethod(operations.open_site)
    change_by = staticmethod(operations.change_site)
    list_display = ("name", "code", "time_zone", "active")
    list_filter = ("active",)
    search_fields = ("name", "code")
    ordering = ("name", "id")
    readonly_fields = ("holidays",)
    verbs = (
        Verb("holiday", "Add a holiday", operations.add_holiday, forms.HolidayForm, "A day on which this site does not work."),
    )  # fmt: skip

    def visible(self, actor: Actor) -> QuerySet[Site]:
        """The sites whose accounts one may read."""
        return Site.objects.filter(pk__in=actor.sites_where(Permission.ACCOUNTS_READ))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new site is active and has no holidays yet."""
        return ["name", "code", "time_zone"] + (["active", "holidays"] if obj else [])

    @display(description="Holidays")
    def holidays(self, row: Site) -> str:
        """Those of the site, in order."""
        return ", ".join(f"{day.on:%Y-%m-%d} {day.name}" for day in row.holidays.all()) or "none"


def _remove(*, holiday: Holiday, by: Actor, at: datetime) -> HttpResponse:
    operations.remove_holiday(holiday=holiday, by=by, at=at)
    # The row has no page any more to go back to.
    return HttpResponseRedirect(reverse("admin:accounts_holiday_changelist"))


@admin.register(Holiday)
class HolidayAdmin(HouseAdmin):
    """Holidays."""

    policy = ACCOUNTS
    subject = "holiday"
    add_by = staticmethod(operations.add_holiday)
    list_display = ("on", "name", "site")
    list_display_links = ("on", "name")
    list_filter = ("site",)
    list_select_related = ("site",)
    ordering = ("on", "id")
    fields = ("site", "on", "name")
    verbs = (Verb("remove", "Make it a working day again", _remove),)

    def visible(self, actor: Actor) -> QuerySet[Holiday]:
        """Those of the sites whose accounts one may read."""
        return Holiday.objects.filter(site__in=actor.sites_where(Permission.ACCOUNTS_READ))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only sites that one administers."""
        return super().formfield_for_foreignkey(db_field, request, **kwargs | _administered(db_field, request))


def _administered(db_field: Any, request: HttpRequest) -> dict[str, Any]:
    if db_field.remote_field.model is not Site:
        return {}
    sites = actor_of(request).sites_where(Permission.ACCOUNTS_WRITE)
    return {"queryset": Site.objects.filter(pk__in=sites)}


@admin.register(User)
class UserAdmin(HouseAdmin):
    """Accounts."""

    policy = ACCOUNTS
    subject = "user"
    add_by = staticmethod(operations.add_user)
    change_by = staticmethod(operations.change_user)
    list_display = ("name", "username", "kind", "home_site", "state")
    list_filter = ("kind", "home_site", "is_active")
    list_select_related = ("home_site",)
    search_fields = ("name", "username", "email")
    ordering = ("name", "id")
    readonly_fields = ("is_active", "logged_in", "roles")
    verbs = (
        Verb("role", "Give a role", operations.grant_role, forms.RoleForm),
        Verb("password", "Set a password", operations.set_password, forms.PasswordForm, "Their sessions end.",
             lambda row: row.kind == User.Kind.PERSON),
        Verb("deactivate", "Close the account", operations.deactivate_user, explain="Its sessions and tokens end at once.",
             offered=lambda row: row.is_active),
        Verb("reactivate", "Open the account again", operations.reactivate_user, offered=lambda row: not row.is_active),
    )  # fmt: skip

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A password is part of a new account only."""
        kwargs["form"] = forms.UserForm if obj is None else forms.ChangedUserForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The kind of an account never changes."""
        basic = ["name", "username", "email", "home_site"]
        return ["kind", *basic, "password"] if obj is None else [*basic, *self.readonly_fields]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only sites that one administers."""
        return super().formfield_for_foreignkey(db_field, request, **kwargs | _administered(db_field, request))

    @display(description="Account", label={"open": "success", "closed": "danger"})
    def state(self, row: User) -> str:
        """Open or closed."""
        return "open" if row.is_active else "closed"

    @display(description="Last logged in")
    def logged_in(self, row: User) -> str:
        """By the clocks of the home site."""
        return shown_at(row.last_login, row.home_site) or "never"

    @display(description="Roles")
    def roles(self, row: User) -> str:
        """Every role that was ever given, the newest first."""
        return "; ".join(_in_words(grant) for grant in row.grants.select_related("site")) or "none"


def _in_words(grant: RoleGrant) -> str:
    until = f" until {shown_at(grant.ends_at, grant.site)}" if grant.ends_at else ""
    return f"{grant.get_role_display()} at {grant.site} from {shown_at(grant.starts_at, grant.site)}{until}"


@admin.register(RoleGrant)
class RoleGrantAdmin(HouseAdmin):
    """Roles."""

    policy = ACCOUNTS
    subject = "grant"
    add_by = staticmethod(operations.grant_role)
    form = forms.GrantForm
    list_display = ("user", "role", "site", "begins", "ends")
    list_filter = ("role", "site")
    list_select_related = ("user", "site")
    search_fields = ("user__name", "user__username")
    ordering = ("-starts_at", "-id")
    verbs = (
        Verb("end", "End this role", operations.end_grant, forms.EndForm, offered=lambda row: row.source_id is None,
             initial=lambda row: {"site": row.site}),
    )  # fmt: skip

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is given; of one that was given, also by whom."""
        given = ["user", "site", "role"]
        return [*given, "starts_at", "ends_at"] if obj is None else [*given, "begins", "ends", "granted_by"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What was given is ended, never edited."""
        return self.get_fields(request, obj) if obj is not None else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only sites that one administers."""
        return super().formfield_for_foreignkey(db_field, request, **kwargs | _administered(db_field, request))

    @display(description="From", ordering="starts_at")
    def begins(self, row: RoleGrant) -> str:
        """By the clocks of the site."""
        return shown_at(row.starts_at, row.site)

    @display(description="Until", ordering="ends_at")
    def ends(self, row: RoleGrant) -> str:
        """By the clocks of the site."""
        return shown_at(row.ends_at, row.site) or "until further notice"


@admin.register(ApiToken)
class ApiTokenAdmin(HouseAdmin):
    """API tokens: one's own, and those of the service accounts one administers."""

    # Everybody who comes here may have tokens of their own; whose else one handles is the operation's affair.
    policy = Needs(Permission.ACCOUNTS_READ, Permission.ACCOUNTS_READ)
    subject = "token"
    add_by = staticmethod(operations.issue_token)
    form = forms.TokenForm
    list_display = ("name", "prefix", "user", "expires", "last_used", "revoked")
    list_select_related = ("user__home_site",)
    ordering = ("-created_at", "-id")
    verbs = (
        Verb("revoke", "Revoke", operations.revoke_token, explain="It ends at once.", offered=lambda row: row.revoked_at is None),
    )  # fmt: skip

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is asked for; of one that was made, all but its secret."""
        if obj is None:
            return ["user", "name", "scopes", "days"]
        return ["user", "name", "prefix", "scopes", "created_by", "created", "expires", "last_used", "revoked"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A token is made and revoked, never edited."""
        return self.get_fields(request, obj) if obj is not None else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Oneself, and the service accounts one administers."""
        if db_field.name == "user":
            actor = actor_of(request)
            services = Q(kind=User.Kind.SERVICE, home_site__in=actor.sites_where(Permission.ACCOUNTS_WRITE))
            kwargs |= {"queryset": User.objects.filter(Q(pk=actor.user_id) | services), "initial": actor.user_id}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Make the token and keep its secret for the page that shows it, once."""
        actor, asked = actor_of(request), form.cleaned_data
        at = cast("datetime", actor.at)
        token, secret = operations.issue_token(
            user=asked["user"], name=asked["name"], scopes=asked["scopes"],
            by=actor, at=at, expires_at=at + timedelta(days=asked["days"]),
        )  # fmt: skip
        obj.__dict__.update(token.__dict__)
        request.new_secret = secret  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show the secret; it is nowhere else. Django's admin keeps every page of its own out of caches."""
        secret = request.new_secret  # type: ignore[attr-defined]
        context = {**self.admin_site.each_context(request), "title": "Token made", "secret": secret, "token": obj}
        return TemplateResponse(request, "house/secret.html", context)

    @display(description="Made", ordering="created_at")
    def created(self, row: ApiToken) -> str:
        """By the clocks of its user's home site."""
        return shown_at(row.created_at, row.user.home_site)

    @display(description="Expires", ordering="expires_at")
    def expires(self, row: ApiToken) -> str:
        """By the clocks of its user's home site."""
        return shown_at(row.expires_at, row.user.home_site)

    @display(description="Last used", ordering="last_used_at")
    def last_used(self, row: ApiToken) -> str:
        """To the minute."""
        return shown_at(row.last_used_at, row.user.home_site) or "never"

    @display(description="Revoked", ordering="revoked_at")
    def revoked(self, row: ApiToken) -> str:
        """When it was, if it was."""
        return shown_at(row.revoked_at, row.user.home_site) or "no"
