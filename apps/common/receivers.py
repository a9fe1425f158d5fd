"""What happens after a migration: the run-time role gets its rights on what is there now."""

from typing import Any

from django.conf import settings
from django.db import connection
from psycopg import sql

#: Tables on which the run-time role may only read and add. Rooms add to it in their `apps.py`.
APPEND_ONLY: set[str] = set()


def grant_runtime_role(**_: Any) -> None:
    """Give `DATABASE_RUNTIME_ROLE` the rights it needs and no more; without the setting nothing is granted."""
    role = settings.DATABASE_RUNTIME_ROLE
    if not role:
        return
    name = sql.Identifier(role)
    with connection.cursor() as cursor:
        for statement in (
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
        ):
            cursor.execute(sql.SQL(statement).format(role=name))
        for table in sorted(APPEND_ONLY):
            revoke = sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}")
            cursor.execute(revoke.format(table=sql.Identifier(table), role=name))
