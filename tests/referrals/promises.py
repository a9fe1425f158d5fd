"""What holds at every moment of a patient's referrals, reckoned from what has happened and from the table of moves alone."""

from collections import Counter
from datetime import datetime

from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
)

from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.nudges.models import Nudge
from apps.referrals.models import Referral, Transition, Visit
from apps.referrals.moves import ENDS, MOVES, OPEN, SHOWN, TAKEN_ON, Party, State
from tests.cast import Cast
from tests.referrals.house import Loop, accesses

HOMES = {
    ("slt", "linden"): {"therapist", "covering"},
    ("slt", "harbour"): {"duty"},
    ("dermatology", "linden"): {"former"},
}


def home(row: Referral) -> set[str]:
    """Who is of the department that it goes to."""
    return HOMES.get((row.to.code, row.to_site.code), set())


class Promises(RuleBasedStateMachine):
    """The invariants. `drained` says whether careteam has done what is due; `rows` are the patient's referrals by now.

    `gone` are those whose account is closed, `members` those of the care team, `covers` who was away, by whom, until when.
    """

    cast: Cast
    loop: Loop
    rows: list[Referral]
    drained: bool
    gone: set[str]
    members: set[str]
    covers: list[tuple[str, str, datetime]]
    duty_until: datetime

    def _sides(self, row: Referral, who: str) -> set[Party]:
        """On which sides somebody stands, told from what has happened and from nothing that careteam has worked out."""
        now, users = app_now(), self.cast.personas
        mine = {who} | {away for away, substitute, until in self.covers if substitute == who and now < until}
        usernames = {users[one].who.username for one in mine}
        coordinates = who == {"linden": "coordinator", "harbour": "coordinator_elsewhere"}[row.patient.site.code]
        found = {Party.COORDINATOR} if coordinates else set()
        drafted = row.state == State.DRAFT
        sends = {"rheumatology": who in self.members, "coordination": coordinates}.get(
            row.sender_discipline.code, False
        )
        if row.sender.username in usernames or (sends and not drafted):
            found.add(Party.SENDER)
        on_duty = who == "duty" and now < self.duty_until and row.to.code == "slt" and row.patient.site.code == "linden"
        if not drafted and (row.owner.username in usernames or on_duty or who in home(row)):
            found.add(Party.OWNER)
        return found

    @invariant()
    def its_history_is_one_of_moves_that_the_table_has(self) -> None:
        for row in self.rows:
            here, before = State.DRAFT, State.DRAFT
            for number, one in enumerate(Transition.objects.filter(referral=row).order_by("number"), 1):
                move, source = MOVES[one.move], State(one.source)
                assert (one.number, source) == (number, here)
                assert source in move.sources
                assert one.target == move.end(source, before), one.move
                assert one.party in move.parties
                before = before if one.target == source else source
                here = State(one.target)
            assert row.state == here

    @invariant()
    def every_move_is_audited(self) -> None:
        for row in self.rows:
            made = Counter(Transition.objects.filter(referral=row).values_list("move", flat=True))
            events = AuditEvent.objects.filter(subject_id=row.pk, verb__in=[f"referrals.{name}" for name in MOVES])
            assert Counter(verb.removeprefix("referrals.") for verb in events.values_list("verb", flat=True)) == made
            parts = Transition.objects.filter(referral=row).values("pk")
            told = AuditEvent.objects.filter(subject_id__in=parts, verb="referrals.transition")
            assert told.count() == sum(made.values())

    @invariant()
    def what_is_open_waits_and_is_looked_at_and_nothing_else_does(self) -> None:
        for row in self.rows:
            waits = (row.ended_at is None, row.look_at is not None, row.wait_until is not None)
            assert set(waits) == {row.state in OPEN}
            assert row.last_error == ""
            booked = Visit.objects.filter(referral=row, status=Visit.Status.BOOKED).count()
            assert (
                booked == 1 if row.state == State.SCHEDULED else booked <= (row.state == State.CANCELLATION_REQUESTED)
            )
        assert not Nudge.objects.exclude(step_error="").exists()

    @invariant()
    def somebody_is_asked(self) -> None:
        if not self.drained:
            return
        now = app_now()
        for row in self.rows:
            unfinished = Nudge.objects.unfinished().filter(dedup_key__endswith=str(row.pk))
            if row.state in ENDS:
                assert not unfinished.exists()
                continue
            assert row.wait_until is not None
            assert row.look_at is not None
            assert row.look_at > now
            asked = row.nudge is not None and row.nudge.unfinished
            stuck = row.stuck_nudge is not None and row.stuck_nudge.unfinished
            assert asked or (row.ask_at is not None and row.ask_at > now)
            assert stuck or row.wait_until > now
            assert unfinished.count() == asked + stuck
            for nudge in unfinished:
                assert nudge.owner is not None or nudge.state == Nudge.State.EXHAUSTED

    @invariant()
    def somebody_who_is_there_answers_for_both_sides(self) -> None:
        if not self.drained:
            return
        names = {persona.user.pk: name for name, persona in self.cast.personas.items() if persona.user is not None}
        for row in self.rows:
            if row.state in ENDS:
                continue
            sender, owner = names[row.sender_id], names[row.owner_id]
            assert sender not in self.gone
            assert owner not in self.gone
            assert self.loop.sees(sender), f"{sender} sends"
            assert self._can_act(row, owner), f"{owner} owns what is {row.state}"

    def _can_act(self, row: Referral, owner: str) -> bool:
        if row.state == State.DECLINED and owner in home(row):
            return True
        return self.loop.sees_referral(row, owner) and Party.OWNER in self._sides(row, owner) | (
            {Party.OWNER} if row.state == State.DRAFT else set()
        )

    @invariant()
    def the_department_sees_the_patient_exactly_while_it_has_taken_it_on(self) -> None:
        for row in self.rows if self.drained else []:
            taken = row.state in TAKEN_ON or (row.state == State.CANCELLATION_REQUESTED and self._was_taken_on(row))
            there = home(row) - self.gone
            assert accesses(row) == ({*there, row.owner.username} if taken else set()), row.state
            for name in there:
                assert row.state not in SHOWN or self.loop.sees_referral(row, name)
            assert not self.loop.sees("stranger")

    def _was_taken_on(self, row: Referral) -> bool:
        asked = Transition.objects.filter(referral=row, move="request_cancellation").order_by("number").last()
        return asked is not None and asked.source in TAKEN_ON
