"""One patient's referrals among random people who come and go, and what must hold whatever they do."""

from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    rule,
)

from apps.accounts import operations as accounts
from apps.accounts.actors import Careteam
from apps.common.clock import app_now
from apps.common.refusals import Forbidden, Invalid, Refused
from apps.nudges import operations as nudges
from apps.patients import operations as patients
from apps.patients.models import Patient
from apps.referrals.models import Referral, Transition
from apps.referrals.moves import ENDS, MOVES, Party
from apps.referrals.operations import NotYourMove, ReferralMoved
from apps.teams import operations as teams
from tests.nudges.house import give_addresses
from tests.referrals.house import DAY, GIVEN, HOUR, Loop, clock_to, colleague, fresh, work
from tests.referrals.promises import Promises
from tests.referrals.walks import PEOPLES, paths

#: Who moves: the sender, a colleague, both therapists, whoever is on call for them, coordinators here and there, a stranger.
CAST = (
    "rheumatologist", "junior", "therapist", "covering", "duty", "coordinator", "coordinator_elsewhere", "stranger", "former",
)  # fmt: skip
LEAVING = ("rheumatologist", "junior", "therapist", "covering", "former")
#: So wide that two draws are seldom alike: a seed decides who does what.
SEEDS = st.integers(0, 2**40)
NAMES = [move.name for move in PEOPLES]
PATHS = list(paths())
SUBSTITUTES = {"rheumatologist": "junior", "therapist": "covering", "covering": "therapist"}
RECEIVING = ("therapist", "covering", "duty", "former")


