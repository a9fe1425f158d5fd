"""The page behind the question whether a medicine has helped: from the nudge to the new proposal."""

from datetime import date

import pytest

from apps.audit.models import AuditEvent
from apps.knowledge.models import PathwayStep
from apps.nudges.models import Nudge, Rung
from apps.plans.models import PlanVersion, ResponseReview
from tests.cast import Cast
from tests.nudges.house import browser, page, send_form
from tests.plans.house import daily, tell
from tests.workspace.house import (
    asked,
    errors,
    muscle,
    pending,
    plan_path,
    skin,
    words,
)  # fmt: skip

pytestmark = pytest.mark.django_db


def nudge_of(review: ResponseReview) -> Nudge:
    review.refresh_from_db()
    assert review.nudge is not None
    review.nudge.refresh_from_db()
    return review.nudge


def test_from_the_question_to_the_new_proposal_by_pages_alone(cast: Cast) -> None:
    story = skin(cast)
    review = asked(story)
    client, path = browser(cast.rheumatologist), f"/reviews/{review.pk}/"
    assert f'href="{path}"' in page(client, "/inbox/")
    said = words(client, path)
    for wanted in (
        "Has Hydroxychloroquine helped?", "You are asked.", "Begun on 8 March 2027; to be looked at from 31 May 2027",
        "CDASI version 2, activity 22 1 Mar 2027 20 2 Jun 2027", "2 points better",
        # P-CDASI: a change that means something is 4 or 5 points.
        "4 points (UPenn) or 5 (Stanford)", "Dermatology: there is nobody", "Rheumatology: Rheumatologist",
    ):  # fmt: skip
        assert wanted in said, wanted
    send_form(client, path, answer="have")
    assert nudge_of(review).state == Nudge.State.ACKNOWLEDGED
    assert "Rheumatologist has it since" in words(client, path)
    answer = send_form(
        client, path, outcome="escalate", option="prednisone_methotrexate", reason="Two points of skin are not enough"
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, path)
    done = words(client, path)
    assert "Thank you." in done
    assert "Escalate , 7 June 2027, 10:00, Rheumatologist: Two points of skin are not enough" in done
    assert f'href="{plan_path(story)}">To the plan' in page(client, path)
    assert nudge_of(review).state == Nudge.State.ACTIONED
    version = pending(story)
    assert review.proposed_id == version.pk
    added = set(version.medicationitems.filter(dose__isnull=True).values_list("medicine__code", flat=True))
    assert added == {"prednisone", "methotrexate", "folic_acid"}
    plan = words(client, plan_path(story))
    assert "A medicine has no dose yet: whoever prescribes proposes a version that says it." in plan
    assert "Look through and approve" not in plan


def test_the_options_stand_with_what_every_source_says(cast: Cast) -> None:
    review = asked(skin(cast))
    said = words(browser(cast.rheumatologist), f"/reviews/{review.pk}/")
    assert "If it is escalated: Prednisone with methotrexate or mycophenolate" in said
    # D-03: 15–25 mg a week (S0-13) beside 15–20 mg/m² a week (S3-10); and what is meant for children only is left out.
    assert "15–25 mg a week (S0-13 [S])" in said
    assert "15–20 mg/m² a week (S3-10 [S])" in said
    assert "Not above 25 mg a week (S0-13, S2-24 [S])" in said
    assert "P-SHARE" not in said
    # D-01, and what P-BSR22 says for adults.
    for source in ("1–2 mg/kg a day (S0-06 [S])", "0.75–1 mg/kg a day, at most 60–80 mg (S2-19", "(P-BSR22 [V2])"):
        assert source in said, source


@pytest.mark.parametrize(("outcome", "label"), [("continue", "Continue"), ("de_escalate", "De-escalate")])
def test_going_on_or_stepping_down_proposes_nothing_whatever_was_ticked(cast: Cast, outcome: str, label: str) -> None:
    story = skin(cast)
    review = asked(story)
    client, path = browser(cast.rheumatologist), f"/reviews/{review.pk}/"
    answer = send_form(client, path, outcome=outcome, option="prednisone_methotrexate", reason="It itches less")
    assert answer.status_code == 302
    review.refresh_from_db()
    assert (review.state, review.outcome, review.proposed) == ("done", outcome, None)
    assert f"Hydroxychloroquine: {label.lower()} It itches less 7 June 2027, Rheumatologist · 2 points better" in words(
        client, plan_path(story)
    )


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"reason": "because"}, "Choose one of the three."),
        ({"outcome": "continue", "reason": "  "}, "This field is required."),
        ({"outcome": "escalate", "reason": "because"}, "Choose what is added."),
        ({"outcome": "escalate", "option": "ivig", "reason": "because"}, "ivig is not one of the available choices"),
        ({"outcome": "better", "reason": "because"}, "better is not one of the available choices"),
    ],
)
def test_what_is_lacking_is_said_beside_the_field_and_nothing_is_done(
    cast: Cast, sent: dict[str, str], said: str
) -> None:
    review = asked(skin(cast))
    answer = send_form(browser(cast.rheumatologist), f"/reviews/{review.pk}/", **sent)
    assert answer.status_code == 400
    assert [error for error in errors(answer) if said in error], errors(answer)
    review.refresh_from_db()
    assert review.state == "scheduled"


