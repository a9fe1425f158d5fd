"""The admin pages of patients."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from apps.accounts.models import Site
from apps.patients import operations
from apps.patients.models import Antibody, Identifier, Mute, Patient, TargetRange
from apps.patients.views import POLICY
from apps.rest.admin import HouseAdmin, HouseForm, Verb, actor_of

Status = Patient.Status


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))


class TransferForm(forms.Form):
    """To which site."""

    to_site = forms.ModelChoiceField(Site.objects.filter(active=True), label="To site", widget=UnfoldAdminSelectWidget)


class MergeForm(forms.Form):
    """Into which record."""

    into = forms.ModelChoiceField(
        Patient.objects.all(),
        label="Record that stays",
        widget=UnfoldAdminTextInputWidget,
        help_text="The id in the address of that record's page.",
        error_messages={"invalid_choice": "There is no such record."},
    )
    reason = forms.CharField(max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))


class PatientForm(HouseForm):
    """A patient's record; a likeness to somebody registered already is shown once and can be overruled."""

    is_another_person = forms.BooleanField(
        required=False,
        label="This is another person",
        help_text="Tick it when you were told of somebody alike and have looked.",
    )


def _in_care(row: Patient) -> bool:
    return row.status == Status.ACTIVE


@admin.register(Patient)
class PatientAdmin(HouseAdmin):
    """Patients."""

    policy = POLICY
    subject = "patient"
    add_by = staticmethod(operations.register)
    change_by = staticmethod(operations.change)
    form = PatientForm
    patient_field = "pk"
    private_search = ("sort_name__startswith", "given_name__istartswith", "identifiers__value__exact")
    list_display = ("name", "birth_date", "site", "phenotype", "onset", "shown_status")
    list_filter = ("site", "status", "phenotype", "onset")
    list_select_related = ("site",)
    ordering = ("sort_name", "id")
    fieldsets: Any = (
        (None, {"fields": (("family_name", "given_name"), ("birth_date", "gender"))}),
        ("Disease", {"fields": (("phenotype", "onset"), "diagnosis_date")}),
        ("Care", {"fields": ("site", "status", "status_at", "status_reason", "numbers")}),
    )
    readonly_fields = ("status", "status_at", "status_reason", "numbers")
    verbs = (
        Verb("transfer", "Transfer to another site", operations.transfer, TransferForm,
             "The coordinators of that site see the patient from now on, this site's no longer. The care team stays.", _in_care),
        Verb("merge", "Merge into another record", operations.merge, MergeForm,
             "For two records of one person. Everything known here is from now on known there.",
             lambda row: row.status not in {Status.MERGED, Status.ENTERED_IN_ERROR}),
        Verb("departure", "Record that they left our care", operations.record_departure, ReasonForm, "", _in_care),
        Verb("death", "Record their death", operations.record_death, forms.Form, "", _in_care),
        Verb("error", "Enter in error", operations.enter_in_error, ReasonForm, "This record should not exist.", _in_care),
        Verb("reactivate", "Take back into care", operations.reactivate, ReasonForm, "",
             lambda row: row.status not in {Status.ACTIVE, Status.MERGED}),
    )  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new record has no status yet; an old one is not another person, and moves by its verb."""
        *first, care = self.fieldsets
        if obj is None:
            care = ("Care", {"fields": ("site", "is_another_person")})
        return self.with_version((*first, care))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The site of a record changes by transfer only."""
        return (*self.readonly_fields, "site") if obj is not None else self.readonly_fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only sites at which the actor may register."""
        if db_field.name == "site":
            kwargs["queryset"] = Site.objects.filter(pk__in=actor_of(request).sites_where(POLICY.write))  # type: ignore[arg-type]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @display(description="Name", ordering="sort_name")
    def name(self, row: Patient) -> str:
        """Family name first."""
        return str(row)

    @display(
        description="Status",
        ordering="status",
        label={"In our care": "success", "Left our care": "warning", "Merged into another record": "info"},
    )
    def shown_status(self, row: Patient) -> str:
        """In words."""
        return "In our care" if row.status == Status.ACTIVE else row.get_status_display()

    @display(description="Numbers")
    def numbers(self, row: Patient) -> str:
        """The numbers under which the patient is known."""
        return ", ".join(f"{i.value} ({i.system})" for i in row.identifiers.all() if i.active) or "none"


class OfPatientAdmin(HouseAdmin):
    """The base of pages of rows that belong to a patient, chosen by the id in the address of the patient's page."""

    policy = POLICY
    patient_field = "patient_id"
    raw_id_fields = ("patient",)
    list_select_related = ("patient",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """These rows are added and ended, never edited."""
        return False


@admin.register(Identifier)
class IdentifierAdmin(OfPatientAdmin):
    """Numbers under which patients are known."""

    subject = "identifier"
    add_by = staticmethod(operations.add_identifier)
    list_display = ("patient", "value", "system", "active")
    list_filter = ("active",)
    fields = ("patient", "system", "value")
    verbs = (
        Verb(
            "retire",
            "Retire",
            operations.retire_identifier,
            explain="The number is no longer the patient's.",
            offered=lambda row: row.active,
        ),
    )


@admin.register(Antibody)
class AntibodyAdmin(OfPatientAdmin):
    """Antibody results."""

    subject = "antibody"
    add_by = staticmethod(operations.record_antibody)
    list_display = ("patient", "code", "result", "effective_at", "entered_in_error")
    list_filter = ("code", "result", "entered_in_error")
    fields = ("patient", "code", "result", "effective_at")
    verbs = (
        Verb(
            "error",
            "Enter in error",
            operations.enter_antibody_in_error,
            ReasonForm,
            offered=lambda row: not row.entered_in_error,
        ),
    )


@admin.register(TargetRange)
class TargetRangeAdmin(OfPatientAdmin):
    """Own target ranges."""

    subject = "target_range"
    add_by = staticmethod(operations.set_target_range)
    list_display = ("patient", "instrument", "low", "high", "unit", "starts_at", "ends_at")
    fields = ("patient", "instrument", ("low", "high", "unit"), "reason")
    verbs = (
        Verb(
            "end",
            "End",
            operations.end_target_range,
            explain="The general range holds again.",
            offered=lambda row: row.ends_at is None,
        ),
    )


@admin.register(Mute)
class MuteAdmin(OfPatientAdmin):
    """Mutes."""

    subject = "mute"
    add_by = staticmethod(operations.mute)
    list_display = ("patient", "topic", "starts_at", "ends_at", "reason")
    fields = ("patient", "topic", "reason", "ends_at")
    verbs = (Verb("end", "End", operations.end_mute, explain="The topic is asked about again."),)
