"""Registering, changing, finding, merging: the rules and their refusals."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection

from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.patients import operations
from apps.patients.models import Identifier, Patient, TargetRange
from apps.teams import operations as teams
from apps.teams.models import CareTeam, Membership
from tests.cast import Cast

NEW: dict[str, Any] = {
    "family_name": "Quill", "given_name": "Mona", "birth_date": "1971-02-03", "gender": "female", "onset": "adult",
}  # fmt: skip


def register(cast: Cast, **values: Any) -> Any:
    body = {**NEW, "site": str(cast.site.pk), **values}
    return cast.coordinator.client().post("/api/v1/patients/", body, format="json")


def field_of(answer: Any) -> str:
    field: str = answer.json()["errors"][0]["field"]
    return field


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"birth_date": "2999-01-01"}, 422, "birth_date"),
        ({"birth_date": "1850-01-01"}, 422, "birth_date"),
        ({"diagnosis_date": "1960-01-01"}, 422, "diagnosis_date"),
        ({"diagnosis_date": "2999-01-01"}, 422, "diagnosis_date"),
        ({"gender": "f"}, 400, "gender"),
        ({"family_name": ""}, 400, "family_name"),
        ({"family_name": "a\nb"}, 400, "family_name"),
        ({"given_name": "x" * 101}, 400, "given_name"),
        ({"birth_date": "03.02.1971"}, 400, "birth_date"),
        ({"identifiers": [{"system": "s"}]}, 400, "identifiers.0.value"),
    ],
)
def test_bad_input_names_the_field_and_writes_nothing(
    cast: Cast, values: dict[str, Any], code: int, field: str
) -> None:
    before = Patient.objects.count(), AuditEvent.objects.count()
    answer = register(cast, **values)
    assert answer.status_code == code
    assert field_of(answer) == field
    assert (Patient.objects.count(), AuditEvent.objects.count()) == before


def test_somebody_alike_is_pointed_out_and_can_be_overruled(cast: Cast) -> None:
    first = register(cast)
    assert first.status_code == 201
    second = register(cast, family_name="QUILL", given_name="Ramona")
    assert second.status_code == 409
    assert second.json()["type"] == "urn:careteam:problem:possible-duplicate"
    assert first.json()["id"] in second.json()["detail"]
    assert register(cast, given_name="Ramona", is_another_person=True).status_code == 201


def test_an_identifier_is_unique_at_its_site_until_it_is_retired(cast: Cast) -> None:
    number = [{"system": "https://linden.example/mrn", "value": "L-1"}]
    refused = register(cast, identifiers=number)
    assert refused.status_code == 409
    assert not Patient.objects.filter(family_name="Quill").exists()
    old = Identifier.objects.get(value="L-1")
    assert cast.coordinator.client().post(f"/api/v1/identifiers/{old.pk}/retire/").status_code == 200
    assert register(cast, identifiers=number).status_code == 201


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({"name": "alb"}, True),
        ({"name": "ALB"}, True),
        ({"name": "tes"}, True),
        ({"name": "lbe"}, False),
        ({"identifier": "L-1"}, True),
        ({"identifier": "L-"}, False),
        ({"birth_date": "1960-01-01"}, True),
        ({"birth_date": "1960-01-01", "name": "zz"}, False),
        ({"name": "%"}, False),
    ],
)
def test_a_patient_is_found_by_what_is_known(cast: Cast, search: dict[str, str], found: bool) -> None:
    rows = cast.therapist.client().post("/api/v1/patients/search/", search, format="json").json()["results"]
    assert [row["id"] for row in rows] == ([str(cast.patient.pk)] if found else [])
    assert cast.former.client().post("/api/v1/patients/search/", search, format="json").json()["results"] == []


def test_a_death_a_departure_and_an_error_are_recorded_and_taken_back(cast: Cast) -> None:
    client, url = cast.coordinator.client(), f"/api/v1/patients/{cast.patient.pk}/"
    for verb, status in (
        ("record-death", "deceased"),
        ("record-departure", "left"),
        ("enter-in-error", "entered_in_error"),
    ):
        done = client.post(f"{url}{verb}/", {"reason": "a test"}, format="json")
        assert done.json()["status"] == status
        assert client.post(f"{url}{verb}/", {"reason": "a test"}, format="json").status_code == 409
        back = client.post(f"{url}reactivate/", {"reason": "a mistake"}, format="json")
        assert (back.json()["status"], back.json()["status_reason"]) == ("active", "a mistake")


def test_a_record_in_error_takes_no_more_facts(cast: Cast) -> None:
    client, url = cast.coordinator.client(), f"/api/v1/patients/{cast.patient.pk}/"
    client.post(f"{url}enter-in-error/", {"reason": "a test"}, format="json")
    assert client.patch(url, {"given_name": "X"}, format="json").status_code == 409
    fact = {
        "patient": str(cast.patient.pk),
        "code": "mda5",
        "result": "positive",
        "effective_at": "2026-01-01T08:00:00Z",
    }
    assert client.post("/api/v1/antibodies/", fact, format="json").status_code == 409


@pytest.mark.parametrize(
    ("resource", "values", "field"),
    [
        ("antibodies", {"code": "mda5", "result": "positive", "effective_at": "2999-01-01T00:00:00Z"}, "effective_at"),
        ("antibodies", {"code": "mda5", "result": "positive", "effective_at": "1950-01-01T00:00:00Z"}, "effective_at"),
        ("target-ranges", {"instrument": "ck", "reason": "x"}, "low"),
        ("target-ranges", {"instrument": "ck", "low": "5", "high": "4", "reason": "x"}, "high"),
        ("mutes", {"topic": "MO-01", "reason": "x", "ends_at": "2000-01-01T00:00:00Z"}, "ends_at"),
    ],
)
def test_facts_that_cannot_be_are_refused_by_field(
    cast: Cast, resource: str, values: dict[str, str], field: str
) -> None:
    body = {"patient": str(cast.patient.pk), **values}
    answer = cast.coordinator.client().post(f"/api/v1/{resource}/", body, format="json")
    assert (answer.status_code, field_of(answer)) == (422, field)


def test_a_new_target_range_ends_the_one_before_it(cast: Cast) -> None:
    client = cast.coordinator.client()
    for high in ("400", "300"):
        body = {"patient": str(cast.patient.pk), "instrument": "ck", "high": high, "unit": "U/L", "reason": "x"}
        assert client.post("/api/v1/target-ranges/", body, format="json").status_code == 201
    assert [row.ends_at is None for row in TargetRange.objects.order_by("starts_at")] == [False, True]


def test_a_topic_is_muted_once_and_can_be_opened_again(cast: Cast) -> None:
    client = cast.coordinator.client()
    body = {"patient": str(cast.patient.pk), "topic": "MO-01", "reason": "x", "ends_at": "2099-01-01T00:00:00Z"}
    made = client.post("/api/v1/mutes/", body, format="json")
    assert client.post("/api/v1/mutes/", body, format="json").status_code == 409
    assert client.post(f"/api/v1/mutes/{made.json()['id']}/end/").status_code == 200
    assert client.post("/api/v1/mutes/", body, format="json").status_code == 201


def merged(cast: Cast) -> Patient:
    """The cast's patient goes into a second record of the same person, which has a team and facts of its own."""
    kept = cast.patient_of("Albers", given_name="Testa", is_another_person=True)
    at = app_now()
    stranger, covering = cast.stranger.member, cast.covering.member
    assert stranger is not None
    assert covering is not None
    joining: list[dict[str, Any]] = [{"member": stranger}, {"member": covering, "role": "lead"}]
    teams.form_care_team(by=cast.by, at=at, patient=kept, memberships=joining)
    for patient, high in ((cast.patient, 400), (kept, 300)):
        operations.set_target_range(patient=patient, by=cast.by, at=at, instrument="ck", reason="x", high=high)  # type: ignore[arg-type]
    operations.record_antibody(patient=cast.patient, by=cast.by, at=at, code="mda5", result="positive", effective_at=at)
    operations.mute(patient=cast.patient, by=cast.by, at=at, topic="MO-01", reason="x", ends_at=at + timedelta(days=9))
    url = f"/api/v1/patients/{cast.patient.pk}/merge/"
    answer = cast.coordinator.client().post(url, {"into": str(kept.pk), "reason": "the same person"}, format="json")
    assert answer.status_code == 200, answer.json()
    assert answer.json()["id"] == str(kept.pk)
    return kept


