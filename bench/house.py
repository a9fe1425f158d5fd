"""The figures of the house: `bin/bench house [patients]`.

Lists 20 patients over HTTP, with authentication, access and audit, against the same serializer in a bare view on the same
server; the queries of the three requests that the architecture sets bars for; and how listing grows with patients.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta
from http.client import HTTPConnection
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careteam.settings")
django.setup()

from django.db import connection  # noqa: E402 - Django must be set up first
from django.test.utils import CaptureQueriesContext  # noqa: E402 - as above
from rest_framework.test import APIClient  # noqa: E402 - as above

from apps.accounts import operations as accounts  # noqa: E402 - as above
from apps.accounts.actors import Careteam  # noqa: E402 - as above
from apps.accounts.models import Site, User  # noqa: E402 - as above
from apps.accounts.permissions import Permission, Role  # noqa: E402 - as above
from apps.common.clock import app_now  # noqa: E402 - as above
from apps.knowledge.models import Discipline  # noqa: E402 - as above
from apps.patients.models import Identifier, Patient  # noqa: E402 - as above
from apps.teams import operations as teams  # noqa: E402 - as above
from bench._harness import side_by_side  # noqa: E402 - as above

PORT = 8931
BATCH = 10_000


def main(patients: int) -> None:
    """Measure and print."""
    site, coordinator, member = people()
    print(f"{patients} patients at one site; PostgreSQL {version()}")
    print(f"queries at 100: {queries(site, coordinator, member, 100)}")
    grow(site, patients)
    print(f"queries at {patients}: {queries(site, coordinator, member, patients)}")
    with ExitStack() as stack:
        server(stack)
        for name, secret in (("coordinator", coordinator), ("member", member)):
            ratio = side_by_side(caller("/api/v1/patients/", secret), caller("/bare/", ""))
            print(ratio.report(f"list 20 patients as {name}, against a bare view", "≥ 0.6"))


def version() -> str:
    """The server's version."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])


def people() -> tuple[Site, str, str]:
    """A site, and the tokens of its coordinator and of a member."""
    at = app_now()
    by = Careteam(at=at)
    site = accounts.open_site(by=by, at=at, code="bench", name="Bench", time_zone="Europe/Berlin")
    secrets = []
    for name, role in (("coordinator", Role.COORDINATOR), ("member", Role.MEMBER)):
        user = accounts.add_user(by=by, at=at, username=name, name=name, home_site=site)
        accounts.grant_role(user=user, site=site, role=role, by=by, at=at)
        actor = User.objects.with_access().get(pk=user.pk).actor()
        scopes = [permission.value for permission in Permission]
        secrets.append(
            accounts.issue_token(
                user=user, by=actor, at=at, name="bench", scopes=scopes, expires_at=at + timedelta(days=1)
            )[1]
        )
    teams.add_member(
        by=by, at=at, user=User.objects.get(username="member"), discipline=Discipline.objects.get(code="slt")
    )
    return site, secrets[0], secrets[1]


def grow(site: Site, wanted: int) -> None:
    """Bring the site to so many patients, a number each, and give the member 40 of them."""
    at, have = app_now(), Patient.objects.count()
    for start in range(have, wanted, BATCH):
        rows = [
            Patient(
                site=site, family_name=f"F{i * 7919 % 999_983:06d}", given_name="G", birth_date=date(1950, 1, 1), gender="female",
                onset="adult", status_at=at, recorded_at=at,
            )
            for i in range(start, min(start + BATCH, wanted))
        ]  # fmt: skip
        Patient.objects.bulk_create(rows)
        Identifier.objects.bulk_create(
            [Identifier(patient=r, site=site, system="s", value=str(r.pk), recorded_at=at) for r in rows]
        )
        if start == 0:
            member = User.objects.get(username="member").member
            for row in rows[:40]:
                teams.form_care_team(by=Careteam(at=at), at=at, patient=row, memberships=[{"member": member}])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def queries(site: Site, coordinator: str, member: str, patients: int) -> dict[str, int]:
    """The queries of each request, in the steady state."""
    grow(site, patients)
    patient = Patient.objects.filter(accesses__isnull=False).first()
    assert patient is not None
    fact = {"patient": str(patient.pk), "code": "mda5", "result": "negative", "effective_at": "2026-01-01T08:00:00Z"}
    key = f"{patients}-{time.time()}"
    return {
        "list, coordinator": count(coordinator, lambda client: client.get("/api/v1/patients/")),
        "list, member": count(member, lambda client: client.get("/api/v1/patients/")),
        "detail": count(coordinator, lambda client: client.get(f"/api/v1/patients/{patient.pk}/")),
        "write": count(
            coordinator,
            lambda client: client.post("/api/v1/antibodies/", fact, format="json", headers={"Idempotency-Key": key}),
        ),
    }


def count(secret: str, request: Callable[[APIClient], Any]) -> int:
    """The queries of one request."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}", HTTP_HOST="127.0.0.1")
    client.get("/api/v1/sites/")
    with CaptureQueriesContext(connection) as found:
        answer = request(client)
    assert answer.status_code < 300, answer.content
    return sum(
        not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")) for query in found.captured_queries
    )


def server(stack: ExitStack) -> None:
    """The web process of the Procfile, with the bare view beside the API."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "bench._settings", "LOG_FORMAT": "json"}
    command = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(PORT), "--workers", "1",
               "--blocking-threads", "4", "--no-ws", "--log-level", "error", "careteam.wsgi:application"]  # fmt: skip
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    deadline = time.monotonic() + 60
    while True:
        try:
            caller("/bare/", "")()
        except OSError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.1)
        else:
            return


def caller(path: str, secret: str) -> Callable[[], object]:
    """One GET on a connection that stays open."""
    held = HTTPConnection("127.0.0.1", PORT, timeout=30)
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def call() -> bytes:
        held.request("GET", path, headers=headers)
        answer = held.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return body

    return call


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
