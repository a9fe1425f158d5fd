"""Bodies and shapes of disciplines, sources, instruments and concepts."""

from typing import Any

from rest_framework import serializers

from apps.knowledge.models import CODE, Concept, Discipline, DisciplineOverride, Instrument, Source
from apps.rest.bodies import Body


class SourceShown(serializers.ModelSerializer[Source]):
    """Something that facts are cited from."""

    mark_meaning = serializers.CharField(source="get_mark_display", read_only=True)
    edition = serializers.CharField(source="edition.code", read_only=True)

    class Meta:
        model = Source
        fields = [
            "id",
            "key",
            "kind",
            "citation",
            "doi",
            "pmcid",
            "how_seen",
            "mark",
            "mark_meaning",
            "note",
            "retired",
            "edition",
        ]
        read_only_fields = fields


class InstrumentShown(serializers.ModelSerializer[Instrument]):
    """A measure, with its unit, bounds, codes and sources."""

    mark = serializers.CharField(read_only=True)
    plausible_mark = serializers.CharField(read_only=True)

    sources: Any = serializers.SlugRelatedField(slug_field="key", many=True, read_only=True)
    edition = serializers.CharField(source="edition.code", read_only=True)

    class Meta:
        model = Instrument
        fields = [
            "id", "code", "name", "kind", "unit", "minimum", "maximum", "step", "direction", "plausible_low",
            "plausible_high", "plausible_mark", "needs_limit", "keeps_magnitude", "derived", "codes", "loinc", "loinc_seen",
            "thresholds", "note", "mark", "sources", "retired", "edition",
        ]  # fmt: skip
        read_only_fields = fields


class ConceptShown(serializers.ModelSerializer[Concept]):
    """A finding or a complication that can be recorded."""

    mark = serializers.CharField(read_only=True)

    sources: Any = serializers.SlugRelatedField(slug_field="key", many=True, read_only=True)
    edition = serializers.CharField(source="edition.code", read_only=True)

    class Meta:
        model = Concept
        fields = [
            "id", "code", "category", "name", "icd10_cm", "icd10_who", "note", "mark", "sources", "retired", "edition",
        ]  # fmt: skip
        read_only_fields = fields


class OverrideShown(serializers.ModelSerializer[DisciplineOverride]):
    """What this hospital says differently."""

    class Meta:
        model = DisciplineOverride
        fields = ["name", "main_tasks", "hidden", "reason", "set_by", "set_at", "version"]
        read_only_fields = fields


class DisciplineShown(serializers.ModelSerializer[Discipline]):
    """A discipline: `name` and `main_tasks` are what holds here, `shipped` what came with the edition."""

    name = serializers.CharField(source="shown_name", read_only=True)
    main_tasks = serializers.CharField(source="shown_tasks", read_only=True)
    hidden = serializers.BooleanField(source="hidden_here", read_only=True)
    shipped_name = serializers.CharField(source="name", read_only=True)
    shipped_main_tasks = serializers.CharField(source="main_tasks", read_only=True)
    override = OverrideShown(read_only=True, allow_null=True, default=None)
    sources: Any = serializers.SlugRelatedField(slug_field="key", many=True, read_only=True)
    edition = serializers.CharField(source="edition.code", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Discipline
        fields = [
            "id", "code", "letters", "name", "main_tasks", "core", "writes_facts", "nudged_by", "sources", "origin", "retired",
            "hidden", "edition", "shipped_name", "shipped_main_tasks", "override", "version",
        ]  # fmt: skip
        read_only_fields = fields


class NewDiscipline(Body):
    """A discipline of the hospital's own."""

    code = serializers.CharField(max_length=40, validators=[CODE])
    name = serializers.CharField(max_length=100)
    main_tasks = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    letters = serializers.CharField(max_length=4, required=False, allow_blank=True)


class DisciplineChanges(Body):
    """What can be changed about one of the hospital's own."""

    name = serializers.CharField(max_length=100, required=False)
    main_tasks = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    letters = serializers.CharField(max_length=4, required=False, allow_blank=True)


class NewOverride(Body):
    """The hospital's own wording of a shipped discipline."""

    name = serializers.CharField(max_length=100, required=False)
    main_tasks = serializers.CharField(max_length=2000, required=False)
    hidden = serializers.BooleanField(required=False)
    reason = serializers.CharField(max_length=200)
