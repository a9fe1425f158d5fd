"""The admin pages of teams."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from apps.patients.admin import ReasonForm
from apps.patients.models import Patient
from apps.rest.admin import HouseAdmin, Verb, offer_link
from apps.teams import operations
from apps.teams.forms import EndForm, JoinForm, MemberForm, RosterForm
from apps.teams.models import CareTeam, Cover, Member, Membership, OnCall
from apps.teams.views import OWN_POLICY, POLICY, TEAM_POLICY

CELL = '<td class="py-1 pr-4">{}</td>'
PERSON = (
    '<tr class="border-b border-base-200 dark:border-base-800"><td class="py-1 pr-4">'
    f'<a class="text-primary-600" href="{{}}">{{}}</a></td>{CELL * 3}</tr>'
)


def _when(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


class NeverEdited(HouseAdmin):
    """The base of pages of rows that are added and ended, never edited."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(Member)
class MemberAdmin(HouseAdmin):
    """Members."""

    policy = OWN_POLICY
    subject = "member"
    add_by = staticmethod(operations.add_member)
    change_by = staticmethod(operations.change_member)
    form = MemberForm
    list_display = ("name", "discipline", "home_site", "reached_by", "state")
    list_filter = ("discipline", "user__home_site", "active")
    list_select_related = ("user__home_site", "discipline")
    search_fields = ("user__name", "user__username")
    ordering = ("user__name", "id")
    autocomplete_fields = ("user",)
    verbs = (
        Verb("deactivate", "No longer in care teams", operations.deactivate_member, offered=lambda row: row.active),
        Verb("reactivate", "In care teams again", operations.reactivate_member, offered=lambda row: not row.active),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The person of a member never changes."""
        hours = [("quiet_from", "quiet_until"), "working_hours"]
        return (["user"] if obj is None else ["name"]) + ["discipline", "channels", "time_zone", *hours]

    readonly_fields = ("name",)

    @display(description="Name", ordering="user__name")
    def name(self, row: Member) -> str:
        """The person's name."""
        return row.user.name

    @display(description="Home site", ordering="user__home_site__name")
    def home_site(self, row: Member) -> str:
        """Where the person is at home."""
        return row.user.home_site.name

    @display(description="Reached by")
    def reached_by(self, row: Member) -> str:
        """The channels."""
        labels = dict(Member.Channel.choices)
        return ", ".join(str(labels[channel]) for channel in row.channels) or "nothing: nobody can ask them"

    @display(description="State", label={"active": "success", "not active": "danger"})
    def state(self, row: Member) -> str:
        """Whether they work in care teams."""
        return "active" if row.active and row.user.is_active else "not active"


@admin.register(CareTeam)
class CareTeamAdmin(HouseAdmin):
    """Care teams."""

    policy = TEAM_POLICY
    subject = "care_team"
    add_by = staticmethod(operations.form_care_team)
    change_by = staticmethod(operations.rename_care_team)
    patient_field = "patient_id"
    raw_id_fields = ("patient",)
    list_display = ("patient", "name", "shown_status", "opened_at")
    list_display_links = ("patient",)
    list_filter = ("status", "patient__site")
    list_select_related = ("patient",)
    ordering = ("-opened_at", "-id")
    readonly_fields = ("of", "status", "opened_at", "closed_at", "closed_reason", "people")
    verbs = (
        Verb("join", "Add a member", operations.add_to_team, JoinForm,
             "They see the patient from the moment given until they leave, and not a minute longer.",
             lambda row: row.status == CareTeam.Status.ACTIVE),
        Verb("close", "Close the team", operations.close_care_team, ReasonForm, "Every membership ends now.",
             lambda row: row.status == CareTeam.Status.ACTIVE),
    )  # fmt: skip

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new team needs its patient; an old one shows who belongs to it."""
        if obj is None:
            return ["patient", "name"]
        closed = ["closed_at", "closed_reason"] if obj.closed_at else []
        return ["of", "name", "people", ("status", "opened_at"), *closed]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A closed team is history."""
        return super().has_change_permission(request, obj) and (obj is None or obj.status == CareTeam.Status.ACTIVE)

    @display(description="Patient")
    def of(self, row: CareTeam) -> SafeString:
        """The patient, with the way to their page."""
        return format_html('<a class="text-primary-600" href="{}">{}</a>', address(row.patient), row.patient)

    @display(description="Status", label={"Active": "success", "Closed": "info"})
    def shown_status(self, row: CareTeam) -> str:
        """In words."""
        return row.get_status_display()

    @display(description="People")
    def people(self, row: CareTeam) -> SafeString | str:
        """Everybody who belongs to the team, did, or will; each with the way to their membership."""
        rows = row.memberships.select_related("member__user", "discipline").order_by("discipline__name", "starts_at")
        shown = format_html_join(
            "", PERSON, ((address(m), m.member, m.discipline, m.get_role_display(), _period(m)) for m in rows)
        )
        return format_html('<table class="w-full">{}</table>', shown) if shown else "nobody yet"


def address(row: Any) -> str:
    """The address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def _period(row: Any) -> str:
    return f"{_when(row.starts_at)} – {_when(row.ends_at) or 'further notice'}"


@admin.register(Membership)
class MembershipAdmin(NeverEdited):
    """Memberships."""

    policy = TEAM_POLICY
    subject = "membership"
    patient_field = "care_team.patient_id"
    list_display = ("member", "discipline", "role", "care_team", "starts_at", "ends_at")
    list_filter = ("role", "discipline")
    list_select_related = ("member__user", "discipline", "care_team__patient")
    search_fields = ("member__user__name",)
    ordering = ("-starts_at", "-id")
    fields = ("care_team", "member", "discipline", "role", "starts_at", "ends_at")
    verbs = (
        Verb("end", "Let them leave", operations.end_membership, EndForm, "They see the patient until then."),
        Verb("lead", "Make them the lead", operations.make_lead, forms.Form,
             "The present lead of the discipline stays as a member.", lambda row: row.role != Membership.Role.LEAD),
    )  # fmt: skip


class RosterAdmin(NeverEdited):
    """The base of covers and duties."""

    form = RosterForm
    ordering = ("-starts_at", "-id")


@admin.register(Cover)
class CoverAdmin(RosterAdmin):
    """Covers."""

    policy = OWN_POLICY
    subject = "cover"
    add_by = staticmethod(operations.set_cover)
    list_display = ("member", "substitute", "reason", "starts_at", "ends_at")
    list_select_related = ("member__user", "substitute__user")
    search_fields = ("member__user__name", "substitute__user__name")
    autocomplete_fields = ("member", "substitute")
    fields = ("member", "substitute", "reason", "starts_at", "ends_at")
    verbs = (Verb("end", "End it earlier", operations.end_cover, EndForm),)


@admin.register(OnCall)
class OnCallAdmin(RosterAdmin):
    """Duties."""

    policy = POLICY
    subject = "on_call"
    add_by = staticmethod(operations.put_on_call)
    list_display = ("site", "discipline", "member", "starts_at", "ends_at")
    list_filter = ("site", "discipline")
    list_select_related = ("site", "discipline", "member__user")
    autocomplete_fields = ("member",)
    fields = ("site", "discipline", "member", "starts_at", "ends_at")
    verbs = (Verb("end", "End it earlier", operations.end_on_call, EndForm),)


def _care_team_of(patient: Patient) -> tuple[str, str] | None:
    team = patient.care_teams.filter(status=CareTeam.Status.ACTIVE).first()
    if team is not None:
        return "Care team", address(team)
    if patient.status != Patient.Status.ACTIVE:
        return None
    return "Form a care team", f"{reverse('admin:teams_careteam_add')}?patient={patient.pk}"


offer_link(Patient, _care_team_of)
