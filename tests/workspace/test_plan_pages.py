"""The page of a plan: what a member reads on a phone, and who sees nothing."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.actors import Careteam
from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.knowledge.models import Discipline, Intervention
from apps.observations import operations as observations
from apps.plans import operations
from apps.plans.models import ResponseReview, TreatmentPlan
from apps.teams import operations as teams
from tests.cast import Cast
from tests.nudges.house import browser, page, positive_screen, send_form
from tests.plans.house import Story, daily, dosed, moment, tell, weekly
from tests.thread.conftest import prepare
from tests.workspace.house import (
    PATIENT,
    asked,
    muscle,
    pending,
    plan_of,
    plan_path,
    skin,
    words,
)  # fmt: skip

pytestmark = pytest.mark.django_db


def test_a_member_reads_on_one_page_what_is_followed(cast: Cast) -> None:
    story = skin(cast)
    said = words(browser(cast.rheumatologist), plan_path(story))
    for wanted in (
        "Quarkstein", "Hydroxychloroquine 200 mg once a day, oral since 8 March 2027 · for: rash", "SPF 50 or more",
        # 22 at first, 20 now, 14 aimed at: 2 of 8 points are a quarter of the way.
        "20 on 2 June 2027, 22 at the start: 25 % of the way to 14",
        "Response to Hydroxychloroquine to be looked at on 31 May 2027", "Version 1 : active; approved by Rheumatologist",
        "POST /api/v1/treatment-plans/",
    ):  # fmt: skip
        assert wanted in said, wanted


def test_the_dose_stands_beside_what_every_source_says(cast: Cast) -> None:
    said = words(browser(cast.rheumatologist), plan_path(skin(cast)))
    # 200 mg at 52 kg are 3.85 mg/kg a day; not above 5 (DS-07, P-RCO20).
    assert "3.85 mg/kg/day; at most 5" in said
    assert "P-RCO20" in said


def test_both_papers_are_linked(cast: Cast) -> None:
    story = skin(cast)
    shown = page(browser(cast.rheumatologist), plan_path(story))
    pk = story.latest(plan_of(story)).pk
    for name in ("summary.pdf", "patient-summary.pdf"):
        assert f'href="/api/v1/plan-versions/{pk}/{name}"' in shown


def test_a_weekly_medicine_says_never_daily(cast: Cast) -> None:
    story = muscle(cast)
    version = pending(story)
    story.propose(
        "2027-06-04", plan_of(story), weekly("methotrexate", "15"), weekly("folic_acid", "5"), replaces=version
    )
    said = words(browser(cast.rheumatologist), plan_path(story))
    assert "Methotrexate once a week, never daily 15 mg once a week" in said


def test_two_dosages_of_one_medicine_stand_under_its_name_once(cast: Cast) -> None:
    story = tell(cast, "Quarkstein", phenotype="amyopathic")
    story.record("2027-05-03", weight=52)
    parts = [dosed("hydroxychloroquine", "200", "mg", 5, 1, "wk"), dosed("hydroxychloroquine", "400", "mg", 2, 1, "wk")]
    story.plan("2027-05-03", *parts)
    shown = words(browser(cast.rheumatologist), f"/plan-versions/{pending(story).pk}/approve/")
    assert "200 mg 5 times a week" in shown
    assert "400 mg twice a week" in shown
    # 5 × 200 + 2 × 400 mg a week are 257 mg a day (J03).
    assert "257 mg/day" in shown
    assert shown.count("What the sources say") == 1


def test_what_is_overdue_stands_before_what_is_only_due(cast: Cast) -> None:
    said = words(browser(cast.rheumatologist), plan_path(muscle(cast)))
    late = said.index("overdue: was due on 3 May 2027 Lung function never done so far")
    # Blood count of 3 June, monthly (S0-32).
    assert late < said.index("due on 3 July 2027")
    assert "every 30 days: prednisone since 2027-05-03 (S0-32" in said


def test_a_patient_without_a_plan_has_a_page_that_says_so(cast: Cast) -> None:
    said = words(browser(cast.rheumatologist), f"/plans/{cast.patient.pk}/")
    assert "No plan yet." in said
    assert "POST /api/v1/treatment-plans/" in said


def test_a_plan_that_has_ended_says_why_and_offers_nothing(cast: Cast) -> None:
    story = muscle(cast)
    operations.stop_plan(plan=plan_of(story), by=cast.rheumatologist.actor, at=app_now(), reason="Moved to the sea")
    said = words(browser(cast.rheumatologist), plan_path(story))
    assert "This plan has ended on 7 June 2027 (Rheumatologist): Moved to the sea" in said
    assert "Nothing is followed at present." in said
    assert "Look through and approve" not in said
    assert "propose/" not in said


def test_reading_a_plan_is_recorded(cast: Cast) -> None:
    story = skin(cast)
    page(browser(cast.rheumatologist), plan_path(story))
    event = AuditEvent.objects.get(verb="workspace.plan")
    assert (event.actor_id, event.patient_id, event.read_ids) == (
        cast.rheumatologist.who.pk, story.patient.pk, [story.patient.pk],
    )  # fmt: skip


def test_the_list_shows_first_what_waits_and_only_what_one_sees(cast: Cast) -> None:
    muscle(cast)
    quiet = tell(cast, "Aaronson", phenotype="classic")
    quiet.record("2027-05-03", weight=75)
    quiet.follow("2027-06-01", quiet.latest(quiet.plan("2027-06-01", daily("prednisone", "60"))))
    said = words(browser(cast.rheumatologist), "/plans/")
    assert said.index("Quarkstein, Test a proposal waits for its approval") < said.index("Aaronson")
    # Lung function since the diagnosis, and CK 30 days after the start, which is overdue only 5 days later.
    assert "2 examinations are due, 1 overdue" in said
    other = words(browser(cast.therapist), "/plans/")
    assert "None of the patients whom you see has a plan." in other
    assert "Quarkstein" not in other


def test_the_matter_leads_to_the_plan_while_there_is_one(cast: Cast) -> None:
    prepare(cast)
    cast.patient = muscle(cast).patient
    teams.add_to_team(
        by=cast.by, at=app_now(), care_team=cast.patient.care_teams.get(), member=cast.therapist.member  # type: ignore[arg-type]
    )  # fmt: skip
    matter = positive_screen(cast)
    path, link = f"/matters/{matter.pk}/", f'href="/plans/{cast.patient.pk}/">Plan</a>'
    assert link in page(browser(cast.rheumatologist), path)
    plan = TreatmentPlan.objects.get(patient=cast.patient)
    operations.stop_plan(plan=plan, by=cast.rheumatologist.actor, at=app_now(), reason="Moved to the sea")
    assert link not in page(browser(cast.rheumatologist), path)


def test_the_pages_ask_the_database_no_more_often_when_there_is_more_to_show(cast: Cast) -> None:
    story, client = muscle(cast), browser(cast.rheumatologist)
    counts = [queries(client, path) for path in ("/plans/", plan_path(story))]
    for number in range(3):
        other = tell(cast, f"Another{number}", phenotype="classic")
        other.plan("2027-06-01", daily("prednisone", "60"))
        version = pending(story)
        more = [daily(code, "5") for code in ("folic_acid", "colecalciferol", "mycophenolate")]
        story.propose("2027-06-04", plan_of(story), daily("prednisone", "40"), *more, replaces=version)
    assert [queries(client, path) for path in ("/plans/", plan_path(story))] == counts


def queries(client: Client, path: str) -> int:
    page(client, path)
    with CaptureQueriesContext(connection) as asked_for:
        page(client, path)
    return len(asked_for)


def test_sessions_are_counted_beside_what_they_belong_to(cast: Cast) -> None:
    story = tell(cast, "Quarkstein", phenotype="classic")
    therapy = Intervention.objects.get(code="physiotherapy")
    story.plan("2027-05-03", interventions=[{"intervention": therapy}])
    # As in J02, and one before the plan began, which does not count.
    for day, outcome in (("04-01", "attended"), ("05-10", "attended"), ("05-17", "missed"), ("05-24", "cancelled")):
        at = moment(f"2027-{day}")
        observations.record_attendance(
            patient=story.patient, by=Careteam(at=at), at=at, intervention=therapy, outcome=outcome, effective_at=at,
            discipline=Discipline.objects.get(code="physiotherapy"),
        )  # fmt: skip
    said = words(browser(cast.rheumatologist), f"/plan-versions/{pending(story).pk}/approve/")
    assert "1 attended, 1 missed, 1 cancelled; the last on 24 May 2027" in said


def test_the_pages_are_plain_html_for_a_phone(cast: Cast) -> None:
    story = skin(cast)
    review = asked(story)
    for path in ("/plans/", plan_path(story), f"/reviews/{review.pk}/"):
        answer = browser(cast.rheumatologist).get(path)
        text = answer.content.decode()
        assert '<meta name="viewport" content="width=device-width' in text
        assert "<script" not in text
        assert not re.search(r'(src|href)="(https?:)?//', text)
        assert answer.headers["Cache-Control"] == "no-store"


# --- who sees nothing


def every_path(story: Story, review: ResponseReview) -> list[str]:
    version = story.latest(plan_of(story))
    doings = [
        f"/plan-versions/{version.pk}/{doing}/" for doing in ("approve", "follow", "withdraw", f"explain/{uuid4()}")
    ]
    about = [f"/reviews/{review.pk}/{doing}/" for doing in ("decline", "hand-over")]
    return [plan_path(story), *doings, f"/reviews/{review.pk}/", *about]


def test_a_stranger_finds_nothing_and_can_do_nothing(cast: Cast) -> None:
    story = skin(cast)
    review = asked(story)
    for persona in (cast.stranger, cast.therapist, cast.coordinator_elsewhere):
        client = browser(persona)
        token = send_form(client, "/inbox/", notice="all").wsgi_request.META["CSRF_COOKIE"]
        for path in every_path(story, review):
            sent = {"csrfmiddlewaretoken": token, "outcome": "continue", "reason": "because", "answer": ""}
            for answer in (client.get(path), client.post(path, sent)):
                assert answer.status_code in {404, 405}, path
                assert not any(word in answer.content.decode() for word in PATIENT), path
    review.refresh_from_db()
    assert review.state == "scheduled"


def test_nobody_comes_in_without_a_log_in_and_an_administrator_is_refused(cast: Cast) -> None:
    story = skin(cast)
    review = asked(story)
    for path in every_path(story, review):
        assert browser().get(path).headers["Location"].startswith("/login/?next=")
        refused = browser(cast.administrator).get(path)
        assert refused.status_code == 403
        assert not any(word in refused.content.decode() for word in PATIENT)


def test_a_form_without_its_csrf_token_does_nothing(cast: Cast) -> None:
    story = skin(cast)
    review = asked(story)
    client = browser(cast.rheumatologist)
    page(client, f"/reviews/{review.pk}/")
    assert client.post(f"/reviews/{review.pk}/", {"outcome": "continue", "reason": "because"}).status_code == 403
    review.refresh_from_db()
    assert review.state == "scheduled"
