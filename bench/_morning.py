"""06:00 comes for everybody at once, two workers look at them, and emergencies are recorded in the middle of it."""

import statistics
import time
from contextlib import ExitStack
from uuid import UUID

from django.db import connection

from apps.accounts.actors import Careteam
from apps.accounts.models import Site
from apps.common.clock import app_now
from apps.escalation.models import Escalation, Watch
from apps.knowledge.models import Concept
from apps.observations import operations as observations
from apps.patients.models import Patient
from bench._clones import clone, clones
from bench._records import calm_patient
from bench.thread import process

EMERGENCIES, PAUSE = 20, 1.0
PATIENCE = 3600.0


def morning(site: Site, patients: int, facts: int) -> None:
    """06:00 comes for all of them; emergencies are recorded meanwhile."""
    template = calm_patient(site, facts, f"Template {facts} of the morning")
    begun = time.perf_counter()
    clone(template, patients)
    urgent = clones(template, EMERGENCIES, first=patients)
    clone(template, EMERGENCIES, first=patients)
    print(f"{patients} patients with {facts} facts each, made in {time.perf_counter() - begun:.0f} s", flush=True)
    due_now_all()
    waited: list[float] = []
    with ExitStack() as stack:
        workers(stack)
        begun = wait_until(patients - 1)
        wait_until(patients // 2)
        for pk in urgent:
            time.sleep(PAUSE)
            waited += [emergency(pk)] if left() > 0 else []
        still = left()
        wait_until(0)
        spent = time.perf_counter() - begun
    print(
        f"the run of 06:00 over {patients} patients: {spent:.0f} s, {patients / spent:.0f} a second on two workers;"
        f" {len(waited)} emergencies from the middle on, {still} patients were due after the last of them: from commit to"
        f" escalation {statistics.median(waited) * 1000:.0f} ms in the median, {max(waited) * 1000:.0f} ms at most",
        flush=True,
    )


def due_now_all() -> None:
    """As at 06:00: everybody's time has come at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE escalation_watch SET due_at = app_now(), cause = %s, lease_until = NULL, lease_token = NULL", [1]
        )
        cursor.execute("ANALYZE escalation_watch")


def workers(stack: ExitStack) -> None:
    """The two workers of the Procfile, a process each, and the dispatcher."""
    common = ("--concurrency", "1", "--loglevel", "ERROR", "--without-gossip", "--without-mingle")
    for name, queues in (
        ("urgent", "emergency,evaluation"),
        ("worker", "deliveries,steps,evaluation,emergency,housekeeping"),
    ):
        process(stack, "celery", "-A", "careteam", "worker", "--hostname", f"{name}@%h", "--queues", queues, *common)
    process(stack, "python", "manage.py", "dispatch")


def left() -> int:
    """How many are due and not done."""
    return Watch.objects.filter(due_at__lte=app_now()).count()


def wait_until(many: int) -> float:
    """Until no more than so many are due; returns when."""
    deadline = time.monotonic() + PATIENCE
    while left() > many:
        assert time.monotonic() < deadline, f"{left()} are left"
        time.sleep(0.2)
    return time.perf_counter()


def emergency(patient: UUID) -> float:
    """Record an aspiration pneumonia; returns how long after the commit its escalation was there."""
    at = app_now()
    observations.record_condition(
        patient=Patient.objects.select_related("site").get(pk=patient), by=Careteam(at=at), at=at, effective_at=at,
        concept=Concept.objects.get(code="aspiration_pneumonia"),
    )  # fmt: skip
    begun = time.perf_counter()
    while not Escalation.objects.filter(patient=patient, severity="emergency").exists():
        assert time.perf_counter() - begun < PATIENCE, "it never came"
        time.sleep(0.005)
    return time.perf_counter() - begun
