"""What the doors of plans say and hold to: results as they were, names as they are here, nothing approved unseen."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.common.clock import app_now
from apps.knowledge import operations as knowledge
from apps.knowledge.models import MedicineEffect
from apps.knowledge.values import Citation, Panel, Requirement
from apps.plans.calendars import entries_for
from apps.plans.models import MonitoringItem, PlanVersion, PrerequisiteCheck, ResponseReview, TreatmentPlan
from apps.plans.panels import Done
from apps.plans.prerequisites import Standing, alert_in, judge
from apps.plans.summaries import Template
from apps.plans.summaries.lay import MAY
from apps.plans.summaries.medicines import hopes, sources
from tests.cast import Cast
from tests.plans.doors import (
    daily,
    explain_all,
    fields,
    followed,
    get,
    good,
    measured,
    open_plan,
    send,
    version_of,
)
from tests.plans.house import daily as typed_daily
from tests.plans.house import weekly as typed_weekly
from tests.plans.pages import at, browser, done, filled, medicine, opening, page, text, typed, verb
from tests.plans.printing import begun, printed
from tests.plans.printing import followed as follow_all

pytestmark = pytest.mark.django_db
DAY = date(2026, 5, 6)
TPMT = Panel("tpmt", "TPMT", any_of=("tpmt",))
HEPATITIS_B = Panel("hepatitis_b", "Hepatitis B status", measures=("hbsag", "anti_hbc"))
HCQ = daily("hydroxychloroquine", 200)


@pytest.fixture
def client(cast: Cast) -> Client:
    return browser(cast)


def say_here(cast: Cast, kind: str, code: str, **given: Any) -> None:
    """The hospital says something else about a shipped row."""
    knowledge.override(by=cast.administrator.actor, at=app_now(), kind=kind, code=code, reason="ours", **given)


# Results (P-SPS [V], sheet B.4; P-EULARINF [V])


def stands(panel: Panel, *, age: int | None = None, **results: str) -> Standing:
    facts = {code: Done(code, "observation", DAY, f"{code.upper()}: {result}") for code, result in results.items()}
    row = Requirement("azathioprine", panel=panel, max_age_days=age, citation=Citation("x"))
    return judge([row], facts, on=DAY, options=(), populations=("any",), beside=())[0]


@pytest.mark.parametrize(
    ("result", "state", "alert"),
    [
        ("normal", "present", ""),
        ("intermediate", "look", "TPMT intermediate: a lower dose of azathioprine (P-SPS [V])"),
        ("absent", "look", "TPMT absent: avoid azathioprine (P-SPS [V])"),
    ],
)
def test_a_result_stands_in_the_words_and_what_is_not_normal_is_to_be_looked_at(
    result: str, state: str, alert: str
) -> None:
    found = stands(TPMT, tpmt=result)
    assert (found.state, found.alert, alert_in(found.words)) == (state, alert, alert)
    assert found.words.startswith(f"TPMT: {result}, done on 2026-05-06, 0 days before 2026-05-06")
    assert not found.holds


def test_a_positive_hepatitis_b_alarms_even_while_the_rest_of_the_panel_is_missing() -> None:
    both = stands(HEPATITIS_B, hbsag="negative", anti_hbc="positive")
    assert (both.state, both.alert) == (
        "look",
        "Antibodies against hepatitis B core positive: look at it before the first dose (P-EULARINF [V])",
    )
    assert both.words.startswith("Hepatitis B status: HBSAG negative, ANTI_HBC positive; done on")
    half = stands(HEPATITIS_B, hbsag="positive")
    assert half.state == "missing"
    assert half.alert.startswith("Hepatitis B surface antigen positive")
    assert stands(HEPATITIS_B, hbsag="negative", anti_hbc="negative").state == "present"


def test_an_alarming_result_is_urgent_in_the_admin_in_the_api_and_on_paper(cast: Cast, client: Client) -> None:
    story = begun(cast)
    story.record("2026-01-05", tpmt="absent")
    version = story.latest(story.plan("2026-01-05", typed_daily("azathioprine", "50")))
    alert = "TPMT absent: avoid azathioprine (P-SPS [V])"
    assert PrerequisiteCheck.objects.get(version=version, panel__code="tpmt").state == "look"
    shown = good(get(cast, f"plan-versions/{version.pk}/"))["prerequisites"]
    row = next(one for one in shown if one["found"]["panel"] == "tpmt")
    assert (row["found"]["state"], row["found"]["alert"], row["now"]["alert"]) == ("look", alert, alert)
    assert row["now"]["words"].startswith("TPMT: absent, done on 2026-01-05")
    told = text(client.get(at(version)))
    assert "Present, look at the result" in told
    assert alert in told
    paper = printed(version, Template.CLINICAL, "2026-01-05").text
    assert "Results to look at" in paper
    assert alert in paper


# Doses without a source


@pytest.mark.parametrize(("code", "dose", "told"), [("abatacept", 500, True), ("colecalciferol", 1, False)])
def test_a_systemic_medicine_that_no_source_speaks_of_wants_a_reason(
    cast: Cast, code: str, dose: int, told: bool
) -> None:
    version = version_of(cast, open_plan(cast, daily(code, dose)))
    found = [row for row in version["warnings"] if row["code"] == "no_source"]
    assert [(row["severity"], row["open"]) for row in found] == ([("warning", True)] if told else [])
    assert all(row["words"].endswith("speaks of this dose; nothing was compared.") for row in found)


# The admin


def test_the_page_of_an_approval_shows_what_is_approved_and_what_still_waits(cast: Cast, client: Client) -> None:
    measured(cast, "weight", 52)
    open_plan(cast, daily("hydroxychloroquine", 200, frequency=2))
    row = PlanVersion.objects.get()
    shown = text(client.get(verb(row, "approve")))
    for words in ("Look at this before you approve", row.warnings.get(code="over_limit").words, "200 mg twice a day",
                  "Eye examination: missing", "400 mg/day ÷ 52 kg"):  # fmt: skip
        assert words in shown, words


def test_a_plan_that_somebody_opened_meanwhile_leaves_the_form_as_it_was_filled_in(cast: Cast, client: Client) -> None:
    body = {**filled(client, opening(cast)), **medicine(0, "hydroxychloroquine", 200), "do": "propose"}
    body |= typed("medications", 0, note="Written by me")
    open_plan(cast, daily("prednisone", 10))
    answer = client.post(opening(cast), body)
    assert answer.status_code == 200
    shown = answer.content.decode()
    assert at(TreatmentPlan.objects.get()) in shown
    assert "Written by me" in shown
    assert answer.context["page"].form.head.non_field_errors()
    assert PlanVersion.objects.count() == 1


def test_a_verb_on_what_somebody_changed_since_is_refused_on_the_page(cast: Cast, client: Client) -> None:
    version = version_of(cast, open_plan(cast, HCQ))
    row = PlanVersion.objects.get()
    address = verb(row, "withdraw")
    assert f'name="version" value="{row.version}"' in page(client, address)
    stale = {"reason": "Not now", "version": str(row.version)}
    explain_all(cast, version)
    good(send(cast, f"plan-versions/{row.pk}/approve/"))
    refused = client.post(address, stale)
    assert refused.status_code == 200
    assert "was changed since you read it" in text(refused)
    row.refresh_from_db()
    assert row.state == "approved"
    assert "was changed since you read it" in text(client.post(address, {**stale, "version": "²"}))
    done(client.post(address, {**stale, "version": str(row.version)}))


def test_a_row_is_called_what_it_is_and_a_refusal_leads_to_its_field(cast: Cast, client: Client) -> None:
    body = {**filled(client, opening(cast)), **medicine(0, "methotrexate", 10, "d"), "do": "propose"}
    shown = client.post(opening(cast), body).content.decode()
    assert '<legend class="font-semibold px-2">Medicine 1: Methotrexate</legend>' in shown
    assert 'href="#id_medications-0-frequency">Medicine 1, Times: ' in shown
    assert 'id="id_medications-0-frequency"' in shown


def test_a_count_of_rows_that_is_no_number_is_no_fault_of_ours(cast: Cast, client: Client) -> None:
    for count in ("²", "9" * 5000, "-1", ""):
        body = {**filled(client, opening(cast)), "medications-TOTAL_FORMS": count, "do": "more:medications"}
        assert client.post(opening(cast), body).status_code == 200


# Names and choices of this hospital


def test_names_are_those_of_this_hospital_behind_every_door(cast: Cast, client: Client) -> None:
    say_here(cast, "medicine", "hydroxychloroquine", values={"name": "Quensyl"})
    say_here(cast, "panel", "eye_exam", values={"name": "Eye clinic"})
    version = followed(cast, {**HCQ, "prerequisite_reason": "Booked.", "dose_reason": "Meant."})
    assert [row["name"] for row in version["medications"]] == [row["name"] for row in version["doses"]] == ["Quensyl"]
    items = good(get(cast, "monitoring-items/"))["results"]
    panel = next(row for row in items if row["panel"] == "eye_exam")
    assert panel["name"] == "Eye clinic"
    assert "Eye clinic" in [row["name"] for row in version["monitoring"]]
    row, plan = PlanVersion.objects.get(), TreatmentPlan.objects.get()
    item = MonitoringItem.objects.get(panel__code="eye_exam")
    lists = [reverse(f"admin:plans_{name}_changelist") for name in ("treatmentplan", "monitoringitem")]
    for address in (at(row), at(plan), *lists, at(item)):
        told = text(client.get(address))
        assert "Quensyl" in told or "Eye clinic" in told, address
        assert "Hydroxychloroquine:" not in told, address
    day = cast.site.local_date(app_now())
    entries, _ = entries_for(cast.rheumatologist.actor, day, app_now())
    assert any(one.summary.startswith("Eye clinic") for one in entries)
    assert ResponseReview.objects.count() == sum("Quensyl" in one.summary for one in entries)


def test_what_is_hidden_here_is_not_offered_for_a_new_version(cast: Cast, client: Client) -> None:
    take = f"{opening(cast)}?take=amyopathic_step_2:prednisone_methotrexate"
    before = client.get(take).context
    assert {row["medicine"] for row in before["page"].start.rows["medications"]} >= {"prednisone", "methotrexate"}
    say_here(cast, "medicine", "methotrexate", hidden=True)
    after = client.get(take).context
    assert "methotrexate" not in {row["medicine"] for row in after["page"].start.rows["medications"]}
    say_here(cast, "pathwaystep", "amyopathic_step_2", hidden=True)
    offered = [value for _, choices in client.get(opening(cast)).context["options"] for value, _ in choices]
    assert offered
    assert not [value for value in offered if value.startswith("amyopathic_step_2:")]


# Filters


def test_an_answer_that_is_neither_yes_nor_no_is_refused(cast: Cast) -> None:
    answer = get(cast, "monitoring-items/?open=banana")
    assert answer.status_code == 400
    assert fields(answer) == ["open"]
    for said in ("true", "False", "0", ""):
        assert get(cast, f"monitoring-items/?open={said}").status_code == 200


# Paper


def test_the_patient_s_paper_keeps_the_team_s_notes_and_promises_nothing(cast: Cast) -> None:
    story = begun(cast)
    note = "Ask about alcohol"
    plan = story.plan(
        "2026-01-05", typed_weekly("methotrexate", "10", note=note), typed_weekly("folic_acid", "5"),
        typed_daily("mycophenolate", "1000"),
    )  # fmt: skip
    version = follow_all(story, plan)
    plain, clinical = (printed(version, template).text for template in (Template.PLAIN, Template.CLINICAL))
    assert note in clinical
    assert note not in plain
    assert "it may help you to need less steroid" in plain
    assert "helps" not in plain
    assert "older" not in plain


def test_only_effects_with_plain_words_are_told_and_each_as_a_hope() -> None:
    kinds = [MedicineEffect.Kind.EFFECT, MedicineEffect.Kind.BENEFIT]
    rows = [
        MedicineEffect(kind=kind, name=name)
        for kind in kinds
        for name in (*MAY, "Fewer side effects than older agents")
    ]
    told = hopes([*rows, MedicineEffect(kind=MedicineEffect.Kind.SIDE_EFFECT, name="May help the skin")])
    assert told == list(dict.fromkeys(MAY.values()))
    assert all(one.startswith("may help ") for one in told)


def line(source: str, outcome: str = "within", kind: str = "range", words: str = "") -> dict[str, Any]:
    """A row of what a check found."""
    cited = {"statements": [f"{source}-01"], "sources": []}
    guidance = {"kind": kind, "citation": cited}
    return {"guidance": guidance, "outcome": outcome, "citation": f"{source}-01 [S]", "arithmetic": "sum", "words": words,
            "needs": []}  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "No source that is known here speaks of this dose."),
        ([line("S0")], "Within what the one source says."),
        ([line("S0"), line("S0", kind="start")], "Within what the one source says."),
        ([line("S0"), line("S2")], "Within what all 2 sources say."),
        ([line("S0", kind="limit")], "Not above the limit of S0-01 [S]."),
        ([line("S0"), line("S2", kind="limit")], "Within what the one source says. Not above the limit of S2-01 [S]."),
        ([line("S0", "above", "limit")], "ABOVE the limit of S0-01 [S]: sum."),
        ([line("S0", "below"), line("S2")], "Below S0-01 [S]: sum. Within S2-01 [S]."),
        ([line("S0"), line("S2", "not_comparable", words="Gives no dose. Else")],
         "Within what the one source says. Gives no dose: S2-01 [S]."),
        ([line("S0"), line("S2", "other_population")],
         "Within what the one source says. 1 row is for other patients or routes."),
        ([line("S0", "other_route"), line("S2", "other_population")],
         "No source that is known here speaks of this dose. 2 rows are for other patients or routes."),
    ],
)  # fmt: skip
def test_the_record_counts_sources_and_tells_limits_apart(lines: list[dict[str, Any]], said: str) -> None:
    assert sources({"lines": lines}) == said
