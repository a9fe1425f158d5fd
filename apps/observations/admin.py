"""The admin pages of facts: recorded and entered in error here as anywhere, never edited."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.accounts.actors import Actor
from apps.knowledge.models import Concept, Instrument, Intervention, Medicine, MedicineEffect
from apps.observations import operations
from apps.observations.models import (
    AdverseEvent,
    Assessment,
    Attendance,
    Complication,
    Finding,
    Observation,
    Resolution,
)
from apps.observations.views import POLICY
from apps.patients.admin import OfPatientAdmin, ReasonForm
from apps.patients.models import Patient
from apps.rest.admin import HouseForm, Link, Verb, offer_link


def _stands(row: Any) -> bool:
    return bool(row.stands)


class FactAdmin(OfPatientAdmin):
    """What pages of facts have in common."""

    policy = POLICY
    subject = "fact"
    list_filter: Any = ("status",)
    ordering = ("-effective_at", "-id")
    list_select_related: Any = ("patient",)
    readonly_fields: Any = ("status", "recorded_at", "recorded_by", "error_reason")
    verbs = (Verb("error", "Enter in error", operations.enter_in_error, ReasonForm, offered=_stands),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """How it was recorded is shown and never asked."""
        return self.readonly_fields if obj is not None else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new fact has no status yet."""
        fields = super().get_fields(request, obj)
        return [*fields, *self.readonly_fields] if obj is not None else fields


class ObservationForm(HouseForm):
    """A value as it stands on paper."""

    value = forms.CharField(
        max_length=40, widget=UnfoldAdminTextInputWidget, help_text="A number, a code such as “fail”, or yes / no."
    )
    unit = forms.CharField(
        max_length=40, required=False, widget=UnfoldAdminTextInputWidget, help_text="UCUM. Empty: the instrument's own."
    )

    class Meta:
        model = Observation
        fields = (
            "patient",
            "instrument",
            "effective_at",
            "reference_high",
            "quality",
            "position",
            "conditions",
            "confirmed",
            "baseline",
        )

    def clean(self) -> dict[str, Any] | None:
        """The value in the kind that the instrument takes."""
        cleaned = super().clean() or {}
        instrument: Instrument | None = cleaned.get("instrument")
        text = str(cleaned.get("value", "")).strip()
        if instrument is None or not text:
            return cleaned
        if instrument.kind == Instrument.Kind.NUMBER:
            try:
                cleaned["value"] = Decimal(text.replace(",", "."))
                cleaned["unit"] = cleaned.get("unit") or instrument.unit
            except InvalidOperation:
                self.add_error("value", f"{instrument.name} is a number.")
        elif instrument.kind == Instrument.Kind.BOOLEAN:
            cleaned["value"] = {"yes": True, "true": True, "no": False, "false": False}.get(text.lower(), text)
        return cleaned


@admin.register(Observation)
class ObservationAdmin(FactAdmin):
    """Values of instruments."""

    add_by = staticmethod(operations.record_observation)
    form = ObservationForm
    list_display = ("patient", "instrument", "shown", "effective_at", "status")
    list_filter = ("status", "instrument")
    list_select_related = ("patient", "instrument")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The value is typed once and shown with its unit ever after."""
        common = ["effective_at", "reference_high", "quality", "position", "conditions", "confirmed", "baseline"]
        if obj is None:
            return ["patient", "instrument", "value", "unit", *common]
        return ["patient", "instrument", "shown", *common, "source", "accession", "corrects", *self.readonly_fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """With the value in words."""
        return (*self.readonly_fields, "shown", "corrects") if obj is not None else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only instruments that are recorded."""
        if db_field.name == "instrument":
            kwargs["queryset"] = Instrument.objects.filter(retired=False, derived=False).order_by("name")
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "instrument":
            field.label_from_instance = lambda row: f"{row.name} ({row.code}{f', {row.unit}' if row.unit else ''})"
        return field

    @display(description="Value")
    def shown(self, row: Observation) -> str:
        """With its unit."""
        return row.shown_value


