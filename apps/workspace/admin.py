"""The audit record, to read; and escalations with everything that happened about them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Max, OuterRef, Subquery
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.accounts.permissions import Permission
from apps.audit.models import AuditEvent
from apps.escalation import operations as escalation
from apps.escalation.models import CriterionVersion, Escalation, Watch
from apps.escalation.views import POLICY as ESCALATIONS
from apps.nudges.models import Nudge
from apps.observations.models import Condition, Observation
from apps.patients.admin import ReasonForm
from apps.patients.models import Patient
from apps.rest.admin import HouseAdmin, Verb, offer_block, offer_link
from apps.rest.policy import Needs
from apps.workspace.because import Because, switched_on, unjudged
from apps.workspace.timeline import events_visible_to, matter_timeline
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


class WordsForm(forms.Form):
    """What was done."""

    words = forms.CharField(max_length=1000, label="What was done", widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


@admin.register(Escalation)
class EscalationAdmin(HouseAdmin):
    """Escalations, each with everything that happened about it."""

    policy = ESCALATIONS
    subject = "escalation"
    patient_field = "patient_id"
    list_display = ("what", "patient", "pressing", "standing", "asked", "opened_at", "acted_at")
    list_filter = ("state", "severity", "criterion")
    list_select_related = ("patient", "criterion_version__criterion", "nudge__owner")
    ordering = ("-opened_at", "-id")
    fieldsets = (
        (None, {"fields": ("patient", "what", "severity", "standing", "asked", "reason")}),
        ("Why", {"fields": ("explanation", "facts", "circumstances")}),
        ("What happened", {"fields": ("timeline",)}),
        ("Where it comes from", {"fields": ("criterion_version", "numbers", "sources")}),
        ("Details", {"fields": ("source", "stated_by", "opened_at", "acted_at", "holds_no_longer_since", "ended_at", "ended_by",
                                "end_reason")}),
    )  # fmt: skip
    readonly_fields = ("what", "standing", "asked", "facts", "circumstances", "timeline", "numbers", "sources")
    verbs = (
        Verb("act", "Record what was done", escalation.act, WordsForm,
             "Nobody is asked about it any more. The escalation stays open until its own condition or somebody ends it.",
             lambda row: row.state == Escalation.State.OPEN),
        Verb("close", "End it", escalation.close, ReasonForm, "Nobody is asked any more. Something recorded later opens it anew.",
             lambda row: row.state == Escalation.State.OPEN),
    )  # fmt: skip

    @display(description="What", ordering="criterion")
    def what(self, row: Escalation) -> str:
        """The criterion's code and name."""
        return str(row)

    @display(
        description="Severity",
        ordering="severity",
        label={"Emergency": "danger", "Urgent": "warning", "Routine": "info"},
    )
    def pressing(self, row: Escalation) -> str:
        """In words."""
        return row.get_severity_display()

    @display(
        description="State",
        label={"waits for an answer": "danger", "somebody has it": "info", "acted upon": "success"},
    )
    def standing(self, row: Escalation) -> str:
        """Where it stands, in words."""
        if row.state != Escalation.State.OPEN:
            return row.get_state_display()
        if row.nudge is None or row.nudge.state == Nudge.State.ACTIONED:
            return "acted upon"
        return "somebody has it" if row.nudge.state == Nudge.State.ACKNOWLEDGED else "waits for an answer"

    @display(description="Whose it is")
    def asked(self, row: Escalation) -> str:
        """Who is asked or has it."""
        return row.nudge.owner.name if row.nudge is not None and row.nudge.owner is not None else "nobody"

    @display(description="Facts")
    def facts(self, row: Escalation) -> str:
        """What speaks for itself; struck through where it does not stand any more."""
        return render_to_string("workspace/admin_facts.html", {"facts": Because(row).facts})

    @display(description="Circumstances")
    def circumstances(self, row: Escalation) -> str:
        """What only counts together with the facts."""
        return render_to_string("workspace/admin_facts.html", {"facts": Because(row).circumstances})

    @display(description="Numbers, as they were")
    def numbers(self, row: Escalation) -> str:
        """The criterion's numbers, each with where it is from and how sure it is."""
        return render_to_string("workspace/admin_numbers.html", {"numbers": Because(row).numbers})

    @display(description="Sources")
    def sources(self, row: Escalation) -> str:
        """What is cited, with its titles."""
        return render_to_string("workspace/admin_sources.html", {"sources": Because(row).sources})

    @display(description="Timeline")
    def timeline(self, row: Escalation) -> str:
        """Who was asked what, when and how, and what they did."""
        return render_to_string("workspace/admin_timeline.html", {"timeline": matter_timeline(row)})


@admin.register(Watch)
class WatchAdmin(HouseAdmin):
    """What is watched about a patient, what cannot be judged, and how old the newest fact is: quiet is not always well."""

    policy = Needs(Permission.PATIENTS_READ)
    subject = "watch"
    patient_field = "patient_id"
    list_display = ("patient", "evaluated_at", "due_at", "codes", "last_error")
    list_filter = ("evaluated_at",)
    list_select_related = ("patient",)
    ordering = ("patient__sort_name", "id")
    fields = ("patient", "evaluated_at", "due_at", "cannot_be_judged", "newest_fact", "last_error")
    readonly_fields = ("cannot_be_judged", "newest_fact")

    def visible(self, actor: Actor) -> Any:
        """The watches that the actor may see, with the codes of the criteria that are on."""
        codes = ArraySubquery(switched_on().order_by().values("criterion__code"))
        return super().visible(actor).annotate(on=codes)

    @display(description="Cannot be judged")
    def codes(self, row: Watch) -> str:
        """The codes of the criteria."""
        found = sorted({one["criterion"] for one in row.not_assessable} & set(getattr(row, "on", [])))
        return ", ".join(found) or "nothing"

    @display(description="Cannot be judged")
    def cannot_be_judged(self, row: Watch) -> str:
        """Each criterion and what it misses."""
        found = unjudged(row.patient_id)
        return render_to_string("workspace/admin_unjudged_list.html", {"unjudged": found})

    @display(description="Newest fact")
    def newest_fact(self, row: Watch) -> str:
        """When the newest value or condition was true."""
        newest = [
            found
            for model in (Observation, Condition)
            if (
                found := model.objects.standing().filter(patient=row.patient_id).aggregate(at=Max("effective_at"))["at"]
            )
        ]
        return f"{timezone.localtime(max(newest)):%d %B %Y, %H:%M}" if newest else "none yet"


def _patients_watch(patient: Patient) -> tuple[str, str]:
    """A patient's page leads to what cannot be judged about them."""
    return "What is watched", f"{reverse('admin:escalation_watch_changelist')}?patient__id__exact={patient.pk}"


offer_link(Patient, _patients_watch)


def _patients_matters(patient: Patient) -> tuple[str, str]:
    """A patient's page leads to what was asked about them."""
    return "Escalations", f"{reverse('admin:escalation_escalation_changelist')}?patient__id__exact={patient.pk}"


offer_link(Patient, _patients_matters)


def _patients_unjudged(patient: Patient) -> str:
    """A patient's page says quietly what cannot be judged about them."""
    return render_to_string("workspace/admin_unjudged.html", {"unjudged": unjudged(patient.pk)})


offer_block(Patient, _patients_unjudged)


def _language(_version: CriterionVersion) -> tuple[str, str]:
    """Whoever writes a criterion finds what can be written."""
    return "The language", reverse("criteria-language")


offer_link(CriterionVersion, _language)