def test_what_was_written_is_kept_when_the_form_comes_back(cast: Cast) -> None:
    review = asked(skin(cast))
    answer = send_form(
        browser(cast.rheumatologist), f"/reviews/{review.pk}/", outcome="escalate", reason="My <long> thought"
    )
    text = answer.content.decode()
    assert "My &lt;long&gt; thought" in text
    assert 'value="escalate" checked' in text


def test_a_review_is_held_once(cast: Cast) -> None:
    review = asked(skin(cast))
    client, path = browser(cast.rheumatologist), f"/reviews/{review.pk}/"
    other = browser(cast.rheumatologist)
    token = send_form(other, path, answer="have").wsgi_request.META["CSRF_COOKIE"]
    send_form(client, path, outcome="continue", reason="First")
    late = other.post(path, {"csrfmiddlewaretoken": token, "outcome": "continue", "reason": "Second"})
    assert (late.status_code, review.__class__.objects.get(pk=review.pk).reason) == (409, "First")
    assert "What does the team decide?" not in late.content.decode()


def test_where_the_pathway_ends_the_page_says_so_and_escalating_is_refused(cast: Cast) -> None:
    story = skin(cast)
    last = PathwayStep.objects.get(code="amyopathic_step_3")
    PlanVersion.objects.filter(plan__patient=story.patient).update(step=last)
    review = asked(story)
    client, path = browser(cast.rheumatologist), f"/reviews/{review.pk}/"
    assert "There is no further step of the pathway: propose a version yourself" in words(client, path)
    refused = send_form(client, path, outcome="escalate", reason="More")
    assert refused.status_code == 409
    assert "This was the last step of the pathway" in errors(refused)[0]


def test_declining_asks_the_next_person_and_handing_over_offers_it(cast: Cast) -> None:
    story = skin(cast)
    review = asked(story)
    client, path = browser(cast.rheumatologist), f"/reviews/{review.pk}/"
    colleagues = page(client, f"{path}hand-over/")
    assert "On_Call_Pulmonologist (Pulmonology)" in colleagues
    assert "Stranger" not in colleagues
    send_form(client, f"{path}hand-over/", to=str(cast.member_of("on_call_pulmonologist")), reason="Please")
    assert nudge_of(review).offered_to == cast.on_call_pulmonologist.who
    assert "Offered to On_Call_Pulmonologist" in words(client, path)
    lacking = send_form(client, f"{path}decline/", reason="")
    assert (lacking.status_code, errors(lacking)) == (400, ["This field is required."])
    answer = send_form(client, f"{path}decline/", reason="I am abroad")
    assert (answer.status_code, answer.headers["Location"]) == (302, path)
    # Nobody else of dermatology or rheumatology is there: the coordinator is asked.
    assert nudge_of(review).owner == cast.coordinator.who
    assert Rung.objects.filter(nudge=nudge_of(review), why="coordinator").exists()


def test_nobody_declines_what_nobody_was_asked(cast: Cast) -> None:
    story = skin(cast)
    review = ResponseReview.objects.get(patient=story.patient)
    client = browser(cast.rheumatologist)
    assert client.get(f"/reviews/{review.pk}/decline/").status_code == 404
    assert "Who was asked" not in words(client, f"/reviews/{review.pk}/")


def test_looking_at_a_review_is_recorded_and_does_nothing(cast: Cast) -> None:
    review = asked(skin(cast))
    version = nudge_of(review).version
    page(browser(cast.rheumatologist), f"/reviews/{review.pk}/")
    event = AuditEvent.objects.get(verb="workspace.review")
    assert (event.patient_id, event.read_ids) == (review.patient_id, [review.pk])
    assert nudge_of(review).version == version


def test_a_score_that_lacks_a_measure_says_which(cast: Cast) -> None:
    story = muscle(cast)
    review = ResponseReview.objects.get(patient=story.patient)
    said = words(browser(cast.rheumatologist), f"/reviews/{review.pk}/")
    assert "to be looked at later" in said
    assert "Total Improvement Score: cannot be worked out yet." in said
    lacking = said.split("Missing:", 1)[1]
    assert "Physician's global activity, before the treatment" in lacking
    # Strength was measured on the day on which it began.
    assert "both sides, before the treatment" not in lacking


def test_a_complete_core_set_comes_to_the_score_with_its_arithmetic(cast: Cast) -> None:
    story = tell(cast, "Quarkstein", phenotype="classic", diagnosis_date=date(2027, 4, 26))
    # J01, moved to end here: 6/6/112/1.75/3200/3 → 3.5/4/124/1.25/900/2 is 52.5 (T1).
    story.record("2027-04-26", weight=70, phga=6, ptga=6, mmt8_150=112, haqdi=1.75, ck=3200, extramusc=3)
    story.follow("2027-04-26", story.latest(story.plan("2027-04-26", daily("prednisone", "60"))))
    story.record("2027-06-05", phga=3.5, ptga=4, mmt8_150=124, haqdi=1.25, ck=900, extramusc=2)
    review = ResponseReview.objects.get(patient=story.patient)
    said = words(browser(cast.rheumatologist), f"/reviews/{review.pk}/")
    assert "Total Improvement Score: 52.5 of 100, moderate improvement" in said
    assert "3200 U/L, limit 200 26 Apr 2027 900 U/L, limit 200 5 Jun 2027" in said
    assert "25 % better, 15 points" in said
    assert "This plan follows no pathway: propose a version yourself" in said
