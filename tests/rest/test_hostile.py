"""Empty, wrong, huge and hostile input, generated from the schema itself: problem documents, never a 500, nothing half-written.

A bounded run: a few dozen requests an operation, as a coordinator, who gets furthest.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.audit.models import AuditEvent
from tests.cast import Cast

CHECKS = (not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance)


SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", get_wsgi_application())
OPERATIONS: list[Any] = [found.ok() for found in SCHEMA.get_all_operations()]  # type: ignore[union-attr]
ADMINISTRATORS = ("/api/v1/sites", "/api/v1/holidays", "/api/v1/users", "/api/v1/role-grants", "/api/v1/disciplines",
                  "/api/v1/knowledge-overrides", "/api/v1/local-knowledge", "/api/v1/plan-policies")  # fmt: skip


@pytest.fixture(autouse=True)
def _stay_in_the_test_s_connection() -> Iterator[None]:
    """As Django's own test client does: a request must not close the connection that holds the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_the_schema_was_read() -> None:
    assert len(OPERATIONS) > 60


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_no_input_breaks_the_api(operation: Any, cast: Cast) -> None:
    name = "administrator" if operation.path.startswith(ADMINISTRATORS) else "coordinator"
    headers = {"Authorization": f"Bearer {cast.personas[name].secret}"}

    @settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        before = AuditEvent.objects.count()
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code >= 400:
            assert answer.headers["content-type"][0].startswith("application/problem+json")
            assert AuditEvent.objects.count() == before

    send()
