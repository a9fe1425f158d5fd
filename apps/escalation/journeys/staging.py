"""The invented hospital in which a journey is played: a site of its own, its clinicians, and the patient with their team."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from apps.accounts import operations as accounts
from apps.accounts.actors import Actor, Careteam
from apps.accounts.models import Site, User
from apps.accounts.permissions import Role
from apps.common.ids import new_id
from apps.escalation.journeys.model import Journey
from apps.escalation.models import CriterionVersion
from apps.knowledge.models import Discipline
from apps.nudges.ladder import COORDINATION, ON_CALL_FIRST
from apps.patients import operations as patients
from apps.patients.models import Patient
from apps.teams import operations as teams
from apps.teams.models import Member, Membership

#: Since when the hospital is there, and until when its people are: long before and after whatever clock is looked at.
FOUNDED, CLOSES = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
#: Messages go into inboxes only: nothing is mailed, whatever the installation can do.
CHANNELS = (Member.Channel.IN_APP,)


@dataclass(frozen=True)
class Clinician:
    """Somebody invented."""

    user: User
    member: Member


@dataclass
class Stage:
    """The hospital and its people, by discipline: who leads it in the patient's team, and who is on call for it."""

    site: Site
    governor: User
    author: User
    leads: dict[str, Clinician] = field(default_factory=dict)
    patient: Patient = field(init=False)

    def actor(self, discipline: str, at: datetime) -> Actor:
        """Who speaks for a discipline, at a moment."""
        role = Role.COORDINATOR if discipline == COORDINATION else Role.MEMBER
        return self._actor(self.leads[discipline].user, role, at)

    def of_user(self, user: User, at: datetime) -> Actor:
        """Somebody who was asked, at a moment."""
        found = next((code for code, one in self.leads.items() if one.user.pk == user.pk), None)
        return self.actor(found, at) if found is not None else self._actor(user, Role.ON_CALL, at)

    def governance(self, user: User, at: datetime) -> Actor:
        """Somebody of clinical governance, at a moment."""
        return self._actor(user, Role.GOVERNANCE, at)

    def _actor(self, user: User, role: Role, at: datetime) -> Actor:
        return Actor(user_id=user.pk, username=user.username, at=at, roles={role: frozenset({self.site.pk})})


def lead_of(journey: Journey) -> str:
    """The discipline that leads the treatment, and speaks where nobody is named."""
    return "paediatric-rheumatology" if journey.patient.onset == "juvenile" else "rheumatology"


def set_the_stage(journey: Journey, versions: Sequence[CriterionVersion]) -> Stage:
    """Everybody in their places, before the first step."""
    begins = _begin(journey)
    founded = min(FOUNDED, begins)
    by = Careteam(at=founded)
    code = f"journey-{new_id().hex}"
    site = accounts.open_site(by=by, at=founded, code=code, name=code, time_zone=journey.zone.key)
    stage = Stage(site, _user(site, "governor", founded), _user(site, "author", founded))
    for user in (stage.governor, stage.author):
        accounts.grant_role(user=user, site=site, role=Role.GOVERNANCE, by=by, at=founded)
    rows = {row.code: row for row in Discipline.objects.filter(code__in=_disciplines(journey, versions))}
    for row in rows.values():
        stage.leads[row.code] = _clinician(stage, row, "lead", founded)
        if row.code != COORDINATION:
            colleague = _clinician(stage, row, "on-call", founded)
            teams.put_on_call(by=by, at=founded, site=site, discipline=row, member=colleague.member, ends_at=CLOSES)
    stage.patient = _patient(stage, journey, begins)
    return stage


def _begin(journey: Journey) -> datetime:
    """The patient comes with the beginning of the day of the first step."""
    day = journey.steps[0].at.astimezone(journey.zone).date()
    return min(journey.steps[0].at, datetime.combine(day, time(0), tzinfo=journey.zone).astimezone(UTC))


def _disciplines(journey: Journey, versions: Sequence[CriterionVersion]) -> Collection[str]:
    """Whoever is asked, told or speaks in this journey, and whoever leads and coordinates."""
    found = {lead_of(journey), COORDINATION}
    for version in versions:
        for part in ({"asks": version.asks, "informs": version.informs}, *version.variants):
            named = [*part.get("asks", []), *part.get("informs", [])]
            found |= {str(name).removesuffix(ON_CALL_FIRST) for name in named}
    for item in (item for step in journey.steps for item in step.record):
        found |= {item.by} if item.by else set()
        found |= {str(item.of)} if item.kind in {"referral", "attendance"} else set()
    return found


def _user(site: Site, name: str, at: datetime) -> User:
    username = f"{name}.{site.code}"
    return accounts.add_user(by=Careteam(at=at), at=at, username=username, name=f"Journey {name}", home_site=site)


def _clinician(stage: Stage, discipline: Discipline, name: str, at: datetime) -> Clinician:
    by = Careteam(at=at)
    user = _user(stage.site, f"{discipline.code}.{name}", at)
    role = Role.COORDINATOR if discipline.code == COORDINATION else Role.MEMBER
    accounts.grant_role(user=user, site=stage.site, role=role, by=by, at=at)
    return Clinician(user, teams.add_member(by=by, at=at, user=user, discipline=discipline, channels=CHANNELS))


def _patient(stage: Stage, journey: Journey, at: datetime) -> Patient:
    by, person = Careteam(at=at), journey.patient
    patient = patients.register(
        by=by, at=at, site=stage.site, family_name="Journey", given_name=journey.id[:100], birth_date=person.birth_date,
        gender=person.sex, onset=person.onset, phenotype=person.phenotype, diagnosis_date=person.diagnosed,
        is_another_person=True,
    )  # fmt: skip
    joining: list[dict[str, Any]] = [
        {"member": one.member, "role": Membership.Role.LEAD}
        for code, one in stage.leads.items()
        if code != COORDINATION
    ]
    teams.form_care_team(by=by, at=at, patient=patient, memberships=joining)
    return patient
