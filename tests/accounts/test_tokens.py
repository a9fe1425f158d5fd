"""API tokens: hashed, scoped, expiring, revocable, and marked when used."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from apps.accounts import operations
from apps.accounts.authentication import user_of_token
from apps.accounts.models import ApiToken, User
from apps.accounts.permissions import Permission
from apps.accounts.secrets import START, digest_of, new_secret
from apps.common.clock import move_clock
from apps.common.refusals import Conflict, Forbidden, Invalid
from tests.accounts.house import House, actor, last_event, now

MONTH = timedelta(days=30)


def issue(house: House, *, user: User, by: User, **more: Any) -> tuple[ApiToken, str]:
    values: dict[str, Any] = {"name": "a program", "scopes": ["patients.read"], "expires_at": now() + MONTH} | more
    return operations.issue_token(user=user, by=actor(by), at=now(), **values)


def test_the_secret_is_kept_nowhere(house: House) -> None:
    token, secret = issue(house, user=house.therapist, by=house.therapist)
    row = str(ApiToken.objects.filter(pk=token.pk).values().get())
    random_part = secret.removeprefix(token.prefix)
    assert secret.startswith(token.prefix)
    assert random_part not in row
    assert random_part not in str(last_event().changes)
    assert bytes(ApiToken.objects.get().digest) == digest_of(secret)


def test_secrets_differ_and_can_be_recognised() -> None:
    made = [new_secret() for _ in range(200)]
    assert len({each.secret for each in made}) == len({each.digest for each in made}) == 200
    assert all(each.secret.startswith(START) and len(each.prefix) <= 12 for each in made)


@given(st.text(max_size=80))
def test_a_digest_has_32_bytes_whatever_it_is_made_of(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert len(digest_of(text)) == 32


def test_a_token_comes_in_with_its_scopes_in_one_query(
    house: House, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _, secret = issue(house, user=house.therapist, by=house.therapist)
    assert user_of_token(secret)
    with django_assert_num_queries(1):
        found = user_of_token(secret)
        assert found is not None
        user, token = found
        came = user.actor(token=token)
    assert came.token_id == token.pk
    assert came.scopes == frozenset({Permission.PATIENTS_READ})
    assert came.may_at(Permission.PATIENTS_READ, house.linden.pk)
    assert not came.may(Permission.TEAMS_READ)


@pytest.mark.parametrize("secret", ["", "ct_", "ct_00000000_nothing", "Basic abc", "ct_\x00", "ct_" + "é" * 50])
def test_a_secret_that_was_never_made_opens_nothing(house: House, secret: str) -> None:
    assert user_of_token(secret) is None


def test_a_token_ends_at_its_expiry_and_not_a_moment_before(house: House) -> None:
    _, secret = issue(house, user=house.therapist, by=house.therapist, expires_at=now() + timedelta(hours=1))
    move_clock(by=timedelta(minutes=59))
    assert user_of_token(secret)
    move_clock(by=timedelta(minutes=1, seconds=1))
    assert user_of_token(secret) is None


def test_a_revoked_token_opens_nothing_and_is_not_revoked_twice(house: House) -> None:
    token, secret = issue(house, user=house.therapist, by=house.therapist)
    operations.revoke_token(token=token, by=actor(house.therapist), at=now())
    assert user_of_token(secret) is None
    with pytest.raises(Conflict):
        operations.revoke_token(token=token, by=actor(house.therapist), at=now())


def test_the_tokens_of_a_closed_account_open_nothing(house: House) -> None:
    _, secret = issue(house, user=house.therapist, by=house.therapist)
    operations.deactivate_user(user=house.therapist, by=house.by, at=now())
    assert user_of_token(secret) is None


def test_the_last_use_is_kept_to_the_minute_and_costs_nothing_in_between(
    house: House, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    token, secret = issue(house, user=house.therapist, by=house.therapist)
    with django_assert_num_queries(2):
        user_of_token(secret)
    token.refresh_from_db()
    first = token.last_used_at
    move_clock(by=timedelta(seconds=50))
    with django_assert_num_queries(1):
        user_of_token(secret)
    move_clock(by=timedelta(seconds=11))
    with django_assert_num_queries(2):
        user_of_token(secret)
    token.refresh_from_db()
    assert first is not None
    assert token.last_used_at is not None
    assert token.last_used_at - first >= timedelta(minutes=1)


@pytest.mark.parametrize("scopes", [[], ["everything"], ["patients.read", "Patients.Read"]])
def test_a_token_without_known_scopes_is_not_made(house: House, scopes: list[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        issue(house, user=house.therapist, by=house.therapist, scopes=scopes)
    assert "scopes" in refusal.value.errors


@pytest.mark.parametrize("days", [-1, 0, 367, 10_000])
def test_a_token_lasts_until_some_time_within_a_year(house: House, days: int) -> None:
    with pytest.raises(Invalid) as refusal:
        issue(house, user=house.therapist, by=house.therapist, expires_at=now() + timedelta(days=days))
    assert "expires_at" in refusal.value.errors


def test_a_token_needs_a_name_of_one_line(house: House) -> None:
    for name in ("", "x" * 101, "two\nlines"):
        with pytest.raises(Invalid) as refusal:
            issue(house, user=house.therapist, by=house.therapist, name=name)
        assert "name" in refusal.value.errors


def test_a_service_account_s_tokens_are_made_by_its_administrators(house: House) -> None:
    token, _ = issue(house, user=house.service, by=house.administrator)
    assert token.created_by_id == house.administrator.pk
    for who in (house.coordinator, house.stranger, house.therapist):
        with pytest.raises(Forbidden):
            issue(house, user=house.service, by=who)
        with pytest.raises(Forbidden):
            operations.revoke_token(token=token, by=actor(who), at=now())


def test_a_person_s_tokens_are_their_own_affair(house: House) -> None:
    token, _ = issue(house, user=house.therapist, by=house.therapist)
    with pytest.raises(Forbidden):
        issue(house, user=house.therapist, by=house.administrator)
    with pytest.raises(Forbidden):
        operations.revoke_token(token=token, by=actor(house.administrator), at=now())


def test_a_leaked_token_breeds_no_other_but_can_end_itself(house: House) -> None:
    token, secret = issue(house, user=house.therapist, by=house.therapist)
    other, _ = issue(house, user=house.therapist, by=house.therapist)
    found = user_of_token(secret)
    assert found is not None
    through_it = found[0].actor(token=found[1])
    with pytest.raises(Forbidden):
        operations.issue_token(
            user=house.therapist,
            by=through_it,
            at=now(),
            name="more",
            scopes=["patients.read"],
            expires_at=now() + MONTH,
        )
    with pytest.raises(Forbidden):
        operations.revoke_token(token=other, by=through_it, at=now())
    assert operations.revoke_token(token=token, by=through_it, at=now()).revoked_at


def test_one_sees_one_s_own_tokens_and_those_of_one_s_service_accounts(house: House) -> None:
    own, _ = issue(house, user=house.administrator, by=house.administrator)
    issue(house, user=house.therapist, by=house.therapist)
    service, _ = issue(house, user=house.service, by=house.administrator)
    assert set(ApiToken.objects.visible_to(actor(house.administrator))) == {own, service}
    assert not ApiToken.objects.visible_to(actor(house.stranger)).exists()
