"""What careteam does by itself about one referral: somebody answers for both sides, somebody is asked, a wait ends."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.models import RoleGrant, User
from apps.accounts.permissions import Permission, Role
from apps.common.models import active_at
from apps.knowledge.models import Discipline
from apps.nudges import ladder
from apps.nudges import operations as nudges
from apps.nudges.ladder import COORDINATION
from apps.nudges.models import Nudge
from apps.patients.models import PatientAccess
from apps.referrals.models import Referral
from apps.referrals.moves import ENDS, SHOWN, Party, State
from apps.referrals.operations import access, asking
from apps.referrals.operations.asking import set_quietly
from apps.referrals.operations.moving import finish, with_patient
from apps.referrals.parties import department, receives
from apps.teams.models import Cover, Member

#: However little there is to do, every open referral is looked at once a day.
LATEST = timedelta(days=1)
#: As long as it is in one of these, whoever answers for the receiving side need not see the patient.
OWNED_UNSEEN = SHOWN | {State.DECLINED}


@transaction.atomic
def look(*, referral: Referral, by: Actor, at: datetime) -> Referral:
    """Do what is due on a referral now. Does nothing to one that has ended."""
    row = locked(referral)
    if row.state in ENDS:
        return row
    _follow_answer(row, by, at)
    _keep_people(row, by, at)
    access.keep(row, by=by, at=at)
    _ask(row, by, at)
    set_quietly(row, look_at=_next(row, at))
    return row


def locked(referral: Referral) -> Referral:
    """The referral, its patient before it and its questions after it, locked: in the order in which every move takes them."""
    row = with_patient(referral)
    for name in ("nudge", "stuck_nudge"):
        if getattr(row, name) is not None:
            setattr(row, name, Nudge.locked(getattr(row, name)))
    return row


def _follow_answer(row: Referral, by: Actor, at: datetime) -> None:
    """Whoever has said “I have it” by a mail's link or in the inbox has received it, or has taken it over."""
    nudge = row.nudge
    if nudge is None or not nudge.unfinished or row.turn != Party.OWNER:
        return
    if nudge.state != Nudge.State.ACKNOWLEDGED:
        if row.state == State.SENT:
            asking.follow(row, None, by=by, at=at)
        return
    if row.state == State.SENT:
        if _answers_for_it(row, nudge, at):
            _make(row, "receive", nudge, at)
    elif nudge.owner_id != row.owner_id and _takes_over(row, nudge, at):
        _make(row, "assign", nudge, at)


def _answers_for_it(row: Referral, nudge: Nudge, at: datetime) -> bool:
    """Whether the ladder has asked them, or they are of the receiving side, or coordinate. Whoever was only handed the
    question by a colleague, such as the sender, has it and does not receive the referral.
    """
    if nudge.owner_id == row.owner_id or nudge.rungs.filter(user=nudge.owner_id).exists():
        return True
    coordinates = RoleGrant.objects.filter(
        active_at(at), user=nudge.owner_id, role=Role.COORDINATOR, site=row.patient.site_id
    )
    return _takes_over(row, nudge, at) or coordinates.exists()


def _takes_over(row: Referral, nudge: Nudge, at: datetime) -> bool:
    """Whether the answer means that it is theirs now: not of who only stands in for the owner, nor of who coordinates."""
    covers = Cover.objects.in_force(at).filter(substitute__user=nudge.owner_id, member__user=row.owner_id)
    member = Member.objects.filter(user=nudge.owner_id).select_related("user").first()
    return member is not None and receives(row, member, at) and not covers.exists()


def _make(row: Referral, name: str, nudge: Nudge, at: datetime) -> None:
    assert nudge.owner is not None  # noqa: S101 - acknowledged nudges have one
    who = User.objects.with_access().get(pk=nudge.owner.pk)
    row.moved_as = Party.OWNER
    finish(row, name, by=replace(who.actor(), at=at), at=at, owner_id=who.pk)


