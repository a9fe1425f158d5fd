"""The filters of this room's lists."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from django_filters.filterset import FilterSetMetaclass

from apps.accounts.models import ApiToken, Holiday, RoleGrant, Site, User
from apps.accounts.permissions import Role
from apps.common.clock import AppNow
from apps.common.models import active_at

ROLES = [(role.value, role.value) for role in Role]


class SiteFilter(filters.FilterSet):
    """Sites."""

    code = filters.CharFilter(max_length=40)
    active = filters.BooleanFilter()

    class Meta:
        model = Site
        fields = ["code", "active"]


class _HolidaysOfSite(filters.FilterSet):
    site = filters.UUIDFilter(field_name="site_id")
    to = filters.DateFilter(field_name="on", lookup_expr="lte", help_text="the last day asked for")

    class Meta:
        model = Holiday
        fields = ["site", "to"]


# "from" is a word of Python's own and cannot be written as a class attribute.
HolidayFilter = FilterSetMetaclass(
    "HolidayFilter",
    (_HolidaysOfSite,),
    {
        "__doc__": "Holidays of a site, between two days, both of them included.",
        "__module__": __name__,
        "from": filters.DateFilter(field_name="on", lookup_expr="gte", help_text="the first day asked for"),
    },
)


class UserFilter(filters.FilterSet):
    """Accounts; `search` is a part of a name (of staff, not of patients)."""

    kind = filters.ChoiceFilter(choices=User.Kind.choices)
    home_site = filters.UUIDFilter(field_name="home_site_id")
    is_active = filters.BooleanFilter()
    username = filters.CharFilter(max_length=80)
    search = filters.CharFilter(field_name="name", lookup_expr="icontains", max_length=100)

    class Meta:
        model = User
        fields = ["kind", "home_site", "is_active", "username", "search"]


class RoleGrantFilter(filters.FilterSet):
    """Role grants; `in_force=true` asks for those that hold at the moment of the request."""

    user = filters.UUIDFilter(field_name="user_id")
    site = filters.UUIDFilter(field_name="site_id")
    role = filters.ChoiceFilter(choices=ROLES)
    in_force = filters.BooleanFilter(method="filter_in_force")

    class Meta:
        model = RoleGrant
        fields = ["user", "site", "role", "in_force"]

    def filter_in_force(self, rows: QuerySet[RoleGrant], _name: str, value: bool) -> QuerySet[RoleGrant]:
        """Those whose period holds now, or, when false, all others."""
        held: Any = active_at(AppNow())
        return rows.filter(held) if value else rows.exclude(held)


class ApiTokenFilter(filters.FilterSet):
    """Tokens."""

    user = filters.UUIDFilter(field_name="user_id")
    revoked = filters.BooleanFilter(field_name="revoked_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = ApiToken
        fields = ["user", "revoked"]
