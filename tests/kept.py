"""Rows that every test begins with, made once by the operations and put back by one statement a table: seven times faster."""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

COLUMNS = (
    "SELECT quote_ident(column_name) FROM information_schema.columns WHERE table_schema = current_schema()"
    " AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position"
)
#: The clock is always there; the stamp of the knowledge is made by triggers when knowledge is put back.
MADE_BY_TRIGGERS = {"common_clock", "knowledge_stamp"}


@dataclass(frozen=True)
class Kept:
    """What a function made: the rows as they stand in the tables, and what it returned."""

    tables: dict[str, tuple[list[str], str]]
    made: bytes

    @classmethod
    def of(cls, make: Callable[[], Any]) -> "Kept":
        """Let it be made, keep it, and take it back."""
        with transaction.atomic():
            before = _counts()
            made = make()
            grown = [table for table, count in _counts().items() if count != before[table]]
            assert not any(before[table] for table in grown), "rows that were there would be kept, too"
            found = cls({table: _rows(table) for table in grown}, pickle.dumps(made))
            transaction.set_rollback(True)
        return found

    def restore(self) -> Any:
        """Put it back, and return what was returned, a copy of one's own."""
        with transaction.atomic(), _loading(), connection.cursor() as cursor:
            for table, (columns, rows) in self.tables.items():
                names = ", ".join(columns)
                cursor.execute(
                    f'INSERT INTO "{table}" ({names}) OVERRIDING SYSTEM VALUE'  # noqa: S608 - names of our own tables
                    f' SELECT {names} FROM json_populate_recordset(NULL::"{table}", %s::json)',
                    [rows],
                )
        return pickle.loads(self.made)  # noqa: S301 - written a moment ago by ourselves


@contextmanager
def _loading() -> Iterator[None]:
    """Shipped knowledge is written while an edition is loaded only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('careteam.loading', 'on', true)")
        yield
        cursor.execute("SELECT set_config('careteam.loading', 'off', true)")


def _counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        tables = [table for table in connection.introspection.table_names(cursor) if table not in MADE_BY_TRIGGERS]
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM \"{table}\"" for table in tables))  # noqa: S608 - as above
        return dict(cursor.fetchall())


def _rows(table: str) -> tuple[list[str], str]:
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [table])
        columns = [row[0] for row in cursor.fetchall()]
        cursor.execute(f"SELECT coalesce(json_agg(t), '[]')::text FROM \"{table}\" t")  # noqa: S608 - as above
        return columns, cursor.fetchone()[0]
