"""Whom to ask, in which order: worked out anew at every step from who is there at that moment."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef

from apps.accounts.models import Holiday, RoleGrant, Site, User
from apps.accounts.permissions import Role
from apps.common.models import active_at
from apps.knowledge.models import Discipline
from apps.nudges.models import BrokenAddress, Rung, Severity
from apps.nudges.times import Calendar
from apps.patients.models import Patient, PatientAccess
from apps.patients.models.patient import sees
from apps.teams.models import Cover, Member, Membership, OnCall

Why = Rung.Why
Channel = Member.Channel
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
    """Everybody around a patient at a moment, as one reading of the database shows them."""

    patient: Patient
    disciplines: dict[str, Discipline]
    memberships: list[Membership]
    covers: dict[UUID, Cover]
    on_call: dict[UUID, OnCall]
    coordinators: list[User]
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
        return _once(candidate for candidate in found if candidate is not None)

    def coordination(self) -> list[Candidate]:
        """The coordinators of the patient's site."""
        found = self.disciplines.get(COORDINATION)
        rows = (self._candidate(user, Why.COORDINATOR, found, self.members.get(user.pk)) for user in self.coordinators)
        return [candidate for candidate in rows if candidate is not None]

    def _standing_in(self, row: Membership) -> Candidate | None:
        cover = self.covers.get(row.member_id)
        if cover is not None and cover.substitute.active and cover.substitute.user.is_active:
            return self._candidate(cover.substitute.user, Why.COVER, row.discipline, cover.substitute)
        why = Why.LEAD if row.role == Membership.Role.LEAD else Why.MEMBER
        return self._candidate(row.member.user, why, row.discipline, row.member)

    def _candidate(
        self, user: User, why: Rung.Why, discipline: Discipline | None, member: Member | None
    ) -> Candidate | None:
        if not user.is_active or (member is not None and not member.active):
            return None
        wanted = tuple(member.channels) if member is not None else (Channel.IN_APP.value, Channel.EMAIL.value)
        works = tuple(channel for channel in wanted if self.works(user, channel))
        # Whoever counts on being mailed does not look into an inbox unasked.
        mailed = Channel.EMAIL.value not in wanted or Channel.EMAIL.value in works
        # Whoever does not see the patient (any more) cannot be asked about them.
        reachable = bool(works) and mailed and user.pk in self.seeing
        return Candidate(user, why, discipline, member, works, reachable)

    def works(self, user: User, channel: str) -> bool:
        """Whether something sent to this person over this channel has a chance to arrive."""
        if channel == Channel.EMAIL:
            return bool(settings.EMAIL_HOST and user.email) and (user.pk, user.email) not in self.broken
        return True


def _once(candidates: Iterable[Candidate]) -> list[Candidate]:
    found: dict[UUID, Candidate] = {}
    for candidate in candidates:
        found.setdefault(candidate.user.pk, candidate)
    return list(found.values())


def people(patient: Patient, at: datetime) -> People:
    """Everybody who could be asked about this patient at that moment."""
    memberships = list(
        Membership.objects.in_force(at)
        .filter(care_team__patient=patient, care_team__status="active")
        .select_related("member__user__home_site", "discipline")
        .order_by("-role", "starts_at", "pk")
    )
    # "member" sorts before "lead" backwards; leads come first whatever the words are.
    memberships.sort(key=lambda row: row.role != Membership.Role.LEAD)
    away = Cover.objects.in_force(at).filter(member__in=[row.member_id for row in memberships])
    duties = OnCall.objects.in_force(at).filter(site=patient.site_id)
    granted = RoleGrant.objects.filter(active_at(at), role=Role.COORDINATOR, site=patient.site_id)
    coordinators = list(
        User.objects.filter(pk__in=granted.values("user"), is_active=True, kind=User.Kind.PERSON)
        .select_related("home_site", "member__user__home_site")
        .order_by("username")
    )
    found = People(
        patient,
        {row.code: row for row in Discipline.objects.all()},
        memberships,
        {row.member_id: row for row in away.select_related("substitute__user__home_site")},
        {row.discipline_id: row for row in duties.select_related("member__user__home_site")},
        coordinators,
        {user.pk: user.member for user in coordinators if hasattr(user, "member") and user.member.active},
    )
    users = found.users()
    broken = BrokenAddress.objects.filter(user__in=users)
    found.broken = set(broken.values_list("user_id", "address"))
    found.seeing = who_sees(patient, users, at)
    return found


def who_sees(patient: Patient, users: Collection[UUID], at: datetime) -> set[UUID]:
    """Those of the people who may see the patient; nothing is sent to anybody else."""
    access = PatientAccess.objects.in_force(at).filter(patient=patient, user=OuterRef("pk"))
    rows = User.objects.with_access().annotate(has_access=Exists(access)).filter(pk__in=users, is_active=True)
    return {row.pk for row in rows if sees(row.actor(), patient.site_id, has_access=row.has_access)}


def rungs(found: People, asks: Sequence[str], severity: str) -> list[tuple[str, Candidate | None]]:
    """The whole ladder: each discipline's owner, one other of it, and at last the coordinators.

    None stands for a discipline of which there is nobody. In an emergency the other one is whoever is on call.
    """
    ladder: list[tuple[str, Candidate | None]] = []
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


def may_still_be_asked(user_id: UUID, patient: Patient, at: datetime) -> bool:
    """Whether somebody who was to be asked still sees the patient; nothing is sent to anybody who does not."""
    return bool(who_sees(patient, {user_id}, at))


def addressee(found: People, user: User) -> Candidate:
    """Somebody who was told before, with the channels that work for them now."""
    member = Member.objects.filter(user=user).select_related("user__home_site").first()
    wanted = tuple(member.channels) if member is not None else (Channel.IN_APP.value, Channel.EMAIL.value)
    works = tuple(channel for channel in wanted if found.works(user, channel))
    reachable = bool(works) and (Channel.EMAIL.value not in wanted or Channel.EMAIL.value in works)
    return Candidate(user, Why.MEMBER, None, member, works or (Channel.IN_APP.value,), reachable)
