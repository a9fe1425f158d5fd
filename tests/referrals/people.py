"""What the tests of people who come and go share."""

from typing import Any

import pytest

from apps.accounts import operations as accounts
from apps.accounts.models import RoleGrant, User
from apps.accounts.permissions import Role
from apps.common.clock import app_now
from apps.nudges.models import Nudge
from apps.patients.models import Patient
from apps.referrals.models import Referral
from apps.referrals.moves import MOVES, OPEN, Party, State
from apps.teams import operations as teams
from apps.teams.models import Membership
from tests.nudges.house import give_addresses
from tests.referrals.house import (
    Loop,
    colleague,
    work,
)
from tests.referrals.walks import shortest

SENDER, THERAPIST = "rheumatologist", "therapist"
open_states = pytest.mark.parametrize("state", sorted(OPEN))


def joined(loop: Loop, name: str = "junior") -> User:
    """A second rheumatologist in the patient's care team."""
    person = colleague(loop.cast, name, "rheumatology")
    give_addresses(loop.cast)
    team = loop.patient.care_teams.get()
    assert person.member is not None
    teams.add_to_team(by=loop.cast.by, at=app_now(), care_team=team, member=person.member)
    return person.who


def brought(loop: Loop, state: State, **values: Any) -> Referral:
    """A referral in this state."""
    row = loop.draft(**values)
    for name in shortest(State.DRAFT, to=state):
        row = loop.move(row, name, SENDER if Party.SENDER in MOVES[name].parties else THERAPIST)
    return row


def patient(loop: Loop) -> Patient:
    return Patient.objects.get(pk=loop.patient.pk)


def close_account(loop: Loop, name: str) -> None:
    accounts.deactivate_user(user=loop.cast.personas[name].who, by=loop.cast.by, at=app_now())
    work()


def leave_team(loop: Loop, name: str, ends_at: Any = None) -> None:
    row = Membership.objects.get(care_team__patient=loop.patient, member=loop.cast.personas[name].member)
    teams.end_membership(membership=row, by=loop.cast.by, at=app_now(), ends_at=ends_at)
    work()


def end_role(loop: Loop, name: str, ends_at: Any = None) -> None:
    grant = RoleGrant.objects.get(user=loop.cast.personas[name].who, role=Role.COORDINATOR)
    accounts.end_grant(grant=grant, by=loop.cast.by, at=app_now(), ends_at=ends_at)


def no_faults() -> bool:
    return not Referral.objects.exclude(last_error="").exists() and not Nudge.objects.exclude(step_error="").exists()
