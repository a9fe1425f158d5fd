"""The REST doors of accounts: who may, what is shown, what is refused, and that hostile input is a 400."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts import operations
from apps.accounts.models import ApiToken, RoleGrant, Site, User
from apps.rest.models import IdempotentRequest
from tests.accounts.house import PASSWORD, House, grant_of, now

API = "/api/v1"
DAY = timedelta(days=1)


def names(answer: Any, field: str) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row[field] for row in answer.json()["results"]]


def fields(answer: Any) -> set[str]:
    return {error["field"] for error in answer.json()["errors"]}


@pytest.fixture
def ada(house: House) -> APIClient:
    """The administrator's browser."""
    return house.client(house.administrator)


# Sites and holidays


def test_everybody_who_is_signed_in_sees_the_sites_and_their_holidays(house: House, ada: APIClient) -> None:
    body = {"site": str(house.linden.pk), "on": "2027-01-01", "name": "New Year"}
    assert ada.post(f"{API}/holidays/", body).status_code == 201
    for client in (house.client(house.therapist), house.token_client(house.service, ["patients.read"])):
        assert names(client.get(f"{API}/sites/"), "code") == ["harbour", "linden"]
        assert client.get(f"{API}/sites/count/").json() == {"count": 2}
        assert client.get(f"{API}/sites/{house.linden.pk}/")["ETag"] == '"v1"'
        assert names(client.get(f"{API}/holidays/"), "name") == ["New Year"]
    for address in ("sites", "sites/count", "holidays", f"sites/{house.linden.pk}"):
        assert APIClient().get(f"{API}/{address}/").status_code == 401


def test_opening_a_site_makes_one_its_administrator(house: House, ada: APIClient) -> None:
    answer = ada.post(f"{API}/sites/", {"code": "annex", "name": "Annex", "time_zone": "Europe/Berlin"})
    assert answer.status_code == 201
    assert answer["Location"].endswith(f"/sites/{answer.json()['id']}/")
    assert ada.patch(f"{API}/sites/{answer.json()['id']}/", {"active": False}).json()["active"] is False


@pytest.mark.parametrize("who", ["coordinator", "therapist", "service"])
def test_whoever_may_not_write_accounts_writes_no_site_and_no_holiday(house: House, who: str) -> None:
    client = house.token_client(getattr(house, who))
    site = house.linden.pk
    day = operations.add_holiday(site=house.linden, by=house.by, at=now(), on=now().date(), name="Today")
    asked = [
        client.post(f"{API}/sites/", {"code": "x", "name": "X", "time_zone": "UTC"}),
        client.patch(f"{API}/sites/{site}/", {"name": "Mine"}),
        client.post(f"{API}/holidays/", {"site": str(site), "on": "2027-01-01", "name": "X"}),
        client.delete(f"{API}/holidays/{day.pk}/"),
    ]
    assert [answer.status_code for answer in asked] == [403] * 4
    assert Site.objects.count() == 2


def test_another_site_s_administrator_sees_a_site_and_may_not_change_it(house: House) -> None:
    client = house.client(house.stranger)
    assert client.get(f"{API}/sites/{house.linden.pk}/").status_code == 200
    assert client.patch(f"{API}/sites/{house.linden.pk}/", {"name": "Mine"}).status_code == 403


def test_a_site_that_was_changed_meanwhile_is_stale(house: House, ada: APIClient) -> None:
    address = f"{API}/sites/{house.linden.pk}/"
    assert ada.patch(address, {"name": "Linden Hospital"}, HTTP_IF_MATCH='"v1"')["ETag"] == '"v2"'
    assert ada.patch(address, {"name": "Again"}, HTTP_IF_MATCH='"v1"').status_code == 412


def test_a_site_s_name_that_is_taken_names_the_field(house: House, ada: APIClient) -> None:
    for answer in (
        ada.patch(f"{API}/sites/{house.linden.pk}/", {"name": "Harbour"}),
        ada.post(f"{API}/sites/", {"code": "x", "name": "Harbour", "time_zone": "UTC"}),
    ):
        assert answer.status_code == 422
        assert fields(answer) == {"name"}


