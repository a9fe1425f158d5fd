"""The demo's invented hospital: nobody in it exists. Made through the operations, like everything else.

It was founded some months before it is loaded, so that its patients have a story by then (see demo_plans).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.accounts import operations as accounts
from apps.accounts.actors import Careteam
from apps.accounts.models import Site, User
from apps.accounts.permissions import Role
from apps.escalation import operations as escalation
from apps.escalation.loading import load as load_criteria
from apps.escalation.models import CriterionVersion
from apps.knowledge.models import Discipline
from apps.patients import operations as patients
from apps.patients.models import Patient
from apps.teams import operations as teams
from apps.teams.models import Member, Membership
from apps.workspace import demo_matters, demo_plans, demo_referrals
from apps.workspace.demo_telling import NUMBERS

PASSWORD = "a demo only: careteam"  # noqa: S105 - printed by the demo, and refused anywhere else


@dataclass(frozen=True)
class Login:
    """Somebody who can log in to the demo."""

    role: str
    username: str
    name: str
    sees: str


LOGINS = (
    Login(
        "coordinator",
        "mara.lindqvist",
        "Mara Lindqvist",
        "Linden Hospital: its patients, teams and rosters, in the admin; a referral to a practice outside waits for her",
    ),
    Login("coordinator", "otto.brandt", "Otto Brandt", "Harbour Clinic only: another site's coordinator"),
    Login("administrator", "ines.keller", "Ines Keller", "accounts, roles, tokens and the audit record; no patients"),
    Login(
        "rheumatologist",
        "jonas.weiss",
        "Jonas Weiss",
        "an inbox with a review to hold, a report to read and a patient who has not responded, and a plan to approve",
    ),
    Login("speech therapist", "ayla.demir", "Ayla Demir", "an inbox, and the patients of her teams"),
    Login("speech therapist", "tomas.ruiz", "Tomás Ruiz", "an inbox, and the patients of his teams: Ayla's colleague"),
    Login(
        "pulmonologist",
        "petra.novak",
        "Petra Novak",
        "an inbox with lung function to look at; on call this week, so all of Linden Hospital",
    ),
    Login("governance", "edda.falk", "Edda Falk", "criteria, to write, try out and sign, in the admin; no patients"),
    Login("governance", "vera.holt", "Vera Holt", "the same: she signs what Edda writes, since nobody signs their own"),
    Login("stranger", "nils.berg", "Nils Berg", "an empty inbox: a member of no team sees nobody"),
)

DISCIPLINES = {
    "jonas.weiss": "rheumatology",
    "ayla.demir": "slt",
    "tomas.ruiz": "slt",
    "petra.novak": "pulmonology",
    "nils.berg": "neurology",
}

#: How many days before it is loaded the hospital was founded: before its first patient came.
FOUNDED = 130
OPENS = time(8)

#: family name, given name, born, gender, phenotype, onset, how many days ago diagnosed and taken into care, number
PATIENTS = (
    ("Albers", "Greta", date(1959, 7, 1), "female", "classic", "adult", 122, "L-1001"),
    ("Baumann", "Heinrich", date(1964, 11, 23), "male", "classic", "adult", 47, "L-1002"),
    ("Castellano", "Rosa", date(1987, 2, 14), "female", "amyopathic", "adult", 98, "L-1003"),
    ("Demiray", "Cem", date(2015, 5, 30), "male", "classic", "juvenile", 37, "L-1004"),
    ("Ekström", "Linnea", date(1972, 8, 9), "female", "hypomyopathic", "adult", 120, "L-1005"),
)


@transaction.atomic
def load(*, at: datetime) -> bool:
    """Load the hospital unless it is there; returns whether it was loaded now. One of an earlier version is completed."""
    by = Careteam(at=at)
    there = Site.objects.filter(code="linden").exists()
    if there:
        _top_up(by, at)
    else:
        _found(by, at)
    demo_plans.tell(at=at)
    demo_referrals.tell(at=at)
    demo_matters.tell(at=at)
    return not there


def signed() -> list[str]:
    """The codes of the criteria that are on."""
    rows = CriterionVersion.objects.filter(state=CriterionVersion.State.ACTIVE).order_by("criterion__code")
    return list(rows.values_list("criterion__code", flat=True))


def _found(by: Careteam, at: datetime) -> None:
    """Sites, people and patients, each from the day on which they came."""
    first = at - timedelta(days=FOUNDED)
    linden = accounts.open_site(by=by, at=first, code="linden", name="Linden Hospital", time_zone="Europe/Berlin")
    harbour = accounts.open_site(by=by, at=first, code="harbour", name="Harbour Clinic", time_zone="Europe/Lisbon")
    for site in (linden, harbour):
        accounts.add_holiday(site=site, by=by, at=first, on=date(at.year, 12, 25), name="Christmas Day")
    people = {
        login.username: _person(login, harbour if login.username == "otto.brandt" else linden, by, first)
        for login in LOGINS
    }
    members = {name: _member(people[name], code, by, first) for name, code in DISCIPLINES.items()}
    for row in PATIENTS:
        came = datetime.combine(linden.local_date(at) - timedelta(days=row[6]), OPENS, tzinfo=linden.zone)
        _with_team(_patient(row, linden, by, came), members, by, came)
    _rosters(linden, members, by, at)
    _sign_criteria(people["edda.falk"], by, first)


def _top_up(by: Careteam, at: datetime) -> None:
    """What a demo of an earlier version does not have yet: its people, and criteria that fire."""
    linden = Site.objects.get(code="linden")
    there = set(User.objects.values_list("username", flat=True))
    for login in [login for login in LOGINS if login.username not in there]:
        user = _person(login, linden, by, at)
        if login.username in DISCIPLINES:
            _member(user, DISCIPLINES[login.username], by, at)
    _sign_criteria(User.objects.get(username="edda.falk"), by, at)


def _sign_criteria(governor: User, by: Careteam, at: datetime) -> None:
    """The shipped criteria, all of them, signed for this invented hospital only, so that the demo can nudge somebody."""
    load_criteria(folder=Path(settings.BASE_DIR) / "fixtures" / "criteria", by=by, at=at)
    signer = User.objects.with_access().get(pk=governor.pk).actor()
    # What somebody has written here since is theirs.
    for version in CriterionVersion.objects.filter(state=CriterionVersion.State.DRAFT, author__isnull=True):
        waiver = "Signed for the demo's invented hospital only."
        escalation.sign(criterion_version=version, by=signer, at=at, waiver=waiver)
        escalation.activate(criterion_version=version, by=signer, at=at)


def _person(login: Login, site: Site, by: Careteam, at: datetime) -> User:
    email = f"{login.username}@{site.code}.example"
    user = accounts.add_user(
        by=by, at=at, username=login.username, name=login.name, email=email, home_site=site, password=PASSWORD
    )
    roles = {
        "coordinator": Role.COORDINATOR,
        "administrator": Role.ADMINISTRATOR,
        "governance": Role.GOVERNANCE,
    }
    role = roles.get(login.role, Role.MEMBER)
    accounts.grant_role(user=user, site=site, role=role, by=by, at=at)
    return user


def _member(user: User, code: str, by: Careteam, at: datetime) -> Member:
    hours: list[teams.Hours] = [{"weekday": day, "starts": OPENS, "ends": time(16, 30)} for day in range(5)]
    discipline = Discipline.objects.get(code=code)
    return teams.add_member(
        by=by, at=at, user=user, discipline=discipline, quiet_from=time(20), quiet_until=time(7), working_hours=hours
    )


def _patient(row: tuple[str, str, date, str, str, str, int, str], site: Site, by: Careteam, at: datetime) -> Patient:
    family, given, born, gender, phenotype, onset, _, number = row
    return patients.register(
        by=by, at=at, site=site, family_name=family, given_name=given, birth_date=born, gender=gender, phenotype=phenotype,
        onset=onset, diagnosis_date=site.local_date(at), identifiers=[{"system": NUMBERS, "value": number}],
    )  # fmt: skip


def _with_team(patient: Patient, members: dict[str, Member], by: Careteam, at: datetime) -> None:
    lead = Membership.Role.LEAD
    joining: list[dict[str, Any]] = [
        {"member": members["jonas.weiss"], "role": lead},
        {"member": members["ayla.demir"], "role": lead},
        {"member": members["tomas.ruiz"]},
    ]
    teams.form_care_team(by=by, at=at, patient=patient, memberships=joining)


def _rosters(site: Site, members: dict[str, Member], by: Careteam, at: datetime) -> None:
    pulmonologist, week = members["petra.novak"], at + timedelta(days=7)
    teams.put_on_call(by=by, at=at, site=site, discipline=pulmonologist.discipline, member=pulmonologist, ends_at=week)
