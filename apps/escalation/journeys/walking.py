"""The time between two steps: mornings and exact clocks, the ladders of what is asked, and the looks at referrals."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from apps.accounts.actors import Careteam
from apps.escalation.journeys.events import Event
from apps.escalation.journeys.model import ESCALATED, STUCK
from apps.escalation.models import Escalation
from apps.nudges import operations as nudges
from apps.nudges.models import Nudge
from apps.patients.models import Patient
from apps.referrals.models import Referral
from apps.referrals.operations import looking as referrals


@dataclass
class Ladders:
    """What is asked about one patient, and their referrals. What is due next is read once and kept until something changes."""

    patient: Patient
    _read: bool = False
    _next: datetime | None = None

    def stir(self) -> None:
        """Something was recorded or found: what is due has to be read anew."""
        self._read = False

    def climb(self, until: datetime, *, including: bool) -> Iterator[Event]:
        """Do every step of a ladder and every look at a referral that is due, each at its own time, in order.

        What has nobody left to ask is left alone: nobody comes on duty in a journey.
        """
        while (at := self._due()) is not None and (at < until or (including and at == until)):
            self.stir()
            nudge, referral = _next_nudge(self.patient), _next_referral(self.patient)
            if nudge is not None and nudge.next_step_at == at:
                yield from _climb(nudge, at)
            elif referral is not None:
                yield from _look(referral, at)

    def _due(self) -> datetime | None:
        if not self._read:
            nudge, referral = _next_nudge(self.patient), _next_referral(self.patient)
            found = [nudge.next_step_at if nudge else None, referral.look_at if referral else None]
            self._next, self._read = min((at for at in found if at is not None), default=None), True
        return self._next


def _next_nudge(patient: Patient) -> Nudge | None:
    rows = Nudge.objects.unfinished().filter(patient=patient).exclude(state=Nudge.State.EXHAUSTED)
    return rows.order_by("next_step_at", "opened_at", "pk").first()


def _next_referral(patient: Patient) -> Referral | None:
    rows = Referral.objects.open().filter(patient=patient, look_at__isnull=False)
    return rows.order_by("look_at", "drafted_at", "pk").first()


def _climb(nudge: Nudge, at: datetime) -> Iterator[Event]:
    before = nudge.owner_id
    nudge = nudges.step(nudge=nudge, by=Careteam(at=at), at=at)
    row = Escalation.objects.filter(nudge=nudge).select_related("criterion").first()
    if row is not None and nudge.owner_id != before and nudge.owner is not None:
        yield Event(at, ESCALATED, row.criterion.code, row.key, row.severity, words=_whom(nudge))


def _whom(nudge: Nudge) -> str:
    """Who is asked, and why it is them."""
    rung = nudge.rungs.filter(user=nudge.owner_id).order_by("-number").first()
    who = nudge.discipline.code if nudge.discipline is not None else "somebody"
    return f"{who} is asked: {rung.get_why_display()}" if rung is not None else f"{who} is asked"


def _look(referral: Referral, at: datetime) -> Iterator[Event]:
    before = referral.stuck_nudge_id
    row = referrals.look(referral=referral, by=Careteam(at=at), at=at)
    if row.stuck_nudge_id != before:
        yield Event(at, ESCALATED, STUCK, words=f"the referral to {row.to.code} is stuck: coordination is asked")
