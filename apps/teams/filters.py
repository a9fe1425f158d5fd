"""The filters of this room's lists. `in_force=true` asks for what holds at the moment of the request."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from apps.common.clock import AppNow
from apps.teams.models import CareTeam, Cover, Member, Membership, OnCall


class PeriodFilter(filters.FilterSet):
    """Rows with a period."""

    in_force = filters.BooleanFilter(method="filter_in_force")

    def filter_in_force(self, rows: QuerySet[Any], _name: str, value: bool) -> Any:
        """Those whose period holds now, or, when false, all others."""
        model: Any = rows.model
        held = model.objects.in_force(AppNow()).values("pk")
        return rows.filter(pk__in=held) if value else rows.exclude(pk__in=held)


class MemberFilter(filters.FilterSet):
    """Members; `name` is the beginning of any part of a name (of staff, not of patients)."""

    discipline = filters.UUIDFilter(field_name="discipline_id")
    home_site = filters.UUIDFilter(field_name="user__home_site_id")
    user = filters.UUIDFilter(field_name="user_id")
    active = filters.BooleanFilter()
    search = filters.CharFilter(field_name="user__name", lookup_expr="icontains", max_length=100)

    class Meta:
        model = Member
        fields = ["discipline", "home_site", "user", "active", "search"]


class CareTeamFilter(filters.FilterSet):
    """Care teams."""

    patient = filters.UUIDFilter(field_name="patient_id")
    status = filters.ChoiceFilter(choices=CareTeam.Status.choices)

    class Meta:
        model = CareTeam
        fields = ["patient", "status"]


class MembershipFilter(PeriodFilter):
    """Memberships."""

    care_team = filters.UUIDFilter(field_name="care_team_id")
    patient = filters.UUIDFilter(field_name="care_team__patient_id")
    member = filters.UUIDFilter(field_name="member_id")
    discipline = filters.UUIDFilter(field_name="discipline_id")
    role = filters.ChoiceFilter(choices=Membership.Role.choices)

    class Meta:
        model = Membership
        fields = ["care_team", "patient", "member", "discipline", "role", "in_force"]


class CoverFilter(PeriodFilter):
    """Covers."""

    member = filters.UUIDFilter(field_name="member_id")
    substitute = filters.UUIDFilter(field_name="substitute_id")

    class Meta:
        model = Cover
        fields = ["member", "substitute", "in_force"]


class OnCallFilter(PeriodFilter):
    """Duties."""

    site = filters.UUIDFilter(field_name="site_id")
    discipline = filters.UUIDFilter(field_name="discipline_id")
    member = filters.UUIDFilter(field_name="member_id")

    class Meta:
        model = OnCall
        fields = ["site", "discipline", "member", "in_force"]
