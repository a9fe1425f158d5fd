"""The admin pages of knowledge: each opens, shows its sources and what is set here, and offers own values to whoever may."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.common.clock import app_now
from apps.knowledge import operations
from apps.knowledge.models import (
    Disagreement,
    DoseGuidance,
    Edition,
    Figure,
    Intervention,
    Medicine,
    Override,
    Panel,
    Pathway,
    Principle,
    ReferralReason,
    Source,
    Statement,
    Verification,
)
from tests.cast import Cast

PAGES: list[Any] = [
    Medicine, Pathway, Panel, Intervention, Disagreement, Verification, Figure, Principle, Statement, Source, Edition,
    ReferralReason,
]  # fmt: skip


def page(model: Any, kind: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:knowledge_{model._meta.model_name}_{kind}", args=args)


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    return re.sub(r"\s+", " ", answer.content.decode())


def guidance(statement: str) -> DoseGuidance:
    found: DoseGuidance = DoseGuidance.objects.get(statements__contains=[statement], kind="range")
    return found


@pytest.fixture
def ada(cast: Cast) -> Client:
    """The administrator's browser."""
    client = Client()
    client.force_login(cast.administrator.who, backend="apps.accounts.authentication.PeopleBackend")
    return client


@pytest.fixture
def cora(cast: Cast) -> Client:
    """The coordinator's browser."""
    client = Client()
    client.force_login(cast.coordinator.who, backend="apps.accounts.authentication.PeopleBackend")
    return client


@pytest.mark.parametrize("model", [*PAGES, Override])
def test_every_list_opens(ada: Client, cora: Client, model: Any) -> None:
    assert ada.get(page(model)).status_code == 200
    assert cora.get(page(model)).status_code == 200


@pytest.mark.parametrize("model", PAGES)
def test_every_row_opens_to_read_and_cannot_be_edited(ada: Client, model: Any) -> None:
    for row in model.objects.order_by("pk")[:3]:
        address = page(model, "change", row.pk)
        assert str(row) in text(ada.get(address))
        assert ada.post(address, {"name": "x"}).status_code == 403
        assert ada.get(page(model, "delete", row.pk)).status_code == 403
    assert ada.get(page(model, "add")).status_code == 403


@pytest.mark.parametrize("model", [Medicine, Disagreement, Panel, ReferralReason, Override])
def test_lists_ask_no_more_for_more_rows(ada: Client, cast: Cast, model: Any) -> None:
    for row in Panel.objects.all()[:3]:
        operations.override(by=cast.by, at=app_now(), kind="panel", code=row.code, values={"note": "x"}, reason="ours")
    asked = []
    for address in (f"{page(model)}?q={model.objects.values_list('code', flat=True)[0]}", page(model)):
        ada.get(address)
        with CaptureQueriesContext(connection) as queries:
            text(ada.get(address))
        asked.append(len(queries))
    assert model.objects.count() >= 3
    assert asked[0] == asked[1]


def test_a_medicine_s_page_shows_what_each_source_says_side_by_side(ada: Client) -> None:
    shown = text(ada.get(page(Medicine, "change", Medicine.objects.get(code="prednisone").pk)))
    # Three sources, three ranges: S0-06, S2-19, S3-10.
    for words in ("1–2 mg/kg a day", "0.75–1 mg/kg a day, at most 60–80 mg", "0.5–1 mg/kg a day"):
        assert words in shown
    for code in ("S0-06", "S2-19", "S3-10"):
        assert code in shown
    assert "straight from a source document" in shown
    assert "Where the sources disagree" in shown
    assert "USD/month" in shown


def test_what_is_set_here_is_said_with_what_was_shipped_beside_it(ada: Client, cora: Client, cast: Cast) -> None:
    dose = guidance("S2-19")
    operations.override(
        by=cast.administrator.actor,
        at=app_now(),
        kind="doseguidance",
        code=dose.code,
        values={"high": "0.9"},
        reason="ours",
    )
    address = page(Medicine, "change", dose.medicine_id)
    for client in (ada, cora):
        shown = text(client.get(address))
        assert "0.75–0.9 mg/kg a day" in shown
        assert "set here" in shown
        assert "shipped: high 1" in shown
    own = Override.objects.get()
    assert page(Override, "change", own.pk) in text(ada.get(address))
    assert page(Override, "change", own.pk) not in text(cora.get(address))
    assert "high: 0.9" in text(ada.get(page(Override)))


