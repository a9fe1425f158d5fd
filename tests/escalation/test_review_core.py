"""What must never be lost: corrections after a window has passed, one bad row among many, records that are merged."""

from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import Site
from apps.common import alarms
from apps.common.clock import app_now, move_clock
from apps.escalation import looking, picture, watching
from apps.escalation.evaluator import judge
from apps.escalation.models import CriterionVersion, Escalation, SiteValue
from apps.escalation.operations.watching import make_due
from apps.escalation.picture import Picture
from apps.observations.models import Condition, Observation
from apps.patients.models import Patient
from apps.referrals import operations as referrals
from tests.cast import Cast
from tests.escalation.house import (
    close,
    codes,
    complication,
    look_again,
    met,
    only,
    opened,
    screen,
    second_record,
    shipped,
    switch_on,
    watch,
)
from tests.escalation.pictures import NOON, fires, look, number, rule
from tests.escalation.test_patients import merge
from tests.observations.house import correct, mark_wrong, measured, send
from tests.plans.house import daily, tell
from tests.referrals.house import reason
from tests.thread.conftest import work

HOUR = timedelta(hours=1)


def oxygen(cast: Cast, value: int, **more: Any) -> str:
    answer = send(
        cast, "observations/", measured(cast, "spo2_rest_ra", value, "%", effective_at=app_now().isoformat(), **more)
    )
    assert answer.status_code == 201, answer.content
    found: str = answer.json()["id"]
    return found


@pytest.mark.parametrize(("value", "left"), [(90, ["LU-01"]), (97, [])], ids=["still bad", "harmless"])
def test_a_value_corrected_after_its_window_has_passed_goes_on_if_it_is_still_bad(
    house: Cast, tmp_path: Path, value: int, left: list[str]
) -> None:
    """By then it fires no more (24 hours have passed), and yet the corrected value holds up what nobody has closed."""
    switch_on(house, tmp_path, shipped("LU-01"))
    fact = oxygen(house, 91)
    work()
    assert codes() == ["LU-01"]
    move_clock(by=timedelta(hours=26))
    work()
    assert codes() == ["LU-01"]
    assert correct(house, fact, value).status_code == 201
    work()
    assert codes() == left


def test_a_wording_that_cannot_be_read_any_more_silences_no_other(house: Cast, tmp_path: Path) -> None:
    broken = shipped("SW-02") | {"code": "MU-90"}
    switch_on(house, tmp_path, broken)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE escalation_criterionversion DISABLE TRIGGER criterion_version_is_signed")
    CriterionVersion.objects.filter(criterion__code="MU-90").update(when="what_was_once(a_word)")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE escalation_criterionversion ENABLE TRIGGER criterion_version_is_signed")
    complication(house)
    work()
    assert codes() == ["SW-00"]
    assert alarms.faults()["evaluations"]


def test_one_patient_who_cannot_be_read_holds_up_nobody_else(house: Cast) -> None:
    other = house.patient_of("Behrens")
    Patient.objects.filter(pk=other.pk).update(
        site=Site.objects.create(code="NOWHERE", name="Nowhere", time_zone="No/Where")
    )
    make_due(patient_id=other.pk, by=house.by, at=app_now() - HOUR)
    complication(house)
    work()
    assert codes() == ["SW-00"]
    assert alarms.faults()["evaluations"]


def test_in_one_test_the_fall_is_counted_from_its_start() -> None:
    test = uuid4()
    facts = [
        number("spo2_rest_ra", 97, NOON - 3 * HOUR, session=test), number("spo2_exert_nadir", 93, NOON - 2 * HOUR, session=test),
        number("spo2_rest_ra", 96, NOON - HOUR, session=test),
    ]  # fmt: skip
    assert fires("session_drop(spo2_rest_ra, spo2_exert_nadir) >= 4", *facts) is True


def test_without_the_date_of_the_diagnosis_nobody_knows_whether_lung_tests_are_overdue(house: Cast) -> None:
    Patient.objects.filter(pk=house.patient.pk).update(diagnosis_date=None)
    assert judge(seen_now(house.patient, 'overdue("pft")'), rule('overdue("pft")')).fires is None


def seen_now(patient: Patient, *texts: str) -> Picture:
    needs = picture.needs_of([(text, {}) for text in texts], looking.rules().knowledge)
    return picture.read([patient.pk], app_now(), needs)[patient.pk]


