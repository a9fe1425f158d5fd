"""Reasons for referral: what the sheet says about each, and how they hold at a hospital that says something else."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from apps.accounts.actors import Careteam
from apps.common.clock import app_now
from apps.knowledge import operations, words
from apps.knowledge.models import Discipline, ReferralReason
from apps.knowledge.shelf import shelf
from tests.cast import Cast, token_for
from tests.knowledge import sheet
from tests.knowledge.house import empty, load_from, small, with_
from tests.knowledge.shipped import SHIPPED, by_code

ADDRESS = "/api/v1/referral-reasons/"
ROWS = by_code("referral_reasons")


def here(code: str) -> Any:
    return next(row for row in shelf().all(ReferralReason) if row.code == code)


def offered() -> set[str]:
    return {row.code for row in shelf().offered(ReferralReason)}


# What is shipped


def test_every_line_of_the_typical_referrals_is_a_row_and_no_other_is() -> None:
    found = {code: (row["to"], row["urgency"], row.get("target", ""), row["mark"]) for code, row in ROWS.items()}
    assert found == sheet.REFERRALS


def test_each_is_referred_by_whom_the_sheet_names() -> None:
    found = {code: set(row.get("from_disciplines", [])) for code, row in ROWS.items()}
    expected = {code: sheet.SENDERS[row["to"]] for code, row in ROWS.items()}
    assert found == expected | {"rheumatology_transition": {"paediatric-rheumatology"}}


def test_each_suggests_itself_at_the_criteria_whose_advice_asks_for_it() -> None:
    found = {code: " ".join(row["criteria"]) for code, row in ROWS.items() if "criteria" in row}
    assert found == sheet.SUGGESTED
    assert {code for codes in found.values() for code in codes.split()} <= sheet.CRITERIA


def test_no_emergency_suggests_a_referral_that_may_wait_for_days_but_one_for_swallowing() -> None:
    emergencies = {"LU-01", "LU-05", "DS-02", "MU-03"}
    assert not [code for code, row in ROWS.items() if emergencies & set(row.get("criteria", []))]
    waits = {code for code, row in ROWS.items() if "SW-03" in row.get("criteria", [])}
    assert waits == {"slt_swallow"}
    assert "never in its place" in ROWS["slt_swallow"]["note"]


def test_each_suggests_itself_for_lack_of_what_it_brings() -> None:
    found = {code: row["panels"] for code, row in ROWS.items() if "panels" in row}
    assert found == {
        "pulmonology_baseline": ["pft", "hrct"], "dermatology_cdasi": ["cdasi"],
        "dermatology_skin_cancer_check": ["skin_cancer_check"], "ophthalmology_hydroxychloroquine": ["eye_exam"],
    }  # fmt: skip
    assert {panel for panels in found.values() for panel in panels} <= set(by_code("panels"))


def test_a_published_time_cites_what_it_was_read_in_and_any_other_is_a_proposal() -> None:
    published = {code: row["sources"] for code, row in ROWS.items() if row["mark"] != "LP"}
    assert published == {"slt_swallow": ["P-SLT2D", "P-EAT"], "paediatric_centre_high_risk": ["P-SHARE"]}
    proposed = {code: row["sources"][0] for code, row in ROWS.items() if row["mark"] == "LP"}
    assert set(proposed.values()) == {"LP"}
    assert "after a stroke" in ROWS["slt_swallow"]["note"]


def test_texts_can_be_read_by_whoever_refers() -> None:
    assert len({row["name"] for row in ROWS.values()}) == len(ROWS)
    for row in SHIPPED["referral_reasons"]:
        assert row["question"].endswith((".", "?")), row["code"]
        assert row["name"][0].isupper(), row["code"]
        assert not re.search(r"\bwd\b|\b[a-z]+_[a-z]+\b", f"{row['name']} {row['question']} {row['target_means']}"), row


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("2 wd", "Urgent; within 2 working days: seen"),
        ("1 wd", "Urgent; within 1 working day: seen"),
        ("28 d", "Urgent; within 28 days: seen"),
        ("4 h", "Urgent; within 4 hours: seen"),
        ("same day", "Urgent; the same day: seen"),
        ("", "Urgent; no time given: seen"),
    ],
)
def test_how_soon_reads_as_people_write_it(target: str, said: str) -> None:
    assert words.referral(ReferralReason(urgency="urgent", target=target, target_means="seen")) == said


def test_the_specialised_centre_and_all_other_receivers_can_be_named(knowledge: None) -> None:
    receivers = {row.to.code for row in shelf().offered(ReferralReason)}
    assert receivers <= set(Discipline.objects.active().values_list("code", flat=True))
    centre = Discipline.objects.get(code="paediatric-centre")
    assert (centre.core, "Outside the hospital" in centre.main_tasks) == (False, True)


# What holds here


@pytest.fixture
def ada(cast: Cast) -> APIClient:
    """The administrator."""
    return cast.administrator.client()


def say(ada: APIClient, code: str, **given: Any) -> Any:
    body = {"kind": "referralreason", "code": code, "reason": "our board", **given}
    made = ada.post("/api/v1/knowledge-overrides/", body, format="json")
    assert made.status_code == 201, made.content
    return made.json()


def found(client: APIClient, query: str) -> dict[str, Any]:
    answer = client.get(f"{ADDRESS}?limit=100&{query}")
    assert answer.status_code == 200, answer.content
    return {row["code"]: row for row in answer.json()["results"]}


def test_all_that_is_in_force_is_offered_in_one_query(knowledge: None) -> None:
    assert offered() == set(sheet.REFERRALS)
    with CaptureQueriesContext(connection) as queries:
        said = {row.code: (row.to.code, str(row.to), row.edition.code) for row in shelf().offered(ReferralReason)}
    assert len(queries) == 1
    assert said["slt_swallow"][:2] == ("slt", "Speech and language therapy")


def test_a_row_is_shown_with_who_receives_it_and_how_soon(cast: Cast) -> None:
    row = found(cast.therapist.client(), "code=slt_swallow")["slt_swallow"]
    assert (row["to"], row["from_disciplines"], row["urgency"], row["target"]) == ("slt", [], "urgent", "2 wd")
    assert row["words"] == "Urgent; within 2 working days: the assessment has begun"
    assert (row["criteria"], row["mark"]) == (["SW-01", "SW-02", "SW-03", "SW-04"], "V")
    assert {"P-SLT2D", "P-EAT", "S0"} == set(row["sources"])


def test_own_values_show_with_the_shipped_ones_beside_them(ada: APIClient, cast: Cast) -> None:
    own = say(ada, "slt_swallow", values={"target": "3 wd", "urgency": "routine", "from_disciplines": ["rheumatology"]})
    assert own["shipped"] == {"target": "2 wd", "urgency": "urgent", "from_disciplines": []}
    row = found(cast.therapist.client(), "code=slt_swallow")["slt_swallow"]
    assert (row["target"], row["urgency"], row["from_disciplines"], row["local"]) == (
        "3 wd", "routine", ["rheumatology"], True,
    )  # fmt: skip
    assert row["shipped"] == own["shipped"]
    assert row["words"] == "Routine; within 3 working days: the assessment has begun"
    assert (here("slt_swallow").target, here("slt_swallow").urgency) == ("3 wd", "routine")
    assert ReferralReason.objects.get(code="slt_swallow").target == "2 wd"


def test_a_time_can_be_given_where_none_is_and_taken_away_where_one_is(ada: APIClient) -> None:
    say(ada, "pulmonology_decline", values={"target": "5 wd"})
    say(ada, "pulmonology_baseline", values={"target": ""})
    assert (here("pulmonology_decline").target, here("pulmonology_baseline").target) == ("5 wd", "")


def test_what_is_not_used_here_is_not_offered_and_stays_readable(ada: APIClient) -> None:
    say(ada, "neurology_ck_mismatch_urgent", hidden=True)
    assert offered() == set(sheet.REFERRALS) - {"neurology_ck_mismatch_urgent"}
    assert found(ada, "code=neurology_ck_mismatch_urgent")["neurology_ck_mismatch_urgent"]["hidden"] is True


def test_a_discipline_that_is_not_here_is_referred_to_no_more_and_its_own_name_is_used(cast: Cast) -> None:
    given: dict[str, Any] = {"by": cast.administrator.actor, "at": app_now(), "reason": "ours"}
    neurology, slt = (Discipline.objects.get(code=code) for code in ("neurology", "slt"))
    assert "neurology_no_response" in offered()
    operations.override_discipline(discipline=neurology, hidden=True, **given)
    operations.override_discipline(discipline=slt, name="Swallowing clinic", **given)
    assert {code for code in sheet.REFERRALS if code.startswith("neurology_")} == set(sheet.REFERRALS) - offered()
    assert str(here("slt_swallow").to) == "Swallowing clinic"
    operations.drop_override(discipline=neurology, by=cast.administrator.actor, at=app_now())
    assert offered() == set(sheet.REFERRALS)


def test_an_own_reason_is_added_offered_changed_and_retired(ada: APIClient, cast: Cast) -> None:
    values = {
        "name": "Wound care", "to": "dermatology", "from_disciplines": ["general-practice"], "urgency": "routine",
        "target": "10 wd", "target_means": "the patient has been seen", "question": "Which dressing?", "panels": ["fbc"],
    }  # fmt: skip
    body = {"kind": "referralreason", "code": "wound_care", "values": values}
    made = ada.post("/api/v1/local-knowledge/", body, format="json")
    assert made.status_code == 201, made.content
    assert {name: made.json()["values"][name] for name in values} == values
    shown = found(cast.therapist.client(), "origin=local")["wound_care"]
    assert (shown["to"], shown["mark"], shown["sources"], shown["local"]) == ("dermatology", "LP", ["LP"], True)
    assert "wound_care" in offered()
    address = f"/api/v1/local-knowledge/{made.json()['id']}/"
    changed = ada.patch(address, {"values": {"to": "slt", "target": "same day"}}, format="json")
    assert (changed.json()["values"]["to"], here("wound_care").to.code) == ("slt", "slt")
    assert ada.post(f"{address}retire/").status_code == 200
    assert "wound_care" not in offered()


def test_an_own_reason_whose_discipline_an_edition_retires_is_named_and_no_longer_offered(
    db: None, tmp_path: Path
) -> None:
    empty()
    load_from(small(tmp_path / "e"))
    values = {"name": "Rash", "to": "dermatology", "urgency": "routine", "target_means": "seen", "question": "Why?"}
    operations.add_local(by=Careteam(), at=app_now(), kind="referralreason", code="rash", values=values)
    assert offered() == {"lost_strength", "rash"}
    gone = with_("disciplines", "- code: dermatology\n  name: Dermatology\n  core: true\n  sources: [S9]\n", "")
    report = load_from(small(tmp_path / "f", **gone, **with_("referral_reasons", "[dermatology]", "[]")))
    assert report.own.rows_of_retired == ["referralreason rash"]
    assert offered() == {"lost_strength"}


# Doors


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("to=oncology", {"oncology_high_risk", "oncology_red_flags"}),
        ("urgency=stat", {"paediatric_centre_high_risk"}),
        ("criterion=SW-02", {"slt_swallow", "slt_instrumental_study"}),
        ("criterion=LU-01", set()),
        ("panel=eye_exam", {"ophthalmology_hydroxychloroquine"}),
        ("source=P-TRANS", {"rheumatology_transition"}),
        ("sender=physiotherapy", {"slt_swallow", "slt_instrumental_study", "paediatric_centre_high_risk"}),
        ("sender=dermatology&to=ophthalmology", {"ophthalmology_hydroxychloroquine"}),
        ("sender=dermatology&to=pharmacy", set()),
    ],
)
def test_reasons_are_found_as_a_person_looks_for_them(cast: Cast, query: str, codes: set[str]) -> None:
    assert set(found(cast.therapist.client(), query)) == codes


def test_reading_needs_the_permission_and_nobody_writes(cast: Cast) -> None:
    without = cast.person("roleless", None).client()
    narrow = APIClient()
    narrow.credentials(HTTP_AUTHORIZATION=f"Bearer {token_for(cast.therapist.who, ['patients.read'])}")
    pk = ReferralReason.objects.values_list("pk", flat=True)[0]
    for address in (ADDRESS, f"{ADDRESS}count/", f"{ADDRESS}{pk}/"):
        assert cast.therapist.client().get(address).status_code == 200
        assert cast.nobody.client().get(address).status_code == 401
        assert {client.get(address).status_code for client in (without, narrow)} == {403}
    assert cast.administrator.client().post(ADDRESS, {}, format="json").status_code == 403
    assert cast.administrator.client().patch(f"{ADDRESS}{pk}/", {}, format="json").status_code == 403


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    return re.sub(r"\s+", " ", answer.content.decode())


def test_the_admin_s_list_and_page_show_what_holds_here(ada: APIClient, cast: Cast) -> None:
    browser = Client()
    browser.force_login(cast.administrator.who, backend="apps.accounts.authentication.PeopleBackend")
    row = ReferralReason.objects.get(code="slt_swallow")
    listed = f"{reverse('admin:knowledge_referralreason_changelist')}?q=slt_swallow"
    page = reverse("admin:knowledge_referralreason_change", args=[row.pk])
    before = text(browser.get(listed))
    assert "within 2 working days" in before
    assert "Speech and language therapy" in before
    assert "kind=referralreason&amp;code=slt_swallow" in text(browser.get(page))
    say(ada, "slt_swallow", values={"target": "3 wd", "urgency": "stat"})
    after = text(browser.get(listed))
    assert "within 3 working days" in after
    assert "within 2 working days" not in after
    shown = text(browser.get(page))
    assert "within 3 working days" in shown
    assert "target: 2 wd; urgency: urgent" in shown
    assert shown.count("Immediate") == 1
    assert "anybody" in shown
