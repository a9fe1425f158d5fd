"""The demo's hospital: loaded once, through the operations, and everybody sees what their login says."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.authentication import PeopleBackend
from apps.common.clock import app_now
from apps.patients.models import Patient
from apps.workspace import demo


@pytest.fixture
def loaded(knowledge: None, settings: object) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]
    call_command("load_demo")


SEES = {
    "mara.lindqvist": 5, "otto.brandt": 0, "ines.keller": 0, "jonas.weiss": 5, "ayla.demir": 5, "tomas.ruiz": 5, "petra.novak": 5,
    "edda.falk": 0, "nils.berg": 0,
}  # fmt: skip


def test_everybody_sees_what_their_login_says(loaded: None) -> None:
    assert {login.username for login in demo.LOGINS} == set(SEES)
    for name, count in SEES.items():
        user = PeopleBackend().authenticate(None, username=name, password=demo.PASSWORD)
        assert user is not None
        assert Patient.objects.visible_to(user.actor()).count() == count, name


def test_loading_again_changes_nothing(loaded: None) -> None:
    assert demo.load(at=app_now()) is False
    assert Patient.objects.count() == 5


def test_the_demos_people_are_refused_anywhere_else(knowledge: None) -> None:
    with pytest.raises(CommandError, match="DEMO"):
        call_command("load_demo")


def test_the_coordinator_logs_in_to_the_admin_and_the_therapist_is_told_that_it_is_not_for_them(loaded: None) -> None:
    browser = Client()
    told = browser.post("/admin/login/?next=/admin/", {"username": "ayla.demir", "password": demo.PASSWORD})
    assert "for coordinators and administrators" in told.content.decode()
    opened = browser.post("/admin/login/?next=/admin/", {"username": "mara.lindqvist", "password": demo.PASSWORD})
    assert opened.status_code == 302
    page = browser.get("/admin/").content.decode()
    assert "invented people only" in page
    assert "Care teams" in page
