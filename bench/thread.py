"""The figures of the thread: `bin/bench thread [facts]`.

How long it takes from a recorded fact until the first person's mail is handed to SMTP, at 10 and at 50 facts a second, with
the broker up and with none; the queries of a write; and the write against the same insert in a bare view.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careteam.settings")
django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.db import connection  # noqa: E402 - as above
from django.test.utils import CaptureQueriesContext  # noqa: E402 - as above
from rest_framework.test import APIClient  # noqa: E402 - as above

from apps.accounts import operations as accounts  # noqa: E402 - as above
from apps.accounts.actors import Careteam  # noqa: E402 - as above
from apps.accounts.models import Site, User  # noqa: E402 - as above
from apps.accounts.permissions import Role  # noqa: E402 - as above
from apps.common.clock import app_now  # noqa: E402 - as above
from apps.escalation import operations as escalation  # noqa: E402 - as above
from apps.escalation.loading import load as load_criteria  # noqa: E402 - as above
from apps.escalation.models import CriterionVersion  # noqa: E402 - as above
from apps.knowledge.models import Discipline  # noqa: E402 - as above
from apps.nudges.models import Nudge  # noqa: E402 - as above
from apps.patients.models import Patient  # noqa: E402 - as above
from apps.teams import operations as teams  # noqa: E402 - as above
from bench._harness import side_by_side  # noqa: E402 - as above
from bench.house import people  # noqa: E402 - as above

PORT, MAIL_PORT = 8932, 8933
SENDERS = 16
PATIENCE = 120.0
NOWHERE = "redis://127.0.0.1:9/0"


def main(facts: int) -> None:
    """Measure and print."""
    site, coordinator, _ = people()
    therapist = staff(site)
    print(f"queries of a write: {queries(site, coordinator, therapist)}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        web(stack)
        ratio = side_by_side(*writers(site, coordinator), rounds=7, seconds=1.0)
        print(ratio.report("write one observation, against the same insert in a bare view", "to be reported"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE escalation_watch SET due_at = due_at + interval '10 years'")
    for broker in (settings.REDIS_URL, NOWHERE):
        for rate in (10, 50):
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                sink = everything(stack, folder, broker)
                name = "broker up" if broker != NOWHERE else "no broker"
                print(f"{name}, {rate} facts/s: {run(site, coordinator, therapist, sink, facts, rate)}", flush=True)


def staff(site: Site) -> Any:
    """Two members with addresses, and criteria that fire; returns the therapist."""
    at = app_now()
    by = Careteam(at=at)
    therapist = User.objects.get(username="member").member
    for code in ("rheumatology",):
        user = accounts.add_user(
            by=by, at=at, username=code, name=code.title(), home_site=site, email=f"{code}@x.example"
        )
        accounts.grant_role(user=user, site=site, role=Role.MEMBER, by=by, at=at)
        teams.add_member(by=by, at=at, user=user, discipline=Discipline.objects.get(code=code))
    governor = accounts.add_user(by=by, at=at, username="governor", name="Governor", home_site=site)
    accounts.grant_role(user=governor, site=site, role=Role.GOVERNANCE, by=by, at=at)
    User.objects.filter(email="").update(email="somebody@x.example")
    load_criteria(folder=Path(settings.BASE_DIR) / "fixtures" / "criteria", by=by, at=at)
    signer = User.objects.with_access().get(pk=governor.pk).actor()
    for version in CriterionVersion.objects.filter(state="draft"):
        escalation.sign(criterion_version=version, by=signer, at=at, waiver="a benchmark")
        escalation.activate(criterion_version=version, by=signer, at=at)
    return therapist


def patients(site: Site, therapist: Any, count: int) -> list[str]:
    """So many patients with a care team of two."""
    at = app_now()
    by = Careteam(at=at)
    rows = [
        Patient(
            site=site, family_name=f"T{time.time_ns()}{i}", given_name="G", birth_date=date(1950, 1, 1), gender="female",
            onset="adult", status_at=at, recorded_at=at,
        )
        for i in range(count)
    ]  # fmt: skip
    Patient.objects.bulk_create(rows)
    other = User.objects.get(username="rheumatology").member
    for row in rows:
        joining: list[dict[str, Any]] = [{"member": therapist, "role": "lead"}, {"member": other, "role": "lead"}]
        teams.form_care_team(by=by, at=at, patient=row, memberships=joining)
    return [str(row.pk) for row in rows]


def fact(patient: str, value: int = 8) -> bytes:
    """A swallow screen."""
    body = {"patient": patient, "instrument": "eat10", "value": value, "effective_at": "2026-04-13T09:00:00Z"}
    return json.dumps(body).encode()


def queries(site: Site, coordinator: str, therapist: Any) -> int:
    """The queries of one write, in the steady state, with an Idempotency-Key."""
    patient = patients(site, therapist, 1)[0]
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {coordinator}", HTTP_HOST="127.0.0.1")
    client.get("/api/v1/sites/")
    with CaptureQueriesContext(connection) as found:
        answer = client.post(
            "/api/v1/observations/", fact(patient), content_type="application/json",
            headers={"Idempotency-Key": str(time.time_ns())},
        )  # fmt: skip
    assert answer.status_code == 201, answer.content
    quiet = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "SELECT pg_notify")
    return sum(not query["sql"].startswith(quiet) for query in found.captured_queries)


def process(stack: ExitStack, *command: str, **more: str) -> None:
    """Start one process; it ends with the benchmark."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "bench._settings", "LOG_FORMAT": "json", **more}
    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.callback(running.wait)
    stack.callback(running.terminate)


