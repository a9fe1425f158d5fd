"""Operations on people and service accounts: what they do, record and refuse."""

from typing import Any

import pytest

from apps.accounts import operations
from apps.accounts.authentication import PeopleBackend
from apps.accounts.models import User
from apps.common.refusals import Conflict, Forbidden, Invalid, Stale
from tests.accounts.house import PASSWORD, House, actor, last_event, now


def add(house: House, by: User | None = None, **more: Any) -> User:
    values: dict[str, Any] = {"username": "nora", "name": "Nora Neu", "home_site": house.linden} | more
    return operations.add_user(by=actor(by or house.administrator), at=now(), **values)


def test_an_administrator_adds_a_person_whose_name_is_kept_in_lower_case(house: House) -> None:
    user = add(house, username="  Nora.Neu ", email="nora@linden.example", password=PASSWORD)
    assert user.username == "nora.neu"
    assert PeopleBackend().authenticate(None, username="NORA.neu", password=PASSWORD) == user


def test_the_record_of_a_new_account_names_no_one(house: House) -> None:
    add(house, email="nora@linden.example", password=PASSWORD)
    event = last_event()
    assert (event.verb, event.site_id) == ("accounts.add_user", house.linden.pk)
    assert event.changes["name"] == event.changes["email"] == event.changes["username"] == "withheld"
    assert "nora" not in str(event.changes).lower()


def test_a_person_without_a_password_cannot_log_in(house: House) -> None:
    user = add(house)
    assert not user.has_usable_password()
    assert PeopleBackend().authenticate(None, username="nora", password="") is None


@pytest.mark.parametrize("who", ["coordinator", "therapist", "stranger"])
def test_whoever_does_not_administer_the_site_adds_nobody(house: House, who: str) -> None:
    with pytest.raises(Forbidden):
        add(house, by=getattr(house, who))
    assert not User.objects.filter(username="nora").exists()


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("username", {"username": "ada"}),
        ("username", {"username": "ADA"}),
        ("username", {"username": "no spaces"}),
        ("username", {"username": ""}),
        ("name", {"name": ""}),
        ("name", {"name": "two\nlines"}),
        ("email", {"email": "nobody"}),
        ("kind", {"kind": "robot"}),
        ("password", {"password": "short"}),
        ("password", {"password": "123456789012345"}),
        ("password", {"password": "nora neu nora"}),
        ("password", {"kind": "service", "password": PASSWORD}),
    ],
)
def test_a_field_that_breaks_its_rule_is_named(house: House, field: str, values: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        add(house, **values)
    assert field in refusal.value.errors


def test_changing_an_account_raises_its_version_and_an_older_one_is_stale(house: House) -> None:
    by = actor(house.administrator)
    user = operations.change_user(user=house.therapist, by=by, at=now(), version=1, name="Theodor")
    assert (user.name, user.version) == ("Theodor", 2)
    with pytest.raises(Stale):
        operations.change_user(user=user, by=by, at=now(), version=1, name="Again")


def test_changing_nothing_records_nothing(house: House) -> None:
    before = last_event().pk
    user = operations.change_user(user=house.therapist, by=actor(house.administrator), at=now(), name="Theo")
    assert (user.version, last_event().pk) == (1, before)


def test_a_name_that_is_taken_is_refused_on_changing_too(house: House) -> None:
    with pytest.raises(Invalid, match="Another account"):
        operations.change_user(user=house.therapist, by=actor(house.administrator), at=now(), username="Cora")


def test_an_account_is_not_moved_to_a_site_that_one_does_not_administer(house: House) -> None:
    with pytest.raises(Forbidden):
        operations.change_user(user=house.therapist, by=actor(house.administrator), at=now(), home_site=house.harbour)
    house.therapist.refresh_from_db()
    assert house.therapist.home_site_id == house.linden.pk


def test_an_administrator_of_another_site_changes_nothing(house: House) -> None:
    refused: list[tuple[Any, dict[str, Any]]] = [
        (operations.change_user, {"name": "X"}),
        (operations.deactivate_user, {}),
        (operations.reactivate_user, {}),
        (operations.set_password, {"password": PASSWORD}),
    ]
    for operation, more in refused:
        with pytest.raises(Forbidden):
            operation(user=house.therapist, by=actor(house.stranger), at=now(), **more)


def test_a_closed_account_cannot_log_in_until_it_is_opened_again(house: House) -> None:
    by = actor(house.administrator)
    user = operations.deactivate_user(user=house.therapist, by=by, at=now())
    assert PeopleBackend().authenticate(None, username="theo", password=PASSWORD) is None
    operations.reactivate_user(user=user, by=by, at=now())
    assert PeopleBackend().authenticate(None, username="theo", password=PASSWORD) == house.therapist


def test_nobody_closes_their_own_account(house: House) -> None:
    with pytest.raises(Conflict):
        operations.deactivate_user(user=house.administrator, by=actor(house.administrator), at=now())


def test_a_new_password_makes_the_old_one_useless(house: House) -> None:
    new = "another long sentence"
    operations.set_password(user=house.therapist, by=actor(house.administrator), at=now(), password=new)
    assert PeopleBackend().authenticate(None, username="theo", password=PASSWORD) is None
    assert PeopleBackend().authenticate(None, username="theo", password=new) == house.therapist
    assert last_event().changes == {"password": "withheld"}


@pytest.mark.parametrize("weak", ["", "short", "99999999999999"])
def test_a_weak_password_is_not_set(house: House, weak: str) -> None:
    with pytest.raises(Invalid) as refusal:
        operations.set_password(user=house.therapist, by=actor(house.administrator), at=now(), password=weak)
    assert "password" in refusal.value.errors


def change_own(house: House, *, by: User | None = None, old: str = PASSWORD) -> User:
    return operations.change_own_password(
        user=house.therapist, by=actor(by or house.therapist), at=now(), old=old, password="another long sentence"
    )


def test_one_changes_one_s_own_password_with_the_present_one(house: House) -> None:
    assert change_own(house).check_password("another long sentence")


def test_a_wrong_present_password_changes_nothing(house: House) -> None:
    with pytest.raises(Invalid) as refusal:
        change_own(house, old="not the one")
    assert set(refusal.value.errors) == {"old"}


def test_nobody_else_and_no_token_changes_one_s_own_password(house: House) -> None:
    with pytest.raises(Forbidden):
        change_own(house, by=house.administrator)
    house.secret(house.therapist)
    token = house.therapist.tokens.get()
    through_token = User.objects.with_access().get(pk=house.therapist.pk).actor(token=token)
    with pytest.raises(Forbidden):
        operations.change_own_password(
            user=house.therapist, by=through_token, at=now(), old=PASSWORD, password="another long sentence"
        )
