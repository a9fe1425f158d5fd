"""Two records of one person become one: what was known of either is known of the one that stays, once."""

from typing import Any

import pytest

from apps.common.clock import app_now
from apps.observations.models import AdverseEvent, Assessment, Attendance, Condition, Observation, Resolution
from apps.patients.models import Patient
from apps.teams import operations as teams
from tests.cast import Cast
from tests.observations.house import (
    API,
    SOURCE,
    WHEN,
    correct,
    happened,
    kind,
    mark_wrong,
    record,
    send,
    session,
    shown,
)


@pytest.fixture
def kept(cast: Cast) -> Patient:
    """A second record of the cast's patient, seen by their therapist."""
    patient = cast.patient_of("Albers", given_name="Testa", is_another_person=True)
    joining: list[dict[str, Any]] = [{"member": cast.therapist.member}]
    teams.form_care_team(by=cast.by, at=app_now(), patient=patient, memberships=joining)
    return patient


def merge(cast: Cast, kept: Patient) -> None:
    """The cast's patient goes into the record that stays."""
    body = {"into": str(kept.pk), "reason": "the same person"}
    answer = send(cast, f"patients/{cast.patient.pk}/merge/", body, who="coordinator")
    assert answer.status_code == 200, answer.json()


def numbered(cast: Cast, patient: Patient, accession: str, value: float = 70, **more: Any) -> str:
    answer = record(cast, "weight", value, "kg", patient=str(patient.pk), source=SOURCE, accession=accession, **more)
    assert answer.status_code == 201, answer.json()
    made: str = answer.json()["id"]
    return made


def test_every_kind_of_fact_goes_along(cast: Cast, kept: Patient) -> None:
    common = {"patient": str(cast.patient.pk), "effective_at": WHEN}
    for path, body in (
        ("observations/", {**common, "instrument": "weight", "value": 70, "unit": "kg"}),
        ("findings/", {**common, "code": "choking"}),
        ("complications/", {**common, "code": "dysphagia"}),
        ("resolutions/", {**common, "code": "dysphagia"}),
        ("assessments/", {**common, "kind": "ecg"}),
        ("adverse-events/", happened(cast)),
        ("attendances/", session(cast, "missed")),
    ):
        assert send(cast, path, body).status_code == 201
    merge(cast, kept)
    for model in (Observation, Condition, Resolution, Assessment, AdverseEvent, Attendance):
        number = 2 if model is Condition else 1
        assert model.objects.filter(patient=kept).count() == model.objects.count() == number
    weight = shown(cast, "observations", str(Observation.objects.get().pk))
    assert (weight["patient"], weight["value"], weight["status"]) == (str(kept.pk), 70, "final")
    swallowing = Condition.objects.get(concept__code="dysphagia")
    assert swallowing.resolution == Resolution.objects.get()


def test_a_result_that_both_records_had_is_kept_once(cast: Cast, kept: Patient) -> None:
    theirs, mine = numbered(cast, cast.patient, "A-1"), numbered(cast, kept, "A-1")
    only_theirs = numbered(cast, cast.patient, "A-2", 71)
    merge(cast, kept)
    rows = {str(row.pk): row for row in Observation.objects.all()}
    assert {row.patient_id for row in rows.values()} == {kept.pk}
    assert [rows[pk].status for pk in (mine, theirs, only_theirs)] == ["final", "entered_in_error", "final"]
    assert rows[theirs].error_reason
    standing = Observation.objects.standing().filter(source=SOURCE).values_list("accession", flat=True)
    assert sorted(standing) == ["A-1", "A-2"]
    for number, value, expected in (("A-1", 70, mine), ("A-2", 71, only_theirs)):
        again = record(cast, "weight", value, "kg", patient=str(kept.pk), source=SOURCE, accession=number)
        assert (again.status_code, again.json()["id"]) == (200, expected)


@pytest.mark.parametrize("marked_there", [True, False])
def test_of_a_result_that_both_had_the_marked_baseline_is_kept(cast: Cast, kept: Patient, marked_there: bool) -> None:
    numbered(cast, cast.patient, "A-1", baseline=marked_there)
    numbered(cast, kept, "A-1", baseline=not marked_there)
    merge(cast, kept)
    assert [row.baseline for row in Observation.objects.standing().filter(patient=kept)] == [True]


def test_one_number_for_two_instruments_is_two_results_and_both_stay(cast: Cast, kept: Patient) -> None:
    numbered(cast, kept, "A-1")
    record(cast, "height", 170, "cm", source=SOURCE, accession="A-1")
    merge(cast, kept)
    assert Observation.objects.standing().filter(patient=kept, accession="A-1").count() == 2


def test_corrected_results_of_both_records_are_kept_once_too(cast: Cast, kept: Patient) -> None:
    for patient in (cast.patient, kept):
        correct(cast, numbered(cast, patient, "A-1", 17), 71)
    merge(cast, kept)
    standing = Observation.objects.standing().get()
    assert (standing.patient, standing.value, standing.accession) == (kept, 71, "A-1")
    assert Observation.objects.filter(patient=kept).count() == 4
    assert standing.corrects is not None
    assert standing.corrects.status == "superseded"
    again = record(cast, "weight", 17, "kg", patient=str(kept.pk), source=SOURCE, accession="A-1")
    assert (again.status_code, again.json()["id"]) == (200, str(standing.pk))


@pytest.mark.parametrize("corrected_there", [True, False])
def test_a_correction_of_either_record_is_not_undone(cast: Cast, kept: Patient, corrected_there: bool) -> None:
    """What was corrected does not come back: neither when it is sent again nor by a merge."""
    theirs, mine = numbered(cast, cast.patient, "A-1", 17), numbered(cast, kept, "A-1", 17)
    assert correct(cast, theirs if corrected_there else mine, 71).status_code == 201
    merge(cast, kept)
    assert [row.value for row in Observation.objects.standing().filter(patient=kept)] == [71]


def test_a_result_that_was_wrong_here_and_unknown_there_stays_wrong(cast: Cast, kept: Patient) -> None:
    wrong = numbered(cast, cast.patient, "A-1")
    mark_wrong(cast, "observations", wrong, reason="another's scales")
    merge(cast, kept)
    row = Observation.objects.get()
    assert (row.patient, row.status, row.error_reason) == (kept, "entered_in_error", "another's scales")


def test_the_record_that_went_takes_nothing_more(cast: Cast, kept: Patient) -> None:
    merge(cast, kept)
    late = record(cast, "weight", 70, "kg", who="coordinator")
    assert (late.status_code, kind(late)) == (409, "conflict")
    assert not Observation.objects.exists()


def test_what_went_along_can_be_corrected_where_it_is_now(cast: Cast, kept: Patient) -> None:
    made = numbered(cast, cast.patient, "A-1", 17)
    merge(cast, kept)
    new = correct(cast, made, 71).json()
    assert (new["patient"], new["corrects"], new["status"]) == (str(kept.pk), made, "amended")
    listed = cast.therapist.client().get(f"{API}observations/?patient={kept.pk}").json()["results"]
    assert {row["id"] for row in listed} == {made, new["id"]}
