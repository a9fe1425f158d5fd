"""The admin pages of accounts, through a real client: every page opens, every button does what it says."""

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from apps.accounts import operations
from apps.accounts.authentication import user_of_token
from apps.accounts.models import ApiToken, Holiday, LoginTry, RoleGrant, Site, User
from apps.accounts.permissions import Role
from apps.accounts.throttle import DEVICE_COOKIE, TRIES, WINDOW
from apps.common.clock import move_clock
from tests.accounts.house import PASSWORD, House, actor, grant_of, now

LOGIN = "/admin/login/"
PAGES = ["site", "holiday", "user", "rolegrant", "apitoken"]
DAY = timedelta(days=1)


def page(name: str, kind: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:accounts_{name}_{kind}", args=args)


def text(response: Any) -> str:
    response.render() if hasattr(response, "render") and not response.is_rendered else None
    return str(response.content.decode())


def errors(response: Any) -> Any:
    """What the form complained about, by field."""
    context = response.context_data
    return (context["adminform"].form if "adminform" in context else context["form"]).errors


def done(response: Any) -> None:
    """The form was taken; otherwise say what it complained about."""
    assert response.status_code == 302, errors(response)


@pytest.fixture
def ada(house: House) -> Client:
    """The administrator's browser."""
    client = Client()
    client.force_login(house.administrator)
    return client


@pytest.fixture
def cora(house: House) -> Client:
    """The coordinator's browser."""
    client = Client()
    client.force_login(house.coordinator)
    return client


def log_in(client: Client, username: str, password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"username": username, "password": password, "next": "/admin/"})


# The door


@pytest.mark.parametrize("who", ["ada", "cora"])
def test_coordinators_and_administrators_come_in(house: House, who: str) -> None:
    client = Client()
    answer = log_in(client, who)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert answer.cookies[DEVICE_COOKIE]["httponly"]
    assert answer.cookies[DEVICE_COOKIE]["samesite"] == "Lax"
    assert client.get("/admin/").status_code == 200


def test_a_member_is_told_that_these_pages_are_not_for_them(house: House) -> None:
    client = Client()
    answer = log_in(client, "theo")
    assert answer.status_code == 200
    assert "for coordinators and administrators" in text(answer)
    assert settings.SESSION_COOKIE_NAME not in client.cookies
    assert DEVICE_COOKIE not in client.cookies


def test_a_wrong_password_and_a_wrong_name_read_the_same_and_count(house: House) -> None:
    wrong = [text(log_in(Client(), name, "wrong")) for name in ("ada", "no.such")]
    told = [re.findall(r"Please enter a correct[^<]*", answer) for answer in wrong]
    assert told[0]
    assert told[0] == told[1]
    assert LoginTry.objects.count() == 4


def test_guessing_at_the_admin_is_held_back_but_never_a_known_browser(house: House) -> None:
    known = Client()
    log_in(known, "ada")
    known.post("/admin/logout/")
    for _ in range(TRIES["person"]):
        log_in(Client(), "ada", "wrong")
    assert "Too many failed tries" in text(log_in(Client(), "ada"))
    assert log_in(known, "ada").status_code == 302
    move_clock(by=WINDOW + timedelta(seconds=1))
    assert log_in(Client(), "ada").status_code == 302


def test_the_admin_s_door_asks_for_a_csrf_token(house: House) -> None:
    assert log_in(Client(enforce_csrf_checks=True), "ada").status_code == 403


def test_the_last_role_takes_the_admin_with_it(house: House, cora: Client) -> None:
    assert cora.get("/admin/").status_code == 200
    operations.end_grant(grant=grant_of(house.coordinator), by=house.by, at=now())
    assert cora.get("/admin/").status_code == 302


