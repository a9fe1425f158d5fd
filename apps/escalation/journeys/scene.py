"""What is carried along while a journey is played: the stage, the facts that have an id, the plan's items, the referrals."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.accounts.actors import Actor
from apps.escalation.journeys.knowing import Known
from apps.escalation.journeys.model import Item, Journey
from apps.escalation.journeys.staging import Stage, lead_of
from apps.escalation.models import CriterionVersion
from apps.patients.models import Patient
from apps.referrals.models import Referral

#: Why something was done for which the rooms want a reason.
REASON = "journey"


@dataclass
class Scene:
    """One journey in play."""

    journey: Journey
    stage: Stage
    here: Known
    versions: Sequence[CriterionVersion]
    facts: dict[str, Any] = field(default_factory=dict)
    sessions: dict[str, UUID] = field(default_factory=dict)
    referrals: list[Referral] = field(default_factory=list)

    @property
    def patient(self) -> Patient:
        """The patient, as read last."""
        return self.stage.patient

    def by(self, item: Item, at: datetime) -> Actor:
        """Who does it: the discipline that the item names, else whoever leads the treatment."""
        return self.stage.actor(item.by or lead_of(self.journey), at)

    def keep(self, item: Item, fact: Any) -> None:
        """Remember a fact under the id that it was given."""
        if "id" in item.values:
            self.facts[item.values["id"]] = fact
