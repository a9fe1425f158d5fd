"""The record is append-only: by triggers for everybody, the owner included, and by rights for the run-time role."""

from collections.abc import Callable, Iterator

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.db import DatabaseError, connection, transaction
from psycopg import sql

from apps.accounts import operations
from apps.audit.models import AuditEvent, Seal
from apps.common.receivers import APPEND_ONLY, grant_runtime_role
from tests.accounts.house import House, now

STATEMENTS = {
    "update": "UPDATE {table} SET id = id",
    "delete": "DELETE FROM {table}",
    "truncate": "TRUNCATE {table}",
    "truncate with all that follows": "TRUNCATE {table} CASCADE",
}
TABLES = ["audit_auditevent", "audit_seal"]


def run(statement: str, **names: str) -> None:
    composed = sql.SQL(statement).format(**{key: sql.Identifier(name) for key, name in names.items()})
    with connection.cursor() as cursor:
        cursor.execute(composed)


@pytest.fixture
def sealed(house: House) -> House:
    """A house whose events are written; the seal is laid by hand, since a test's own transaction is never complete."""
    Seal.objects.create(
        number=1, from_position=0, to_position=1, count=0, digests=b"", previous=b"", digest=b"", sealed_at=now()
    )
    return house


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("what", STATEMENTS)
def test_not_even_the_owner_changes_or_removes_anything(sealed: House, table: str, what: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(STATEMENTS[what], table=table)
    assert AuditEvent.objects.exists()
    assert Seal.objects.exists()


@pytest.mark.parametrize("table", TABLES)
def test_a_session_that_replays_cannot_slip_past_the_trigger(sealed: House, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(STATEMENTS["delete"], table=table)


def test_a_row_is_not_changed_through_the_orm_either(sealed: House) -> None:
    event = AuditEvent.objects.order_by("position")[0]
    tries: list[Callable[[], object]] = [
        event.save,
        event.delete,
        lambda: AuditEvent.objects.update(verb="x"),
        lambda: Seal.objects.all().delete(),
    ]
    for change in tries:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.fixture
def runtime(house: House, settings: LazySettings) -> Iterator[str]:
    """The run-time role, with the rights that the migration of this database gave it."""
    role: str = settings.DATABASE_RUNTIME_ROLE
    assert role, "set DATABASE_RUNTIME_ROLE: these tests look at what that role may do"
    run("SET LOCAL ROLE {role}", role=role)
    yield role
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("what", STATEMENTS)
def test_the_run_time_role_has_no_right_to_change_the_record(runtime: str, table: str, what: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run(STATEMENTS[what], table=table)


def test_the_run_time_role_works_and_its_work_is_recorded(runtime: str, house: House) -> None:
    before = AuditEvent.objects.count()
    operations.change_site(site=house.linden, by=house.by, at=now(), name="Linden Hospital")
    assert AuditEvent.objects.count() == before + 1


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE {table} DISABLE TRIGGER ALL",
        "DROP TABLE {table}",
        "CREATE TABLE more (id int)",
        "CREATE FUNCTION audit_place_2() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_the_run_time_role_has_no_say_in_the_schema(runtime: str, statement: str) -> None:
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        run(statement, table="audit_auditevent")


def test_the_run_time_role_cannot_pretend_that_a_migration_ran(runtime: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run("DELETE FROM {table}", table="django_migrations")


def test_granting_rights_again_gives_none_back(house: House, settings: LazySettings) -> None:
    grant_runtime_role(sender=apps.get_app_config("common"))
    run("SET LOCAL ROLE {role}", role=settings.DATABASE_RUNTIME_ROLE)
    for table in TABLES:
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            run(STATEMENTS["delete"], table=table)


def test_every_append_only_table_is_known_to_what_grants_rights() -> None:
    assert set(TABLES) <= APPEND_ONLY


def test_a_position_is_given_by_the_database_whatever_is_asked_for(house: House) -> None:
    highest = AuditEvent.objects.order_by("-position").values_list("position", flat=True)[0]
    event = AuditEvent.objects.create(position=1, at=now(), verb="x", subject_type="x")
    event.refresh_from_db()
    assert event.position > highest


def test_the_audit_tables_have_no_foreign_keys(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f'"
            " AND (conrelid = 'audit_auditevent'::regclass OR confrelid = 'audit_auditevent'::regclass)"
        )
        assert cursor.fetchall() == []