def test_one_changes_one_s_own_password_and_stays(house: House, ada: Client) -> None:
    address, new = "/admin/password_change/", "another long sentence"
    assert ada.get(address).status_code == 200
    for old, again, told in (("wrong", new, "not the present password"), (PASSWORD, "other", "not the same")):
        answer = ada.post(address, {"old": old, "password": new, "again": again})
        assert answer.status_code == 200
        assert told in text(answer)
    other = Client()
    log_in(other, "ada")
    done(ada.post(address, {"old": PASSWORD, "password": new, "again": new}))
    assert ada.get("/admin/").status_code == 200
    assert other.get("/admin/").status_code == 302
    assert log_in(Client(), "ada", new).status_code == 302


# The pages


@pytest.mark.parametrize("name", PAGES)
def test_every_list_and_every_form_opens(house: House, ada: Client, name: str) -> None:
    assert ada.get(page(name)).status_code == 200
    assert ada.get(page(name, "add")).status_code == 200


def test_every_row_s_page_opens_and_offers_its_verbs(house: House, ada: Client) -> None:
    operations.add_holiday(site=house.linden, by=house.by, at=now(), on=now().date(), name="Today")
    house.secret(house.administrator)
    rows = {
        "site": house.linden, "holiday": Holiday.objects.get(), "user": house.therapist,
        "rolegrant": grant_of(house.therapist), "apitoken": ApiToken.objects.get(),
    }  # fmt: skip
    verbs = {
        "site": ["holiday"], "holiday": ["remove"], "user": ["role", "password", "deactivate"], "rolegrant": ["end"],
        "apitoken": ["revoke"],
    }  # fmt: skip
    for name, row in rows.items():
        shown = ada.get(page(name, "change", row.pk))
        assert shown.status_code == 200
        for verb in verbs[name]:
            address = page(name, verb, row.pk)
            assert address in text(shown)
            assert ada.get(address).status_code == 200


