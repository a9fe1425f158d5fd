"""The filters of this room's lists."""

from django_filters import rest_framework as filters

from apps.knowledge.models import Discipline, Origin, Source


class DisciplineFilter(filters.FilterSet):
    """Disciplines."""

    core = filters.BooleanFilter()
    origin = filters.ChoiceFilter(choices=Origin.choices)
    retired = filters.BooleanFilter()
    code = filters.CharFilter(max_length=40)

    class Meta:
        model = Discipline
        fields = ["core", "origin", "retired", "code"]


class SourceFilter(filters.FilterSet):
    """Sources."""

    kind = filters.ChoiceFilter(choices=Source.Kind.choices)
    retired = filters.BooleanFilter()
    key = filters.CharFilter(max_length=20)

    class Meta:
        model = Source
        fields = ["kind", "retired", "key"]
