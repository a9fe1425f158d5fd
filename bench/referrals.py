"""The figures of referrals: `bin/bench referrals [referrals]`.

A move over the API (its rules, access, audit, and asking and telling whose turn it is) against a bare insert of a transition in a
view without anything around it; the queries of each door; and the list at 100 and at 10,000 referrals.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "bench._settings"
django.setup()

from django.db import connection  # noqa: E402 - Django must be set up first
from django.test.utils import CaptureQueriesContext  # noqa: E402 - as above
from rest_framework.test import APIClient  # noqa: E402 - as above

from apps.accounts.actors import Careteam  # noqa: E402 - as above
from apps.accounts.models import Site, User  # noqa: E402 - as above
from apps.common.clock import app_now  # noqa: E402 - as above
from apps.patients import operations as records  # noqa: E402 - as above
from apps.patients.models import Patient  # noqa: E402 - as above
from apps.referrals.models import Referral, Transition  # noqa: E402 - as above
from bench._harness import side_by_side  # noqa: E402 - as above
from bench.house import people, version  # noqa: E402 - as above

FEW = 100
#: When the patient is to be seen.
SOON, LATER = ((datetime.now(UTC) + timedelta(days=days)).isoformat() for days in (10, 11))
#: One way round the loop, with who makes each move.
ROUND: list[tuple[str, str, dict[str, Any]]] = [
    ("send", "coordinator", {}),
    ("receive", "member", {}),
    ("ask-information", "member", {"words": "Which texture?"}),
    ("give-information", "coordinator", {"words": "Soft."}),
    ("accept", "member", {}),
    ("schedule", "member", {"starts_at": SOON}),
    ("reschedule", "member", {"starts_at": LATER, "words": "The room is taken."}),
    ("see", "member", {}),
    ("report", "member", {"outcome_note": "No aspiration."}),
    ("review", "coordinator", {"review_note": "Soft food."}),
]


def main(many: int) -> None:
    """Measure and print."""
    site, *secrets = people()
    User.objects.update(email="somebody@bench.example")
    clients = {name: _client(secret) for name, secret in zip(("coordinator", "member"), secrets, strict=True)}
    patient = _patient(site)
    print(f"PostgreSQL {version()}")
    for name, count in _walk(clients, patient).items():
        print(f"queries of {name}: {count}")
    _drafted(clients["coordinator"], patient, send=True)
    for count in (FEW, many):
        _grow(patient, count)
        for name, client in clients.items():
            queries, took = _list(client)
            print(f"list of 20 as {name} at {count} referrals: {queries} queries, {took:.1f} ms in the median")
    ratio = side_by_side(_moving(clients["member"], patient), _bare(clients["member"]), rounds=7, seconds=2.0)
    print(ratio.report("receive a referral, against a bare insert of one transition", "to be reported"))


def _client(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}", HTTP_HOST="127.0.0.1")
    return client


def _patient(site: Site) -> Patient:
    at = app_now()
    return records.register(
        by=Careteam(at=at), at=at, site=site, family_name="Bench", given_name="B", birth_date=date(1960, 1, 1),
        gender="female", onset="adult",
    )  # fmt: skip


def _posted(client: APIClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(f"/api/v1/{path}", body, format="json")
    assert answer.status_code < 300, answer.content
    found: dict[str, Any] = answer.json()
    return found


def _drafted(client: APIClient, patient: Patient, **more: Any) -> dict[str, Any]:
    body = {"patient": str(patient.pk), "reason": "slt_swallow", "beside_open": True, **more}
    return _posted(client, "referrals/", body)


def _walk(clients: dict[str, APIClient], patient: Patient) -> dict[str, int]:
    """The queries of each door along one loop, in the steady state: the first loop only warms up."""
    _round(clients, patient)
    return _round(clients, patient)


def _round(clients: dict[str, APIClient], patient: Patient) -> dict[str, int]:
    coordinator, found = clients["coordinator"], {}
    found["writing a draft"], row = _queries(partial(_drafted, coordinator, patient))
    path = f"referrals/{row['id']}/"
    for name, who, body in ROUND:
        found[name], _ = _queries(partial(_posted, clients[who], f"{path}{name}/", body))
    found["one closed loop, shown"], _ = _queries(partial(coordinator.get, f"/api/v1/{path}"))
    found["the count"], _ = _queries(partial(coordinator.get, "/api/v1/referrals/count/?open=true"))
    return found


def _queries(request: Callable[[], Any]) -> tuple[int, Any]:
    with CaptureQueriesContext(connection) as found:
        answer = request()
    skipped = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return sum(not query["sql"].startswith(skipped) for query in found.captured_queries), answer


def _grow(patient: Patient, wanted: int) -> None:
    """So many open referrals to the member's department, as one that was sent; written past the operations."""
    first = Referral.objects.filter(patient=patient, state="sent").latest("drafted_at")
    names = [
        field.attname
        for field in Referral._meta.concrete_fields
        if field.attname not in {"id", "drafted_at", "nudge_id"}
    ]
    kept, at, have = {name: getattr(first, name) for name in names}, app_now(), Referral.objects.count()
    rows = [Referral(**kept, drafted_at=at - timedelta(minutes=number)) for number in range(have, wanted)]
    Referral.objects.bulk_create(rows, batch_size=2000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _list(client: APIClient) -> tuple[int, float]:
    """Queries and milliseconds of the first page."""

    def request() -> None:
        answer = client.get("/api/v1/referrals/?ordering=-drafted_at")
        assert answer.status_code == 200, answer.content
        assert len(answer.json()["results"]) == 20

    request()
    count, _ = _queries(request)
    times = []
    for _ in range(30):
        begun = time.perf_counter()
        request()
        times.append((time.perf_counter() - begun) * 1000)
    return count, statistics.median(times)


def _moving(client: APIClient, patient: Patient) -> Callable[[], object]:
    """Another referral is received each time: a whole move, with its history, access, audit, and whoever is asked next."""
    waiting = iter(list(Referral.objects.filter(patient=patient, nudge=None).values_list("pk", flat=True)))
    return lambda: _posted(client, f"referrals/{next(waiting)}/receive/", {})


def _bare(client: APIClient) -> Callable[[], object]:
    """What a view does that knows nothing: the same kind of body parsed, one row inserted."""
    # Of a loop that is closed, so that the numbers of those that move stay their own.
    first = Transition.objects.earliest("at")
    body = {"transition": str(first.pk), "words": "The room is taken."}

    def insert() -> None:
        answer = client.post("/bare-transition/", body, format="json")
        assert answer.status_code == 201, answer.content

    return insert


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