def test_nothing_can_be_deleted(house: House, ada: Client) -> None:
    for name, row in (("site", house.linden), ("user", house.therapist), ("rolegrant", grant_of(house.therapist))):
        assert ada.post(page(name, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=house.therapist.pk).exists()


def test_a_coordinator_reads_accounts_and_is_offered_nothing_to_do(house: House, cora: Client) -> None:
    for name in ("site", "user", "rolegrant", "holiday"):
        assert cora.get(page(name)).status_code == 200
        assert cora.get(page(name, "add")).status_code == 403
    shown = cora.get(page("user", "change", house.therapist.pk))
    assert page("user", "deactivate", house.therapist.pk) not in text(shown)
    for verb in ("role", "password", "deactivate"):
        assert cora.post(page("user", verb, house.therapist.pk), {"password": PASSWORD}).status_code == 403
    assert cora.post(page("user", "change", house.therapist.pk), {"name": "X"}).status_code == 403
    house.therapist.refresh_from_db()
    assert (house.therapist.is_active, house.therapist.name) == (True, "Theo")


def test_accounts_of_another_site_are_not_shown(house: House, ada: Client) -> None:
    assert "Stan" not in text(ada.get(page("user")))
    assert ada.get(page("user", "change", house.stranger.pk)).status_code == 302
    assert ada.post(page("user", "deactivate", house.stranger.pk), {"x": "1"}).status_code == 404
    assert "Harbour" not in text(ada.get(page("site")))


def test_a_site_is_opened_changed_and_given_a_holiday(house: House, ada: Client) -> None:
    done(ada.post(page("site", "add"), {"name": "Annex", "code": "annex", "time_zone": "Europe/Berlin"}))
    site = Site.objects.get(code="annex")
    assert actor(house.administrator).roles[Role.ADMINISTRATOR] >= {site.pk}
    change = {"name": "Annex East", "code": "annex", "time_zone": "Europe/Berlin", "active": "on", "version": "1"}
    done(ada.post(page("site", "change", site.pk), change))
    done(ada.post(page("site", "holiday", site.pk), {"on": "2027-01-01", "name": "New Year"}))
    assert "2027-01-01 New Year" in text(ada.get(page("site", "change", site.pk)))
    again = ada.post(page("site", "holiday", site.pk), {"on": "2027-01-01", "name": "Again"})
    assert "holiday of this site already" in text(again)
    stale = ada.post(page("site", "change", site.pk), change | {"name": "Late"})
    assert "changed since you read it" in text(stale)
    site.refresh_from_db()
    assert (site.name, site.version) == ("Annex East", 2)


def test_a_name_that_is_taken_is_said_beside_its_field(house: House, ada: Client) -> None:
    change = {"name": "Harbour", "code": "linden", "time_zone": "Europe/Berlin", "active": "on", "version": "1"}
    for address in (page("site", "change", house.linden.pk), page("site", "add")):
        answer = ada.post(address, change)
        assert answer.status_code == 200
        assert "name" in errors(answer)


def test_a_holiday_is_added_and_made_a_working_day_again(house: House, ada: Client) -> None:
    done(ada.post(page("holiday", "add"), {"site": str(house.linden.pk), "on": "2027-01-01", "name": "New Year"}))
    done(ada.post(page("holiday", "remove", Holiday.objects.get().pk), {"sure": "yes"}))
    assert not Holiday.objects.exists()


def test_a_holiday_cannot_be_added_at_a_site_one_does_not_administer(house: House, ada: Client) -> None:
    answer = ada.post(page("holiday", "add"), {"site": str(house.harbour.pk), "on": "2027-01-01", "name": "Mine"})
    assert "site" in errors(answer)


def test_a_person_is_added_changed_closed_and_opened(house: House, ada: Client) -> None:
    body = {
        "kind": "person", "name": "Nora Neu", "username": "Nora", "email": "", "home_site": str(house.linden.pk),
        "password": PASSWORD,
    }  # fmt: skip
    done(ada.post(page("user", "add"), body))
    nora = User.objects.get(username="nora")
    assert nora.check_password(PASSWORD)
    change = {"name": "Nora Alt", "username": "nora", "email": "", "home_site": str(house.linden.pk), "version": "1"}
    done(ada.post(page("user", "change", nora.pk), change))
    done(ada.post(page("user", "deactivate", nora.pk), {"sure": "yes"}))
    nora.refresh_from_db()
    assert (nora.name, nora.is_active) == ("Nora Alt", False)
    shown = text(ada.get(page("user", "change", nora.pk)))
    assert page("user", "reactivate", nora.pk) in shown
    assert page("user", "deactivate", nora.pk) not in shown
    done(ada.post(page("user", "reactivate", nora.pk), {"sure": "yes"}))
    nora.refresh_from_db()
    assert nora.is_active


def test_a_weak_password_is_refused_beside_its_field_and_makes_nobody(house: House, ada: Client) -> None:
    body = {
        "kind": "person", "name": "Nora", "username": "nora", "home_site": str(house.linden.pk), "password": "short",
    }  # fmt: skip
    answer = ada.post(page("user", "add"), body)
    assert "password" in errors(answer)
    assert 'value="short"' not in text(answer)
    assert not User.objects.filter(username="nora").exists()


def test_a_password_is_set(house: House, ada: Client) -> None:
    address = page("user", "password", house.therapist.pk)
    assert "too short" in text(ada.post(address, {"password": "short"}))
    done(ada.post(address, {"password": "another long sentence"}))
    house.therapist.refresh_from_db()
    assert house.therapist.check_password("another long sentence")
    assert page("user", "password", house.service.pk) not in text(ada.get(page("user", "change", house.service.pk)))


def when(name: str, day: str, time: str) -> dict[str, str]:
    return {f"{name}_0": day, f"{name}_1": time}


def test_a_role_is_given_by_the_clocks_of_its_site_and_shown_by_them(house: House, ada: Client) -> None:
    address = page("user", "role", house.therapist.pk)
    body = {"site": str(house.linden.pk), "role": "coordinator", **when("starts_at", "2027-07-01", "08:00")}
    done(ada.post(address, body))
    grant = RoleGrant.objects.get(role="coordinator", user=house.therapist)
    assert grant.starts_at.astimezone(ZoneInfo("Europe/Berlin")).isoformat() == "2027-07-01T08:00:00+02:00"
    shown = text(ada.get(page("user", "change", house.therapist.pk)))
    assert "Coordinator at Linden from 2027-07-01 08:00 CEST" in shown


def test_a_time_that_the_site_s_clocks_skip_is_refused(house: House, ada: Client) -> None:
    skipped = when("starts_at", "2027-03-28", "02:30")
    body = {"site": str(house.linden.pk), "role": "coordinator", **skipped}
    answer = ada.post(page("user", "role", house.therapist.pk), body)
    assert "starts_at" in errors(answer)


def test_a_role_is_given_from_the_list_too_and_ended(house: House, ada: Client) -> None:
    body = {"user": str(house.therapist.pk), "site": str(house.linden.pk), "role": "coordinator"}
    empty = when("starts_at", "", "") | when("ends_at", "", "")
    done(ada.post(page("rolegrant", "add"), body | empty))
    assert Role.COORDINATOR in actor(house.therapist).roles
    again = ada.post(page("rolegrant", "add"), body | empty)
    assert "already" in text(again)
    grant = RoleGrant.objects.get(role="coordinator", user=house.therapist)
    done(ada.post(page("rolegrant", "end", grant.pk), when("ends_at", "", "")))
    assert Role.COORDINATOR not in actor(house.therapist).roles


def test_a_role_ends_at_the_time_its_site_s_clocks_show(house: House, ada: Client) -> None:
    grant = grant_of(house.therapist)
    done(ada.post(page("rolegrant", "end", grant.pk), when("ends_at", "2027-07-01", "08:00")))
    grant.refresh_from_db()
    assert grant.ends_at is not None
    assert grant.ends_at.isoformat() == "2027-07-01T06:00:00+00:00"


def test_a_token_s_secret_is_shown_once_and_works(house: House, ada: Client) -> None:
    body = {"user": str(house.administrator.pk), "name": "script", "scopes": ["accounts.read"], "days": "30"}
    answer = ada.post(page("apitoken", "add"), body)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    found = re.search(r"ct_[0-9a-f]{8}_[\w-]{43}", text(answer))
    assert found is not None
    opened = user_of_token(found.group())
    assert opened is not None
    token = opened[1]
    assert token.expires_at - token.created_at == 30 * DAY
    for address in (page("apitoken"), page("apitoken", "change", token.pk)):
        assert found.group() not in text(ada.get(address))
    done(ada.post(page("apitoken", "revoke", token.pk), {"sure": "yes"}))
    assert user_of_token(found.group()) is None


def test_a_coordinator_has_tokens_of_their_own_and_of_nobody_else(house: House, cora: Client) -> None:
    body = {"name": "script", "scopes": ["patients.read"], "days": "30"}
    assert cora.post(page("apitoken", "add"), body | {"user": str(house.coordinator.pk)}).status_code == 200
    for other in (house.service, house.therapist, house.administrator):
        answer = cora.post(page("apitoken", "add"), body | {"user": str(other.pk)})
        assert "user" in errors(answer)
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(("field", "value"), [("scopes", "everything"), ("days", "366"), ("days", "0"), ("name", "")])
def test_a_token_that_breaks_a_rule_is_not_made(house: House, ada: Client, field: str, value: str) -> None:
    body = {"user": str(house.administrator.pk), "name": "x", "scopes": ["accounts.read"], "days": "30"} | {
        field: value
    }
    answer = ada.post(page("apitoken", "add"), body)
    assert field in errors(answer)
    assert not ApiToken.objects.exists()
