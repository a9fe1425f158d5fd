"""What criteria may name, as the knowledge in force has it."""

from apps.escalation.language import Names
from apps.knowledge.models import Concept, Discipline, Instrument
from apps.observations.models import Assessment


def names() -> Names:
    """Every measure, concept and discipline that is in use."""
    kinds = dict(Instrument.objects.active().values_list("code", "kind"))
    categories = dict(Concept.objects.active().values_list("code", "category"))
    return Names(
        frozenset(kinds),
        frozenset(Assessment.Kind.values),
        frozenset(categories),
        frozenset(Discipline.objects.filter(retired=False).values_list("code", flat=True)),
        kinds,
        categories,
    )
