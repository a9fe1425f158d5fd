"""Playing a journey: everything through the real operations, in a transaction of its own that is rolled back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from apps.common.refusals import Refused
from apps.escalation import looking
from apps.escalation.journeys import choosing, knowing, seeing, telling
from apps.escalation.journeys.comparing import Moment, Played, compare
from apps.escalation.journeys.events import Event, Standings, between
from apps.escalation.journeys.model import UNKNOWN, Item, Journey, Step
from apps.escalation.journeys.nodes import BadJourney
from apps.escalation.journeys.planning import PLANNED, plan
from apps.escalation.journeys.recording import RECORD, NotThere
from apps.escalation.journeys.referring import refer
from apps.escalation.journeys.scene import Scene
from apps.escalation.journeys.staging import set_the_stage
from apps.escalation.journeys.telling import Timeline
from apps.escalation.journeys.walking import Ladders
from apps.escalation.models import CriterionVersion


@dataclass(frozen=True)
class Outcome:
    """What came of a journey: whether all was as expected, what was not, and the story as it went."""

    id: str
    title: str
    passed: bool
    difference: str
    timeline: str


def play(journey: Journey, versions: Sequence[CriterionVersion] = ()) -> Outcome:
    """Play a journey with these versions, and of what they do not name with the active or else the newest ones.

    Nothing of it stays: it runs in a transaction, or inside another one in a savepoint, that is rolled back. What cannot be
    played, by a code that is not known or an operation that refuses, is a failure that says where.
    """
    with transaction.atomic():
        outcome = perform(journey, versions)
        transaction.set_rollback(True)
    return outcome


def check(journey: Journey, versions: Sequence[CriterionVersion] = ()) -> None:
    """Raise BadJourney, naming file and line, when something in the journey is not known here. Nothing is played."""
    knowing.hold_codes(journey, knowing.known(), choosing.choose(journey, versions))


def perform(journey: Journey, given: Sequence[CriterionVersion] = ()) -> Outcome:
    """The same without the end: all that was recorded and asked stays in the caller's transaction, to be looked at."""
    versions = choosing.choose(journey, given)
    timeline = Timeline(journey.zone)
    try:
        here = knowing.known()
        knowing.hold_codes(journey, here, versions)
        stage = set_the_stage(journey, versions)
        scene = Scene(journey, stage, here, choosing.switch_on(journey, versions, stage))
        difference = compare(journey, Performance(scene, timeline).through())
    except BadJourney as error:
        difference = str(error)
    told = [*telling.head(journey, [f"{row} ({row.state})" for row in versions]), *timeline.lines]
    return Outcome(journey.id, journey.title, not difference, difference, "\n".join(told))


@dataclass
class Performance:
    """One journey on its way. `next_look` is when the patient is to be looked at again, as the last look said."""

    scene: Scene
    timeline: Timeline
    events: list[Event] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    seen: Standings = field(default_factory=dict)
    next_look: datetime | None = None
    faults: list[str] = field(default_factory=list)
    ladders: Ladders = field(init=False)

    def __post_init__(self) -> None:
        self.ladders = Ladders(self.scene.patient)

    def through(self) -> Played:
        """Step by step. Raises BadJourney where something cannot be recorded."""
        for step in self.scene.journey.steps:
            self._walk_to(step.at)
            self._record(step)
            # Where nothing is recorded, nobody looks before the clock says so.
            if step.record or self.next_look is None or self.next_look <= step.at:
                self._look(step.at)
            self._climb(step.at, including=True)
            self.moments.append(self._moment(step))
        return Played(self.events, self.moments, list(dict.fromkeys(self.faults)))

    def _moment(self, step: Step) -> Moment:
        """How things stand when a step is over; what cannot be judged is told where the step asks for it."""
        unknown = seeing.not_assessable(self.scene.patient)
        for row in unknown if UNKNOWN in step.expect else ():
            self.timeline.unknown(step.at, row)
        return Moment(step.at, self.seen, unknown)

    def _walk_to(self, at: datetime) -> None:
        """Everything that the clock alone brings before a moment."""
        while self.next_look is not None and self.next_look < at:
            look = self.next_look
            self._climb(look, including=False)
            self._look(look)
        self._climb(at, including=False)

    def _climb(self, at: datetime, *, including: bool) -> None:
        for event in self.ladders.climb(at, including=including):
            self._keep(event)

    def _record(self, step: Step) -> None:
        self.ladders.stir()
        planned = [item for item in step.record if item.kind in PLANNED]
        for item in step.record:
            if item not in planned:
                self._tell(step.at, item, [item])
        if planned:
            self._tell(step.at, planned[0], planned)

    def _tell(self, at: datetime, first: Item, items: Sequence[Item]) -> None:
        """Record one item, or all that make one version of the plan. A refusal says on which line."""
        try:
            if first.kind in PLANNED:
                lines = plan(self.scene, items, at)
            elif first.kind == "referral":
                lines = [refer(self.scene, first, at)]
            else:
                lines = [RECORD[first.kind](self.scene, first, at)]
        except Refused as error:
            raise first.where.bad(f"“{first.kind}” was refused: {error.detail}") from None
        except NotThere as error:
            raise first.where.bad(str(error)) from None
        for line in lines:
            self.timeline.recorded(at, line)

    def _look(self, at: datetime) -> None:
        """Look at the patient, and see what came of it and of what was recorded before it."""
        patient = self.scene.patient
        self.next_look = looking.look_at(patient=patient, at=at, versions=self.scene.versions)
        if self.next_look <= at:
            raise RuntimeError(f"looked at {at}, and the next look is not later: {self.next_look}")
        if fault := seeing.fault(patient):
            self.faults.append(fault)
        now = seeing.see(patient)
        if events := between(self.seen, now, at):
            self.ladders.stir()
        for event in events:
            self._keep(event)
        self.seen = now

    def _keep(self, event: Event) -> None:
        self.events.append(event)
        self.timeline.happened(event)