def test_everything_known_about_the_record_that_goes_is_known_about_the_one_that_stays(cast: Cast) -> None:
    kept = merged(cast)
    assert kept.identifiers.get().value == "L-1"
    assert kept.antibodies.count() == kept.mutes.count() == 1
    in_force = kept.target_ranges.filter(ends_at__isnull=True)
    assert in_force.get().high == 300
    assert kept.target_ranges.count() == 2
    team = CareTeam.objects.get(patient=kept, status="active")
    now = {
        (row.member.user.username, row.role) for row in Membership.objects.in_force(app_now()).filter(care_team=team)
    }
    assert now == {("stranger", "member"), ("covering", "lead"), ("rheumatologist", "lead"), ("therapist", "member")}
    for model in (Identifier, TargetRange, CareTeam):
        assert not model.objects.filter(patient=cast.patient).exists()


def test_everybody_who_saw_either_record_sees_the_one_that_stays_and_the_old_address_leads_there(cast: Cast) -> None:
    kept = merged(cast)
    for name in ("therapist", "rheumatologist", "stranger", "covering"):
        client = cast.personas[name].client()
        assert client.get(f"/api/v1/patients/{kept.pk}/").status_code == 200, name
        old = client.get(f"/api/v1/patients/{cast.patient.pk}/")
        assert old.status_code == 308, name
        assert old.headers["Location"].endswith(f"/api/v1/patients/{kept.pk}/")
    assert cast.former.client().get(f"/api/v1/patients/{cast.patient.pk}/").status_code == 404


