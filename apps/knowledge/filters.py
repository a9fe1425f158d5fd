"""The filters of this room's lists."""

from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters

from apps.knowledge.models import (
    OVERRIDABLE,
    Concept,
    Discipline,
    Instrument,
    Mark,
    MedicineClass,
    Origin,
    Population,
    ReferralReason,
    Source,
)


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


class CitedFilter(filters.FilterSet):
    """What every row of knowledge can be looked for by. Values are compared as shipped."""

    code = filters.CharFilter(max_length=60)
    source = filters.CharFilter(method="citing_source", max_length=20, help_text="The key of a source that it cites.")
    statement = filters.CharFilter(method="citing_statement", max_length=10, help_text="The code of a statement.")
    mark = filters.ChoiceFilter(choices=Mark.choices)
    retired = filters.BooleanFilter()

    def citing_source(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Those that cite this source."""
        return rows.filter(sources__contains=[value])

    def citing_statement(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Those that cite this statement."""
        return rows.filter(statements__contains=[value])


class OwnableFilter(CitedFilter):
    """Rows of which a hospital may have its own."""

    origin = filters.ChoiceFilter(choices=Origin.choices)


class MedicineFilter(OwnableFilter):
    """Medicines."""

    name = filters.CharFilter(method="called", max_length=60, help_text="Part of a name or a synonym.")
    klass = filters.ChoiceFilter(choices=MedicineClass.choices)
    immunosuppressant = filters.BooleanFilter()
    population = filters.ChoiceFilter(
        choices=Population.choices, field_name="guidance__population", distinct=True, help_text="With a dose for them."
    )

    def called(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Those that are called something like this."""
        return rows.filter(Q(name__icontains=value) | Q(synonyms__icontains=value))


class StatementFilter(filters.FilterSet):
    """Statements."""

    code = filters.CharFilter(max_length=10)
    source = filters.CharFilter(field_name="source__key", max_length=20)
    population = filters.ChoiceFilter(choices=Population.choices)
    mark = filters.ChoiceFilter(choices=Mark.choices)
    text = filters.CharFilter(lookup_expr="icontains", max_length=60)
    retired = filters.BooleanFilter()


class PopulationFilter(CitedFilter):
    """Rows that hold for one population."""

    population = filters.ChoiceFilter(choices=Population.choices)


class FigureFilter(PopulationFilter):
    """Figures."""

    topic = filters.CharFilter(max_length=60)


class PanelFilter(CitedFilter):
    """Panels."""

    measure = filters.CharFilter(method="measuring", max_length=40, help_text="The code of an instrument in it.")

    def measuring(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Those in which it is measured."""
        return rows.filter(Q(measures__contains=[value]) | Q(any_of__contains=[value]))


class InterventionFilter(OwnableFilter):
    """Interventions."""

    discipline = filters.CharFilter(method="done_by", max_length=40, help_text="The code of a discipline that does it.")
    attended = filters.BooleanFilter()

    def done_by(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Those that this discipline does."""
        return rows.filter(disciplines__contains=[value])


class GoalFilter(OwnableFilter):
    """Goals of treatment."""

    measure = filters.CharFilter(method="shown_by", max_length=40, help_text="The code of an instrument that shows it.")

    def shown_by(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Those that this instrument shows."""
        return rows.filter(measures__contains=[value])


class ReferralReasonFilter(OwnableFilter):
    """Reasons for referral."""

    to = filters.CharFilter(field_name="to__code", max_length=40, help_text="The code of the discipline that receives.")
    sender = filters.CharFilter(
        method="sent_by", max_length=40, help_text="The code of a discipline that refers so, as anybody may or by name."
    )
    urgency = filters.ChoiceFilter(choices=ReferralReason.Urgency.choices)
    criterion = filters.CharFilter(method="suggested_by", max_length=6, help_text="The code of a criterion.")
    panel = filters.CharFilter(method="for_lack_of", max_length=60, help_text="The code of a panel.")

    def sent_by(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Those with which this discipline refers."""
        return rows.filter(Q(from_disciplines=[]) | Q(from_disciplines__contains=[value]))

    def suggested_by(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Those that suggest themselves at an escalation of this criterion."""
        return rows.filter(criteria__contains=[value])

    def for_lack_of(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Those that suggest themselves where this panel is missing."""
        return rows.filter(panels__contains=[value])


class DisagreementFilter(CitedFilter):
    """Disagreements."""

    medicine = filters.CharFilter(method="about", max_length=40, help_text="The code of a medicine that it is about.")

    def about(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Those about this medicine."""
        return rows.filter(medicines__contains=[value])


class OwnValuesFilter(filters.FilterSet):
    """A hospital's own values."""

    kind = filters.ChoiceFilter(choices=[(kind, kind) for kind in sorted(OVERRIDABLE)])
    code = filters.CharFilter(max_length=60)
    hidden = filters.BooleanFilter()
