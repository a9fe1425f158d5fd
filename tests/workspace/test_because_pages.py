"""Why an escalation is there, wherever somebody reads it: on the member's page, in the admin, and over REST."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.permissions import Role
from apps.common.clock import app_now
from apps.escalation import operations
from apps.escalation.models import Criterion, Escalation, SiteValue
from tests.cast import Cast
from tests.nudges.house import browser, page
from tests.observations.house import send
from tests.thread.conftest import prepare, work
from tests.workspace.house import words

#: The clock of these tests (see conftest): Monday, 7 June 2027, 10:00 in Berlin.
THEN = "7 June 2027, 10:00"


@pytest.fixture
def clinic(cast: Cast) -> Cast:
    """The cast with all shipped criteria on."""
    return prepare(cast)


def record(cast: Cast, path: str, *, who: str = "rheumatologist", **body: Any) -> str:
    """Record something about the cast's patient, now, and let everybody do their work; returns its id."""
    answer = send(cast, path, {"patient": str(cast.patient.pk), "effective_at": app_now().isoformat(), **body}, who=who)
    assert answer.status_code == 201, answer.content
    work()
    found: str = answer.json()["id"]
    return found


def measure(cast: Cast, instrument: str, value: Any) -> str:
    unit = {"unit": "Cel"} if instrument == "temp" else {}
    return record(cast, "observations/", instrument=instrument, value=value, **unit)


def matter(code: str) -> Escalation:
    return Escalation.objects.get(criterion__code=code, state="open")


def feverish(cast: Cast) -> dict[str, str]:
    """Swallowing is impaired by two facts, and there is fever: SW-03. Returns the ids of the facts."""
    return {
        "eat10": measure(cast, "eat10", 8),
        "fois": measure(cast, "fois", 5),
        "temp": measure(cast, "temp", 38.4),
    }


def member_page(cast: Cast, row: Escalation) -> str:
    return words(browser(cast.rheumatologist), f"/matters/{row.pk}/")


def admin_page(cast: Cast, row: Escalation) -> str:
    client = Client()
    client.force_login(cast.coordinator.who)
    return words(client, reverse("admin:escalation_escalation_change", args=[row.pk]))


def wrong(cast: Cast, pk: str) -> None:
    answer = send(cast, f"observations/{pk}/enter-in-error/", {"reason": "of somebody else"}, who="rheumatologist")
    assert answer.status_code == 200, answer.content
    work()


def test_a_matter_says_in_one_sentence_why_with_numbers_dates_and_limits(clinic: Cast) -> None:
    feverish(clinic)
    said = (
        f"Swallowing counts as impaired by Functional Oral Intake Scale: 5 ({THEN}); Body temperature reached 38.4 °C ({THEN}), "
        "at or above 38.0 °C."
    )
    row = matter("SW-03")
    assert row.explanation == said
    for shown in (member_page(clinic, row), admin_page(clinic, row)):
        assert said in shown


def test_facts_stand_apart_from_circumstances(clinic: Cast) -> None:
    feverish(clinic)
    shown = member_page(clinic, matter("SW-03")).split("What it rests on")[1].split("Where it comes from")[0]
    facts, circumstances = shown.split("Circumstances")
    assert f"Body temperature: 38.4 °C {THEN}" in facts
    assert "Functional Oral Intake Scale" not in facts
    assert f"Functional Oral Intake Scale: 5 {THEN}" in circumstances
    assert f"Eating Assessment Tool, 10 items: 8 {THEN}" in circumstances
    admin = admin_page(clinic, matter("SW-03"))
    assert admin.index("Body temperature: 38.4 °C") < admin.index("Circumstances") < admin.index("Assessment Tool")


