"""The admin page of disciplines."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from apps.knowledge import operations
from apps.knowledge.admin.base import display
from apps.knowledge.models import Discipline, Origin
from apps.knowledge.views import POLICY
from apps.rest.admin import HouseAdmin, Verb


class OverrideForm(forms.Form):
    """What this hospital says differently. What is left empty stays as shipped."""

    name = forms.CharField(max_length=100, required=False, widget=UnfoldAdminTextInputWidget)
    main_tasks = forms.CharField(max_length=2000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))
    hidden = forms.BooleanField(required=False, label="We do not have it", widget=UnfoldBooleanWidget)
    reason = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget)


def _own_wording(row: Discipline) -> dict[str, Any]:
    override = getattr(row, "override", None)
    return {name: getattr(override, name) for name in ("name", "main_tasks", "hidden", "reason")} if override else {}


@admin.register(Discipline)
class DisciplineAdmin(HouseAdmin):
    """Disciplines."""

    policy = POLICY
    subject = "discipline"
    add_by = staticmethod(operations.add_local_discipline)
    change_by = staticmethod(operations.change_local_discipline)
    list_display = ("here", "code", "letters", "kind", "from_where")
    list_filter = ("core", "origin", "retired")
    search_fields = ("name", "code", "letters", "override__name")
    ordering = ("-core", "name", "id")
    verbs = (
        Verb("override", "Set our own wording", operations.override_discipline, OverrideForm,
             "The shipped wording stays beside it and is never lost in an upgrade. What is left empty stays as shipped.",
             lambda row: row.origin == Origin.SHIPPED, _own_wording),
        Verb("drop", "Go back to the shipped wording", operations.drop_override, offered=lambda row: hasattr(row, "override")),
        Verb("retire", "Retire", operations.retire_local_discipline, explain="It is offered no longer; what names it stays.",
             offered=lambda row: row.origin == Origin.LOCAL and not row.retired),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the wording that holds here."""
        rows: Any = super().get_queryset(request)
        return rows.effective()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only the hospital's own can be edited; a shipped one is shown, with its own wording a verb away."""
        return super().has_change_permission(request, obj) and (obj is None or obj.origin == Origin.LOCAL)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What can be edited about an own one; all there is about a shipped one."""
        if obj is None:
            return ["code", "name", "letters", "main_tasks"]
        if obj.origin == Origin.LOCAL:
            return ["name", "letters", "main_tasks"]
        return [
            "here",
            "name",
            "shown_tasks",
            "main_tasks",
            "code",
            "letters",
            "writes_facts",
            "nudged_by",
            "cited",
            "edition",
        ]

    readonly_fields = ("here", "shown_tasks", "cited", "edition")

    @display(description="Name here", ordering="shown_name")
    def here(self, row: Discipline) -> str:
        """The name that holds here."""
        return row.shown_name

    @display(description="Tasks here")
    def shown_tasks(self, row: Discipline) -> str:
        """The tasks that hold here."""
        return row.shown_tasks or "none recorded"

    @display(description="Sources")
    def cited(self, row: Discipline) -> str:
        """Where the row comes from."""
        return ", ".join(source.key for source in row.sources.all()) or "none"

    @display(description="Kind", label={"Core team": "success", "When needed": "info"})
    def kind(self, row: Discipline) -> str:
        """Part of the team, or asked when needed."""
        return "Core team" if row.core else "When needed"

    @display(
        description="Origin",
        label={"shipped": "info", "our own wording": "warning", "our own": "warning", "retired": "danger"},
    )
    def from_where(self, row: Discipline) -> str:
        """Shipped, the hospital's wording, or the hospital's own."""
        if row.retired:
            return "retired"
        if row.origin == Origin.LOCAL:
            return "our own"
        return "our own wording" if hasattr(row, "override") else "shipped"