class Referring(Promises):
    """One patient's referrals among people who come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.drained = False
        self.gone, self.covers = set(), []
        self._people()
        self.row = self.loop.draft()
        self.rows = []

    @initialize(path=st.sampled_from(PATHS), far=st.integers(0, 7))
    def somewhere_on_its_way(self, path: list[str], far: int) -> None:
        """The rest begins anywhere in the loop."""
        for name in path[:far]:
            sender = Party.SENDER in MOVES[name].parties
            self.row = self.loop.move(self.row, name, "rheumatologist" if sender else "therapist")
        self._settle(lazy=False)

    def _people(self) -> None:
        cast, at = self.cast, app_now()
        cast.personas = dict(cast.personas)
        teams.end_cover(cover=cast.cover, by=cast.by, at=at)
        colleague(cast, "junior", "rheumatology")
        duty = colleague(cast, "duty", "slt", site=cast.elsewhere)
        give_addresses(cast)
        assert duty.member is not None
        self.duty_until = at + 3 * DAY
        teams.put_on_call(
            by=cast.by, at=at, site=cast.site, discipline=duty.member.discipline, member=duty.member,
            ends_at=self.duty_until,
        )  # fmt: skip
        self.loop = Loop.begin(cast)
        self.team = self.loop.patient.care_teams.get()
        teams.add_to_team(by=cast.by, at=app_now(), care_team=self.team, member=self._member("junior"))
        self.members = {"rheumatologist", "junior"}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def _member(self, name: str) -> Any:
        return self.cast.personas[name].member

    def _careteam(self) -> Careteam:
        return Careteam(at=app_now())

    @property
    def patient(self) -> Patient:
        return Patient.objects.select_related("site").get(pk=self.loop.patient.pk)

    # What somebody does.

    @rule(name=st.sampled_from(NAMES), who=st.sampled_from(CAST), to=st.sampled_from(RECEIVING), lazy=st.booleans())
    def somebody_moves(self, name: str, who: str, to: str, lazy: bool) -> None:
        self._move(name, who, to)
        self._settle(lazy)

    @rule(seed=SEEDS)
    def somebody_who_may_moves(self, seed: int) -> None:
        """What random people try is mostly refused; this goes on."""
        self._go_on(seed)
        self._settle(lazy=False)

    @rule(seed=SEEDS, lazy=st.booleans())
    def somebody_moves_somebody_answers_and_somebody_moves(self, seed: int, lazy: bool) -> None:
        self._go_on(seed)
        self._answer(yes=seed % 3 > 0, coordinated=False)
        if seed % 2:
            work()
        self._go_on(seed + 1)
        self._settle(lazy)

    def _go_on(self, seed: int) -> None:
        """One of the moves that can be made now, by one of those who can make it, each as likely as the others."""
        self._begin_again(seed)
        row = fresh(self.row)
        dice = Random(f"{seed}, move {Transition.objects.filter(referral=row).count()}")
        ways = {
            move.name: sides for move in PEOPLES if row.state in move.sources and move.name != "enter_in_error"
            for sides in [[who for who in CAST if who not in self.gone and self._sides(row, who) & move.parties]] if sides
        }  # fmt: skip
        if ways:
            name = dice.choice(sorted(ways))
            self._move(name, dice.choice(ways[name]), to=dice.choice(RECEIVING))

    def _begin_again(self, seed: int) -> None:
        """Where there is nothing to move, the patient comes back, and somebody refers them."""
        if self.patient.status != Patient.Status.ACTIVE:
            self._come_back()
        if fresh(self.row).state in ENDS:
            self.loop.patient = self.patient
            who = {"linden": "coordinator", "harbour": "coordinator_elsewhere"}[self.patient.site.code]
            writer = "rheumatologist" if "rheumatologist" in self.members - self.gone else who
            self.row = self.loop.draft(writer, send=seed % 3 > 0, beside_open=True)

    def _move(self, name: str, who: str, to: str) -> None:
        if who in self.gone:
            return
        row, actor = fresh(self.row), self.cast.personas[who].actor
        visible = Referral.objects.visible_to(actor).filter(pk=row.pk).exists()
        expected = self._refusal(row, name, who, visible)
        before = Transition.objects.filter(referral=row).count()
        try:
            self.row = self.loop.move(row, name, who, **self._values(row, name, to))
            found: type[Exception] | None = None
        except Refused as refused:
            found = type(refused)
        if found is not None and issubclass(found, Invalid) and expected is None:
            assert name in {"assign", "no_show"}, name
            expected = found
        assert found == expected, f"{name} of {row.state} by {who}: {found}, not {expected}"
        assert Transition.objects.filter(referral=row).count() == before + (found is None)

    def _refusal(self, row: Referral, name: str, who: str, visible: bool) -> type[Exception] | None:
        """How the move must be refused; None when it must succeed."""
        if not visible:
            return Forbidden
        if row.state not in MOVES[name].sources:
            return ReferralMoved
        return None if self._sides(row, who) & MOVES[name].parties else NotYourMove

    def _values(self, row: Referral, name: str, to: str) -> dict[str, Any]:
        if name == "reroute":
            code = "slt" if row.to.code == "dermatology" else "dermatology"
            return {"to": self._member("former" if code == "dermatology" else "therapist").discipline}
        if name == "assign":
            return {"to_member": self._member(to)}
        return GIVEN.get(name, {}) | ({"starts_at": app_now() + HOUR} if name in {"schedule", "reschedule"} else {})

    @rule(yes=st.booleans(), coordinated=st.booleans(), lazy=st.booleans())
    def whoever_is_asked_answers(self, yes: bool, coordinated: bool, lazy: bool) -> None:
        self._answer(yes, coordinated)
        self._settle(lazy)

    def _answer(self, yes: bool, coordinated: bool) -> None:
        row = fresh(self.row)
        nudge = row.stuck_nudge if coordinated else row.nudge
        if nudge is None or not nudge.unfinished or nudge.owner is None or not nudge.owner.is_active:
            return
        by = next(one for one in self.cast.personas.values() if one.user == nudge.owner).actor
        # What was asked of somebody who has lost sight of it meanwhile, they cannot answer any more.
        with suppress(Forbidden):
            if yes:
                nudges.acknowledge(nudge=nudge, by=by, at=app_now())
            else:
                nudges.decline(nudge=nudge, by=by, at=app_now(), reason="Not today.")

    # What happens around it.

    @rule(hours=st.sampled_from((1, 7, 26, 50, 100)))
    def time_passes(self, hours: int) -> None:
        clock_to(app_now() + timedelta(hours=hours))
        self._settle(lazy=False)
        made = Transition.objects.count()
        Referral.objects.open().filter(patient=self.loop.patient).update(look_at=app_now())
        self._settle(lazy=False)
        assert Transition.objects.count() == made, "what was seen to is not seen to once more"

    @rule(what=st.sampled_from(("account", "team", "cover")), name=st.sampled_from(LEAVING), lazy=st.booleans())
    def people_come_and_go(self, what: str, name: str, lazy: bool) -> None:
        if what == "account":
            change = accounts.reactivate_user if name in self.gone else accounts.deactivate_user
            change(user=self.cast.personas[name].who, by=self._careteam(), at=app_now())
            self.gone ^= {name}
        elif what == "cover" and name in SUBSTITUTES:
            self._away(name)
        elif name in {"rheumatologist", "junior"} - self.gone:
            self._join_or_leave(name)
        self._settle(lazy)

    def _join_or_leave(self, name: str) -> None:
        at, by = app_now(), self._careteam()
        if name in self.members:
            row = self.team.memberships.get(member=self._member(name), ends_at__isnull=True)
            teams.end_membership(membership=row, by=by, at=at)
        else:
            teams.add_to_team(by=by, at=at, care_team=self.team, member=self._member(name))
        self.members ^= {name}

    def _away(self, name: str) -> None:
        by, at = self._careteam(), app_now()
        substitute = self._member(SUBSTITUTES[name])
        with suppress(Refused):
            teams.set_cover(by=by, at=at, member=self._member(name), substitute=substitute, ends_at=at + 2 * DAY)
            self.covers.append((name, SUBSTITUTES[name], at + 2 * DAY))

    @rule(change=st.sampled_from((patients.record_death, patients.record_departure, None)), lazy=st.booleans())
    def the_patient_dies_or_leaves_or_goes_to_the_other_hospital(self, change: Any, lazy: bool) -> None:
        patient = self.patient
        if patient.status != Patient.Status.ACTIVE:
            self._come_back()
        elif change is None:
            to = self.cast.elsewhere if patient.site_id == self.cast.site.pk else self.cast.site
            patients.transfer(patient=patient, by=self._careteam(), at=app_now(), to_site=to)
        else:
            change(patient=patient, by=self._careteam(), at=app_now(), reason="So it is.")
        self._settle(lazy)

    def _come_back(self) -> None:
        patients.reactivate(patient=self.patient, by=self._careteam(), at=app_now(), reason="So it is.")
        self.row = Referral.objects.filter(patient=self.patient).order_by("drafted_at", "pk").last() or self.row

    def _settle(self, lazy: bool) -> None:
        """Let careteam do what is due, or leave it for later, as it may be at any moment."""
        self.drained = not lazy
        if self.drained:
            work()
        self.rows = list(Referral.objects.filter(patient=self.loop.patient).select_related(*Referral.locked_with))
