"""The page on which a coordinator writes a version: a plan's first one, or the next from what there is."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from apps.plans.models import PlanVersion, TreatmentPlan
from tests.cast import Cast
from tests.plans.doors import daily, followed, measured, open_plan
from tests.plans.pages import at, browser, done, filled, medicine, opening, page, proposing, text, typed, version

pytestmark = pytest.mark.django_db
PREDNISONE = daily("prednisone", 60)
State = PlanVersion.State


@pytest.fixture
def client(cast: Cast) -> Client:
    return browser(cast)


def test_a_patient_s_page_leads_to_opening_a_plan_and_from_then_on_to_it(cast: Cast, client: Client) -> None:
    assert opening(cast) in page(client, at(cast.patient))
    open_plan(cast, PREDNISONE)
    plan = TreatmentPlan.objects.get()
    assert at(plan) in page(client, at(cast.patient))
    assert client.get(opening(cast)).headers["Location"] == at(plan)


def test_a_step_of_a_pathway_fills_in_its_medicines_and_the_sources_stand_beside_the_dose(
    cast: Cast, client: Client
) -> None:
    address = f"{opening(cast)}?take=amyopathic_step_2:prednisone_methotrexate"
    form = filled(client, address)
    names = {value for name, value in form.items() if name.startswith("medications-") and name.endswith("-medicine")}
    assert names == {"prednisone", "methotrexate", "folic_acid"}
    assert form["interventions-0-intervention"] == "photoprotection"
    assert form["head-step"] == "amyopathic_step_2"
    assert not [name for name in form if name.endswith("-dose")]
    shown = text(client.get(address))
    # S0-06: 1 to 2 mg/kg; S0-13: 15 to 25 mg a week.
    assert "1–2 mg/kg a day (S0-06 [S])" in shown
    assert "15–25 mg a week (S0-13 [S])" in shown


def test_a_coordinator_opens_a_plan(cast: Cast, client: Client) -> None:
    form = filled(client, opening(cast))
    sent = {
        **form, "head-summary": "Begin.", "head-step": "severity_moderate", **medicine(0, "prednisone", 60, line=1),
        **typed("goals", 0, text="Climb stairs", instrument="mmt8_150", comparison="at_least", target=142), "do": "propose",
    }  # fmt: skip
    answer = client.post(opening(cast), sent)
    done(answer)
    plan = TreatmentPlan.objects.get()
    assert (plan.patient, plan.pathway and plan.pathway.code) == (cast.patient, "severity_ladder")
    row = version()
    assert answer.headers["Location"] == at(row)
    item = row.medicationitems.get()
    assert (item.medicine.code, item.dose, item.line, item.route) == ("prednisone", Decimal(60), 1, "oral")
    assert row.goals.get().text == "Climb stairs"
    assert row.author == cast.coordinator.who


def test_checking_says_what_would_be_found_and_writes_nothing(cast: Cast, client: Client) -> None:
    measured(cast, "weight", 52)
    sent = {**filled(client, opening(cast)), **medicine(0, "hydroxychloroquine", 400), "do": "check"}
    shown = text(client.post(opening(cast), sent))
    assert "400 mg/day ÷ 52 kg = 7.69 mg/kg/day" in shown
    assert "Before the first dose" in shown
    assert "nothing is written yet" in shown
    assert not TreatmentPlan.objects.exists()


def test_more_rows_keep_what_was_typed(cast: Cast, client: Client) -> None:
    sent = {**filled(client, opening(cast), more=True), **medicine(1, "prednisone", 60), "do": "more:medications"}
    answer = client.post(opening(cast), sent)
    formset = answer.context["page"].form.sets[0]
    assert formset.total_form_count() == int(sent["medications-TOTAL_FORMS"]) + 3
    assert formset[1]["dose"].value() == "60"
    assert not TreatmentPlan.objects.exists()


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (medicine(1, "methotrexate", 10), "given once a week and never daily"),
        (
            medicine(1, "prednisone", 60, starts_on="2026-02-01", stops_on="2026-01-01"),
            "The last day lies before the first.",
        ),
        (medicine(1, "prednisone", -1), "greater than nothing"),
    ],
)
def test_a_refusal_stands_beside_the_row_that_it_is_about(
    cast: Cast, client: Client, row: dict[str, str], told: str
) -> None:
    """The first row is empty, so that the refused item is not where its number would put it."""
    answer = client.post(opening(cast), {**filled(client, opening(cast), more=True), **row, "do": "propose"})
    forms = answer.context["page"].form.sets[0]
    said = " ".join(rule for rules in forms[1].errors.values() for rule in rules)
    assert told in said
    assert not forms[0].errors
    assert not TreatmentPlan.objects.exists()


def test_the_next_version_begins_from_what_is_followed(cast: Cast, client: Client) -> None:
    followed(cast, {**PREDNISONE, "line": 1, "indication": "weakness", "note": "with food"}, goals=[{"text": "Walk."}])
    plan, first = TreatmentPlan.objects.get(), version()
    item = first.medicationitems.get()
    sent = filled(client, proposing(plan))
    assert (sent["medications-0-item_id"], sent["medications-0-dose"]) == (str(item.item_id), "60")
    done(
        client.post(
            proposing(plan), {**sent, **typed("medications", 0, dose=40), "head-summary": "Taper.", "do": "propose"}
        )
    )
    second = version(2)
    changed = second.medicationitems.get()
    assert (changed.item_id, changed.dose, changed.line, changed.indication, changed.note, changed.prescriber) == (
        item.item_id, Decimal(40), 1, "weakness", "with food", item.prescriber,
    )  # fmt: skip
    assert second.goals.get().item_id == first.goals.get().item_id
    shown = text(client.get(at(plan)))
    assert "What version 2, which is pending, changes" in shown
    compare = reverse("admin:plans_treatmentplan_compare", args=[plan.pk])
    assert "dose 60 40" in text(client.get(f"{compare}?one=1&other=2"))
    assert client.get(f"{compare}?one=1&other=7").status_code == 404


def test_a_row_is_stopped_with_its_last_day_or_left_out(cast: Cast, client: Client) -> None:
    followed(cast, PREDNISONE, daily("folic_acid", 5))
    plan = TreatmentPlan.objects.get()
    sent = filled(client, proposing(plan))
    rows = {sent[f"medications-{index}-medicine"]: index for index in (0, 1)}
    today = cast.site.local_date(plan.opened_at).isoformat()
    stop = typed("medications", rows["prednisone"], stops_on=today, stop_reason="Enough.")
    out = typed("medications", rows["folic_acid"], left_out="on")
    done(client.post(proposing(plan), {**sent, **stop, **out, "do": "propose"}))
    item = version(2).medicationitems.get()
    assert (item.medicine.code, item.stops_on, item.stop_reason) == ("prednisone", date.fromisoformat(today), "Enough.")


def test_who_began_from_what_somebody_changed_meanwhile_is_told(cast: Cast, client: Client) -> None:
    followed(cast, PREDNISONE)
    plan = TreatmentPlan.objects.get()
    sent = filled(client, proposing(plan))
    done(client.post(proposing(plan), {**sent, "do": "propose"}))
    answer = client.post(proposing(plan), {**sent, "do": "propose"})
    assert "was changed since you read it" in text(answer)
    assert PlanVersion.objects.count() == 2


def test_a_pending_version_that_the_page_begins_from_is_replaced(cast: Cast, client: Client) -> None:
    open_plan(cast, PREDNISONE)
    plan = TreatmentPlan.objects.get()
    assert "its place" in text(client.get(proposing(plan)))
    done(
        client.post(
            proposing(plan), {**filled(client, proposing(plan)), **typed("medications", 0, dose=50), "do": "propose"}
        )
    )
    assert [version(1).state, version(2).state] == [State.WITHDRAWN, State.PROPOSED]
    assert version(2).replaces == version(1)
