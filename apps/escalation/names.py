"""What criteria may name, as the knowledge in force has it."""

from apps.escalation.language import Names
from apps.knowledge.in_force import catalogue
from apps.knowledge.models import Concept, Discipline, Instrument
from apps.observations.models import Assessment
from apps.patients.models import Antibody
from apps.plans.courses import IMMUNOSUPPRESSANT, SYSTEMIC_STEROID


def names() -> Names:
    """Every measure, concept, discipline, medicine and panel that is in use."""
    rows = list(Instrument.objects.active().values_list("code", "kind", "unit", "codes"))
    categories = dict(Concept.objects.active().values_list("code", "category"))
    known = catalogue()
    groups = {medicine.klass for medicine in known.medicines.values()}
    return Names(
        instruments=frozenset(row[0] for row in rows),
        assessments=frozenset(Assessment.Kind.values),
        concepts=frozenset(categories),
        disciplines=frozenset(Discipline.objects.filter(retired=False).values_list("code", flat=True)),
        kinds={row[0]: row[1] for row in rows},
        categories=categories,
        units={row[0]: row[2] for row in rows if row[2]},
        codes={row[0]: tuple(row[3]) for row in rows if row[3]},
        medicines=frozenset({*known.medicines, *groups, SYSTEMIC_STEROID, IMMUNOSUPPRESSANT}),
        panels=frozenset(known.panels),
        antibodies=frozenset(Antibody.Code.values),
    )
