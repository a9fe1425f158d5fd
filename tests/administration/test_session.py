"""Logging in and out over the API, and one's own password."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from apps.accounts.models import LoginTry
from apps.accounts.throttle import DEVICE_COOKIE, TRIES, WINDOW
from apps.common.clock import move_clock
from tests.accounts.house import PASSWORD, House, now

SESSION = "/api/v1/session/"
OWN_PASSWORD = "/api/v1/session/password/"
NEW = "another long sentence"


def log_in(client: APIClient, username: str = "theo", password: str = PASSWORD, **headers: Any) -> Any:
    return client.post(SESSION, {"username": username, "password": password}, format="json", **headers)


@pytest.fixture
def browser(db: None) -> APIClient:
    """A browser: it keeps cookies, and CSRF is looked at."""
    return APIClient(enforce_csrf_checks=True)


def test_a_person_logs_in_and_is_told_who_they_are(house: House, browser: APIClient) -> None:
    answer = log_in(browser, " THEO ")
    assert answer.status_code == 200
    said = answer.json()
    assert said["user"]["username"] == "theo"
    assert said["roles"] == [{"site": str(house.linden.pk), "roles": ["member"]}]
    assert said["scopes"] is None
    assert said["csrf_token"]
    assert abs(datetime.fromisoformat(said["at"]) - now()) < timedelta(seconds=5)
    assert browser.get(SESSION).json()["user"] == said["user"] | {
        "last_login": browser.get(SESSION).json()["user"]["last_login"]
    }
    assert PASSWORD not in answer.content.decode()


def test_the_session_shows_the_roles_of_each_site(house: House) -> None:
    said = house.client(house.administrator).get(SESSION).json()
    assert said["roles"] == [{"site": str(house.linden.pk), "roles": ["administrator"]}]


def test_a_token_is_told_its_scopes_and_needs_no_csrf_token(house: House) -> None:
    said = house.token_client(house.therapist, ["teams.read", "patients.read"]).get(SESSION).json()
    assert said["scopes"] == ["patients.read", "teams.read"]
    assert said["csrf_token"] is None


def test_nobody_is_nobody(browser: APIClient) -> None:
    for answer in (browser.get(SESSION), browser.delete(SESSION)):
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("name", "password"), [("theo", "wrong"), ("no.such", PASSWORD), ("ehr", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_are_one_and_the_same_refusal(
    house: House, browser: APIClient, name: str, password: str
) -> None:
    answer = log_in(browser, name, password)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "The name or the password is wrong."
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert settings.SESSION_COOKIE_NAME not in answer.cookies


def test_a_failure_is_counted_although_the_answer_is_a_refusal(house: House, browser: APIClient) -> None:
    log_in(browser, password="wrong")
    assert LoginTry.objects.count() == 2, "the person's bucket and the address's"


def test_guessing_is_held_back_and_told_when_to_come_again(house: House, browser: APIClient) -> None:
    for _ in range(TRIES["person"]):
        assert log_in(browser, password="wrong").status_code == 401
    answer = log_in(browser)
    assert answer.status_code == 429
    assert answer.json()["type"] == "urn:careteam:problem:too-many-tries"
    assert 0 < int(answer["Retry-After"]) <= WINDOW.total_seconds() + 1
    move_clock(by=WINDOW + timedelta(seconds=1))
    assert log_in(browser).status_code == 200


def test_a_browser_that_came_in_before_is_not_locked_by_guesses_from_elsewhere(
    house: House, browser: APIClient
) -> None:
    assert log_in(browser).cookies[DEVICE_COOKIE]["httponly"]
    for _ in range(TRIES["person"]):
        log_in(APIClient(), password="wrong")
    assert log_in(APIClient()).status_code == 429
    assert log_in(browser).status_code == 200


def test_logging_in_gives_the_browser_a_new_session(house: House, browser: APIClient) -> None:
    log_in(browser)
    first = browser.cookies[settings.SESSION_COOKIE_NAME].value
    log_in(browser)
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != first


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_another_site_cannot_log_a_visitor_in(house: House, browser: APIClient, origin: str) -> None:
    answer = log_in(browser, HTTP_ORIGIN=origin)
    assert answer.status_code == 403
    assert settings.SESSION_COOKIE_NAME not in answer.cookies
    assert not LoginTry.objects.exists()


def test_our_own_pages_and_programs_without_an_origin_can_log_in(house: House, browser: APIClient) -> None:
    assert log_in(browser, HTTP_ORIGIN="http://testserver").status_code == 200
    assert log_in(APIClient()).status_code == 200


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"])
def test_a_form_cannot_log_anybody_in(house: House, browser: APIClient, kind: str) -> None:
    answer = browser.post(SESSION, b'{"username":"theo","password":"a long enough sentence"}', content_type=kind)
    assert answer.status_code == 415
    assert settings.SESSION_COOKIE_NAME not in answer.cookies


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "theo"},
        {"username": "", "password": ""},
        {"username": ["theo"], "password": {}},
        {"username": "x" * 81, "password": PASSWORD},
        {"username": "theo", "password": "x" * 201},
        {"username": "theo", "password": PASSWORD, "remember": True},
        [],
        "theo",
        None,
    ],
)
def test_a_body_that_is_no_login_is_a_400_that_repeats_no_password(house: House, browser: APIClient, body: Any) -> None:
    answer = browser.post(SESSION, body, format="json")
    assert answer.status_code == 400
    assert PASSWORD not in answer.content.decode()


def test_a_stale_token_does_not_stand_in_the_way_of_logging_in(house: House, browser: APIClient) -> None:
    assert log_in(browser, HTTP_AUTHORIZATION="Bearer ct_00000000_gone").status_code == 200


def test_logging_out_needs_the_csrf_token_and_ends_the_session(house: House, browser: APIClient) -> None:
    csrf = log_in(browser).json()["csrf_token"]
    assert browser.delete(SESSION).status_code == 403
    assert browser.delete(SESSION, HTTP_X_CSRFTOKEN=csrf).status_code == 204
    assert browser.get(SESSION).status_code == 401


def test_a_token_has_no_session_to_end(house: House) -> None:
    assert house.token_client(house.therapist).delete(SESSION).status_code == 403


def test_a_new_password_ends_other_sessions_and_keeps_this_one(house: House, browser: APIClient) -> None:
    other = APIClient()
    log_in(other)
    csrf = log_in(browser).json()["csrf_token"]
    body = {"old": PASSWORD, "password": NEW}
    assert browser.post(OWN_PASSWORD, body, format="json", HTTP_X_CSRFTOKEN=csrf).status_code == 204
    assert browser.get(SESSION).status_code == 200
    assert other.get(SESSION).status_code == 401
    assert log_in(APIClient()).status_code == 401
    assert log_in(APIClient(), password=NEW).status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "field"), [("wrong", NEW, "old"), (PASSWORD, "short", "password"), (PASSWORD, "1" * 20, "password")]
)
def test_a_password_that_is_refused_names_its_field(house: House, old: str, new: str, field: str) -> None:
    answer = house.client(house.therapist).post(OWN_PASSWORD, {"old": old, "password": new}, format="json")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    house.therapist.refresh_from_db()
    assert house.therapist.check_password(PASSWORD)


def test_a_password_is_not_changed_with_a_token_nor_by_nobody(house: House) -> None:
    body = {"old": PASSWORD, "password": NEW}
    assert house.token_client(house.therapist).post(OWN_PASSWORD, body, format="json").status_code == 403
    assert APIClient().post(OWN_PASSWORD, body, format="json").status_code == 401


def test_a_closed_account_is_out_at_once(house: House, browser: APIClient) -> None:
    log_in(browser)
    assert house.client(house.administrator).post(f"/api/v1/users/{house.therapist.pk}/deactivate/").status_code == 200
    assert browser.get(SESSION).status_code == 401
    assert log_in(browser).status_code == 401