def test_of_two_plans_that_were_merged_the_one_that_goes_on_still_says_what_is_taken(house: Cast) -> None:
    """The other one's end is none of what the one that goes on says."""
    kept, gone = tell(house, "Kramer"), tell(house, "Kraemer")
    for story, day, medicine in ((kept, "2026-01-05", "prednisone"), (gone, "2026-03-02", "folic_acid")):
        story.follow(day, story.latest(story.plan(day, daily(medicine, "60"))))
    body = {"into": str(kept.patient.pk), "reason": "the same person"}
    assert send(house, f"patients/{gone.patient.pk}/merge/", body, who="coordinator").status_code == 200
    seen = seen_now(kept.patient, 'active("prednisone")')
    assert judge(seen, rule('active("prednisone")')).fires is True
    assert judge(seen, rule("immunosuppressed")).fires is True
    assert judge(seen, rule('active("folic_acid", "1d")')).fires is True
    assert judge(seen, rule('days_on("prednisone") >= 30')).fires is True


def test_a_statement_is_kept_with_the_sites_own_numbers(house: Cast) -> None:
    proposed, signed = house.governor.who, house.rheumatologist.who
    version = CriterionVersion.objects.get(criterion__code="SW-01", state="active")
    SiteValue.objects.create(
        criterion=version.criterion, site=house.site, name="positive", value="5", reason="x", state="signed",
        proposed_by=proposed, proposed_at=app_now(), signed_by=signed, signed_at=app_now(),
    )  # fmt: skip
    assert met(house, "SW-01").status_code == 201
    assert only("SW-01").values_used["positive"]["value"] == "5"


def test_a_fact_that_was_on_its_way_while_the_last_look_looked_opens_anew(house: Cast) -> None:
    """Its transaction had begun before the look and ended after it: its time is earlier, and nobody had seen it."""
    complication(house)
    work()
    row = only("SW-00")
    looked_at = watch(house).evaluated_at
    assert looked_at is not None
    close(house, row)
    late = complication(house, "aspiration_pneumonia")
    Condition.objects.filter(pk=late).update(
        recorded_at=looked_at - timedelta(seconds=1), effective_at=looked_at - HOUR
    )
    work()
    assert only("SW-00").severity == "emergency"


def test_what_the_other_record_knew_is_news_to_the_one_that_is_kept(house: Cast) -> None:
    """Nobody who closed it had seen that fact, however early it was recorded."""
    kept = second_record(house)
    about = str(kept.pk)
    unseen = screen(house, 8)
    work()
    Escalation.objects.all().update(state="withdrawn", ended_at=app_now(), end_reason="as if it had never fired")
    screen(house, 9, patient=about)
    work()
    (row,) = opened("SW-01", kept)
    move_clock(by=timedelta(minutes=5))
    look_again(kept)
    close(house, row)
    Observation.objects.filter(pk=unseen).update(effective_at=app_now() - timedelta(minutes=1))
    merge(house, kept)
    work()
    assert [one.criterion.code for one in opened("SW-01", kept)] == ["SW-01"]


def test_what_is_held_up_by_another_fact_is_not_withdrawn_because_of_what_came_later(house: Cast) -> None:
    """The referral of today is none of the day on which the other screen was recorded."""
    wrong = screen(house, 8)
    work()
    screen(house, 9)
    work()
    assert only("SW-01").evidence.count() == 2
    move_clock(by=HOUR)
    referrals.draft(patient=house.patient, by=house.rheumatologist.actor, at=app_now(), reason=reason(), send=True)
    work()
    assert mark_wrong(house, "observations", wrong).status_code == 200
    work()
    assert codes() == ["SW-01"]


def test_what_did_not_fall_is_said_so() -> None:
    facts = [number("fvc_pp", 70, NOON - 40 * HOUR), number("fvc_pp", 70, NOON - HOUR)]
    found = judge(look(*facts), rule('drop(fvc_pp, "9d") < 5'))
    assert "it did not fall" in found.sentence


def test_a_signature_is_not_taken_back_to_change_the_words(house: Cast) -> None:
    row = CriterionVersion.objects.filter(criterion__code="SW-01", state="active")
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(state="draft", signed_by=None, signed_at=None)


def test_a_batch_that_takes_longer_than_its_lease_is_begun_by_nobody_else(
    house: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else two who are slow would take it from each other for ever, and nothing would be written down."""
    for family in ("Behrens", "Claussen", "Dierks"):
        make_due(patient_id=house.patient_of(family).pk, by=house.by, at=app_now())
    complication(house)
    monkeypatch.setattr(watching, "LEASE", timedelta(seconds=0.9))
    judged, taken = looking.found_in, []

    def slowly(*arguments: Any) -> Any:
        sleep(0.4)
        taken.append(watching._lease()[1])
        return judged(*arguments)

    monkeypatch.setattr(looking, "found_in", slowly)
    watching.drain()
    assert taken == [{}, {}, {}, {}]
    assert codes() == ["SW-00"]
