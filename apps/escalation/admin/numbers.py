"""The admin page of sites' own numbers."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.accounts.actors import Actor
from apps.accounts.models import Site
from apps.accounts.permissions import Permission
from apps.escalation import operations
from apps.escalation.admin import showing
from apps.escalation.forms import SiteValueForm
from apps.escalation.models import SiteValue
from apps.escalation.views import GOVERNED
from apps.knowledge.admin.base import display
from apps.rest.admin import HouseAdmin, Verb, actor_of

State = SiteValue.State


@admin.register(SiteValue)
class SiteValueAdmin(HouseAdmin):
    """Sites' own numbers."""

    policy = GOVERNED
    subject = "site_value"
    add_by = staticmethod(operations.propose_site_value)
    form = SiteValueForm
    list_display = ("criterion", "name", "site", "value", "standing", "proposed_by", "signed_by", "signed_at")
    list_filter = ("state", "site", "criterion")
    list_select_related = ("criterion", "site", "proposed_by", "signed_by")
    ordering = ("criterion__code", "name", "site", "-proposed_at")
    fieldsets = (
        (None, {"fields": ("criterion", "site", "name", "value", "reason", "citation")}),
        ("Governance", {"fields": ("standing", "proposed_by", "proposed_at", "signed_by", "signed_at", "ended_by", "ended_at")}),
    )  # fmt: skip
    readonly_fields = ("standing", "proposed_by", "proposed_at", "signed_by", "signed_at", "ended_by", "ended_at")
    verbs = (
        Verb("sign", "Sign", operations.sign_site_value, offered=lambda row: row.state == State.PROPOSED,
             explain="You put your name to a number that somebody else proposed. Everybody in care at the site is"
             " looked at by it now."),
        Verb("end", "End it", operations.end_site_value, offered=lambda row: row.state != State.ENDED,
             explain="What the criterion itself says counts again."),
    )  # fmt: skip

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Numbers with their criterion and site."""
        return cast("QuerySet[Any]", SiteValue.objects.visible_to(actor).select_related("criterion", "site"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is asked of a new one, and how it stands later."""
        return self.with_version(self.fieldsets if obj is not None else self.fieldsets[:1])

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Sites of one's own governance only."""
        if db_field.name == "site":
            kwargs["queryset"] = Site.objects.filter(pk__in=actor_of(request).sites_where(Permission.CRITERIA_WRITE))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @display(description="State", ordering="state")
    def standing(self, row: SiteValue) -> SafeString:
        """In a word."""
        colour = "active" if row.state == State.SIGNED else row.state
        return showing.label(colour, row.get_state_display())
