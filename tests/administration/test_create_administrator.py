"""`manage.py create_administrator`: the first person of a new installation."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.authentication import PeopleBackend
from apps.accounts.models import Site, User
from apps.accounts.permissions import Permission
from apps.audit.models import AuditEvent
from tests.accounts.house import PASSWORD, actor

pytestmark = pytest.mark.django_db
WHO = {
    "username": "Ada",
    "name": "Ada",
    "site_code": "linden",
    "site_name": "Linden",
    "time_zone": "Europe/Berlin",
}


def create(**more: str) -> str:
    out = io.StringIO()
    call_command("create_administrator", stdout=out, **WHO | more)
    return out.getvalue()


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    """The password comes from the environment."""
    monkeypatch.setenv("CARETEAM_PASSWORD", PASSWORD)


@pytest.fixture
def nobody_types(monkeypatch: pytest.MonkeyPatch) -> None:
    """No password in the environment, and no terminal."""
    monkeypatch.delenv("CARETEAM_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())


def test_the_first_administrator_can_log_in_and_administer(password: None) -> None:
    assert "can log in now" in create()
    ada = PeopleBackend().authenticate(None, username="ada", password=PASSWORD)
    assert ada is not None
    assert actor(ada).may_at(Permission.ACCOUNTS_WRITE, Site.objects.get().pk)
    assert not actor(ada).may(Permission.PATIENTS_READ)
    assert set(AuditEvent.objects.values_list("actor_id", flat=True)) == {None}, "careteam itself did it"


def test_a_site_that_is_there_is_taken_as_it_is(password: None) -> None:
    create()
    create(username="bob", name="Bob", site_name="", time_zone="")
    assert Site.objects.get().name == "Linden"
    assert User.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value"), [("username", "not a name"), ("time_zone", "Mars/Olympus"), ("site_code", "Not A Code")]
)
def test_what_breaks_a_rule_is_said_and_makes_nothing(password: None, field: str, value: str) -> None:
    with pytest.raises(CommandError, match=r"Nothing was made\.") as refusal:
        create(**{field: value})
    assert field.removeprefix("site_") in str(refusal.value)
    assert (Site.objects.count(), User.objects.count(), AuditEvent.objects.count()) == (0, 0, 0)


def test_a_name_that_is_taken_is_said_politely(password: None) -> None:
    create()
    with pytest.raises(CommandError, match="Another account has this name"):
        create()


def test_a_site_that_is_not_active_is_refused(password: None) -> None:
    Site.objects.create(code="linden", name="Linden", time_zone="Europe/Berlin", active=False)
    with pytest.raises(CommandError, match="not active"):
        create()


def test_a_password_file_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    monkeypatch.setenv("CARETEAM_PASSWORD_FILE", str(file))
    create()
    assert PeopleBackend().authenticate(None, username="ada", password=PASSWORD)


def test_a_password_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CARETEAM_PASSWORD_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(CommandError, match="nowhere"):
        create()
    assert not User.objects.exists()


def test_without_a_password_and_without_a_terminal_nothing_is_made(nobody_types: None) -> None:
    with pytest.raises(CommandError, match="A password is needed"):
        create()
    assert not Site.objects.exists()


@pytest.mark.parametrize(
    ("typed", "made"), [((PASSWORD, PASSWORD), 1), ((PASSWORD, "another"), 0), (("short", "short"), 0)]
)
def test_a_password_is_typed_twice(monkeypatch: pytest.MonkeyPatch, typed: tuple[str, str], made: int) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    answers = iter(typed)
    monkeypatch.delenv("CARETEAM_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(answers))
    if made:
        create()
    else:
        with pytest.raises(CommandError, match=r"Nothing was made\."):
            create()
    assert User.objects.count() == made
