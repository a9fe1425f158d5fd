"""Whom to ask, in which order: worked out anew at every step from who is there at that moment."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import Holiday, RoleGrant, Site, User
from apps.accounts.permissions import Permission, Role
from apps.common.models import active_at
from apps.knowledge.models import Discipline
from apps.nudges.models import BrokenAddress, Nudge, Rung, Severity
from apps.nudges.times import Calendar
from apps.patients.models import Patient, PatientAccess
from apps.patients.models.patient import sees
from apps.teams.models import Cover, Member, Membership, OnCall

Why = Rung.Why
Channel = Member.Channel
#: Addresses that refuse mail, each with whose it is.
Broken = set[tuple[UUID, str]]
#: Written behind a discipline: whoever is on call for it is asked before the patient's own team.
ON_CALL_FIRST = ":on-call"
#: The discipline of the people who coordinate a site; they are found by their role and not by membership.
COORDINATION = "coordination"


@dataclass(frozen=True)
class Candidate:
    """Somebody who could be asked, for what reason, and over what they can be reached."""

    user: User
    why: Rung.Why
    discipline: Discipline | None
    member: Member | None
    channels: tuple[str, ...]
    reachable: bool


@dataclass
class People:
    """Everybody around a patient at a moment, as one reading of the database shows them.

    `named` has the matter; `department` are the addressees, in their order. `seeing` are all who may hear of it.
    """

    patient: Patient
    disciplines: dict[str, Discipline]
    memberships: list[Membership]
    covers: dict[UUID, Cover]
    on_call: dict[UUID, OnCall]
    coordinators: list[User]
    named: User | None = None
    department: list[Member] = field(default_factory=list)
    members: dict[UUID, Member] = field(default_factory=dict)
    broken: set[tuple[UUID, str]] = field(default_factory=set)
    seeing: set[UUID] = field(default_factory=set)

    @cached_property
    def calendar(self) -> Calendar:
        """When the patient's site works."""
        return calendar_of(self.patient.site)

    def users(self) -> set[UUID]:
        """Everybody, by the ids of their users."""
        found = {row.member.user_id for row in self.memberships} | {row.pk for row in self.coordinators}
        found |= {row.substitute.user_id for row in self.covers.values()}
        found |= {row.user_id for row in self.department} | ({self.named.pk} if self.named else set())
        return found | {row.member.user_id for row in self.on_call.values()}

    def of(self, wanted: str) -> list[Candidate]:
        """The people of one discipline, first the one who would be asked first."""
        code = wanted.removesuffix(ON_CALL_FIRST)
        if code == COORDINATION:
            return self.coordination()
        discipline = self.disciplines.get(code)
        if discipline is None:
            return []
        team = [self._standing_in(row) for row in self.memberships if row.discipline_id == discipline.pk]
        duty = self.on_call.get(discipline.pk)
        on_duty = [self._candidate(duty.member.user, Why.ON_CALL, discipline, duty.member)] if duty else []
        found = [*on_duty, *team] if wanted.endswith(ON_CALL_FIRST) else [*team, *on_duty]
        found += [self._of_department(row) for row in self.department if row.discipline_id == discipline.pk]
        return _once(candidate for candidate in found if candidate is not None)

    def who_has_it(self) -> Candidate | None:
        """The person who has the matter, or who stands in for them; None when nobody was named."""
        if self.named is None:
            return None
        member = self.members.get(self.named.pk)
        if member is None:
            return self._reached(self.named, Why.NAMED, None, None)
        return self._substitute(member, member.discipline) or self._reached(
            self.named, Why.NAMED, member.discipline, member
        )

    def coordination(self) -> list[Candidate]:
        """The coordinators of the patient's site."""
        found = self.disciplines.get(COORDINATION)
        rows = (self._candidate(user, Why.COORDINATOR, found, self.members.get(user.pk)) for user in self.coordinators)
        return [candidate for candidate in rows if candidate is not None]

    def _standing_in(self, row: Membership) -> Candidate | None:
        why = Why.LEAD if row.role == Membership.Role.LEAD else Why.MEMBER
        return self._substitute(row.member, row.discipline) or self._candidate(
            row.member.user, why, row.discipline, row.member
        )

    def _of_department(self, row: Member) -> Candidate | None:
        """An addressee; while they are away, their substitute, if that one may hear of it."""
        if row.pk not in self.covers:
            return self._candidate(row.user, Why.DEPARTMENT, row.discipline, row)
        found = self._substitute(row, row.discipline)
        return found if found is not None and found.user.pk in self.seeing else None

    def _substitute(self, away: Member, discipline: Discipline) -> Candidate | None:
        """Who stands in for somebody; None while they are there, or when the substitute has gone themselves."""
        cover = self.covers.get(away.pk)
        return self._candidate(cover.substitute.user, Why.COVER, discipline, cover.substitute) if cover else None

    def _candidate(
        self, user: User, why: Rung.Why, discipline: Discipline | None, member: Member | None
    ) -> Candidate | None:
        gone = not user.is_active or (member is not None and not member.active)
        return None if gone else self._reached(user, why, discipline, member)

    def _reached(self, user: User, why: Rung.Why, discipline: Discipline | None, member: Member | None) -> Candidate:
        wanted = tuple(member.channels) if member is not None else (Channel.IN_APP.value, Channel.EMAIL.value)
        works = tuple(channel for channel in wanted if _arrives(user, channel, self.broken))
        # Whoever counts on being mailed does not look into an inbox unasked.
        mailed = Channel.EMAIL.value not in wanted or Channel.EMAIL.value in works
        # Whoever neither sees the patient (any more) nor is an addressee cannot be asked about them.
        reachable = bool(works) and mailed and user.pk in self.seeing
        return Candidate(user, why, discipline, member, works, reachable)


