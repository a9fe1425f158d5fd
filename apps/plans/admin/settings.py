"""The admin page of what a site has decided about its plans."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.accounts.actors import Actor
from apps.accounts.models import Site
from apps.accounts.permissions import Permission
from apps.plans import operations
from apps.plans.forms import PolicyForm
from apps.plans.models import PlanPolicy
from apps.rest.admin import HouseAdmin, actor_of
from apps.rest.policy import Needs


def _change(*, plan_policy: PlanPolicy, by: Actor, at: datetime, **values: Any) -> PlanPolicy:
    return operations.set_policy(site=plan_policy.site, by=by, at=at, **values)


@admin.register(PlanPolicy)
class PlanPolicyAdmin(HouseAdmin):
    """What sites have decided about their plans. A site without a row has decided nothing yet: the defaults hold."""

    policy = Needs(Permission.PLANS_POLICY, Permission.PLANS_POLICY)
    subject = "plan_policy"
    add_by = staticmethod(operations.set_policy)
    change_by = staticmethod(_change)
    form = PolicyForm
    list_display = ("site", "second_approver", "scheme")
    list_select_related = ("site",)
    ordering = ("site__name", "id")
    fields = ("site", "second_approver", "approving_disciplines", "scheme", "options")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A decision stays with its site."""
        return ("site",) if obj is not None else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only sites that one administers."""
        kwargs["queryset"] = Site.objects.filter(pk__in=actor_of(request).sites_where(Permission.PLANS_POLICY))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
