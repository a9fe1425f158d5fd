"""Logs: JSON, a request id, the route, and nothing of a patient; and the start-up checks."""

import io
import json
import logging
from typing import Any

import pytest
import structlog
from django.db import connection

from apps.api.startup import refuse_to_start_when_unsafe
from apps.common import checks
from careteam.logs import logging_config
from tests.cast import Cast


@pytest.fixture
def written() -> Any:
    """What is written to the log, as its lines."""
    logging_config("json")
    handler: Any = logging.getLogger().handlers[0]
    stream, before = io.StringIO(), handler.stream
    handler.stream = stream
    yield stream
    handler.stream = before


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_leaves_one_line_with_its_id_and_route_and_nothing_of_the_patient(
    cast: Cast, written: io.StringIO
) -> None:
    client = cast.coordinator.client()
    shown = client.get(
        f"/api/v1/patients/{cast.patient.pk}/?name=Albers", headers={"X-Request-ID": "a-request-of-mine"}
    )
    client.post("/api/v1/patients/search/", {"name": "Albers"}, format="json")
    first, second = (line for line in lines(written) if line["event"] == "request")
    assert shown.headers["X-Request-ID"] == first["request_id"] == "a-request-of-mine"
    assert (first["method"], first["route"], first["status"]) == ("GET", "api/v1/patients/<uuid:id>/", 200)
    assert first["actor"] == str(cast.coordinator.who.pk)
    assert second["request_id"] != first["request_id"]
    for secret in (str(cast.patient.pk), "Albers", cast.coordinator.secret):
        assert secret not in written.getvalue()


@pytest.mark.parametrize("given", ["short", "x" * 65, "with space in it", "<script>alert(1)</script>"])
def test_a_request_id_that_is_none_is_replaced(cast: Cast, given: str) -> None:
    answer = cast.nobody.client().get("/health/live", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given


def test_an_error_keeps_its_kind_and_place_and_drops_its_message(written: io.StringIO) -> None:
    try:
        int("Key (family_name)=(Albers) already exists")
    except ValueError:
        structlog.get_logger("x").exception("it broke", patient="Albers", queue="recurring")
        logging.getLogger("somebody.else").exception("it broke")
    for line in lines(written):
        assert line["error"] == "builtins.ValueError"
        assert any("test_logs.py" in frame for frame in line["exception"])
    assert lines(written)[0]["queue"] == "recurring"
    assert "Albers" not in written.getvalue()


def test_a_postgresql_that_is_too_old_is_named_and_stops_the_start(
    db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse_to_start_when_unsafe()
    monkeypatch.setattr(checks, "OLDEST_POSTGRESQL", 99)
    with pytest.raises(SystemExit):
        refuse_to_start_when_unsafe()
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
    assert f"PostgreSQL {version} is too old: careteam needs 99 or newer." in capsys.readouterr().err
    assert [found.id for found in checks.database_is_fit(databases=["default"])] == ["careteam.E002"]