def _once(candidates: Iterable[Candidate]) -> list[Candidate]:
    found: dict[UUID, Candidate] = {}
    for candidate in candidates:
        found.setdefault(candidate.user.pk, candidate)
    return list(found.values())


def people(patient: Patient, at: datetime, *, named: UUID | None = None, addressees: Sequence[UUID] = ()) -> People:
    """Everybody who could be asked about this patient at that moment.

    `named` has the matter; `addressees` may be asked although they do not see the patient, see `Nudge`.
    """
    memberships, department, coordinators = _team(patient, at), _department(addressees), _coordinators(patient, at)
    who = _with_member().filter(pk=named).first() if named is not None else None
    known = {user.pk: user.member for user in [*coordinators, *([who] if who else [])] if _works(user)}
    away = {row.member_id for row in memberships} | {row.pk for row in department}
    if who is not None and who.pk in known:
        away.add(known[who.pk].pk)
    covers = Cover.objects.in_force(at).filter(member__in=away).select_related("substitute__user__home_site")
    duties = OnCall.objects.in_force(at).filter(site=patient.site_id).select_related("member__user__home_site")
    found = People(
        patient,
        {row.code: row for row in Discipline.objects.all()},
        memberships,
        {row.member_id: row for row in covers},
        {row.discipline_id: row for row in duties},
        coordinators,
        who,
        department,
        known,
    )
    users = found.users()
    broken = BrokenAddress.objects.filter(user__in=users)
    found.broken = set(broken.values_list("user_id", "address"))
    found.seeing = _hearing(patient, users, at, addressees)
    return found


def around(nudge: Nudge, at: datetime) -> People:
    """Everybody who could be asked by this nudge at that moment."""
    return people(nudge.patient, at, named=nudge.named_id, addressees=nudge.addressees)


def _team(patient: Patient, at: datetime) -> list[Membership]:
    memberships = list(
        Membership.objects.in_force(at)
        .filter(care_team__patient=patient, care_team__status="active")
        .select_related("member__user__home_site", "discipline")
        .order_by("-role", "starts_at", "pk")
    )
    # "member" sorts before "lead" backwards; leads come first whatever the words are.
    memberships.sort(key=lambda row: row.role != Membership.Role.LEAD)
    return memberships


def _department(addressees: Sequence[UUID]) -> list[Member]:
    """Those of the addressees who work in care teams now, in the order given."""
    if not addressees:
        return []
    rows = Member.objects.filter(user__in=addressees, active=True, user__is_active=True)
    found = {row.user_id: row for row in rows.select_related("user__home_site", "discipline")}
    return [found[user_id] for user_id in addressees if user_id in found]


def _coordinators(patient: Patient, at: datetime) -> list[User]:
    granted = RoleGrant.objects.filter(active_at(at), role=Role.COORDINATOR, site=patient.site_id)
    rows = _with_member().filter(pk__in=granted.values("user"), is_active=True, kind=User.Kind.PERSON)
    return list(rows.order_by("username"))