class ConditionAdmin(FactAdmin):
    """What findings and complications have in common."""

    add_by = staticmethod(operations.record_condition)
    category: str
    list_display = ("patient", "concept", "severity", "effective_at", "resolved_at", "status")
    list_filter = ("status", "severity", "concept")
    list_select_related = ("patient", "concept")
    fields = ("patient", "concept", "severity", "effective_at", "icd10", "note")

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Those of this page's category."""
        return super().visible(actor).filter(concept__category=self.category)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only what is of this page's category."""
        if db_field.name == "concept":
            kwargs["queryset"] = Concept.objects.filter(retired=False, category=self.category)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Complication)
class ComplicationAdmin(ConditionAdmin):
    """Complications."""

    category = Concept.Category.COMPLICATION


@admin.register(Finding)
class FindingAdmin(ConditionAdmin):
    """Findings."""

    category = Concept.Category.FINDING


@admin.register(Resolution)
class ResolutionAdmin(FactAdmin):
    """What is over, as a discipline says."""

    add_by = staticmethod(operations.resolve)
    list_display = ("patient", "concept", "discipline", "effective_at", "status")
    list_select_related = ("patient", "concept", "discipline")
    fields = ("patient", "concept", "discipline", "effective_at", "note")


@admin.register(Assessment)
class AssessmentAdmin(FactAdmin):
    """Examinations and documented decisions."""

    add_by = staticmethod(operations.record_assessment)
    list_display = ("patient", "kind", "discipline", "result", "effective_at", "status")
    list_filter = ("status", "kind")
    list_select_related = ("patient", "discipline")
    fields = ("patient", "kind", "discipline", "effective_at", "result", "note")


@admin.register(AdverseEvent)
class AdverseEventAdmin(FactAdmin):
    """Side effects of medicines."""

    add_by = staticmethod(operations.record_adverse_event)
    list_display = ("patient", "medicine", "name", "severity", "seriousness", "outcome", "effective_at", "status")
    list_filter = ("status", "severity", "seriousness", "outcome", "medicine")
    list_select_related = ("patient", "medicine", "effect")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What happened is chosen or put in words once, and shown in words ever after."""
        more = ["severity", "seriousness", "causality", "outcome", "resolved_at", "action_taken", "note"]
        if obj is None:
            return ["patient", "medicine", "effect", "description", "effective_at", *more]
        return ["patient", "medicine", "name", "description", "effective_at", *more, *self.readonly_fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """With the name of the effect."""
        return (*self.readonly_fields, "name") if obj is not None else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Medicines in use, and the side effects that are known of each."""
        if db_field.name == "medicine":
            kwargs["queryset"] = Medicine.objects.active().order_by("name")
        elif db_field.name == "effect":
            known = MedicineEffect.objects.active().filter(kind=MedicineEffect.Kind.SIDE_EFFECT)
            kwargs["queryset"] = known.select_related("medicine").order_by("medicine__name", "name")
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "effect":
            field.label_from_instance = lambda row: f"{row.medicine}: {row.name}"
        return field

    @display(description="What happened")
    def name(self, row: AdverseEvent) -> str:
        """The known side effect, or the words it was given."""
        return row.name


@admin.register(Attendance)
class AttendanceAdmin(FactAdmin):
    """Sessions that took place or did not."""

    add_by = staticmethod(operations.record_attendance)
    list_display = ("patient", "intervention", "discipline", "outcome", "effective_at", "status")
    list_filter = ("status", "outcome", "discipline", "intervention")
    list_select_related = ("patient", "intervention", "discipline")
    fields = ("patient", "intervention", "discipline", "outcome", "effective_at", "note")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only what has sessions."""
        if db_field.name == "intervention":
            kwargs["queryset"] = Intervention.objects.active().filter(attended=True).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def _record(what: str, route: str) -> Link:
    """A patient's page leads to recording something about them."""
    return lambda patient: (what, f"{reverse(f'admin:observations_{route}_add')}?patient={patient.pk}")


offer_link(Patient, _record("Record a complication", "complication"))
offer_link(Patient, _record("Record an observation", "observation"))
offer_link(Patient, _record("Record a side effect", "adverseevent"))
