"""What the tests of referrals share: people of the two sides, and moving one as somebody of the cast."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.common import due
from apps.common.clock import app_now, move_clock
from apps.knowledge.models import Discipline, ReferralReason
from apps.nudges.models import Nudge, Rung
from apps.patients.models import Patient, PatientAccess
from apps.referrals import operations
from apps.referrals.models import Referral, Transition
from apps.teams import operations as teams
from tests.cast import Cast, Persona

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SLT = "slt_swallow"
#: What each move is given where the test does not care.
GIVEN: dict[str, dict[str, Any]] = {
    "ask_information": {"words": "Which texture is eaten now?"},
    "give_information": {"words": "Soft food, thin liquids."},
    "decline": {"words": "Nobody is free this month."},
    "reroute": {"words": "They are full."},
    "reschedule": {"words": "The room is taken."},
    "cancel_visit": {"words": "The patient has a cold."},
    "report": {"outcome_note": "Mild residue, no aspiration. Upright position, soft food."},
    "review": {"review_note": "Soft food for now; again in four weeks."},
    "ask_again": {"words": "Which liquids are safe?"},
    "cancel": {"words": "It has resolved."},
    "request_cancellation": {"words": "It has resolved."},
    "refuse_cancellation": {"words": "She was seen this morning."},
    "enter_in_error": {"words": "Meant for somebody else."},
}


def reason(code: str = SLT) -> ReferralReason:
    found: ReferralReason = ReferralReason.objects.select_related("to").get(code=code)
    return found


def when(by: Actor) -> datetime:
    """When somebody asked: what they do happens at that moment."""
    assert by.at is not None
    return by.at


def clock_to(moment: datetime) -> None:
    """Set the clock of the installation."""
    move_clock(by=moment - app_now())


def work() -> None:
    """Let careteam do everything that is due, but for sending mail."""
    due.drain_all("referrals.looks")
    due.drain_all("nudges.steps")
    due.drain_all("referrals.looks")


@dataclass
class Loop:
    """A patient with a rheumatologist and nobody else, and a department of speech therapy that does not see them.

    The cast's therapist belongs to another patient's team; `covering` is her colleague at the same hospital.
    """

    cast: Cast
    patient: Patient

    @classmethod
    def begin(cls, cast: Cast, family: str = "Quandt", **values: Any) -> "Loop":
        patient = cast.patient_of(family, **values)
        teams.form_care_team(
            by=cast.by,
            at=app_now(),
            patient=patient,
            memberships=[{"member": cast.rheumatologist.member, "role": "lead"}],
        )
        return cls(cast, patient)

    def draft(self, who: str = "rheumatologist", code: str = SLT, **values: Any) -> Referral:
        """A draft by somebody of the cast."""
        by = self.cast.personas[who].actor
        return operations.draft(patient=self.patient, by=by, at=when(by), reason=reason(code), **values)

    def sent(self, who: str = "rheumatologist", code: str = SLT, **values: Any) -> Referral:
        """A referral that was sent."""
        return self.draft(who, code, send=True, **values)

    def move(self, row: Referral, name: str, who: str, **values: Any) -> Referral:
        """Make a move as somebody of the cast."""
        given = GIVEN.get(name, {}) | values
        if name in {"schedule", "reschedule"}:
            given.setdefault("starts_at", app_now() + 2 * DAY)
        if name == "reroute" and not set(values) & {"to", "to_site", "to_member", "outside"}:
            given["to"] = Discipline.objects.get(code="dermatology")
        by = self.cast.personas[who].actor
        return operations.OPERATIONS[name](referral=row, by=by, at=when(by), **given)

    def accepted(self, who: str = "therapist", **values: Any) -> Referral:
        """A referral that was sent and accepted."""
        return self.move(self.sent(**values), "accept", who)

    def seen(self, who: str = "therapist", **values: Any) -> Referral:
        """A referral whose patient was seen."""
        return self.move(self.accepted(who, **values), "see", who)

    def reported(self, who: str = "therapist", **values: Any) -> Referral:
        """A referral whose report was returned."""
        return self.move(self.seen(who, **values), "report", who)

    def sees(self, who: str) -> bool:
        """Whether somebody sees the patient now."""
        return Patient.objects.visible_to(self.cast.personas[who].actor).filter(pk=self.patient.pk).exists()

    def sees_referral(self, row: Referral, who: str) -> bool:
        """Whether somebody sees the referral now."""
        return Referral.objects.visible_to(self.cast.personas[who].actor).filter(pk=row.pk).exists()


def fresh(row: Referral) -> Referral:
    """The referral as it is stored, with what tests look at."""
    return Referral.objects.select_related(*Referral.locked_with).get(pk=row.pk)


def asked(row: Referral) -> str:
    """Who is asked about it, or has it, by user name; empty when nobody is."""
    nudge = fresh(row).nudge
    return nudge.owner.username if nudge is not None and nudge.unfinished and nudge.owner is not None else ""


def stuck_with(row: Referral) -> str:
    """Which coordinator (or other) is asked to chase it, by user name; empty when it is not stuck."""
    nudge = fresh(row).stuck_nudge
    return nudge.owner.username if nudge is not None and nudge.unfinished and nudge.owner is not None else ""


def moves(row: Referral) -> list[str]:
    """The names of its moves, in order."""
    return list(Transition.objects.filter(referral=row).order_by("number").values_list("move", flat=True))


def rungs(nudge: Nudge) -> list[str]:
    """Whom a question went to, in order, by user name."""
    rows = Rung.objects.filter(nudge=nudge).exclude(why__in=["nobody", "unreachable"]).select_related("user")
    return [row.user.username for row in rows.order_by("number") if row.user is not None]


def accesses(row: Referral) -> set[str]:
    """Who sees the patient by this referral now, by user name."""
    holders = Transition.objects.filter(referral=row, move="accept").values("pk")
    found = PatientAccess.objects.in_force(app_now()).filter(kind="referral", holder_id__in=holders)
    return set(User.objects.filter(pk__in=found.values("user")).values_list("username", flat=True))


def colleague(cast: Cast, name: str, discipline: str, **where: Any) -> Persona:
    """Another person of a department."""
    return cast.person(name, discipline=discipline, **where)