def test_holidays_are_found_by_site_and_between_two_days(house: House, ada: APIClient) -> None:
    for site, on in (("linden", "2026-12-25"), ("linden", "2027-01-01"), ("harbour", "2026-12-31")):
        day = {"site": getattr(house, site), "on": on, "name": on}
        operations.add_holiday(by=house.by, at=now(), **day)
    listed = f"{API}/holidays/"
    assert names(ada.get(listed, {"from": "2026-12-31", "to": "2027-01-01"}), "on") == ["2026-12-31", "2027-01-01"]
    assert names(ada.get(listed, {"site": str(house.harbour.pk)}), "on") == ["2026-12-31"]
    assert ada.get(f"{listed}count/", {"to": "2026-12-25"}).json() == {"count": 1}
    assert fields(ada.get(listed, {"from": "yesterday"})) == {"from"}


def test_a_holiday_that_is_removed_is_gone(house: House, ada: APIClient) -> None:
    body = {"site": str(house.linden.pk), "on": "2027-01-01", "name": "New Year"}
    made = ada.post(f"{API}/holidays/", body).json()
    assert ada.post(f"{API}/holidays/", body).status_code == 409
    assert ada.delete(f"{API}/holidays/{made['id']}/").status_code == 204
    assert ada.delete(f"{API}/holidays/{made['id']}/").status_code == 404


# Users


def test_a_coordinator_reads_accounts_and_changes_none(house: House) -> None:
    client = house.client(house.coordinator)
    assert names(client.get(f"{API}/users/"), "username") == ["ada", "cora", "ehr", "theo"]
    address = f"{API}/users/{house.therapist.pk}/"
    assert client.get(address).status_code == 200
    for answer in (
        client.patch(address, {"name": "X"}),
        client.post(f"{address}deactivate/"),
        client.post(f"{address}set-password/", {"password": PASSWORD}),
        client.post(f"{API}/users/", {"username": "x", "name": "X", "home_site": str(house.linden.pk)}),
    ):
        assert answer.status_code == 403


def test_an_account_of_another_site_does_not_exist_for_an_administrator(house: House, ada: APIClient) -> None:
    assert ada.get(f"{API}/users/{house.stranger.pk}/").status_code == 404
    assert ada.post(f"{API}/users/{house.stranger.pk}/deactivate/").status_code == 404
    body = {"user": str(house.stranger.pk), "site": str(house.linden.pk), "role": "member"}
    unseen = ada.post(f"{API}/role-grants/", body)
    missing = ada.post(f"{API}/role-grants/", body | {"user": str(house.linden.pk)})
    assert unseen.status_code == missing.status_code == 400
    told = [answer.json()["errors"][0]["detail"].replace(str(house.stranger.pk), "…") for answer in (unseen, missing)]
    assert told[0] == told[1].replace(str(house.linden.pk), "…")


def test_a_member_reads_no_accounts(house: House) -> None:
    for address in ("users", "users/count", f"users/{house.therapist.pk}", "role-grants"):
        assert house.client(house.therapist).get(f"{API}/{address}/").status_code == 403


def test_a_person_is_added_given_a_role_and_can_log_in(house: House, ada: APIClient) -> None:
    home = str(house.linden.pk)
    body = {"username": "Nora", "name": "Nora Neu", "home_site": home, "password": PASSWORD}
    answer = ada.post(f"{API}/users/", body)
    assert answer.status_code == 201
    assert "password" not in answer.json()
    nora = answer.json()["id"]
    assert ada.post(f"{API}/role-grants/", {"user": nora, "site": home, "role": "member"}).status_code == 201
    said = APIClient().post(f"{API}/session/", {"username": "nora", "password": PASSWORD}).json()
    assert said["roles"] == [{"site": home, "roles": ["member"]}]


def test_a_password_that_was_sent_with_a_key_is_kept_in_no_form(house: House, ada: APIClient) -> None:
    body = {"username": "nora", "name": "Nora Neu", "home_site": str(house.linden.pk), "password": PASSWORD}
    first = ada.post(f"{API}/users/", body, HTTP_IDEMPOTENCY_KEY="one")
    again = ada.post(f"{API}/users/", body, HTTP_IDEMPOTENCY_KEY="one")
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert ada.post(f"{API}/users/", body | {"name": "X"}, HTTP_IDEMPOTENCY_KEY="one").status_code == 422
    assert PASSWORD not in str(IdempotentRequest.objects.values().get())


