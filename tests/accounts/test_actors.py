"""An actor is read by one query, and holds what is in force at that moment."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.accounts import operations
from apps.accounts.authentication import PeopleBackend
from apps.accounts.models import User
from apps.accounts.permissions import Role
from tests.accounts.house import House, actor, grant_of, now

DAY = timedelta(days=1)


def test_one_query_reads_the_user_the_time_and_every_role(
    house: House, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    operations.grant_role(user=house.therapist, site=house.harbour, role=Role.COORDINATOR, by=house.by, at=now())
    with django_assert_num_queries(1):
        user = PeopleBackend().get_user(house.therapist.pk)
        assert user is not None
        found = user.actor()
    assert found.roles == {
        Role.MEMBER: frozenset({house.linden.pk}),
        Role.COORDINATOR: frozenset({house.harbour.pk}),
    }
    assert found.at is not None
    assert abs(found.at - now()) < timedelta(seconds=5)


def test_a_grant_that_has_not_begun_gives_nothing(house: House) -> None:
    operations.grant_role(
        user=house.therapist, site=house.harbour, role=Role.MEMBER, by=house.by, at=now(), starts_at=now() + DAY
    )
    assert actor(house.therapist).sites == {house.linden.pk}


def test_a_grant_that_has_ended_gives_nothing(house: House) -> None:
    operations.end_grant(grant=grant_of(house.therapist), by=house.by, at=now())
    assert actor(house.therapist).roles == {}


def test_a_grant_gives_nothing_at_an_inactive_site(house: House) -> None:
    operations.change_site(site=house.linden, by=house.by, at=now(), active=False)
    assert actor(house.therapist).roles == {}


def test_a_closed_account_has_no_session(house: House) -> None:
    operations.deactivate_user(user=house.therapist, by=house.by, at=now())
    assert PeopleBackend().get_user(house.therapist.pk) is None


@pytest.mark.parametrize(("name", "staff"), [("administrator", True), ("coordinator", True), ("therapist", False)])
def test_the_admin_opens_for_coordinators_and_administrators(house: House, name: str, staff: bool) -> None:
    user = User.objects.with_access().get(pk=getattr(house, name).pk)
    assert user.is_staff is staff


def test_without_its_access_nobody_is_staff_and_django_s_own_permissions_are_shut(house: House) -> None:
    user = User.objects.get(pk=house.administrator.pk)
    assert not user.is_staff
    assert not user.has_perm("accounts.view_user")
    assert not user.has_module_perms("accounts")
