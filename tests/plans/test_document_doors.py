"""The doors to a plan on paper: who may print it, what is recorded, and what the file and its address give away."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.knowledge.models import Intervention
from apps.plans.models import PlanVersion, TreatmentPlan
from apps.teams import operations as teams
from apps.teams.models import Membership
from tests.cast import Cast
from tests.plans.house import Story, daily
from tests.plans.paper import Printed
from tests.plans.printing import begun, begun_plan, first_plan, followed

pytestmark = pytest.mark.django_db
PATHS = ("summary.pdf", "patient-summary.pdf")


def address(version: PlanVersion, path: str) -> str:
    return f"/api/v1/plan-versions/{version.pk}/{path}"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "accept", ["text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "*/*", "application/pdf", "text/html", ""]
)
def test_whoever_sees_the_patient_gets_a_file_whose_name_and_address_say_nothing(
    cast: Cast, path: str, accept: str
) -> None:
    version = begun_plan(begun(cast))
    answer = cast.rheumatologist.client().get(address(version, path), headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == 'inline; filename="plan-summary.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content.startswith(b"%PDF-1.7")
    assert "Jone" in Printed(answer.content).text


@pytest.mark.parametrize("path", PATHS)
def test_a_reading_is_recorded_and_says_which_paper_it_was(cast: Cast, path: str) -> None:
    version = begun_plan(begun(cast))
    before = AuditEvent.objects.count()
    cast.rheumatologist.client().get(address(version, path))
    event = AuditEvent.objects.order_by("position").last()
    assert AuditEvent.objects.count() == before + 1
    assert event is not None
    assert (event.verb, event.read_ids) == (
        "plans.print" if path == "summary.pdf" else "plans.print_for_patient", [version.pk]
    )  # fmt: skip
    assert (event.actor_id, event.patient_id) == (cast.rheumatologist.who.pk, version.plan.patient_id)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("name", "status"), [("stranger", 404), ("administrator", 403), ("nobody", 401)])
def test_whoever_does_not_see_the_patient_is_refused_and_nothing_is_recorded(
    cast: Cast, path: str, name: str, status: int
) -> None:
    version = begun_plan(begun(cast))
    before = AuditEvent.objects.count()
    answer = cast.personas[name].client().get(address(version, path), headers={"Accept": "text/html"})
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nobody_may_write_where_a_paper_is_read(cast: Cast, method: str) -> None:
    version = begun_plan(begun(cast))
    answer = getattr(cast.rheumatologist.client(), method)(address(version, PATHS[0]))
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")


def test_a_longer_plan_costs_no_more_queries(cast: Cast) -> None:
    def queries(story: Story, version: PlanVersion) -> int:
        client = cast.rheumatologist.client()
        client.get(address(version, PATHS[0]))
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address(version, PATHS[0])).status_code == 200
        return len(caught)

    counted: list[int] = []
    fill: list[Callable[[Story], TreatmentPlan]] = [
        lambda story: story.plan("2026-01-05", daily("azathioprine", "50"), goals=[{"text": "One"}]),
        lambda story: first_plan(
            story, daily("azathioprine", "50"), daily("hydroxychloroquine", "400"),
            goals=[{"text": f"Goal {index}"} for index in range(10)],
            interventions=[{"intervention": row} for row in Intervention.objects.all()[:5]],
        ),
    ]  # fmt: skip
    for index, plan in enumerate(fill):
        story = begun(cast, family=f"Family{index}")
        counted.append(queries(story, followed(story, plan(story))))
    assert counted[0] == counted[1]


def test_a_program_may_ask_for_the_head_only(cast: Cast) -> None:
    answer = cast.rheumatologist.client().head(address(begun_plan(begun(cast)), PATHS[0]))
    assert (answer.status_code, answer.headers["Content-Type"], answer.content) == (200, "application/pdf", b"")


def test_somebody_who_has_left_the_team_prints_nothing_any_more(cast: Cast) -> None:
    story = begun(cast)
    version = begun_plan(story)
    row = Membership.objects.get(care_team__patient=story.patient)
    teams.end_membership(membership=row, by=cast.by, at=app_now())
    assert cast.rheumatologist.client().get(address(version, PATHS[1])).status_code == 404
