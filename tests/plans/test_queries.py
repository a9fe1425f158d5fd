"""What proposing and showing a version cost in queries: pinned, and the same for one medicine as for eight."""

from typing import Any

from tests.access.test_ledger import counted
from tests.cast import Cast
from tests.plans.doors import daily, good, send, weekly

#: Authentication, access and audit included, as in the ledger of the lists.
MOST = {"propose": 45, "version": 20, "plan": 5}
#: Eight medicines as a plan might have them; what the checks say about them does not matter here.
EIGHT: list[dict[str, Any]] = [
    daily("prednisone", 20), weekly("methotrexate", 15), weekly("folic_acid", 5), daily("hydroxychloroquine", 200),
    daily("azathioprine", 50), daily("mycophenolate", 1000), daily("ciclosporin", 200), daily("colecalciferol", 1),
]  # fmt: skip


def costs(cast: Cast, medications: list[dict[str, Any]]) -> dict[str, int]:
    """The queries of proposing these and of showing what was proposed, in the steady state."""
    opened = good(send(cast, "treatment-plans/", {"patient": str(cast.patient.pk), "medications": medications}), 201)
    client, plan = cast.rheumatologist.client(), opened["id"]
    pending = client.get(f"/api/v1/plan-versions/?plan={plan}").json()["results"][0]["id"]
    with counted() as count:
        body = {"medications": medications, "replaces": pending}
        made = client.post(f"/api/v1/treatment-plans/{plan}/propose/", body, format="json")
    assert made.status_code == 201, made.json()
    found = {"propose": count()}
    for name, path in (("version", f"plan-versions/{made.json()['id']}/"), ("plan", f"treatment-plans/{plan}/")):
        with counted() as count:
            assert client.get(f"/api/v1/{path}").status_code == 200
        found[name] = count()
    return found


def test_proposing_and_showing_stay_within_their_bars(cast: Cast) -> None:
    found = costs(cast, EIGHT)
    assert {name: count for name, count in found.items() if count > MOST[name]} == {}


def test_more_medicines_cost_no_more_queries(cast: Cast) -> None:
    assert costs(cast, EIGHT) == costs_elsewhere(cast, [EIGHT[1], EIGHT[3]])


def costs_elsewhere(cast: Cast, medications: list[dict[str, Any]]) -> dict[str, int]:
    """The same for another patient, so that the first one's plan is not in the way."""
    first, cast.patient = cast.patient, cast.patient_of("Second")
    try:
        joined = cast.rheumatologist
        cast.personas["rheumatologist"] = cast.coordinator
        return costs(cast, medications)
    finally:
        cast.personas["rheumatologist"], cast.patient = joined, first
