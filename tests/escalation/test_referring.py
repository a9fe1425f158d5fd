"""Referring because of an escalation, in one step; and what criteria know of referrals (SW-01: not while one is open)."""

from typing import Any

import pytest

from apps.common.clock import app_now
from apps.escalation.evaluator import judge
from apps.escalation.models import Action, Escalation
from apps.escalation.picture import needs_of, read
from apps.nudges.models import Nudge
from apps.patients import operations as patients
from apps.referrals import operations as referrals
from apps.referrals.models import Referral
from tests.cast import Cast
from tests.escalation.house import assess, codes, complication, look_again, nudge_of, only, owner_of, screen
from tests.escalation.pictures import rule
from tests.observations.house import get, send
from tests.referrals.house import GIVEN, reason
from tests.thread.conftest import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(house: Cast) -> Escalation:
    """A positive swallow screen, and somebody is asked about it."""
    screen(house, 8)
    work()
    return only("SW-01")


def refer(cast: Cast, row: Escalation, who: str = "rheumatologist", **body: Any) -> Any:
    return send(cast, f"escalations/{row.pk}/refer/", body, who=who)


def referred(cast: Cast, row: Escalation, **body: Any) -> Referral:
    answer = refer(cast, row, **body)
    assert answer.status_code == 201, answer.content
    return Referral.objects.get(pk=answer.json()["id"])


def move(cast: Cast, row: Referral, name: str, who: str) -> Referral:
    at = app_now()
    by = cast.personas[who].actor
    return referrals.OPERATIONS[name](referral=row, by=by, at=at, **GIVEN.get(name, {}))


def test_it_is_suggested_with_the_facts_that_hold_it_up(house: Cast, row: Escalation) -> None:
    (shown,) = get(house, f"escalations/{row.pk}/suggested-referrals/", who="rheumatologist").json()
    assert (shown["reason"], shown["to"], shown["urgency"], shown["target"]) == ("slt_swallow", "slt", "urgent", "2 wd")
    assert shown["facts"] == [str(one.observation_id) for one in row.evidence.all()]
    assert shown["because"] == ["SW-01 Positive swallow screen"]
    assert shown["open_referral"] is None
    assert not Referral.objects.exists()


def test_one_step_settles_the_question_and_the_escalation_stays_open(house: Cast, row: Escalation) -> None:
    nudge = nudge_of(row)
    found = referred(house, row, patient_informed=True)
    assert (found.state, found.reason.code, found.patient_informed) == ("sent", "slt_swallow", True)
    assert [one.observation_id for one in found.attachments.all()] == [one.observation_id for one in row.evidence.all()]
    nudge.refresh_from_db()
    assert nudge.state == Nudge.State.ACTIONED
    row.refresh_from_db()
    assert row.state == "open"
    assert row.acted_at == found.sent_at
    action = Action.objects.get(escalation=row)
    assert action.referral == found
    assert action.words == "Referred to Speech and language therapy: Trouble swallowing"
    shown = get(house, f"escalations/{row.pk}/", who="rheumatologist").json()
    assert shown["actions"][0]["referral"] == str(found.pk)
    told = [one["words"] for one in get(house, f"escalations/{row.pk}/timeline/", who="coordinator").json()]
    assert "Rheumatologist wrote a referral because of it" in told


def test_a_draft_settles_nothing_until_it_is_sent(house: Cast, row: Escalation) -> None:
    found = referred(house, row, send=False)
    assert nudge_of(row).unfinished
    move(house, found, "send", "rheumatologist")
    assert not nudge_of(row).unfinished
    row.refresh_from_db()
    assert row.acted_at is not None


def test_a_draft_that_is_withdrawn_asks_nobody_anew(house: Cast, row: Escalation) -> None:
    nudge = nudge_of(row)
    move(house, referred(house, row, send=False), "cancel", "rheumatologist")
    assert nudge_of(row) == nudge
    assert nudge_of(row).unfinished


@pytest.mark.parametrize("end", ["cancel", "enter_in_error"])
def test_when_it_comes_to_nothing_people_are_asked_anew(house: Cast, row: Escalation, end: str) -> None:
    first = nudge_of(row)
    found = referred(house, row)
    move(house, found, end, "rheumatologist")
    again = nudge_of(row)
    assert again != first
    assert again.unfinished
    assert owner_of(row) == "covering"
    told = [one["words"] for one in get(house, f"escalations/{row.pk}/timeline/", who="coordinator").json()]
    assert "The referral has ended, and the patient was not seen" in told


def test_when_the_patient_was_seen_nobody_is_asked_anew(house: Cast, row: Escalation) -> None:
    found = referred(house, row)
    first = nudge_of(row)
    for name, who in (("accept", "covering"), ("see", "covering"), ("enter_in_error", "rheumatologist")):
        found = move(house, found, name, who)
    assert nudge_of(row) == first


