"""What criteria may name, as the knowledge in force has it."""

from apps.escalation.language import Names
from apps.knowledge.models import Concept, Discipline, Instrument
from apps.observations.models import Assessment


def names() -> Names:
    """Every measure, concept and discipline that is in use."""
    return Names(
        frozenset(Instrument.objects.active().values_list("code", flat=True)),
        frozenset(Assessment.Kind.values),
        frozenset(Concept.objects.active().values_list("code", flat=True)),
        frozenset(Discipline.objects.filter(retired=False).values_list("code", flat=True)),
    )