def web(stack: ExitStack, **more: str) -> None:
    """The web process of the Procfile."""
    process(stack, "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(PORT), "--workers", "1",
            "--blocking-threads", "4", "--no-ws", "--log-level", "error", "careteam.wsgi:application", **more)  # fmt: skip
    deadline = time.monotonic() + 60
    while True:
        try:
            held = HTTPConnection("127.0.0.1", PORT, timeout=5)
            held.request("GET", "/health/live")
            held.getresponse().read()
        except OSError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.1)
        else:
            return


def everything(stack: ExitStack, folder: Path, broker: str) -> Path:
    """All processes of the Procfile and a mail server; returns the file with its notes."""
    sink = folder / "mails"
    sink.touch()
    process(stack, "python", "-m", "bench._sink", str(MAIL_PORT), str(sink))
    more = {"REDIS_URL": broker, "EMAIL_URL": f"smtp://127.0.0.1:{MAIL_PORT}"}
    common = ("--concurrency", "2", "--loglevel", "ERROR", "--without-gossip", "--without-mingle")
    if broker != NOWHERE:
        for name, queues in (
            ("urgent", "emergency,evaluation"),
            ("worker", "deliveries,steps,evaluation,emergency,housekeeping"),
        ):
            process(
                stack,
                "celery",
                "-A",
                "careteam",
                "worker",
                "--hostname",
                f"{name}@%h",
                "--queues",
                queues,
                *common,
                **more,
            )
    process(stack, "python", "manage.py", "dispatch", **more)
    web(stack, **more)
    time.sleep(8)
    return sink


def poster(secret: str, path: str = "/api/v1/observations/") -> Callable[[bytes], None]:
    """POSTs on a connection that stays open."""
    held = HTTPConnection("127.0.0.1", PORT, timeout=30)
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    def post(body: bytes) -> None:
        held.request("POST", path, body, headers)
        answer = held.getresponse()
        text = answer.read()
        assert answer.status == 201, text

    return post


def writers(site: Site, secret: str) -> tuple[Callable[[], object], Callable[[], object]]:
    """The write, and the same insert in a bare view."""
    therapist = User.objects.get(username="member").member
    patient = patients(site, therapist, 1)[0]
    ours, theirs = poster(secret), poster(secret, "/bare-write/")
    body = fact(patient, 1)
    return (lambda: ours(body)), (lambda: theirs(body))


def run(site: Site, secret: str, therapist: Any, sink: Path, count: int, rate: int) -> str:
    """Record so many facts at this rate, a patient each, and see when the first mail of each is handed over."""
    wanted = patients(site, therapist, count + SENDERS)
    begun: dict[str, float] = {}
    recorded: dict[str, float] = {}
    local = threading.local()

    def send(patient: str, at: float) -> None:
        if not hasattr(local, "post"):
            local.post = poster(secret)
        time.sleep(max(0.0, at - time.time()))
        begun[patient] = time.time()
        local.post(fact(patient))
        recorded[patient] = time.time()

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(lambda patient: send(patient, time.time()), wanted[count:]))
        start = time.time() + 2
        list(pool.map(send, wanted[:count], [start + number / rate for number in range(count)]))
    arrived = arrivals(sink, wanted[:count])
    from_start = sorted(arrived[patient] - begun[patient] for patient in arrived)
    from_answer = sorted(arrived[patient] - recorded[patient] for patient in arrived)
    spent = max(recorded[patient] for patient in wanted[:count]) - start
    return (
        f"{len(arrived)} of {count} mailed, recorded at {count / spent:.0f}/s; from the request's start to the mail: "
        f"p50 {at(from_start, 0.5):.0f} ms, p99 {at(from_start, 0.99):.0f} ms; "
        f"from the answer: p50 {at(from_answer, 0.5):.0f} ms, p99 {at(from_answer, 0.99):.0f} ms"
    )


def at(values: list[float], share: float) -> float:
    """The value below which this share lies, in milliseconds."""
    return values[min(len(values) - 1, int(len(values) * share))] * 1000


def arrivals(sink: Path, wanted: list[Any]) -> dict[str, float]:
    """When the mail that asks about each patient was handed over."""
    deadline = time.monotonic() + PATIENCE
    while True:
        times: dict[str, float] = {}
        for line in sink.read_text().splitlines():
            moment, _, subject = line.split("\t")
            found = re.search(r"Urgent.*\[([0-9A-F]{6})\]", subject)
            if found:
                times.setdefault(found.group(1), float(moment))
        nudges = Nudge.objects.filter(patient__in=wanted).values_list("patient_id", "pk")
        arrived = {str(patient): times[pk.hex[-6:].upper()] for patient, pk in nudges if pk.hex[-6:].upper() in times}
        if len(arrived) == len(wanted) or time.monotonic() > deadline:
            return arrived
        time.sleep(0.5)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