def test_a_merge_is_recorded_for_both_and_cannot_be_done_twice(cast: Cast) -> None:
    kept = merged(cast)
    assert set(AuditEvent.objects.filter(verb="patients.merge").values_list("patient_id", flat=True)) == {
        cast.patient.pk,
        kept.pk,
    }
    client = cast.coordinator.client()
    again = client.post(
        f"/api/v1/patients/{kept.pk}/merge/", {"into": str(cast.patient.pk), "reason": "x"}, format="json"
    )
    assert again.status_code == 409
    itself = client.post(f"/api/v1/patients/{kept.pk}/merge/", {"into": str(kept.pk), "reason": "x"}, format="json")
    assert itself.status_code == 422


def test_nothing_personal_stands_in_the_record(cast: Cast) -> None:
    register(cast, identifiers=[{"system": "urn:x", "value": "SECRET-77"}])
    kept = merged(cast)
    operations.change(patient=kept, by=cast.by, at=app_now(), family_name="Renamed", birth_date=date(1961, 3, 4))
    text = json.dumps(list(AuditEvent.objects.values_list("changes", flat=True)))
    assert "withheld" in text
    for personal in ("Quill", "Mona", "1971-02-03", "SECRET-77", "Albers", "Renamed", "1961-03-04", "L-1"):
        assert personal not in text, personal


def test_a_change_whose_record_cannot_be_written_did_not_happen(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full'; END $$"
        )
        cursor.execute("CREATE TRIGGER refuse BEFORE INSERT ON audit_auditevent EXECUTE FUNCTION refuse()")
    with pytest.raises(DatabaseError, match="full"):
        operations.change(patient=cast.patient, by=cast.by, at=app_now(), given_name="Gone")
    assert Patient.objects.get(pk=cast.patient.pk).given_name == "Test"
