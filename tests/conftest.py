"""What every test stands on: a real PostgreSQL, the fixed cast, clients, and a wipe that knows about append-only tables."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from rest_framework.test import APIClient

from apps.accounts.actors import Careteam
from apps.common.clock import app_now, move_clock
from apps.knowledge.loading import load
from apps.knowledge.models import Edition
from tests.cast import Cast, Persona
from tests.kept import Kept

KEPT = {"django_migrations", "common_clock", "django_content_type", "nudges_policy"}
ALWAYS = {"audit_auditevent": "audit_event_append_only", "audit_seal": "audit_seal_append_only"}


def wipe(*only: str) -> None:
    """Empty every table (or `only` these), with the append-only triggers put aside for that moment."""
    with connection.cursor() as cursor:
        tables = [table for table in connection.introspection.table_names(cursor) if table not in KEPT]
        tables = [table for table in tables if not only or table in only]
        guarded = [table for table in tables if table.startswith(("audit_", "knowledge_"))]
        always = {table: trigger for table, trigger in ALWAYS.items() if table in tables}
        statements = [f'ALTER TABLE "{table}" DISABLE TRIGGER USER' for table in guarded]
        statements.append("TRUNCATE " + ", ".join(f'"{table}"' for table in tables))
        statements += [f'ALTER TABLE "{table}" ENABLE TRIGGER USER' for table in guarded]
        statements += [f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER {trigger}' for table, trigger in always.items()]
        statements.append("UPDATE common_clock SET ahead = interval '0'")
        cursor.execute(";".join(statements))


@pytest.fixture(scope="session", autouse=True)
def _wipe_instead_of_flush() -> None:
    TransactionTestCase._fixture_teardown = lambda _self: wipe()  # type: ignore[attr-defined]


def load_edition() -> None:
    """Load the shipped edition."""
    at = app_now()
    load(folder=Path(settings.BASE_DIR) / "fixtures" / "knowledge", by=Careteam(at=at), at=at)


KEPT_ROWS: dict[str, Kept] = {}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The tests' database with the shipped edition in it, and the cast kept: made once each and not 2,000 times."""
    with django_db_blocker.unblock():
        KEPT_ROWS["edition"] = Kept.of(load_edition)
        KEPT_ROWS["edition"].restore()
        wipe("audit_auditevent")
        KEPT_ROWS["cast"] = Kept.of(Cast.assemble)


@pytest.fixture
def knowledge(db: None) -> None:
    """The shipped edition, also when a test that really committed has emptied the tables since."""
    if not Edition.objects.exists():
        KEPT_ROWS["edition"].restore()


@pytest.fixture
def cast(knowledge: None) -> Cast:
    """The fixed cast, in two sites, around one patient."""
    return cast_restored()


@pytest.fixture
def real_cast(transactional_db: None) -> Cast:
    """The same, really committed: for tests with several connections."""
    if not Edition.objects.exists():
        KEPT_ROWS["edition"].restore()
    return cast_restored()


def cast_restored() -> Cast:
    """The cast as it was kept, a copy of one's own."""
    found: Cast = KEPT_ROWS["cast"].restore()
    return found


@pytest.fixture
def client_of() -> Callable[[Persona], APIClient]:
    """A client that carries a persona's token; nobody's carries none."""
    return lambda persona: persona.client()


@pytest.fixture
def later(db: None) -> Callable[[timedelta], None]:
    """Moves the clock of the whole installation."""

    def move(by: timedelta) -> None:
        move_clock(by=by)

    return move
