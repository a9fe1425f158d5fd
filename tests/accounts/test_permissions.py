"""The table of what each role may do, written out a second time: changing what somebody may do needs both."""

from uuid import uuid4

import pytest

from apps.accounts.actors import Actor, Careteam
from apps.accounts.permissions import ALLOWED, GIVEN_BY_HAND, SEES_WHOLE_SITE, Permission, Role
from apps.common.refusals import Forbidden

TABLE = """
                  coordinator  member  on_call  service  administrator  governance
patients.read         x          x        x        x          -            -
patients.write        x          -        -        x          -            -
teams.read            x          x        x        x          x            -
teams.write           x          -        -        x          -            -
cover.own             x          x        -        -          -            -
accounts.read         x          -        -        -          x            -
accounts.write        -          -        -        -          x            -
knowledge.read        x          x        x        x          x            x
knowledge.write       -          -        -        -          x            x
audit.read            x          -        -        x          x            -
facts.write           x          x        x        x          -            -
escalations.write     x          x        x        -          -            -
nudges.answer         x          x        x        -          -            -
criteria.read         x          x        x        x          x            x
criteria.write        -          -        -        -          -            x
criteria.sign         -          -        -        -          -            x
plans.write           x          x        x        -          -            -
plans.policy          -          -        -        -          x            x
referrals.write       x          x        x        -          -            -
"""


def cells() -> list[tuple[str, str, bool]]:
    head, *lines = [line.split() for line in TABLE.strip().splitlines()]
    return [(role, line[0], mark == "x") for line in lines for role, mark in zip(head, line[1:], strict=True)]


@pytest.mark.parametrize(("role", "permission", "allowed"), cells())
def test_a_role_may_do_what_the_table_says(role: str, permission: str, allowed: bool) -> None:
    assert (permission in ALLOWED[Role(role)]) is allowed


def test_the_table_is_complete() -> None:
    assert {(role, permission) for role, permission, _ in cells()} == {
        (role.value, permission.value) for role in Role for permission in Permission
    }


def test_an_administrator_sees_no_patient_and_on_call_is_never_given_by_hand() -> None:
    assert Role.ADMINISTRATOR not in SEES_WHOLE_SITE
    assert frozenset(Role) - GIVEN_BY_HAND == {Role.ON_CALL}


def test_a_permission_holds_at_the_sites_of_the_role_and_nowhere_else() -> None:
    here, there = uuid4(), uuid4()
    actor = Actor(roles={Role.COORDINATOR: frozenset({here}), Role.MEMBER: frozenset({there})})
    assert actor.may_at(Permission.TEAMS_WRITE, here)
    assert not actor.may_at(Permission.TEAMS_WRITE, there)
    assert actor.sites_where(Permission.PATIENTS_READ) == {here, there}
    assert actor.sites_seen_whole == {here}
    with pytest.raises(Forbidden):
        actor.require(Permission.TEAMS_WRITE, there)


def test_a_scope_takes_away_and_never_gives() -> None:
    site = uuid4()
    roles = {Role.MEMBER: frozenset({site})}
    narrow = Actor(roles=roles, scopes=frozenset({Permission.KNOWLEDGE_READ, Permission.PATIENTS_WRITE}))
    assert narrow.may(Permission.KNOWLEDGE_READ)
    assert not narrow.may(Permission.PATIENTS_READ), "in the role, not in the scopes"
    assert not narrow.may(Permission.PATIENTS_WRITE), "in the scopes, not in the role"
    assert narrow.sites_seen_whole == frozenset()


def test_nobody_may_do_nothing_and_careteam_itself_everything() -> None:
    assert not any(Actor().may(permission) for permission in Permission)
    assert all(Careteam().may_at(permission, uuid4()) for permission in Permission)


def test_careteam_itself_is_no_person() -> None:
    with pytest.raises(Forbidden):
        _ = Careteam().user_id_known