def test_a_medicine_that_is_not_used_here_says_so_in_the_list(ada: Client, cast: Cast) -> None:
    operations.override(
        by=cast.administrator.actor,
        at=app_now(),
        kind="medicine",
        code="tacrolimus",
        hidden=True,
        reason="not in stock",
    )
    assert "not used here" in text(ada.get(page(Medicine)))
    assert "not used here" in text(ada.get(page(Medicine, "change", Medicine.objects.get(code="tacrolimus").pk)))


def test_a_pathway_s_steps_can_be_read(ada: Client) -> None:
    pathway = Pathway.objects.filter(steps__statements__contains=["S3-10"]).distinct().get()
    shown = text(ada.get(page(Pathway, "change", pathway.pk)))
    for step in pathway.steps.all():
        assert f"{step.ordinal}. {step.name}" in shown
    assert "prednisone + methotrexate" in shown


def test_own_values_are_set_changed_and_dropped_by_form(ada: Client, cast: Cast) -> None:
    dose = guidance("S2-19")
    medicine = text(ada.get(page(Medicine, "change", dose.medicine_id)))
    address = f"{page(Override, 'add')}?kind=doseguidance&amp;code={dose.code}"
    assert address in medicine
    form: Any = ada.get(address.replace("&amp;", "&"))
    lines = form.context_data["adminform"].form.initial["values"]
    assert "low: 0.75\n" in lines
    body = {"kind": "doseguidance", "code": dose.code, "reason": "ours", "values": lines.replace("0.75", "0.5")}
    assert ada.post(page(Override, "add"), body).status_code == 302
    own = Override.objects.get()
    assert (own.values, own.reason, own.set_by) == ({"low": "0.5"}, "ours", cast.administrator.who)
    address = page(Override, "change", own.pk)
    shown = text(ada.get(address))
    assert "low: 0.75" in shown
    change = {"values": "low: 0.6\nhigh: 2", "reason": "ours", "version": "1"}
    assert ada.post(address, change).status_code == 302
    own.refresh_from_db()
    assert (own.values, own.version) == ({"low": "0.6", "high": "2"}, 2)
    assert "changed since you read it" in text(ada.post(address, change | {"reason": "late"}))
    done = ada.post(page(Override, "drop", own.pk), {"sure": "yes"})
    assert (done.status_code, done["Location"]) == (302, page(Override))
    assert not Override.objects.exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"values": "low: a bit"}, "low: It must be a number"),
        ({"values": "low"}, "One value a line"),
        ({"values": "lowest: 1"}, "lowest: It is no value that can be set here"),
        ({"values": "low: 0.75"}, "Say what differs"),
        ({"code": "nothing"}, "There is no dose guidance with this code"),
    ],
)
def test_a_refusal_is_told_on_the_form(ada: Client, change: dict[str, str], told: str) -> None:
    body = {"kind": "doseguidance", "code": guidance("S2-19").code, "reason": "ours", "values": "low: 0.5"} | change
    assert told in text(ada.post(page(Override, "add"), body))
    assert not Override.objects.exists()


def test_a_coordinator_reads_own_values_and_sets_none(ada: Client, cora: Client, cast: Cast) -> None:
    own = operations.override(
        by=cast.administrator.actor,
        at=app_now(),
        kind="medicine",
        code="tacrolimus",
        hidden=True,
        reason="not in stock",
    )
    assert "not in stock" in text(cora.get(page(Override)))
    assert cora.get(page(Override, "add")).status_code == 403
    assert cora.post(page(Override, "drop", own.pk), {"sure": "yes"}).status_code == 403
    assert cora.post(page(Override, "change", own.pk), {"reason": "x"}).status_code == 403
    assert Override.objects.get().reason == "not in stock"