def _with_member() -> QuerySet[User]:
    return User.objects.select_related("home_site", "member__user__home_site", "member__discipline")


def _works(user: User) -> bool:
    """Whether somebody is a member of care teams, and active as such."""
    return hasattr(user, "member") and user.member.active


def who_sees(patient: Patient, users: Collection[UUID], at: datetime) -> set[UUID]:
    """Those of the people who may see the patient."""
    return _hearing(patient, users, at, ())


def may_hear(nudge: Nudge, users: Collection[UUID], at: datetime) -> set[UUID]:
    """Those of the people who may be told of this nudge; nothing is sent to anybody else.

    They see the patient, or are addressees who can answer and have not left. `Nudges.visible_to` holds the same rule.
    """
    return _hearing(nudge.patient, users, at, nudge.addressees)


def _hearing(patient: Patient, users: Collection[UUID], at: datetime, addressees: Collection[UUID]) -> set[UUID]:
    access = PatientAccess.objects.in_force(at).filter(patient=patient, user=OuterRef("pk"))
    gone = Member.objects.filter(user=OuterRef("pk"), active=False)
    rows = User.objects.with_access().annotate(has_access=Exists(access), gone=Exists(gone))
    hearing = set()
    for row in rows.filter(pk__in=users, is_active=True):
        actor = row.actor()
        addressed = row.pk in addressees and not row.gone and actor.may(Permission.NUDGES_ANSWER)
        if addressed or sees(actor, patient.site_id, has_access=row.has_access):
            hearing.add(row.pk)
    return hearing


def rungs(found: People, asks: Sequence[str], severity: str) -> list[tuple[str, Candidate | None]]:
    """The whole ladder: who has the matter, each discipline's owner, one other of it, and at last the coordinators.

    None stands for a discipline of which there is nobody. In an emergency the other one is whoever is on call. Somebody may
    stand on several rungs: they are asked on the first.
    """
    ladder: list[tuple[str, Candidate | None]] = []
    has_it = found.who_has_it()
    if has_it is not None:
        ladder.append((has_it.discipline.code if has_it.discipline else "", has_it))
    for wanted in asks:
        candidates = found.of(wanted)
        if not candidates:
            ladder.append((wanted, None))
            continue
        first, *others = candidates
        if severity == Severity.EMERGENCY:
            others.sort(key=lambda candidate: candidate.why != Why.ON_CALL)
        # Whoever cannot be reached does not use up one of the two places.
        reached = 0
        for candidate in [first, *others]:
            if reached == 2:  # noqa: PLR2004 - the owner and one other
                break
            ladder.append((wanted, candidate))
            reached += candidate.reachable
    ladder += [(COORDINATION, candidate) for candidate in found.coordination()]
    return ladder


def calendar_of(site: Site) -> Calendar:
    """When the site works."""
    return Calendar(site.zone, frozenset(Holiday.objects.filter(site=site).values_list("on", flat=True)))


def recipients(users: Collection[User]) -> list[Candidate]:
    """People who are told something, with the channels that work for them now; nobody's place on a ladder. Two queries."""
    ids = [user.pk for user in users]
    rows = Member.objects.filter(user__in=ids).select_related("user__home_site")
    members = {row.user_id: row for row in rows}
    broken = set(BrokenAddress.objects.filter(user__in=ids).values_list("user_id", "address"))
    return [_recipient(user, members.get(user.pk), broken) for user in users]


def recipient(user: User) -> Candidate:
    """The same for one person."""
    return recipients([user])[0]


def _recipient(user: User, member: Member | None, broken: Broken) -> Candidate:
    wanted = tuple(member.channels) if member is not None else (Channel.IN_APP.value, Channel.EMAIL.value)
    works = tuple(channel for channel in wanted if _arrives(user, channel, broken))
    reachable = bool(works) and (Channel.EMAIL.value not in wanted or Channel.EMAIL.value in works)
    return Candidate(user, Why.MEMBER, None, member, works or (Channel.IN_APP.value,), reachable)


def _arrives(user: User, channel: str, broken: Broken) -> bool:
    """Whether something sent to this person over this channel has a chance to arrive."""
    if channel == Channel.EMAIL:
        return bool(settings.EMAIL_HOST and user.email) and (user.pk, user.email) not in broken
    return True
