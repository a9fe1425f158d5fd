"""The coordinator's list of referrals: what is stuck or late first, filtered, and closed to others."""

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts import operations as accounts
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.referrals.models import Referral
from tests.cast import Cast
from tests.plans.pages import at, browser, page, text
from tests.referrals.house import DAY, Loop, clock_to, fresh, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def loop(cast: Cast) -> Loop:
    return Loop.begin(cast)


@pytest.fixture
def client(cast: Cast) -> Client:
    return browser(cast)


def listed(query: str = "") -> str:
    return reverse("admin:referrals_referral_changelist") + query


def shown(client: Client, query: str = "") -> list[Referral]:
    """The rows of the list, in its order."""
    answer: Any = client.get(listed(query))
    return list(answer.context_data["cl"].result_list)


def until(row: Referral) -> datetime:
    """When its present wait is over."""
    found = fresh(row).wait_until
    assert found is not None
    return found


def test_the_list_says_where_each_is_and_whose_turn_it_is(loop: Loop, client: Client) -> None:
    row = loop.sent()
    words = text(client.get(listed()))
    for said in (
        "Quandt", "Trouble swallowing", "Urgent", "Rheumatologist (Rheumatology)", "→ Speech and language therapy", "Sent",
        "Covering",
    ):  # fmt: skip
        assert said in words, said
    loop.move(row, "decline", "covering")
    words = text(client.get(listed()))
    assert "Declined" in words
    assert "Covering" not in words, "it is the sender's turn again"


def test_it_names_nobody_to_another_site_and_lets_in_neither_administrators_nor_members(cast: Cast, loop: Loop) -> None:
    row = loop.sent()
    assert "Quandt" not in page(browser(cast, "coordinator_elsewhere"), listed())
    assert browser(cast, "coordinator_elsewhere").get(at(row)).status_code == 302
    assert browser(cast, "administrator").get(listed()).status_code == 403
    assert browser(cast, "rheumatologist").get(listed()).status_code == 302


def test_who_coordinates_elsewhere_sees_no_patient_here_because_their_department_was_asked(
    cast: Cast, loop: Loop
) -> None:
    """The API shows such a person the referral without the patient; this page would name them."""
    by, moment = cast.by, app_now()
    accounts.grant_role(user=cast.therapist.who, site=cast.elsewhere, role=Role.COORDINATOR, by=by, at=moment)
    row = loop.sent()
    assert loop.sees_referral(row, "therapist")
    assert "Quandt" not in page(browser(cast, "therapist"), listed())
    loop.move(row, "accept", "therapist")
    assert "Quandt" in page(browser(cast, "therapist"), listed())


def test_what_is_stuck_stands_first_then_what_is_late_then_what_is_due_next(loop: Loop, client: Client) -> None:
    late = loop.sent(target_on=(app_now() + DAY).date())
    late = loop.move(late, "accept", "therapist")
    clock_to(until(late) + DAY)
    loop.move(late, "schedule", "therapist", starts_at=app_now() + 30 * DAY)
    later = loop.sent(code="pulmonology_baseline")
    soon = loop.sent(code="slt_instrumental_study")
    stuck = loop.draft(code="pulmonology_decline")
    Referral.objects.filter(pk=stuck.pk).update(wait_until=app_now() - DAY)
    assert [row.pk for row in shown(client)] == [stuck.pk, late.pk, soon.pk, later.pk]
    words = text(client.get(listed()))
    assert words.index("stuck") < words.index("overdue")


def test_it_can_be_filtered_by_state_turn_trouble_discipline_and_site(cast: Cast, loop: Loop, client: Client) -> None:
    sent, draft = loop.sent(), loop.draft(code="pulmonology_decline")
    ended = loop.move(loop.draft(code="slt_instrumental_study"), "cancel", "rheumatologist")
    slt, lungs = sent.to_id, draft.to_id
    for query, expected in (
        ("", {sent, draft}), ("?where=all", {sent, draft, ended}), ("?where=draft", {draft}), ("?where=cancelled", {ended}),
        ("?turn=sender", {draft}), ("?turn=owner", {sent}), (f"?to__id__exact={slt}", {sent}),
        (f"?to__id__exact={lungs}", {draft}),
        ("?trouble=stuck", set()), ("?trouble=late", set()), (f"?patient__site__id__exact={cast.site.pk}", {sent, draft}),
        (f"?where=all&patient__id__exact={loop.patient.pk}", {sent, draft, ended}),
        (f"?where=all&patient__id__exact={cast.patient.pk}", set()),
    ):  # fmt: skip
        assert {row.pk for row in shown(client, query)} == {row.pk for row in expected}, query
    clock_to(until(sent))
    work()
    assert sent.pk in {row.pk for row in shown(client, "?trouble=stuck")}
    clock_to(app_now() + DAY)
    assert {row.pk for row in shown(client, "?trouble=late")} == {sent.pk}


def test_a_patient_is_looked_for_by_name_that_stays_out_of_the_address(loop: Loop, client: Client) -> None:
    loop.sent()
    for term, there in (("qua", True), ("zander", False)):
        answer = client.post(listed(), {"private_q": term})
        assert term not in answer.headers["Location"]
        assert ("Trouble swallowing" in page(client, answer.headers["Location"])) == there


def test_the_list_costs_the_same_queries_for_one_and_for_four(cast: Cast, loop: Loop, client: Client) -> None:
    loop.sent()

    def count() -> int:
        page(client, listed())
        with CaptureQueriesContext(connection) as queries:
            page(client, listed())
        return len(queries)

    one = count()
    for family in ("Other", "Another", "Third"):
        other = Loop.begin(cast, family)
        other.move(other.sent(), "accept", "therapist")
    assert count() == one


def test_reading_is_recorded_with_the_patients(cast: Cast, loop: Loop, client: Client) -> None:
    row = loop.sent()
    page(client, listed())
    page(client, at(row))
    reads = AuditEvent.objects.filter(verb="referrals.read", actor_id=cast.coordinator.who.pk)
    assert reads.count() == 2
    assert {read.patient_id for read in reads} == {loop.patient.pk}


def test_a_patient_s_page_leads_to_referring_and_to_what_there_is(cast: Cast, loop: Loop, client: Client) -> None:
    refer = f"{reverse('admin:referrals_referral_add')}?patient={loop.patient.pk}"
    before = page(client, at(loop.patient))
    assert refer in before
    assert "where=all" not in before
    loop.sent()
    assert f"patient__id__exact={loop.patient.pk}" in page(client, at(loop.patient))
