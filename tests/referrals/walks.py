"""A walk through the loop that reckons for itself what each move must leave behind, from the table of moves alone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.nudges.models import Nudge
from apps.referrals.models import Referral, Transition
from apps.referrals.moves import ENDS, MOVES, TAKEN_ON, TURNS, Party, State
from apps.teams import operations as teams
from tests.referrals.house import Loop, accesses, clock_to, fresh

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
SENDER, COORDINATOR = "rheumatologist", "coordinator"
#: Who is of a department at Linden; the first of each comes first by name and is asked first.
DEPARTMENTS = {"slt": ("covering", "therapist"), "dermatology": ("former",)}
#: Left alone, each of these waits for the target.
UNTIL_TARGET = {State.SENT, State.RECEIVED, State.NEEDS_INFORMATION, State.ACCEPTED, State.DECLINED}
PEOPLES = [move for move in MOVES.values() if Party.CARETEAM not in move.parties]


def ways_on(state: State) -> list[tuple[str, State]]:
    """The moves of people that lead from here into another state, but for what is entered in error."""
    found = [(move.name, move.target) for move in PEOPLES if state in move.sources and move.name != "enter_in_error"]
    return [(name, target) for name, target in found if target is not None and target != state]


def paths(state: State = State.DRAFT, seen: frozenset[State] = frozenset()) -> Iterator[list[str]]:
    """Every path from a state to an end that comes into no state twice, as the names of its moves."""
    if state in ENDS:
        yield []
        return
    for name, target in ways_on(state):
        if target not in seen | {state}:
            yield from ([name, *rest] for rest in paths(target, seen | {state}))


def shortest(state: State, *, to: State | None = None) -> list[str]:
    """The shortest way from a state to another one; to an end, when none is named."""
    ways: list[tuple[State, list[str]]] = [(state, [])]
    known = {state}
    for here, way in ways:
        if here == to or (to is None and here in ENDS):
            return way
        for name, target in ways_on(here):
            if target not in known:
                known.add(target)
                ways.append((target, [*way, name]))
    raise AssertionError(f"no way from {state} to {to}")


def working_days(at: datetime, count: int) -> datetime:
    """So many working days later in a month without holidays or a change of the clocks."""
    while count:
        at += timedelta(days=1)
        count -= at.astimezone(BERLIN).weekday() < 5
    return at


@dataclass
class Walk:
    """One referral of the rheumatologist's to speech therapy, urgent, 2 working days; and what must be so by now."""

    loop: Loop
    row: Referral
    receiver: str = "therapist"
    to: str = "slt"
    owner: str = SENDER
    state: State = State.DRAFT
    before: State = State.DRAFT
    asked: str = ""
    target: datetime | None = None
    visit: datetime | None = None
    access: set[str] = field(default_factory=set)
    made: list[str] = field(default_factory=list)
    audits: int = 0
    nudge: Nudge | None = None

    @classmethod
    def begin(cls, loop: Loop) -> "Walk":
        teams.end_cover(cover=loop.cast.cover, by=loop.cast.by, at=app_now())
        return cls(loop, loop.draft())

    def mover(self, name: str, *, coordinated: bool = False) -> tuple[str, Party]:
        """Who makes a move, and on whose side."""
        parties = MOVES[name].parties
        if coordinated and Party.COORDINATOR in parties:
            return COORDINATOR, Party.COORDINATOR
        return (SENDER, Party.SENDER) if Party.SENDER in parties else (self.receiver, Party.OWNER)

    def take(self, name: str, *, coordinated: bool = False) -> None:
        """Make a move half an hour later, and hold everything that it left behind against what must be so."""
        clock_to(app_now() + 30 * MINUTE)
        who, party = self.mover(name, coordinated=coordinated)
        values = self._values(name)
        self.nudge, self.audits = fresh(self.row).nudge, self._audited(name)
        self.row = self.loop.move(self.row, name, who, **values)
        self.made.append(name)
        held = self._reckon(name, who, party)
        self._compare(name, who, party)
        self._compare_questions(name, who, held)

    def _values(self, name: str) -> dict[str, Any]:
        if name in {"schedule", "reschedule"}:
            self.visit = app_now() + 20 * MINUTE
            return {"starts_at": self.visit}
        if name == "assign":
            other = next((one for one in DEPARTMENTS[self.to] if one != self.owner), "")
            return {"to_member": self.loop.cast.personas[other].member}
        return {}

    def _reckon(self, name: str, who: str, party: Party) -> bool:
        """What must be so after the move; returns whether whoever made it has the question that follows."""
        source, target = self.state, MOVES[name].end(self.state, self.before)
        if name == "send":
            self.target = working_days(self.row.wait_since, 2)
        if name == "reroute":
            self.to, self.receiver = "dermatology", "former"
        if name in {"send", "reroute"}:
            self.owner = DEPARTMENTS[self.to][0]
        elif name == "assign":
            self.owner = next(one for one in DEPARTMENTS[self.to] if one != self.owner)
        elif party == Party.OWNER:
            self.owner = who
        if target != source:
            self.before = source
        taken = target in TAKEN_ON or (target == State.CANCELLATION_REQUESTED and source in TAKEN_ON)
        self.access = set(DEPARTMENTS[self.to]) if taken or (name == "assign" and self.access) else set()
        self.state = target
        turn = TURNS.get(target)
        quiet = turn is None or target in {State.DRAFT, State.SCHEDULED}
        self.asked = "" if quiet else (SENDER if turn == Party.SENDER else self.owner)
        return self.asked == who

    def until(self) -> datetime | None:
        """When it must be stuck, unless somebody moves it."""
        at = self.row.wait_since
        if self.state in ENDS:
            return None
        if self.state in UNTIL_TARGET:
            return self.target
        if self.state == State.SCHEDULED:
            assert self.visit is not None
            day = max(self.visit, at).astimezone(BERLIN).date() + timedelta(days=1)
            return working_days(datetime.combine(day, time(0), BERLIN), 2)
        return working_days(at, 2)

    def _compare(self, name: str, who: str, party: Party) -> None:
        row, cast = fresh(self.row), self.loop.cast
        assert row.state == self.state
        assert row.owner.username == self.owner
        assert row.sender.username == SENDER
        assert row.wait_until == self.until()
        assert (row.ended_at is None, row.look_at is None) == (self.state not in ENDS, self.state in ENDS)
        rows = list(Transition.objects.filter(referral=row).order_by("number"))
        assert [one.move for one in rows] == self.made
        assert [one.number for one in rows] == list(range(1, len(rows) + 1))
        last = rows[-1]
        assert (last.target, last.party, last.by) == (self.state, party, cast.personas[who].who)
        assert last.source == (rows[-2].target if len(rows) > 1 else State.DRAFT)
        assert (last.owner.username, last.sender.username, last.to.code) == (self.owner, SENDER, self.to)
        assert self._audited(name) == self.audits + 1
        assert accesses(row) == self.access
        for one in (*DEPARTMENTS["slt"], *DEPARTMENTS["dermatology"]):
            assert self.loop.sees(one) == (one in self.access), one
        if self.state not in {*ENDS, State.DRAFT, State.DECLINED}:
            assert self.loop.sees_referral(row, self.owner)

    def _audited(self, name: str) -> int:
        return AuditEvent.objects.filter(subject_id=self.row.pk, verb=f"referrals.{name}").count()

    def _compare_questions(self, name: str, who: str, held: bool) -> None:
        """Exactly one question is open, of the right person, and what was asked before is over."""
        row, unfinished = fresh(self.row), Nudge.objects.unfinished().filter(patient=self.loop.patient)
        assert [one.owner.username if one.owner else None for one in unfinished] == ([self.asked] if self.asked else [])
        if self.asked:
            assert row.nudge == unfinished.get()
            assert row.nudge.state == (Nudge.State.ACKNOWLEDGED if held else Nudge.State.OPEN)
            assert row.nudge.link == f"/referrals/{row.pk}/"
        if self.nudge is not None and self.nudge.unfinished and not (name == "receive" and row.nudge == self.nudge):
            withdrawn = self.state in ENDS and self.state != State.CLOSED
            was = Nudge.objects.get(pk=self.nudge.pk)
            assert was.state == (Nudge.State.CANCELLED if withdrawn else Nudge.State.ACTIONED)
            assert self.loop.cast.personas[who].who.name in was.end_reason
