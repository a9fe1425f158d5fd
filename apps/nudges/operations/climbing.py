"""The ladder: asking the next person, reminding, and what happens when time runs out."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.nudges import ladder, times
from apps.nudges.models import Delivery, Nudge, Rung
from apps.nudges.operations.outbox import put, withdraw_unsent
from apps.nudges.signals import nudge_climbed
from apps.patients.operations.recording import note
from apps.teams.models import Member

Kind = Delivery.Kind
State = Nudge.State
Why = Rung.Why
#: One person hears of one nudge at most so often again; after that somebody else is asked instead.
MOST_REMINDERS = 3


@transaction.atomic
def step(*, nudge: Nudge, by: Actor, at: datetime) -> Nudge:
    """Do what is due on a nudge now: remind, ask the next rung, or let an acknowledgement run out.

    Nothing when somebody answered meanwhile: the row is locked, so a step and an answer never both win.
    """
    nudge = Nudge.locked(nudge)
    if nudge.next_step_at is None or nudge.next_step_at > at:
        return nudge
    if nudge.state == State.ACKNOWLEDGED:
        return _run_out(nudge, by, at)
    everybody = ladder.around(nudge, at)
    if nudge.state == State.OPEN and nudge.owner_id is not None:
        share = _present_share(nudge)
        ends = times.part(nudge.rung_at, nudge.acknowledge_within, share, everybody.calendar)
        if at < ends and _remind(nudge, everybody, share, by, at):
            return nudge
    return climb(nudge=nudge, by=by, at=at, everybody=everybody)


def _run_out(nudge: Nudge, by: Actor, at: datetime) -> Nudge:
    """Somebody had it and the time to act has passed: it is open again, and somebody else is asked."""
    everybody, late = ladder.around(nudge, at), nudge.owner
    acknowledge_by = times.after(at, nudge.acknowledge_within, everybody.calendar)
    changes = nudge.change(
        state=State.OPEN, acknowledged_at=None, round=nudge.round + 1, next_step_at=at, reminders_sent=0,
        acknowledge_by=acknowledge_by,
        act_by=max(acknowledge_by, times.after(at, nudge.act_within, everybody.calendar)),
    )  # fmt: skip
    note(nudge, by=by, at=at, verb="nudges.acknowledgement_ran_out", changes=changes)
    if late is not None and ladder.may_hear(nudge, {late.pk}, at):
        words = "The time to act has passed. Somebody else is being asked; you can still record what you did."
        put(nudge, ladder.recipient(late), Kind.TOLD, at, by=by, words=words)
    return climb(nudge=nudge, by=by, at=at, besides=nudge.owner_id, everybody=everybody)


def _remind(nudge: Nudge, everybody: ladder.People, share: Fraction, by: Actor, at: datetime) -> bool:
    """Remind the owner, unless they were reminded often enough or cannot be asked any more."""
    before = Delivery.objects.filter(nudge=nudge, recipient=nudge.owner_id, kind=Kind.REMINDER)
    here = any(
        one is not None and one.user.pk == nudge.owner_id and one.reachable
        for _, one in ladder.rungs(everybody, nudge.asks, nudge.severity)
    )
    # A reminder goes over several channels at once: their common time makes them one.
    if not here or before.values("queued_at").distinct().count() >= MOST_REMINDERS:
        return False
    put(nudge, ladder.recipient(_owner(nudge)), Kind.REMINDER, at, by=by)
    sent = nudge.reminders_sent + 1
    nudge.change(reminders_sent=sent, next_step_at=_next(nudge, nudge.rung_at, sent, share, everybody.calendar))
    return True


def _owner(nudge: Nudge) -> Any:
    return nudge.owner


@transaction.atomic
def climb(
    *, nudge: Nudge, by: Actor, at: datetime, besides: UUID | None = None, everybody: ladder.People | None = None
) -> Nudge:
    """Ask the next rung of the ladder; `nudge` is locked. Everybody who was passed over is written down with why.

    In a new round the ladder begins anew. Whoever declined in it, and whoever `besides` names, is not asked again. When
    nobody else is left, those to whom the question never left are asked once more: a mail server that was down must not
    have used them up.
    """
    everybody = everybody or ladder.around(nudge, at)
    known = _passed(nudge, besides)
    if _ask_next(nudge, everybody, known, by, at):
        return nudge
    known.asked -= _never_reached(nudge) - {besides, nudge.owner_id}
    if not _ask_next(nudge, everybody, known, by, at):
        _exhaust(nudge, everybody, known, by, at)
    return nudge


@dataclass
class Passed:
    """Who was asked in this round, of whom it is written down that they cannot be asked, and who has declined.

    `step` counts the rungs of all rounds.
    """

    asked: set[UUID | None]
    noted: set[UUID | None]
    declined: set[UUID]
    step: int


def _passed(nudge: Nudge, besides: UUID | None) -> Passed:
    past = list(nudge.rungs.filter(round=nudge.round)) if nudge.step else []
    declined = nudge.responses.filter(kind="decline", round=nudge.round) if nudge.step else []
    return Passed(
        asked={rung.user_id for rung in past if rung.why != Why.UNREACHABLE} | {besides},
        noted={rung.user_id or rung.discipline_id for rung in past if rung.why in {Why.UNREACHABLE, Why.NOBODY}},
        declined={response.by_id for response in declined},
        step=nudge.step,
    )


def _never_reached(nudge: Nudge) -> set[UUID]:
    """Whose mail was taken back in this round before it had left."""
    unsent = Delivery.objects.filter(
        nudge=nudge, round=nudge.round, kind=Kind.ASK, channel=Member.Channel.EMAIL, sent_at__isnull=True
    )
    return set(unsent.values_list("recipient_id", flat=True))


def _ask_next(nudge: Nudge, everybody: ladder.People, known: Passed, by: Actor, at: datetime) -> bool:
    """Ask the first who is left; whoever is passed over is written down, once a round."""
    for wanted, candidate in ladder.rungs(everybody, nudge.asks, nudge.severity):
        discipline = everybody.disciplines.get(wanted.removesuffix(ladder.ON_CALL_FIRST))
        if candidate is None:
            if discipline is not None and discipline.pk not in known.noted:
                known.noted.add(discipline.pk)
                _write(nudge, known, None, discipline, Why.NOBODY, by, at)
            continue
        user_id = candidate.user.pk
        if user_id in known.asked or user_id in known.declined:
            continue
        if candidate.reachable:
            _write(nudge, known, candidate, discipline, candidate.why, by, at)
            _ask(nudge, candidate, everybody, known, by, at)
            return True
        if user_id not in known.noted:
            known.noted.add(user_id)
            _write(nudge, known, candidate, discipline, Why.UNREACHABLE, by, at)
    return False


def _ask(
    nudge: Nudge, candidate: ladder.Candidate, everybody: ladder.People, known: Passed, by: Actor, at: datetime
) -> None:
    before = nudge.owner_id
    climbed = before is not None and before in known.asked
    if before is not None:
        withdraw_unsent(nudge, kinds=(Kind.ASK, Kind.REMINDER, Kind.OFFER), why="the next one was asked")
    known.asked.discard(None)
    share = _share(nudge, first=not known.asked)
    changes = nudge.change(
        owner=candidate.user, discipline=candidate.discipline, state=State.OPEN, rung_at=at, reminders_sent=0,
        offered_to=None, step=known.step, next_step_at=_next(nudge, at, 0, share, everybody.calendar),
    )  # fmt: skip
    note(nudge, by=by, at=at, verb="nudges.climb", changes=changes)
    put(nudge, candidate, Kind.ASK, at, by=by)
    if nudge.owner_id != before and not nudge.just_made:
        nudge_climbed.send(sender=Nudge, nudge=nudge, at=at)
    if climbed and nudge.policy["copies_coordinators"]:
        _copy_coordinators(nudge, everybody, by, at)


def _copy_coordinators(nudge: Nudge, everybody: ladder.People, by: Actor, at: datetime) -> None:
    words = "The first person asked has not taken it; somebody else is asked now."
    told = set(Delivery.objects.filter(nudge=nudge, words=words).values_list("recipient_id", flat=True))
    for one in everybody.coordination():
        if one.reachable and one.user.pk not in told and one.user.pk != nudge.owner_id:
            put(nudge, one, Kind.INFORM, at, by=by, words=words)


def _exhaust(nudge: Nudge, everybody: ladder.People, known: Passed, by: Actor, at: datetime) -> None:
    """Nobody is left. Coordinators are told, and whoever comes on duty later is asked then."""
    first = nudge.state != State.EXHAUSTED
    again = times.part(at, nudge.acknowledge_within, Fraction(nudge.policy["later_rungs"]), everybody.calendar)
    changes = nudge.change(state=State.EXHAUSTED, rung_at=at, next_step_at=again, step=known.step)
    if not first:
        return
    note(nudge, by=by, at=at, verb="nudges.exhaust", changes=changes)
    words = "Nobody is left to ask, and nobody has answered. Somebody has to be found by hand."
    for one in everybody.coordination():
        if one.channels and one.user.pk in everybody.seeing:
            put(nudge, one, Kind.TOLD, at, by=by, words=words)


def _write(
    nudge: Nudge,
    known: Passed,
    candidate: ladder.Candidate | None,
    discipline: Any,
    why: Rung.Why,
    by: Actor,
    at: datetime,
) -> None:
    known.step += 1
    rung = Rung.objects.create(
        nudge=nudge, number=known.step, round=nudge.round, user=candidate.user if candidate else None,
        discipline=discipline, why=why, at=at,
    )  # fmt: skip
    audit.record(
        by=by, at=at, verb="nudges.rung", subject=rung, patient_id=nudge.patient_id, site_id=nudge.patient.site_id,
        changes=audit.created(rung, "nudge", "number", "user", "discipline", "why"),
    )  # fmt: skip


def _present_share(nudge: Nudge) -> Fraction:
    """The share of the rung that is asked now."""
    asked = nudge.rungs.filter(round=nudge.round).exclude(why__in=[Why.NOBODY, Why.UNREACHABLE])
    return _share(nudge, first=asked.count() <= 1)


def _share(nudge: Nudge, *, first: bool) -> Fraction:
    """Which share of the time to acknowledge a rung has: the first one asked in a round has the most."""
    return Fraction(nudge.policy["next_rung" if first else "later_rungs"])


def _next(nudge: Nudge, rung_at: datetime, sent: int, share: Fraction, calendar: times.Calendar) -> datetime:
    """When the next step of a rung is due: its next reminder after `sent` of them, or its end."""
    left = [Fraction(text) for text in nudge.policy["reminders"]][sent:]
    within = [one for one in left if one < share]
    return times.part(rung_at, nudge.acknowledge_within, within[0] if within else share, calendar)
