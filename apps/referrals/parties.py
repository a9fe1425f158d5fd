"""On which side of a referral somebody stands. Read once for an actor, then asked about any number of referrals."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, Q, QuerySet, Value

from apps.accounts.actors import Actor, Careteam
from apps.accounts.permissions import Permission, Role
from apps.nudges.ladder import COORDINATION
from apps.referrals.models import Referral
from apps.referrals.moves import Party, State, allowed
from apps.teams.models import Cover, Member, Membership, OnCall

Place = tuple[UUID, UUID]


@dataclass(frozen=True)
class Standing:
    """What an actor is at a moment: themselves and whom they stand in for; their department; the teams and duties they have.

    `department` is (discipline, home site); `teams` holds (patient, discipline), `duties` (site, discipline).
    """

    users: frozenset[UUID] = frozenset()
    department: Place | None = None
    teams: frozenset[Place] = frozenset()
    duties: frozenset[Place] = frozenset()
    coordinates: frozenset[UUID] = frozenset()
    careteam: bool = False
    writes: bool = False

    def parties(self, row: Referral) -> set[Party]:
        """The sides of a referral on which the actor stands."""
        if self.careteam:
            return {Party.CARETEAM}
        found = set()
        if row.patient.site_id in self.coordinates:
            found.add(Party.COORDINATOR)
        if self._sends(row, found):
            found.add(Party.SENDER)
        if self._receives(row, found):
            found.add(Party.OWNER)
        return found

    def _sends(self, row: Referral, found: set[Party]) -> bool:
        if row.sender_id in self.users:
            return True
        # Of a draft nobody but its author and the coordinators makes a referral.
        if row.state == State.DRAFT:
            return False
        if row.sender_discipline.code == COORDINATION:
            return Party.COORDINATOR in found
        return self._stands_for(row, row.sender_discipline_id)

    def _receives(self, row: Referral, found: set[Party]) -> bool:
        if row.state == State.DRAFT:
            return False
        if row.outside or row.to.code == COORDINATION:
            return Party.COORDINATOR in found
        if row.owner_id in self.users or self._stands_for(row, row.to_id):
            return True
        return self.department == (row.to_id, row.to_site_id)

    def _stands_for(self, row: Referral, discipline_id: UUID) -> bool:
        """Whether the actor is of that discipline around the patient, in the care team or on call."""
        return (row.patient_id, discipline_id) in self.teams or (row.patient.site_id, discipline_id) in self.duties

    def actions(self, row: Referral) -> list[str]:
        """The moves that the actor can make now."""
        found = allowed(row.state, self.parties(row)) if self.writes else []
        # A practice outside has nobody here to whom it could be given.
        return [name for name in found if not (name == "assign" and row.outside)]


def standing(by: Actor, at: datetime) -> Standing:
    """What the actor is now, in one query; careteam itself is only that."""
    if isinstance(by, Careteam) or by.user_id is None:
        return Standing(careteam=isinstance(by, Careteam), writes=isinstance(by, Careteam))
    found: dict[str, list[Place]] = {"member": [], "cover": [], "team": [], "duty": []}
    for kind, one, other in _read(by.user_id, at):
        found[kind].append((one, other))
    return Standing(
        users=frozenset({by.user_id, *[user for user, _ in found["cover"]]}),
        department=next(iter(found["member"]), None),
        teams=frozenset(found["team"]),
        duties=frozenset(found["duty"]),
        coordinates=by.roles.get(Role.COORDINATOR, frozenset()),
        writes=by.may(Permission.REFERRALS_WRITE),
    )


def _read(me: UUID, at: datetime) -> list[tuple[str, UUID, UUID]]:
    """Each thing that somebody is, with its two ids: member of a department, substitute, in a team, on call."""
    mine = {"member__user": me, "member__active": True}
    sources: list[tuple[str, QuerySet[Any], str, str]] = [
        ("member", Member.objects.filter(user=me, active=True), "discipline_id", "user__home_site_id"),
        (
            "cover", Cover.objects.in_force(at).filter(substitute__user=me, substitute__active=True), "member__user_id",
            "substitute__user_id",
        ),
        (
            "team", Membership.objects.in_force(at).filter(care_team__status="active", **mine), "care_team__patient_id",
            "discipline_id",
        ),
        ("duty", OnCall.objects.in_force(at).filter(**mine), "site_id", "discipline_id"),
    ]  # fmt: skip
    first, *rest = [
        rows.order_by()
        .annotate(kind=Value(kind, CharField()), one=F(one), other=F(other))
        .values_list("kind", "one", "other")
        for kind, rows, one, other in sources
    ]
    return list(first.union(*rest, all=True))


def department(row: Referral) -> list[Member]:
    """Everybody of the receiving department: active members of that discipline whose home is the receiving site."""
    if row.outside:
        return []
    rows = Member.objects.filter(
        active=True, user__is_active=True, discipline=row.to_id, user__home_site=row.to_site_id
    )
    return list(rows.select_related("user__home_site", "discipline").order_by("user__name", "pk"))


def receives(row: Referral, member: Member, at: datetime) -> bool:
    """Whether a referral can be given to this member, see `receiving_side`."""
    return receiving_side(row, at).filter(pk=member.pk).exists()


def receiving_side(row: Referral, at: datetime) -> QuerySet[Member]:
    """Everybody to whom a referral can be given: of the receiving department, or of that discipline around the patient.

    What goes outside is the coordinators' to move, whoever they are.
    """
    rows = Member.objects.filter(active=True, user__is_active=True)
    teams = Membership.objects.in_force(at).filter(
        care_team__patient=row.patient_id, care_team__status="active", discipline=row.to_id
    )
    duties = OnCall.objects.in_force(at).filter(site=row.patient.site_id, discipline=row.to_id)
    of_department = Q(discipline=row.to_id, user__home_site=row.to_site_id)
    around = Q(pk__in=teams.values("member")) | Q(pk__in=duties.values("member"))
    return rows.none() if row.outside else rows.filter(of_department | around)


def who_can_have(row: Referral, at: datetime) -> QuerySet[Member]:
    """The same, but for whoever has it."""
    return receiving_side(row, at).exclude(user=row.owner_id)
