"""The filters of this room's lists."""

from django_filters import rest_framework as filters

from apps.knowledge.models import Concept, Discipline, Instrument, Origin, Source


class DisciplineFilter(filters.FilterSet):
    """Disciplines."""

    core = filters.BooleanFilter()
    origin = filters.ChoiceFilter(choices=Origin.choices)
    retired = filters.BooleanFilter()
    code = filters.CharFilter(max_length=40)

    class Meta:
        model = Discipline
        fields = ["core", "origin", "retired", "code"]


class InstrumentFilter(filters.FilterSet):
    """Instruments."""

    code = filters.CharFilter(max_length=40)
    loinc = filters.CharFilter(max_length=12)
    retired = filters.BooleanFilter()

    class Meta:
        model = Instrument
        fields = ["code", "loinc", "retired"]


class ConceptFilter(filters.FilterSet):
    """Findings and complications that can be recorded."""

    code = filters.CharFilter(max_length=40)
    category = filters.ChoiceFilter(choices=Concept.Category.choices)
    retired = filters.BooleanFilter()

    class Meta:
        model = Concept
        fields = ["code", "category", "retired"]


class SourceFilter(filters.FilterSet):
    """Sources."""

    kind = filters.ChoiceFilter(choices=Source.Kind.choices)
    retired = filters.BooleanFilter()
    key = filters.CharFilter(max_length=20)

    class Meta:
        model = Source
        fields = ["kind", "retired", "key"]
