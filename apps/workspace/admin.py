"""The audit record, to read."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Subquery
from unfold.decorators import display

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.rest.admin import HouseAdmin
from apps.workspace.timeline import events_visible_to
from apps.workspace.views import AUDIT


@admin.register(AuditEvent)
class AuditEventAdmin(HouseAdmin):
    """Who did what, and who read what."""

    policy = AUDIT
    subject = "event"
    list_display = ("at", "who", "verb", "subject_type", "what_changed", "patient_id")
    list_display_links = ("at",)
    ordering = ("-at", "-id")
    search_fields = ("verb__startswith",)
    search_help_text = "Beginning of a verb, such as patients. or teams.add"

    def visible(self, actor: Actor) -> Any:
        """The part of the record that the actor may read, with the names of who acted."""
        name = User.objects.filter(pk=OuterRef("actor_id")).values("name")
        return events_visible_to(actor).annotate(actor_name=Subquery(name))

    @display(description="Who", ordering="actor_id")
    def who(self, row: Any) -> str:
        """The person's present name; careteam itself has none."""
        return row.actor_name or "careteam"

    @display(description="Changed")
    def what_changed(self, row: AuditEvent) -> str:
        """The names of the fields."""
        return ", ".join(row.changes) or (f"{len(row.read_ids)} read" if row.read_ids else "")
