"""The pages of plans, of what is due, of reviews and of what a site has decided: readable, and closed to others."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.common.clock import app_now
from apps.knowledge.models import Instrument
from apps.patients import operations as patients
from apps.plans.models import MonitoringItem, PlanPolicy, PlanVersion, ResponseReview, TreatmentPlan
from apps.teams import operations as teams
from tests.cast import Cast
from tests.plans.doors import BLOODS, DAY, daily, followed, measured, open_plan
from tests.plans.pages import at, browser, page, text

pytestmark = pytest.mark.django_db
Later = Callable[[timedelta], None]
LISTS = ["treatmentplan", "planversion", "monitoringitem", "responsereview"]
HCQ = daily("hydroxychloroquine", 200)


@pytest.fixture
def client(cast: Cast) -> Client:
    return browser(cast)


def listed(name: str, query: str = "") -> str:
    return reverse(f"admin:plans_{name}_changelist") + query


def reviewed(cast: Cast) -> ResponseReview:
    """A review of hydroxychloroquine, under which the CDASI fell by 7."""
    patients.change(patient=cast.patient, by=cast.by, at=app_now(), phenotype="amyopathic")
    measured(cast, "weight", 70)
    measured(cast, "cdasi_a", 22)
    followed(cast, HCQ, pathway="amyopathic_ladder", step="amyopathic_step_1")
    return ResponseReview.objects.get()


@pytest.mark.parametrize("name", LISTS)
def test_every_list_opens_and_names_nobody_to_another_site(cast: Cast, client: Client, name: str) -> None:
    reviewed(cast)
    assert "Albers" in page(client, listed(name))
    assert "Albers" not in page(browser(cast, "coordinator_elsewhere"), listed(name))


@pytest.mark.parametrize("name", LISTS)
def test_administrators_and_members_do_not_come_in(cast: Cast, name: str) -> None:
    assert browser(cast, "administrator").get(listed(name)).status_code == 403
    assert browser(cast, "rheumatologist").get(listed(name)).status_code == 302


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_the_same_queries_for_one_patient_and_for_three(cast: Cast, client: Client, name: str) -> None:
    reviewed(cast)

    def count() -> int:
        page(client, listed(name))
        with CaptureQueriesContext(connection) as queries:
            page(client, listed(name))
        return len(queries)

    one, first = count(), cast.patient
    for number in range(2):
        cast.patient = cast.patient_of(f"Other{number}")
        teams.form_care_team(
            by=cast.by, at=app_now(), patient=cast.patient, memberships=[{"member": cast.rheumatologist.member}]
        )
        followed(cast, daily("prednisone", 10), HCQ)
    cast.patient = first
    assert count() == one


def test_a_plan_is_looked_for_by_name_or_number_that_stays_out_of_the_address(cast: Cast, client: Client) -> None:
    reviewed(cast)
    for term, there in (("alb", True), ("L-1", True), ("zander", False)):
        answer = client.post(listed("treatmentplan"), {"private_q": term})
        assert term not in answer.headers["Location"]
        assert ("Albers" in page(client, answer.headers["Location"])) == there


def test_a_version_s_page_tells_everything(cast: Cast, client: Client) -> None:
    measured(cast, "weight", 52)
    measured(cast, "mmt8_150", 118)
    goal = {"text": "Climb stairs", "instrument": "mmt8_150", "comparison": "at_least", "target": 142}
    beside = {"intervention": "photoprotection", "discipline": "dermatology", "instructions": "SPF 50."}
    medicine = {**daily("hydroxychloroquine", 200, frequency=2), "indication": "skin", "line": 1}
    open_plan(cast, medicine, interventions=[beside], goals=[goal], summary="Begin.")
    row = PlanVersion.objects.get()
    shown = text(client.get(at(row)))
    for words in (
        "200 mg twice a day, oral",
        "above 400 mg/day ÷ 52 kg = 7.69 mg/kg/day", "prescribed by Rheumatologist",
        row.warnings.get(code="over_limit").words, "Write down why", "Eye examination: missing", "SPF 50.",
        "Climb stairs", "at least 142", "not yet; 0 % of the way", "What is due because of it", "line 1",
    ):  # fmt: skip
        assert words in shown, words
    for name in ("plan-version-summary", "plan-version-patient-summary"):
        assert reverse(name, args=[row.pk]) in page(client, at(row))


def test_what_somebody_typed_is_never_taken_for_markup(cast: Cast, client: Client) -> None:
    evil = "<script>alert(1)</script>"
    medicine = {**HCQ, "indication": evil, "note": evil}
    open_plan(
        cast, medicine, summary=evil, goals=[{"text": evil}], interventions=[{"intervention": "exercise", "note": evil}]
    )
    plan, row = TreatmentPlan.objects.get(), PlanVersion.objects.get()
    propose = reverse("admin:plans_treatmentplan_propose", args=[plan.pk])
    for address in (at(plan), at(row), listed("treatmentplan"), listed("planversion"), propose):
        shown = page(client, address)
        assert evil not in shown
        assert "&lt;script&gt;" in shown or address.startswith(listed("treatmentplan"))


def test_a_plan_s_page_tells_what_is_followed_due_and_was_before(cast: Cast, client: Client) -> None:
    review = reviewed(cast)
    plan = TreatmentPlan.objects.get()
    shown = text(client.get(at(plan)))
    for words in (
        "Version 1",
        "Hydroxychloroquine: 200 mg once a day",
        "What is due",
        "Reviews of the response",
        "Versions",
    ):
        assert words in shown, words
    assert at(review) in page(client, at(plan))
    assert "Hydroxychloroquine: 200 mg once a day" in text(client.get(listed("treatmentplan")))


def test_what_is_due_comes_overdue_first_and_can_be_looked_for(cast: Cast, client: Client, later: Later) -> None:
    for code, value in BLOODS.items():
        measured(cast, code, value)
    followed(cast, daily("mycophenolate", 1000, frequency=2, prerequisite_reason="Elsewhere.", dose_reason="Meant."))
    row = MonitoringItem.objects.get(panel__code="fbc")
    assert at(row) not in page(client, listed("monitoringitem", "?standing=overdue"))
    later(36 * DAY)
    assert at(row) in page(client, listed("monitoringitem", "?standing=overdue"))
    rows = client.get(listed("monitoringitem")).context["cl"].result_list
    assert [one.overdue_from for one in rows] == sorted(one.overdue_from for one in rows)
    shown = text(client.get(at(row)))
    assert "overdue" in shown
    assert "mycophenolate since" in shown
    assert client.get(listed("monitoringitem", "?standing=ended")).context["cl"].result_count == 0


def test_a_review_s_page_compares_and_its_button_writes_down_what_it_has_come_to(
    cast: Cast, client: Client, later: Later
) -> None:
    review = reviewed(cast)
    later(84 * DAY)
    name = Instrument.objects.get(code="cdasi_a").name
    assert f"Missing: {name} after" in text(client.get(at(review)))
    measured(cast, "cdasi_a", 15)
    assert "7 points better" in text(client.get(at(review)))
    address = reverse("admin:plans_responsereview_complete", args=[review.pk])
    unclear = client.post(address, {"outcome": "continue", "reason": ""})
    assert unclear.status_code == 200
    assert client.post(address, {"outcome": "continue", "reason": "The skin is calmer."}).status_code == 302
    review.refresh_from_db()
    assert (review.state, review.outcome) == ("done", "continue")
    assert address not in page(client, at(review))


def test_to_escalate_leads_to_the_version_that_was_proposed(cast: Cast, client: Client, later: Later) -> None:
    review = reviewed(cast)
    later(84 * DAY)
    address = reverse("admin:plans_responsereview_complete", args=[review.pk])
    body = {"outcome": "escalate", "reason": "No better.", "step": "amyopathic_step_2:prednisone_methotrexate"}
    answer = client.post(address, body)
    assert answer.headers["Location"] == at(PlanVersion.objects.get(number=2))
    assert "no dose yet" in text(client.get(answer.headers["Location"]))


def test_an_administrator_decides_for_the_site(cast: Cast) -> None:
    client = browser(cast, "administrator")
    add = reverse("admin:plans_planpolicy_add")
    page(client, add)
    body = {
        "site": str(cast.site.pk), "second_approver": "on", "approving_disciplines": ["rheumatology"], "scheme": "published",
        "options": ["ecg_baseline"],
    }  # fmt: skip
    assert client.post(add, body).status_code == 302
    row = PlanPolicy.objects.get()
    assert (row.second_approver, row.scheme, row.options) == (True, "published", ["ecg_baseline"])
    assert "already exists" in text(client.post(add, body))
    changes = {"approving_disciplines": ["rheumatology", "dermatology"], "scheme": "monthly", "version": row.version}
    assert client.post(at(row), changes).status_code == 302
    row.refresh_from_db()
    assert (row.second_approver, row.approving_disciplines, row.scheme) == (
        False,
        ["rheumatology", "dermatology"],
        "monthly",
    )
    assert "was changed since you read it" in text(client.post(at(row), {**changes, "scheme": "published"}))
    assert browser(cast).get(listed("planpolicy")).status_code == 403
