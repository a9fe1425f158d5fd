"""The figures of plans: `bin/bench plans`.

Proposing a version with six medicines over the API (doses against every source, prerequisites against the facts) against a bare
insert of the same rows in a view without anything around it; the queries of proposing, of the list and of a version; and how
long one working out of what is due takes.
"""

import os
import statistics
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "bench._settings"
django.setup()

from django.db import connection, transaction  # noqa: E402 - Django must be set up first
from django.test.utils import CaptureQueriesContext  # noqa: E402 - as above
from rest_framework.test import APIClient  # noqa: E402 - as above

from apps.accounts.actors import Careteam  # noqa: E402 - as above
from apps.common.clock import app_now  # noqa: E402 - as above
from apps.knowledge.models import Instrument  # noqa: E402 - as above
from apps.observations import operations as observations  # noqa: E402 - as above
from apps.patients import operations as records  # noqa: E402 - as above
from apps.patients.models import Patient  # noqa: E402 - as above
from apps.plans import operations  # noqa: E402 - as above
from apps.plans.models import PlanVersion, TreatmentPlan  # noqa: E402 - as above
from bench._harness import side_by_side  # noqa: E402 - as above
from bench.house import people, version  # noqa: E402 - as above

#: Six medicines, as J04's patient might take them; the doses are of the journeys (clinical sheet, section E).
SIX: list[dict[str, Any]] = [
    {"medicine": "prednisone", "dose": 20, "unit": "mg", "frequency": 1, "period": 1, "period_unit": "d", "route": "oral"},
    {"medicine": "methotrexate", "dose": 15, "unit": "mg", "frequency": 1, "period": 1, "period_unit": "wk", "route": "oral"},
    {"medicine": "folic_acid", "dose": 5, "unit": "mg", "frequency": 1, "period": 1, "period_unit": "wk", "route": "oral"},
    {"medicine": "hydroxychloroquine", "dose": 200, "unit": "mg", "frequency": 1, "period": 1, "period_unit": "d",
     "route": "oral"},
    {"medicine": "ivig", "dose": 2, "unit": "g/kg", "frequency": 1, "period": 4, "period_unit": "wk", "route": "iv",
     "basis": "course", "course_days": 2},
    {"medicine": "azathioprine", "dose": 50, "unit": "mg", "frequency": 1, "period": 1, "period_unit": "d", "route": "oral"},
]  # fmt: skip
FACTS = {"weight": "68", "height": "165", "wbc": "6", "anc": "4", "plt": "250", "creatinine": "70", "qtc": "418"}


def main() -> None:
    """Measure and print."""
    site, coordinator, _ = people()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {coordinator}", HTTP_HOST="127.0.0.1")
    patient, other = _patient(site, "Bench"), _patient(site, "Bare")
    plan = _opened(client, patient)
    ours, theirs = _proposing(client, plan), _bare(client, _opened(client, other))
    print(f"PostgreSQL {version()}")
    for name, request in _requests(client, plan, ours).items():
        print(f"queries of {name}: {_queries(request)}")
    ratio = side_by_side(ours, theirs, rounds=7, seconds=2.0)
    print(ratio.report("propose six medicines, against a bare insert of the same rows", "to be reported"))
    print(f"working out what is due for one patient: {_upkeep(patient):.1f} ms in the median")


def _patient(site: Any, family: str) -> Patient:
    at = app_now()
    by = Careteam(at=at)
    patient = records.register(
        by=by, at=at, site=site, family_name=family, given_name="B", birth_date=date(1960, 1, 1), gender="female",
        onset="adult", phenotype="classic", diagnosis_date=date(2026, 1, 1),
    )  # fmt: skip
    for code, value in FACTS.items():
        instrument = Instrument.objects.get(code=code)
        observations.record_observation(
            patient=patient,
            by=by,
            at=at,
            instrument=instrument,
            value=Decimal(value),
            unit=instrument.unit,
            effective_at=at,
        )
    return patient


def _opened(client: APIClient, patient: Patient) -> TreatmentPlan:
    answer = client.post("/api/v1/treatment-plans/", {"patient": str(patient.pk), "medications": SIX}, format="json")
    assert answer.status_code == 201, answer.content
    return TreatmentPlan.objects.get(patient=patient)


def _proposing(client: APIClient, plan: TreatmentPlan) -> Callable[[], object]:
    pending = {"id": str(plan.versions.get().pk)}

    def propose() -> None:
        body = {"medications": SIX, "replaces": pending["id"]}
        answer = client.post(f"/api/v1/treatment-plans/{plan.pk}/propose/", body, format="json")
        assert answer.status_code == 201, answer.content
        pending["id"] = answer.json()["id"]

    return propose


def _bare(client: APIClient, plan: TreatmentPlan) -> Callable[[], object]:
    """What a view does that knows nothing: the same body parsed, the same rows inserted, the same kind of answer."""
    body = {"version": str(plan.versions.order_by("-number").first().pk)}  # type: ignore[union-attr]

    def insert() -> None:
        answer = client.post("/bare-plan/", body, format="json")
        assert answer.status_code == 201, answer.content

    return insert


def _requests(client: APIClient, plan: TreatmentPlan, propose: Callable[[], object]) -> dict[str, Callable[[], object]]:
    """The requests whose queries are counted, in the steady state."""
    last = PlanVersion.objects.filter(plan=plan).order_by("-number")

    def read(path: Callable[[], str]) -> Callable[[], object]:
        def request() -> None:
            answer = client.get(f"/api/v1/{path()}")
            assert answer.status_code == 200, answer.content

        return request

    return {
        "proposing six medicines": propose,
        "the list of plans": read(lambda: "treatment-plans/"),
        "a plan": read(lambda: f"treatment-plans/{plan.pk}/"),
        "a version, with every source and prerequisite": read(lambda: f"plan-versions/{last[0].pk}/"),
        "what is due, over all patients": read(lambda: "monitoring-items/"),
    }


def _queries(request: Callable[[], object]) -> int:
    request()
    with CaptureQueriesContext(connection) as found:
        request()
    skipped = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return sum(not query["sql"].startswith(skipped) for query in found.captured_queries)


def _upkeep(patient: Patient) -> float:
    times = []
    for _ in range(50):
        at = app_now()
        begun = time.perf_counter()
        with transaction.atomic():
            operations.refresh(patient=patient, by=Careteam(at=at), at=at)
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
