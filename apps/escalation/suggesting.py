"""Which referrals suggest themselves at an escalation. Read only."""

from uuid import UUID

from apps.escalation.models import Escalation
from apps.referrals import suggesting
from apps.referrals.suggesting import Suggestion


def suggested(escalation: Escalation) -> list[Suggestion]:
    """The referrals that suggest themselves at an escalation: with the facts that hold it up, as far as they stand."""
    return suggesting.of_criterion(
        escalation.patient,
        escalation.criterion_version.criterion.code,
        facts=facts_of(escalation),
        because=[str(escalation)],
    )


def facts_of(escalation: Escalation) -> list[UUID]:
    """The facts that hold an escalation up, as far as they stand."""
    rows = escalation.evidence.select_related("observation", "condition")
    return [pk for row in rows if row.stands and (pk := row.observation_id or row.condition_id) is not None]