def test_while_another_referral_of_it_goes_on_nobody_is_asked_anew(house: Cast, row: Escalation) -> None:
    found = referred(house, row)
    first = nudge_of(row)
    referred(house, row, beside_open=True, reason="slt_instrumental_study")
    move(house, found, "cancel", "rheumatologist")
    assert nudge_of(row) == first


def test_nobody_is_asked_about_somebody_who_has_died(house: Cast, row: Escalation) -> None:
    referred(house, row)
    patients.record_death(patient=row.patient, by=house.coordinator.actor, at=app_now())
    row.refresh_from_db()
    assert row.state == "withdrawn"
    assert Nudge.objects.filter(patient=row.patient, topic="SW-01").count() == 1
    assert not Nudge.objects.unfinished().filter(patient=row.patient).exists()


def test_what_ended_refers_nobody(house: Cast, row: Escalation) -> None:
    assert send(house, f"escalations/{row.pk}/close/", {"reason": "Seen."}, who="therapist").status_code == 200
    assert refer(house, row).status_code == 409
    assert not Referral.objects.exists()


def test_nobody_refers_whom_they_do_not_see(house: Cast, row: Escalation) -> None:
    for who in ("stranger", "coordinator_elsewhere"):
        assert refer(house, row, who).status_code == 404, who
    assert not Referral.objects.exists()


def test_a_stale_tag_refers_nobody(house: Cast, row: Escalation) -> None:
    answer = house.rheumatologist.client().post(
        f"/api/v1/escalations/{row.pk}/refer/", {}, format="json", headers={"If-Match": '"v99"'}
    )
    assert answer.status_code == 412
    assert not Referral.objects.exists()


def test_where_nothing_suggests_itself_the_reason_has_to_be_named(house: Cast, row: Escalation) -> None:
    complication(house, "dysphagia", who="therapist")
    work()
    matter = only("SW-00")
    answer = refer(house, matter)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == ["reason"]
    assert refer(house, matter, reason="slt_swallow").status_code == 201


# --- SW-01: “and not while a referral to speech and language therapy is open”


def test_a_screen_fires_no_more_while_the_referral_is_open_and_what_is_open_stays_so(
    house: Cast, row: Escalation
) -> None:
    referred(house, row)
    nudges = Nudge.objects.count()
    # J04: a second EAT-10 of 10 two days after the referral is no second alert.
    screen(house, 10)
    work()
    assert only("SW-01").pk == row.pk
    assert row.evidence.count() == 1
    assert Nudge.objects.count() == nudges


def test_a_positive_screen_after_the_referral_opens_nothing(house: Cast) -> None:
    by = house.rheumatologist.actor
    found = referrals.draft(patient=house.patient, by=by, at=app_now(), reason=reason(), send=True)
    screen(house, 8)
    work()
    assert codes() == []
    move(house, found, "cancel", "rheumatologist")
    work()
    assert codes() == ["SW-01"], "whoever is looked at again because a referral moved"


@pytest.mark.parametrize(
    ("steps", "fires"),
    [
        ([], True),
        (["send"], False),
        (["send", "ask_information"], False),
        # Nobody is to see the patient because of one that was declined.
        (["send", "decline"], True),
        (["send", "accept"], False),
        (["send", "accept", "see"], False),
        (["send", "accept", "see", "report"], True),
        (["send", "accept", "see", "report", "review"], True),
        (["send", "cancel"], True),
    ],
)
def test_it_is_open_from_sending_until_the_report(house: Cast, steps: list[str], fires: bool) -> None:
    by = house.rheumatologist.actor
    found = referrals.draft(patient=house.patient, by=by, at=app_now(), reason=reason())
    sends = {"send", "cancel", "review"}
    for name in steps:
        found = move(house, found, name, "rheumatologist" if name in sends else "covering")
    screen(house, 3)
    work()
    assert (codes() == ["SW-01"]) is fires


def test_a_referral_to_somebody_else_or_of_somebody_else_holds_nothing_back(house: Cast) -> None:
    by = house.rheumatologist.actor
    referrals.draft(patient=house.patient, by=by, at=app_now(), reason=reason("pulmonology_baseline"), send=True)
    screen(house, 3)
    work()
    assert codes() == ["SW-01"]


def test_a_referral_is_no_evidence(house: Cast) -> None:
    by = house.rheumatologist.actor
    referrals.draft(patient=house.patient, by=by, at=app_now(), reason=reason(), send=True)
    text = 'open_referral("slt")'
    picture = read([house.patient.pk], app_now(), needs_of([(text, {})]))[house.patient.pk]
    assert [one.code for one in picture.facts if one.kind == "referral"] == ["slt"]
    found = judge(picture, rule(text))
    assert found.fires is True
    assert (found.evidence, found.context) == ((), ())


def test_an_assessment_still_holds_it_back(house: Cast) -> None:
    assess(house)
    screen(house, 8)
    work()
    look_again(house.patient)
    assert codes() == []
