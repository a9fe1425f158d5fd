"""The fixed cast: who they are, what they are, and how they come in. All invented."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from rest_framework.test import APIClient

from apps.accounts import operations as accounts
from apps.accounts.actors import Actor, Careteam
from apps.accounts.models import Site, User
from apps.accounts.permissions import Permission, Role
from apps.common.clock import app_now
from apps.knowledge.models import Discipline
from apps.patients import operations as patients
from apps.patients.models import Patient
from apps.teams import operations as teams
from apps.teams.models import CareTeam, Cover, Member, Membership, OnCall

ALL = tuple(permission.value for permission in Permission)


@dataclass
class Persona:
    """Somebody of the cast: their user, and a token that carries the named scopes. Nobody has neither."""

    user: User | None = None
    secret: str = ""
    member: Member | None = None

    def client(self) -> APIClient:
        """A client that comes in as this persona."""
        client = APIClient()
        if self.secret:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.secret}")
        return client

    @property
    def actor(self) -> Actor:
        """This persona as an actor, at this moment."""
        assert self.user is not None
        return User.objects.with_access().get(pk=self.user.pk).actor(request_id="a-test")

    @property
    def who(self) -> User:
        """The user; only nobody has none."""
        assert self.user is not None
        return self.user


def token_for(user: User, scopes: Iterable[str] = ALL) -> str:
    """A token of the user's own."""
    at = app_now()
    by = User.objects.with_access().get(pk=user.pk).actor()
    return accounts.issue_token(
        user=user, by=by, at=at, name="test", scopes=list(scopes), expires_at=at + timedelta(days=90)
    )[1]


@dataclass
class Cast:
    """Two sites, a patient with a care team at the first, and everybody who may or may not see them."""

    site: Site
    elsewhere: Site
    by: Careteam
    personas: dict[str, Persona] = field(default_factory=dict)
    patient: Patient = field(init=False)
    other_patient: Patient = field(init=False)
    team: CareTeam = field(init=False)
    membership: Membership = field(init=False)
    cover: Cover = field(init=False)
    on_call: OnCall = field(init=False)

    def __getattr__(self, name: str) -> Persona:
        try:
            return self.__dict__["personas"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None

    @classmethod
    def assemble(cls) -> "Cast":
        """Everybody, in their places."""
        at = app_now()
        by = Careteam(at=at)
        site = accounts.open_site(by=by, at=at, code="linden", name="Linden", time_zone="Europe/Berlin")
        elsewhere = accounts.open_site(by=by, at=at, code="harbour", name="Harbour", time_zone="Europe/Lisbon")
        cast = cls(site, elsewhere, by)
        cast._people()
        cast._patients()
        cast._services()
        return cast

    def person(
        self, name: str, role: Role | None = Role.MEMBER, *, site: Site | None = None, discipline: str = ""
    ) -> Persona:
        """Add somebody to the cast."""
        at, site = app_now(), site or self.site
        user = accounts.add_user(by=self.by, at=at, username=name.replace("_", "."), name=name.title(), home_site=site)
        if role is not None:
            accounts.grant_role(user=user, site=site, role=role, by=self.by, at=at)
        persona = Persona(user, token_for(user))
        if discipline:
            found = Discipline.objects.get(code=discipline)
            persona.member = teams.add_member(by=self.by, at=at, user=user, discipline=found)
        self.personas[name] = persona
        return persona

    def _people(self) -> None:
        self.personas["nobody"] = Persona()
        self.person("coordinator", Role.COORDINATOR)
        self.person("coordinator_elsewhere", Role.COORDINATOR, site=self.elsewhere)
        self.person("administrator", Role.ADMINISTRATOR)
        self.person("rheumatologist", discipline="rheumatology")
        self.person("therapist", discipline="slt")
        self.person("covering", discipline="slt")
        self.person("on_call_pulmonologist", discipline="pulmonology")
        self.person("former", discipline="dermatology")
        self.person("future", discipline="neurology")
        self.person("stranger", discipline="physiotherapy")

    def patient_of(self, family: str, **values: Any) -> Patient:
        """A patient at the first site, unless said."""
        described: dict[str, Any] = {
            "site": self.site, "family_name": family, "given_name": "Test", "birth_date": date(1960, 1, 1),
            "gender": "female", "onset": "adult", **values,
        }  # fmt: skip
        return patients.register(by=self.by, at=app_now(), **described)

    def _patients(self) -> None:
        number = {"system": "https://linden.example/mrn", "value": "L-1"}
        self.patient = self.patient_of("Albers", identifiers=[number])
        self.other_patient = self.patient_of("Zander")
        at, day = app_now(), timedelta(days=1)
        lead = Membership.Role.LEAD
        joining: list[dict[str, Any]] = [
            {"member": self.rheumatologist.member, "role": lead},
            {"member": self.therapist.member, "role": lead},
            {"member": self.former.member},
            {"member": self.future.member, "starts_at": at + day},
        ]
        self.team = teams.form_care_team(by=self.by, at=at, patient=self.patient, memberships=joining)
        teams.form_care_team(
            by=self.by, at=at, patient=self.other_patient, memberships=[{"member": self.stranger.member}]
        )
        rows = {row.member_id: row for row in self.team.memberships.all()}
        self.membership = rows[self.member_of("therapist")]
        teams.end_membership(membership=rows[self.member_of("former")], by=self.by, at=app_now())
        self._rosters(day)

    def member_of(self, name: str) -> UUID:
        """The member id of a persona."""
        member = self.personas[name].member
        assert member is not None
        return member.pk

    def _rosters(self, day: timedelta) -> None:
        at = app_now()
        therapist, covering, duty = self.therapist.member, self.covering.member, self.on_call_pulmonologist.member
        assert therapist is not None
        assert covering is not None
        assert duty is not None
        self.cover = teams.set_cover(by=self.by, at=at, member=therapist, substitute=covering, ends_at=at + 2 * day)
        self.on_call = teams.put_on_call(
            by=self.by, at=at, site=self.site, discipline=duty.discipline, member=duty, ends_at=at + 2 * day
        )

    def _services(self) -> None:
        """Two tokens of one service account: one with every scope, one that may read knowledge only."""
        at = app_now()
        user = accounts.add_user(
            by=self.by, at=at, username="ehr", name="EHR", home_site=self.site, kind=User.Kind.SERVICE
        )
        accounts.grant_role(user=user, site=self.site, role=Role.SERVICE, by=self.by, at=at)
        for name, scopes in (("service", ALL), ("narrow_service", (Permission.KNOWLEDGE_READ.value,))):
            by = self.administrator.actor
            made = accounts.issue_token(
                user=user, by=by, at=at, name=name, scopes=scopes, expires_at=at + timedelta(days=90)
            )
            self.personas[name] = Persona(user, made[1])
