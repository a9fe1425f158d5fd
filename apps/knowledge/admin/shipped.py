"""The admin pages of what is shipped and read only."""

from typing import Any

from django.contrib import admin

from apps.knowledge.admin.base import KnownAdmin, ReadOnlyAdmin, display, own_values
from apps.knowledge.admin.tables import Table, of_medicine, of_panel, of_pathway, positions
from apps.knowledge.models import (
    Concept,
    Disagreement,
    Edition,
    Figure,
    Instrument,
    Intervention,
    Medicine,
    Panel,
    Pathway,
    Principle,
    Source,
    Statement,
    Verification,
)
from apps.knowledge.words import span
from apps.rest.admin import offer_link


@admin.register(Medicine)
class MedicineAdmin(KnownAdmin):
    """Medicines: what every source says about each, side by side."""

    list_display = ("name", "code", "group", "immunosuppressant", "verified", "here")
    list_filter = ("klass", "immunosuppressant", "mark", "origin", "retired")
    search_fields = ("name", "code", "synonyms")
    ordering = ("name", "id")
    shown = (
        "name", "code", "synonyms", "group", "atc_codes", "routes", "immunosuppressant", "weekly_only", "factor",
        "clashes_with", "costs",
    )  # fmt: skip
    readonly_fields = (*KnownAdmin.readonly_fields, "group", "atc_codes", "factor", "costs")

    def tables(self, row: Any, *, may_write: bool) -> list[Table]:
        """What the sources say."""
        return of_medicine(row, own_values if may_write else None)

    @display(description="Class", ordering="klass")
    def group(self, row: Medicine) -> str:
        """What knowledge speaks about together."""
        return row.get_klass_display()

    @display(description="ATC")
    def atc_codes(self, row: Medicine) -> str:
        """Its codes, where they were verified."""
        return ", ".join(row.atc) or "none verified"

    @display(description="1 mg is worth, in mg of prednisone")
    def factor(self, row: Medicine) -> str:
        """Empty for what is no systemic corticosteroid."""
        return span(row.prednisone_factor, row.prednisone_factor)

    @display(description="Costs")
    def costs(self, row: Medicine) -> str:
        """With the caveat of the source."""
        words = span(row.cost_low, row.cost_high, row.cost_unit)
        return " – ".join(part for part in (words, row.cost_caveat) if part) or "none given"


@admin.register(Pathway)
class PathwayAdmin(KnownAdmin):
    """Ladders of treatment."""

    list_display = ("name", "code", "population", "verified", "here")
    list_filter = ("population", "mark", "retired")
    ordering = ("name", "id")
    shown = ("name", "code", "population")

    def tables(self, row: Any, *, may_write: bool) -> list[Table]:
        """The steps."""
        return of_pathway(row, own_values if may_write else None)


@admin.register(Panel)
class PanelAdmin(KnownAdmin):
    """What is done in one go."""

    list_display = ("name", "code", "measures", "any_of", "assessments", "here")
    ordering = ("name", "id")
    shown = ("name", "code", "measures", "any_of", "assessments")

    def tables(self, row: Any, *, may_write: bool) -> list[Table]:
        """How often it is due."""
        return of_panel(row, own_values if may_write else None)


@admin.register(Intervention)
class InterventionAdmin(KnownAdmin):
    """What helps beside medicines."""

    list_display = ("name", "code", "disciplines", "verified", "here")
    list_filter = ("attended", "mark", "origin", "retired")
    ordering = ("name", "id")
    shown = ("name", "code", "disciplines", "benefits", "prevents", "detail", "attended")


@admin.register(Disagreement)
class DisagreementAdmin(KnownAdmin):
    """Where the sources disagree."""

    list_display = ("topic", "code", "medicines", "said")
    list_filter = ("retired",)
    search_fields = ("topic", "code", "medicines")
    ordering = ("code",)
    shown = ("topic", "code", "said", "medicines")
    readonly_fields = (*KnownAdmin.readonly_fields, "said")

    @display(description="What each says")
    def said(self, row: Disagreement) -> str:
        """A line a source; none is preferred."""
        return positions(row)


@admin.register(Verification)
class VerificationAdmin(KnownAdmin):
    """What became of claims that were checked."""

    list_display = ("code", "claim", "finding", "verified")
    list_filter = ("mark", "retired")
    search_fields = ("code", "claim", "finding")
    ordering = ("code",)
    shown = ("code", "claim", "finding")


@admin.register(Figure)
class FigureAdmin(KnownAdmin):
    """Numbers about the disease and about outcomes."""

    list_display = ("topic", "name", "value", "counted_in", "verified")
    list_filter = ("topic", "population", "mark", "retired")
    search_fields = ("code", "topic", "name")
    ordering = ("topic", "code")
    shown = ("topic", "name", "code", "value", "population", "counted_in")
    readonly_fields = (*KnownAdmin.readonly_fields, "value")

    @display(description="Value")
    def value(self, row: Figure) -> str:
        """With its unit."""
        return span(row.low, row.high, row.unit)


@admin.register(Principle)
class PrincipleAdmin(KnownAdmin):
    """Rules of thumb."""

    list_display = ("text", "population", "verified")
    list_filter = ("population", "mark", "retired")
    search_fields = ("code", "text")
    ordering = ("code",)
    shown = ("text", "code", "population")


@admin.register(Statement)
class StatementAdmin(ReadOnlyAdmin):
    """What each source says."""

    list_display = ("code", "text", "population", "mark")
    list_filter = ("source", "population", "mark", "retired")
    search_fields = ("code", "text")
    fields = ("code", "source", "text", "population", "references", "caveat", "mark", "retired", "edition")


@admin.register(Source)
class SourceAdmin(ReadOnlyAdmin):
    """Sources."""

    list_display = ("key", "kind", "citation", "mark")
    list_filter = ("kind", "mark", "retired")
    search_fields = ("key", "citation", "doi")


@admin.register(Edition)
class EditionAdmin(ReadOnlyAdmin):
    """Editions."""

    list_display = ("code", "loaded_at", "digest")


@admin.register(Instrument)
class InstrumentAdmin(ReadOnlyAdmin):
    """Instruments."""

    list_display = ("code", "name", "unit", "minimum", "maximum", "direction", "loinc", "mark")
    list_filter = ("kind", "direction", "mark", "retired")
    search_fields = ("code", "name", "loinc")


@admin.register(Concept)
class ConceptAdmin(ReadOnlyAdmin):
    """Findings and complications that can be recorded."""

    list_display = ("name", "code", "category", "icd10_cm", "icd10_who", "mark")
    list_filter = ("category", "retired")
    search_fields = ("code", "name")


for model in (Medicine, Panel, Intervention):
    offer_link(model, own_values)
