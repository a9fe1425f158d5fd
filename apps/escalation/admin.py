"""The admin pages of criteria: read by whoever may, signed and switched on by clinical governance."""

from django import forms
from django.contrib import admin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.escalation import operations
from apps.escalation.models import CriterionVersion
from apps.escalation.views import GOVERNED
from apps.rest.admin import HouseAdmin, Verb

State = CriterionVersion.State


class SignatureForm(forms.Form):
    """A signature."""

    waiver = forms.CharField(
        max_length=300,
        label="Why without tests",
        help_text="The tests of this wording have not been run: say why you sign it nevertheless.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )


@admin.register(CriterionVersion)
class CriterionVersionAdmin(HouseAdmin):
    """Wordings of criteria."""

    policy = GOVERNED
    subject = "criterion_version"
    list_display = ("code", "number", "name", "pressing", "standing", "signed_by", "active_from")
    list_filter = ("state", "criterion__group", "severity")
    list_select_related = ("criterion", "signed_by")
    ordering = ("criterion__code", "-number")
    fieldsets = (
        (None, {"fields": ("criterion", "number", "name", "state")}),
        ("When", {"fields": ("when", "severity", "variants", "clears", "excludes", "parameters")}),
        ("Who", {"fields": ("asks", "informs", "acknowledge_within", "act_within", "advice")}),
        ("Where it comes from", {"fields": ("citations", "origin", "author", "written_at")}),
        ("Governance", {"fields": ("signed_by", "signed_at", "waiver", "active_from", "active_until")}),
    )
    verbs = (
        Verb(
            "sign",
            "Sign",
            operations.sign,
            SignatureForm,
            "You put your name to it as a clinician who did not write it.",
            lambda row: row.state in {State.DRAFT, State.TESTED},
        ),
        Verb(
            "activate",
            "Switch on",
            operations.activate,
            explain="From the next look at a patient on it asks people. The version that is on now is retired.",
            offered=lambda row: row.state == State.SIGNED,
        ),
        Verb(
            "retire",
            "Retire",
            operations.retire,
            explain="It fires no more. What it has opened stays open.",
            offered=lambda row: row.state != State.RETIRED,
        ),
    )

    @display(description="Code", ordering="criterion__code")
    def code(self, row: CriterionVersion) -> str:
        """The criterion's code."""
        return row.criterion.code

    @display(
        description="Severity",
        ordering="severity",
        label={"Emergency": "danger", "Urgent": "warning", "Routine": "info"},
    )
    def pressing(self, row: CriterionVersion) -> str:
        """In words."""
        return row.get_severity_display()

    @display(
        description="State",
        ordering="state",
        label={"Draft": "warning", "Tested": "info", "Signed": "info", "Active": "success", "Retired": "danger"},
    )
    def standing(self, row: CriterionVersion) -> str:
        """In words."""
        return row.get_state_display()