def test_verbs_open_and_close_an_account_in_the_version_that_was_read(house: House, ada: APIClient) -> None:
    address = f"{API}/users/{house.therapist.pk}/"
    closed = ada.post(f"{address}deactivate/", HTTP_IF_MATCH='"v1"')
    assert closed.json()["is_active"] is False
    assert ada.post(f"{address}reactivate/", HTTP_IF_MATCH='"v1"').status_code == 412
    assert ada.post(f"{address}reactivate/", HTTP_IF_MATCH=closed["ETag"]).json()["is_active"] is True
    assert ada.post(f"{API}/users/{house.administrator.pk}/deactivate/").status_code == 409


def test_an_administrator_sets_a_password(house: House, ada: APIClient) -> None:
    address = f"{API}/users/{house.therapist.pk}/set-password/"
    assert ada.post(address, {"password": "short"}).status_code == 422
    assert ada.post(address, {"password": "another long sentence"}).status_code == 200
    house.therapist.refresh_from_db()
    assert house.therapist.check_password("another long sentence")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"kind": "service"}, ["ehr"]),
        ({"username": "theo"}, ["theo"]),
        ({"search": "COR"}, ["cora"]),
        ({"is_active": "false"}, []),
        ({"ordering": "-username", "limit": 2}, ["theo", "ehr"]),
    ],
)
def test_accounts_are_found(house: House, ada: APIClient, query: dict[str, Any], found: list[str]) -> None:
    assert names(ada.get(f"{API}/users/", query), "username") == found


