"""The number of queries of each list and of the main requests, pinned; and that it does not grow with rows.

Authentication, access and audit are counted; SAVEPOINT and RELEASE are not. Steady state: the once-a-minute note of a
token's last use comes on top and is counted by itself.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.accounts.models import ApiToken
from apps.common.clock import app_now
from apps.patients.models import Identifier, Patient
from apps.teams import operations as teams
from tests.access import of_referrals
from tests.access.of_referrals import EXCHANGES, fill
from tests.cast import Cast

LEDGER: dict[str, int] = json.loads((Path(__file__).parent / "ledger.json").read_text())
NOT_COUNTED = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "BEGIN", "COMMIT")


@contextmanager
def counted() -> Iterator[Callable[[], int]]:
    with CaptureQueriesContext(connection) as queries:
        yield lambda: sum(not query["sql"].startswith(NOT_COUNTED) for query in queries.captured_queries)


def measure(client: APIClient, path: str) -> int:
    client.get(f"/{path}")
    with counted() as count:
        assert client.get(f"/{path}").status_code == 200, path
    return count()


def reader(cast: Cast, path: str) -> APIClient:
    exchange = next(e for e in EXCHANGES if e.route == path and e.method == "GET")
    name = "coordinator" if "coordinator" in exchange.expected.admitted else "administrator"
    return cast.personas[name].client()


def grow(cast: Cast, count: int) -> None:
    """Many patients with a number each, written past the operations: only their mass matters here."""
    at = app_now()
    rows = [
        Patient(
            site=cast.site, family_name=f"Family{i:06d}", given_name="Given", birth_date=date(1950, 1, 1), gender="female",
            onset="adult", status_at=at, recorded_at=at,
        )
        for i in range(count)
    ]  # fmt: skip
    Patient.objects.bulk_create(rows, batch_size=2000)
    numbers = [
        Identifier(patient=row, site=cast.site, system="s", value=row.family_name, recorded_at=at) for row in rows
    ]
    Identifier.objects.bulk_create(numbers, batch_size=2000)
    for row in rows[:30]:
        member = cast.therapist.member
        teams.form_care_team(by=cast.by, at=at, patient=row, memberships=[{"member": member}])


@pytest.mark.parametrize("path", sorted(LEDGER))
def test_the_number_of_queries_of_a_list_is_the_one_in_the_ledger(cast: Cast, path: str) -> None:
    fill(cast)
    assert measure(reader(cast, path), path) == LEDGER[path]


def test_more_rows_cost_no_more_queries_at_10_and_at_10_000_patients_and_referrals(cast: Cast) -> None:
    fill(cast)
    few = {path: measure(reader(cast, path), path) for path in LEDGER}
    grow(cast, 10_000)
    of_referrals.grow(cast, 10_000)
    many = {path: measure(reader(cast, path), path) for path in LEDGER}
    assert few == many == LEDGER
    member = cast.therapist.client()
    assert measure(member, "api/v1/patients/") == LEDGER["api/v1/patients/"]
    assert len(member.get("/api/v1/patients/").json()["results"]) == 20


def test_the_bars_of_the_architecture_hold(cast: Cast) -> None:
    client = cast.coordinator.client()
    assert measure(client, "api/v1/patients/") <= 5
    assert measure(client, f"api/v1/patients/{cast.patient.pk}/") <= 8
    body = {
        "patient": str(cast.patient.pk),
        "code": "mda5",
        "result": "negative",
        "effective_at": "2026-01-01T08:00:00Z",
    }
    with counted() as count:
        made = client.post("/api/v1/antibodies/", body, format="json", headers={"Idempotency-Key": "one"})
    assert made.status_code == 201, made.content
    assert count() <= 10


def test_a_page_from_a_cursor_costs_what_the_first_does(cast: Cast) -> None:
    grow(cast, 60)
    client = cast.coordinator.client()
    first = client.get("/api/v1/patients/").json()
    assert measure(client, f"api/v1/patients/?cursor={first['next']}") == LEDGER["api/v1/patients/"]


def test_the_last_use_of_a_token_is_noted_once_a_minute_by_one_query(cast: Cast) -> None:
    client = cast.coordinator.client()
    steady = measure(client, "api/v1/sites/")
    ApiToken.objects.filter(user=cast.coordinator.who).update(last_used_at=None)
    with counted() as count:
        client.get("/api/v1/sites/")
    assert count() == steady + 1


def test_a_session_costs_at_most_one_query_more_than_a_token(cast: Cast) -> None:
    browser = APIClient()
    browser.force_login(cast.coordinator.who, backend="apps.accounts.authentication.PeopleBackend")
    assert measure(browser, "api/v1/patients/") <= min(5, LEDGER["api/v1/patients/"] + 1)
