"""The admin pages of nudges: what waits for whom, and what could not be delivered."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission, Role
from apps.nudges import operations
from apps.nudges.models import BrokenAddress, Nudge
from apps.nudges.views import POLICY
from apps.patients.models import Patient
from apps.rest.admin import HouseAdmin, Verb
from apps.rest.policy import Needs


@admin.register(Nudge)
class NudgeAdmin(HouseAdmin):
    """Questions to people. What happened stands on the page of the matter."""

    policy = POLICY
    subject = "nudge"
    patient_field = "patient_id"
    list_display = ("title", "patient", "pressing", "standing", "owner", "acknowledge_by", "act_by")
    list_filter = ("state", "severity", "topic")
    list_select_related = ("patient", "owner")
    ordering = ("-opened_at", "-id")
    fields = (
        "patient", "title", "topic", "severity", "state", "owner", "offered_to", "discipline", "step", "round", "opened_at",
        "acknowledge_by", "act_by", "next_step_at", "acknowledged_at", "ended_at", "end_reason",
    )  # fmt: skip
    verbs = (
        Verb(
            "take",
            "Take it",
            operations.acknowledge,
            explain="You say that you have it; nobody else is asked until the time to act has passed.",
            offered=lambda row: row.waits_for_answer,
        ),
    )

    def visible(self, actor: Actor) -> QuerySet[Nudge]:
        """Those about patients that the actor may see: unlike a list of the API, these pages name them."""
        return Nudge.objects.filter(patient__in=Patient.objects.visible_to(actor).values("pk"))

    @display(
        description="Severity",
        ordering="severity",
        label={"Emergency": "danger", "Urgent": "warning", "Routine": "info", "For information": "info"},
    )
    def pressing(self, row: Nudge) -> str:
        """In words."""
        return row.get_severity_display()

    @display(
        description="State",
        ordering="state",
        label={
            "Open": "warning", "Acknowledged": "info", "Nobody left to ask": "danger", "Actioned": "success",
            "Cancelled": "info",
        },
    )  # fmt: skip
    def standing(self, row: Nudge) -> str:
        """In words."""
        return row.get_state_display()


@admin.register(BrokenAddress)
class BrokenAddressAdmin(HouseAdmin):
    """Addresses that refuse mail: whoever has one is not asked over it."""

    policy = Needs(Permission.TEAMS_READ, Permission.TEAMS_WRITE)
    subject = "broken"
    list_display = ("user", "channel", "address", "since", "reason")
    list_select_related = ("user",)
    ordering = ("-since",)
    verbs = (
        Verb(
            "try",
            "Try it again",
            operations.try_address_again,
            explain="Say that the address works again: its owner is asked over it from now on.",
        ),
    )

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Those of people at home at sites that the actor coordinates."""
        return BrokenAddress.objects.filter(user__home_site__in=actor.roles.get(Role.COORDINATOR, frozenset()))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """For coordinators."""
        return Role.COORDINATOR in request.actor.roles  # type: ignore[attr-defined]