def test_more_accounts_cost_no_more_queries(
    house: House, ada: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(15):
        operations.add_user(by=house.by, at=now(), username=f"u{number}", name="U", home_site=house.linden)
    for address in ("users", "role-grants", "sites", "holidays", "api-tokens"):
        with django_assert_max_num_queries(3):
            assert ada.get(f"{API}/{address}/").status_code == 200


# Role grants


def test_a_role_ends_and_its_holder_may_no_more(house: House, ada: APIClient) -> None:
    coordinator = house.client(house.coordinator)
    assert coordinator.get(f"{API}/users/").status_code == 200
    address = f"{API}/role-grants/{grant_of(house.coordinator).pk}/end/"
    assert ada.post(address).json()["ends_at"] is not None
    assert coordinator.get(f"{API}/users/").status_code == 403
    assert ada.post(address).status_code == 409


def test_a_role_can_begin_later_and_end_by_date(house: House, ada: APIClient) -> None:
    body = {"user": str(house.therapist.pk), "site": str(house.linden.pk), "role": "coordinator"}
    period = {"starts_at": (now() + DAY).isoformat(), "ends_at": (now() + 2 * DAY).isoformat()}
    made = ada.post(f"{API}/role-grants/", body | period)
    assert made.status_code == 201
    listed = f"{API}/role-grants/"
    query = {"user": str(house.therapist.pk)}
    assert names(ada.get(listed, query | {"in_force": "true"}), "role") == ["member"]
    assert names(ada.get(listed, query | {"in_force": "false"}), "role") == ["coordinator"]
    assert ada.post(f"{listed}{made.json()['id']}/end/", {"ends_at": period["starts_at"]}).status_code == 200


@pytest.mark.parametrize("role", ["on_call", "service", "emperor"])
def test_a_role_that_cannot_be_given_is_refused(house: House, ada: APIClient, role: str) -> None:
    body = {"user": str(house.therapist.pk), "site": str(house.linden.pk), "role": role}
    answer = ada.post(f"{API}/role-grants/", body)
    assert answer.status_code in {400, 422}
    assert fields(answer) == {"role"}
    assert RoleGrant.objects.filter(user=house.therapist).count() == 1


def test_one_sees_one_s_own_grants_and_those_of_one_s_sites(house: House) -> None:
    listed = house.client(house.stranger).get(f"{API}/role-grants/")
    assert names(listed, "user") == [str(house.stranger.pk)]


# Tokens


def test_the_secret_of_a_token_is_shown_once_works_and_is_gone(house: House) -> None:
    client = house.client(house.therapist)
    body = {"name": "my phone", "scopes": ["teams.read"], "expires_at": (now() + DAY).isoformat()}
    made = client.post(f"{API}/api-tokens/", body, HTTP_IDEMPOTENCY_KEY="k")
    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    secret = made.json()["secret"]
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert program.get(f"{API}/session/").json()["scopes"] == ["teams.read"]
    for address in ("", "count/", f"{made.json()['token']['id']}/"):
        assert secret.split("_", 2)[2] not in client.get(f"{API}/api-tokens/{address}").content.decode()
    assert not IdempotentRequest.objects.exists(), "what is kept for replay would hold the secret"


def test_an_administrator_makes_and_revokes_a_service_account_s_token(house: House, ada: APIClient) -> None:
    expires = (now() + DAY).isoformat()
    body = {"user": str(house.service.pk), "name": "EHR", "scopes": ["patients.read"], "expires_at": expires}
    made = ada.post(f"{API}/api-tokens/", body).json()
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {made['secret']}")
    assert program.get(f"{API}/sites/").status_code == 200
    address = f"{API}/api-tokens/{made['token']['id']}/revoke/"
    assert house.client(house.stranger).post(address).status_code == 404
    assert ada.post(address).json()["revoked_by"] == str(house.administrator.pk)
    assert program.get(f"{API}/sites/").status_code == 401
    assert ada.post(address).status_code == 409


def test_a_token_makes_no_token_and_may_revoke_itself(house: House) -> None:
    program = house.token_client(house.therapist)
    body = {"name": "more", "scopes": ["teams.read"], "expires_at": (now() + DAY).isoformat()}
    assert program.post(f"{API}/api-tokens/", body).status_code == 403
    own = ApiToken.objects.get()
    assert program.post(f"{API}/api-tokens/{own.pk}/revoke/").status_code == 200
    assert program.get(f"{API}/session/").status_code == 401


def test_nobody_makes_a_token_for_another_person(house: House, ada: APIClient) -> None:
    expires = (now() + DAY).isoformat()
    body = {"user": str(house.therapist.pk), "name": "x", "scopes": ["teams.read"], "expires_at": expires}
    assert ada.post(f"{API}/api-tokens/", body).status_code == 403
    assert not ApiToken.objects.exists()


def test_a_narrow_token_does_not_administer(house: House) -> None:
    narrow = house.token_client(house.administrator, ["accounts.read"])
    assert narrow.get(f"{API}/users/").status_code == 200
    assert narrow.post(f"{API}/users/{house.therapist.pk}/deactivate/").status_code == 403


# Hostile input

LONG = "x" * 10_000
HOSTILE: list[Any] = [
    None,
    "",
    [],
    {},
    7,
    True,
    LONG,
    "\n",
    "é" * 90,
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
]
DOORS: dict[str, dict[str, Any]] = {
    "sites/": {"code": "x", "name": "X", "time_zone": "UTC"},
    "holidays/": {"site": "linden", "on": "2027-01-01", "name": "X"},
    "users/": {"username": "x", "name": "X", "home_site": "linden", "email": "x@x.example", "password": PASSWORD},
    "role-grants/": {"user": "theo", "site": "linden", "role": "coordinator", "starts_at": "now", "ends_at": "later"},
    "api-tokens/": {"user": "ehr", "name": "x", "scopes": ["teams.read"], "expires_at": "later"},
}


def whole(house: House, body: dict[str, Any]) -> dict[str, Any]:
    known = {
        "linden": str(house.linden.pk), "theo": str(house.therapist.pk), "ehr": str(house.service.pk),
        "now": now().isoformat(), "later": (now() + DAY).isoformat(),
    }  # fmt: skip
    return {key: known.get(value, value) if isinstance(value, str) else value for key, value in body.items()}


@pytest.mark.parametrize("door", DOORS)
def test_hostile_values_are_refused_field_by_field_and_never_a_failure(house: House, ada: APIClient, door: str) -> None:
    for field in DOORS[door]:
        for value in HOSTILE:
            before = (Site.objects.count(), User.objects.count(), RoleGrant.objects.count(), ApiToken.objects.count())
            answer = ada.post(f"{API}/{door}", whole(house, DOORS[door]) | {field: value})
            assert answer.status_code < 500, (field, value)
            if answer.status_code >= 400:
                assert answer["Content-Type"] == "application/problem+json"
                counts = (
                    Site.objects.count(),
                    User.objects.count(),
                    RoleGrant.objects.count(),
                    ApiToken.objects.count(),
                )
                assert counts == before


@pytest.mark.parametrize("door", DOORS)
def test_a_body_that_is_whole_is_taken_and_an_unknown_field_is_named(house: House, ada: APIClient, door: str) -> None:
    answer = ada.post(f"{API}/{door}", whole(house, DOORS[door]) | {"is_superuser": True})
    assert (answer.status_code, fields(answer)) == (400, {"is_superuser"})
    assert ada.post(f"{API}/{door}", whole(house, DOORS[door])).status_code == 201
