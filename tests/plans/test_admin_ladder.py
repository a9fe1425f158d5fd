"""A coordinator climbs the whole ladder in the admin: a plan approved, followed and stopped."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import operations as accounts
from apps.accounts.models import User
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.plans.models import MonitoringItem, PlanVersion, TreatmentPlan
from tests.cast import Cast
from tests.plans.doors import BLOODS, daily, measured, open_plan
from tests.plans.pages import at, browser, done, filled, medicine, opening, page, proposing, text, verb, version

pytestmark = pytest.mark.django_db
PREDNISONE = daily("prednisone", 60)
State = PlanVersion.State


@pytest.fixture
def client(cast: Cast) -> Client:
    return browser(cast)


def proposed(cast: Cast, client: Client, *rows: dict[str, str]) -> PlanVersion:
    """A first version, proposed through the page."""
    sent = filled(client, opening(cast), more=True)
    for row in rows:
        sent |= row
    done(client.post(opening(cast), {**sent, "do": "propose"}))
    return version()


def test_warnings_get_their_reasons_before_somebody_s_approval_is_written_down(cast: Cast, client: Client) -> None:
    measured(cast, "weight", 52)
    row = proposed(cast, client, medicine(0, "hydroxychloroquine", 400))
    shown = page(client, at(row))
    open_ones = [one for one in row.warnings.all() if one.open]
    links = [reverse("admin:plans_planversion_explain", args=[row.pk, one.pk]) for one in open_ones]
    assert links
    assert all(link in shown for link in links)
    approval = {"approver": str(cast.rheumatologist.who.pk), "digest": row.digest}
    refused = client.post(verb(row, "approve"), approval)
    assert "Write down why, for each" in text(refused)
    for link in links:
        assert "This field is required." in text(client.post(link, {"reason": " "}))
        done(client.post(link, {"reason": "Looked at and meant."}))
    assert not any(one.open for one in row.warnings.all())
    done(client.post(verb(row, "approve"), approval))
    row.refresh_from_db()
    assert (row.state, row.approver, row.approval_recorded_by) == (
        State.APPROVED, cast.rheumatologist.who, cast.coordinator.who,
    )  # fmt: skip
    assert "written down by Coordinator" in text(client.get(at(row)))


def test_only_who_may_approve_can_be_chosen_and_oneself_stands_there_where_one_may(cast: Cast, client: Client) -> None:
    row = proposed(cast, client, medicine(0, "prednisone", 60))
    form = client.get(verb(row, "approve")).context["form"]
    # The two who see the patient and whose discipline may approve, of a team and an on-call pulmonologist.
    assert [name for _, name in form.fields["approver"].choices] == ["—", "On_Call_Pulmonologist", "Rheumatologist"]
    assert form["approver"].value() == ""
    refused = client.post(verb(row, "approve"), {"approver": str(cast.therapist.who.pk), "digest": row.digest})
    assert refused.status_code == 200
    other = client.post(verb(row, "approve"), {"approver": str(cast.rheumatologist.who.pk), "digest": "0" * 64})
    assert "This is not the content that you approve" in text(other)
    # A rheumatologist who coordinates, too, comes in here and approves for themselves.
    both = cast.rheumatologist.who
    grant(cast, both, Role.COORDINATOR)
    own = browser(cast, "rheumatologist").get(verb(row, "approve")).context["form"]
    assert own["approver"].value() == str(both.pk)
    row.refresh_from_db()
    assert row.state == State.PROPOSED


def grant(cast: Cast, user: User, role: Role) -> None:
    accounts.grant_role(user=user, site=cast.site, role=role, by=cast.by, at=app_now())


def approved(cast: Cast, client: Client, row: PlanVersion) -> PlanVersion:
    for one in row.warnings.all():
        if one.open:
            done(client.post(reverse("admin:plans_planversion_explain", args=[row.pk, one.pk]), {"reason": "Meant."}))
    done(client.post(verb(row, "approve"), {"approver": str(cast.rheumatologist.who.pk), "digest": row.digest}))
    row.refresh_from_db()
    return row


def test_what_is_missing_is_requested_and_holds_the_first_dose(cast: Cast, client: Client) -> None:
    row = proposed(cast, client, medicine(0, "methotrexate", 10, "wk"), medicine(1, "folic_acid", 5, "wk"))
    row = approved(cast, client, row)
    shown = text(client.get(at(row)))
    assert "holds the first dose" in shown
    refused = client.post(verb(row, "follow"), {})
    assert "Before the first dose, or with a written reason" in text(refused)
    done(client.post(verb(row, "request"), {}))
    panels = set(MonitoringItem.objects.values_list("panel__code", flat=True))
    assert {"fbc", "lft", "renal"} <= panels
    assert "Full blood count" in text(client.get(reverse("admin:plans_monitoringitem_changelist")))
    for code, value in BLOODS.items():
        measured(cast, code, value)
    for check in row.prerequisites.filter(holds_first_dose=True, panel__code__in=panels - {"fbc", "lft", "renal"}):
        done(
            client.post(
                reverse("admin:plans_planversion_explain", args=[row.pk, check.pk]), {"reason": "Done elsewhere."}
            )
        )
    done(client.post(verb(row, "follow"), {}))
    row.refresh_from_db()
    assert row.state == State.ACTIVE


def test_a_version_is_withdrawn_and_a_plan_stopped_with_a_reason(cast: Cast, client: Client) -> None:
    open_plan(cast, PREDNISONE)
    row, plan = version(), TreatmentPlan.objects.get()
    assert client.post(verb(row, "withdraw"), {}).status_code == 200
    done(client.post(verb(row, "withdraw"), {"reason": "Not now."}))
    done(client.post(verb(plan, "stop"), {"reason": "Moved away."}))
    plan.refresh_from_db()
    assert plan.end_reason == "Moved away."
    shown = page(client, at(plan))
    assert verb(plan, "stop") not in shown
    assert proposing(plan) not in shown


def test_every_step_stands_in_the_audit_record_with_who_did_it(cast: Cast, client: Client) -> None:
    row = approved(cast, client, proposed(cast, client, medicine(0, "prednisone", 60)))
    done(client.post(verb(row, "follow"), {}))
    events = AuditEvent.objects.filter(patient_id=cast.patient.pk, actor_id=cast.coordinator.who.pk)
    assert {"plans.open", "plans.propose", "plans.approve", "plans.activate"} <= set(
        events.values_list("verb", flat=True)
    )


def test_a_coordinator_of_another_site_finds_none_of_these_pages(cast: Cast) -> None:
    open_plan(cast, PREDNISONE)
    other, row, plan = browser(cast, "coordinator_elsewhere"), version(), TreatmentPlan.objects.get()
    explain = reverse("admin:plans_planversion_explain", args=[row.pk, row.pk])
    for address in (opening(cast), proposing(plan), explain, verb(row, "approve"), verb(plan, "stop"),
                    f"{reverse('admin:plans_treatmentplan_compare', args=[plan.pk])}?one=1&other=1"):  # fmt: skip
        assert other.get(address).status_code == 404, address
    for found in (row, plan):
        assert other.get(at(found)).status_code == 302