def test_a_fact_that_does_not_stand_any_more_is_struck_through_and_stays(clinic: Cast) -> None:
    facts = feverish(clinic)
    client, row = browser(clinic.rheumatologist), matter("SW-03")
    assert "<s>" not in page(client, f"/matters/{row.pk}/")
    wrong(clinic, facts["eat10"])
    assert matter("SW-03") == row, "the other circumstance holds it up"
    struck = "<s>Eating Assessment Tool, 10 items: 8</s>"
    assert struck in page(client, f"/matters/{row.pk}/")
    assert "<s>Functional" not in page(client, f"/matters/{row.pk}/")
    admin = Client()
    admin.force_login(clinic.coordinator.who)
    assert struck in page(admin, reverse("admin:escalation_escalation_change", args=[row.pk]))


def test_numbers_stand_with_unit_source_mark_and_doubt_and_sources_with_their_titles(clinic: Cast) -> None:
    feverish(clinic)
    row = matter("SW-03")
    member, admin = member_page(clinic, row), admin_page(clinic, row)
    assert "SW-03 version 1, 3 numbers (3 uncertain), 4 sources" in member
    assert "signed by Governor" in member
    assert "fever 38.0 °C uncertain LP, proposal for local policy" in member
    assert "lately 72 hours uncertain" in member
    assert "fever: 38.0 °C · uncertain LP, proposal for local policy" in admin
    for shown in (member, admin):
        assert "P-DYSPH Labeit B et al. Dysphagia in myositis meta-analysis" in shown
        assert "Consumer health article on treatment options" in shown


def with_own_limit(cast: Cast) -> SiteValue:
    """The site takes EAT-10 as positive from 5 on, by two clinicians of its governance."""
    author = cast.person("second_governor", Role.GOVERNANCE)
    row = operations.propose_site_value(
        by=author.actor, at=app_now(), criterion=Criterion.objects.get(code="SW-01"), site=cast.site, name="positive", value="5",
        reason="Too many of 3 and 4 here",
    )  # fmt: skip
    return operations.sign_site_value(site_value=row, by=cast.governor.actor, at=app_now())


def test_a_number_that_was_set_here_is_marked_and_stays_as_it_was_after_it_has_ended(clinic: Cast) -> None:
    own = with_own_limit(clinic)
    measure(clinic, "eat10", 8)
    row = matter("SW-01")
    assert "at or above 5" in row.explanation
    operations.end_site_value(site_value=own, by=clinic.governor.actor, at=app_now())
    assert "positive 5 set here" in member_page(clinic, row)
    assert "positive: 5 · set here" in admin_page(clinic, row)


def test_what_a_clinician_says_has_no_facts_and_says_whose_words_they_are(clinic: Cast) -> None:
    body = {"patient": str(clinic.patient.pk), "criterion": "SW-02", "reason": "Chokes on water"}
    assert send(clinic, "escalations/", body, who="rheumatologist").status_code == 201
    shown = member_page(clinic, matter("SW-02"))
    assert "Rheumatologist: Chokes on water" in shown
    assert "What it rests on What Rheumatologist says." in shown
    assert "Because" not in shown
    assert "4 numbers" in shown


def test_what_fires_by_absence_says_so(clinic: Cast) -> None:
    measure(clinic, "eat10", 8)
    assert f"Eating Assessment Tool, 10 items: 8 {THEN}" in member_page(clinic, matter("SW-01"))
    assert "there is no slt assessment within 28 days" in matter("SW-01").explanation


def test_over_rest_it_has_the_facts_of_every_kind_the_circumstances_and_the_sources(clinic: Cast) -> None:
    facts = feverish(clinic)
    row = clinic.rheumatologist.client().get(f"/api/v1/escalations/{matter('SW-03').pk}/").json()
    found = {one["observation"]: one for one in row["evidence"]}
    assert {pk: one["context"] for pk, one in found.items()} == {
        facts["temp"]: False, facts["eat10"]: True, facts["fois"]: True,
    }  # fmt: skip
    assert all(one[name] is None for one in row["evidence"] for name in ("condition", "assessment", "antibody"))
    assert row["values_used"]["fever"] == {
        "value": "38.0", "unit": "Cel", "citation": "LP", "mark": "LP", "uncertain": True,
    }  # fmt: skip
    assert [one["code"] for one in row["sources"]] == ["S0-12", "S2-05", "P-DYSPH", "LP"]
    assert {one["mark"] for one in row["sources"]} == {"S", "V", "LP"}
    assert all(one["title"] for one in row["sources"])
    assert "speech therapy" in row["sources"][0]["says"]