def _keep_people(row: Referral, by: Actor, at: datetime) -> None:
    """Nobody who has left answers for a referral."""
    row.moved_as = row.taken_by = None
    if not _there(row, row.sender_id, at, receiving=False):
        asks = [row.sender_discipline.code]
        found = _first(row, asks, (), at, besides=row.sender_id)
        if found is not None:
            words = f"{row.sender.name} is not there any more: {found.user.name} answers for the sending side."
            own: dict[str, Any] = {"owner_id": found.user.pk} if row.state == State.DRAFT else {}
            finish(
                row, "find_owner", by=by, at=at, words=words, sender_id=found.user.pk,
                sender_discipline=found.discipline or Discipline.objects.get(code=COORDINATION), **own,
            )  # fmt: skip
    if not _there(row, row.owner_id, at, receiving=True):
        asks = [COORDINATION] if row.outside else [row.to.code]
        found = _first(row, asks, [one.user_id for one in department(row)], at, besides=row.owner_id)
        if found is not None:
            words = f"{row.owner.name} is not there any more: {found.user.name} answers for the receiving side."
            finish(row, "find_owner", by=by, at=at, words=words, owner_id=found.user.pk)


def _there(row: Referral, user_id: UUID, at: datetime, *, receiving: bool) -> bool:
    """Whether somebody can answer for their side: works here, and sees the patient, or the referral where that is all."""
    user = User.objects.with_access().filter(pk=user_id, is_active=True).select_related("member").first()
    if user is None:
        return False
    coordinates = row.patient.site_id in user.actor().roles.get(Role.COORDINATOR, frozenset())
    if hasattr(user, "member") and not user.member.active and not coordinates:
        return False
    unseen = receiving and row.state in OWNED_UNSEEN and user.actor().may(Permission.REFERRALS_WRITE)
    if unseen and user_id in {one.user_id for one in department(row)}:
        return True
    return user_id in ladder.who_sees(row.patient, {user_id}, at)


def _first(
    row: Referral, asks: Sequence[str], addressees: Sequence[UUID], at: datetime, *, besides: UUID
) -> ladder.Candidate | None:
    """The first who can be asked, and where nobody can, a coordinator nevertheless; None when there is not even one."""
    everybody = ladder.people(row.patient, at, addressees=addressees)
    ladders = ladder.rungs(everybody, asks, row.severity)
    allowed = everybody.seeing - {besides}
    found = [one for _, one in ladders if one is not None and one.user.pk in allowed]
    return next((one for one in found if one.reachable), None) or next(iter(found[::-1]), None)


def _ask(row: Referral, by: Actor, at: datetime) -> None:
    """Somebody is asked from `ask_at` on, a coordinator when the wait is over; anew, should a question have got lost."""
    asked = row.nudge is not None and row.nudge.unfinished and not _can_be_asked_after_all(row, by, at)
    if not asked and (row.ask_at is None or row.ask_at <= at):
        set_quietly(row, nudge=asking.ask(row, by=by, at=at), ask_at=None)
        if row.state == State.SENT:
            asking.follow(row, None, by=by, at=at)
    elif asked and row.ask_at is not None and row.ask_at <= at:
        set_quietly(row, ask_at=None)
    stuck = row.stuck_nudge is not None and row.stuck_nudge.unfinished
    if not stuck and row.wait_until is not None and row.wait_until <= at:
        set_quietly(row, stuck_nudge=asking.ask_about_stuck(row, by=by, at=at))


def _can_be_asked_after_all(row: Referral, by: Actor, at: datetime) -> bool:
    """Nobody was left to ask, and somebody has come to the department since: what lay there is asked anew."""
    nudge = row.nudge
    assert nudge is not None  # noqa: S101 - asked for by who has one
    if nudge.state != Nudge.State.EXHAUSTED or not set(asking.whom(row)["addressees"]) - set(nudge.addressees):
        return False
    nudges.cancel(nudge=nudge, by=by, at=at, words="Somebody has come who can be asked.")
    return True


def _next(row: Referral, at: datetime) -> datetime:
    """When there may be something to do again: a wait, or the end of what lets either side see the patient."""
    both = [row.owner_id, row.sender_id]
    accesses = PatientAccess.objects.filter(patient=row.patient_id, user__in=both, ends_at__gt=at)
    grants = RoleGrant.objects.filter(user__in=both, ends_at__gt=at)
    ends = [*accesses.values_list("ends_at", flat=True), *grants.values_list("ends_at", flat=True)]
    later = [one for one in [*ends, row.ask_at, row.wait_until] if one is not None and one > at]
    return min([*later, at + LATEST])
