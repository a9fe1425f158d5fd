"""How every process of the installation talks to PostgreSQL."""

import pytest
from django.db import connection


@pytest.mark.django_db
def test_no_statement_is_compiled_before_it_runs() -> None:
    """Reading pictures in batches would take fifty times as long."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone()[0] == "off"