def test_the_timeline_names_the_facts_and_not_the_circumstances(clinic: Cast) -> None:
    feverish(clinic)
    entries = clinic.coordinator.client().get(f"/api/v1/escalations/{matter('SW-03').pk}/timeline/").json()
    assert entries[0]["detail"] == "Body temperature: 38.4 °C"


# --- what cannot be judged


def unassessable(shown: str) -> str:
    return shown.split("Not assessable:")[1] if "Not assessable:" in shown else ""


def patient_pages(cast: Cast) -> list[str]:
    """The patient as a member and as the coordinator see them."""
    client = Client()
    client.force_login(cast.coordinator.who)
    return [
        words(browser(cast.rheumatologist), f"/plans/{cast.patient.pk}/"),
        words(client, reverse("admin:patients_patient_change", args=[cast.patient.pk])),
    ]


def test_the_patients_page_says_quietly_what_cannot_be_judged_and_what_is_missing(clinic: Cast) -> None:
    measure(clinic, "temp", 36.8)
    for shown in patient_pages(clinic):
        found = unassessable(shown)
        assert "SW-01 Positive swallow screen missing: Eating Assessment Tool, 10 items" in found
        assert "LU-01 Low oxygen at rest missing: Oxygen saturation at rest, room air within 24 hours" in found
        assert "SW-00" not in found, "a complication that is not recorded is not there"
    raw = page(browser(clinic.rheumatologist), f"/plans/{clinic.patient.pk}/")
    assert '<details class="quiet"><summary>Not assessable:' in raw


def test_what_is_known_now_is_listed_no_longer(clinic: Cast) -> None:
    measure(clinic, "temp", 36.8)
    measure(clinic, "eat10", 1)
    for shown in patient_pages(clinic):
        assert "SW-01" not in unassessable(shown)
        assert "SW-02" in unassessable(shown)


def test_nothing_is_said_of_criteria_that_are_switched_off_since(clinic: Cast) -> None:
    measure(clinic, "temp", 36.8)
    version = Criterion.objects.get(code="SW-01").versions.get()
    operations.retire(criterion_version=version, by=clinic.governor.actor, at=app_now())
    client = Client()
    client.force_login(clinic.coordinator.who)
    assert any(one["criterion"] == "SW-01" for one in clinic.patient.watch.not_assessable), "nobody has looked since"
    watch = reverse("admin:escalation_watch_change", args=[clinic.patient.watch.pk])
    for shown in (
        *patient_pages(clinic),
        words(client, watch),
        words(client, reverse("admin:escalation_watch_changelist")),
    ):
        assert "SW-01" not in shown
        assert "SW-02" in shown


def test_a_patient_nobody_has_looked_at_has_no_such_block(clinic: Cast) -> None:
    fresh = clinic.patient_of("Neumann")
    client = Client()
    client.force_login(clinic.coordinator.who)
    assert "Not assessable" not in words(client, reverse("admin:patients_patient_change", args=[fresh.pk]))


def test_whoever_does_not_see_the_patient_reads_nothing_of_it(clinic: Cast) -> None:
    feverish(clinic)
    for name in ("stranger", "former", "coordinator_elsewhere"):
        client = browser(clinic.personas[name])
        for path in (f"/matters/{matter('SW-03').pk}/", f"/plans/{clinic.patient.pk}/"):
            answer = client.get(path)
            assert answer.status_code == 404
            assert "Not assessable" not in answer.content.decode()
