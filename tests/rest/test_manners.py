"""The manners of every HTTP answer."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from apps.audit.models import AuditEvent
from apps.common.clock import move_clock
from apps.rest.models import IdempotentRequest
from tests.cast import Cast


def pages(cast: Cast, ordering: str, limit: int) -> list[list[str]]:
    client = cast.coordinator.client()
    cursor: str | None = ""
    found: list[list[str]] = []
    while cursor is not None and len(found) < 50:
        answer = client.get(f"/api/v1/patients/?limit={limit}&ordering={ordering}&cursor={cursor}").json()
        found.append([row["id"] for row in answer["results"]])
        cursor = answer["next"]
    return found


@pytest.mark.parametrize("ordering", ["name", "-name", "recorded_at", "-recorded_at"])
def test_pages_show_every_row_once_even_where_many_are_alike(cast: Cast, ordering: str) -> None:
    for _ in range(13):
        cast.patient_of("Same", is_another_person=True)
    found = [pk for page in pages(cast, ordering, 4) for pk in page]
    assert len(found) == len(set(found)) == 15
    assert [pk for page in pages(cast, ordering, 100) for pk in page] == found


def test_a_row_that_comes_between_two_pages_moves_no_other(cast: Cast) -> None:
    for name in ("Ba", "Be", "Bi", "Bo"):
        cast.patient_of(name)
    client = cast.coordinator.client()
    first = client.get("/api/v1/patients/?limit=3").json()
    cast.patient_of("Aa")
    second = client.get(f"/api/v1/patients/?limit=3&cursor={first['next']}").json()
    names = [row["family_name"] for row in [*first["results"], *second["results"]]]
    assert names == ["Albers", "Ba", "Be", "Bi", "Bo", "Zander"]


def test_a_cursor_holds_no_name_that_can_be_read(cast: Cast) -> None:
    answer = cast.coordinator.client().get("/api/v1/patients/?limit=1").json()
    raw = base64.urlsafe_b64decode(answer["next"] + "=" * (-len(answer["next"]) % 4))
    assert b"albers" not in raw.lower()
    assert "albers" not in answer["next"].lower()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("limit=²", "limit"),
        ("ordering=birth_date", "ordering"), ("ordering=--name", "ordering"), ("cursor=abc", "cursor"), ("site=1", "site"),
        ("status=nonsense", "status"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named(cast: Cast, query: str, field: str) -> None:
    answer = cast.coordinator.client().get(f"/api/v1/patients/?{query}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert field in {error["field"] for error in answer.json()["errors"]}


def test_a_cursor_of_another_ordering_is_refused(cast: Cast) -> None:
    client = cast.coordinator.client()
    cursor = client.get("/api/v1/patients/?limit=1&ordering=name").json()["next"]
    assert client.get(f"/api/v1/patients/?ordering=-name&cursor={cursor}").status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        '{"a": NaN}',
        '{"a": 1, "a": 2}',
        '{"name": "\\u0000"}',
        '{"name": "\\ud800"}',
        "[" * 20000,
        b"\xff\xfe",
    ],
    ids=str,
)
def test_a_body_that_is_no_body_is_a_problem_document(cast: Cast, body: Any) -> None:
    answer = cast.coordinator.client().generic(
        "POST", "/api/v1/patients/search/", body, content_type="application/json"
    )
    assert answer.status_code == 400, answer.content
    assert answer.json()["type"] == "urn:careteam:problem:invalid-request" or answer.json()["status"] == 400


def test_an_unknown_field_is_named_and_nothing_is_written(cast: Cast) -> None:
    before = AuditEvent.objects.count()
    url = f"/api/v1/patients/{cast.patient.pk}/"
    answer = cast.coordinator.client().patch(url, {"given_name": "A", "phenotyp": "classic"}, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "phenotyp", "detail": "There is no such field."}]
    assert AuditEvent.objects.count() == before


def test_another_media_type_and_another_method_are_refused_in_the_same_form(cast: Cast) -> None:
    client = cast.coordinator.client()
    for answer, code in (
        (client.generic("POST", "/api/v1/patients/", "<a/>", content_type="application/xml"), 415),
        (client.delete(f"/api/v1/patients/{cast.patient.pk}/"), 405),
        (client.get("/api/v1/patients/", headers={"Accept": "text/csv"}), 406),
        (client.get("/api/v1/nowhere/"), 404),
    ):
        assert answer.status_code == code
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == code
        assert answer.headers["X-Request-ID"] in answer.json()["instance"]


@pytest.mark.parametrize(
    ("header", "code"),
    [('"v1"', 200), ("*", 200), ('"v2"', 412), ('"nonsense"', 412), ('W/"v1"', 412), ('"v99999999999"', 412)],
)
def test_if_match_lets_only_the_present_version_be_changed(cast: Cast, header: str, code: int) -> None:
    url = f"/api/v1/patients/{cast.patient.pk}/"
    answer = cast.coordinator.client().patch(url, {"given_name": "Anna"}, format="json", headers={"If-Match": header})
    assert answer.status_code == code
    if code == 200:
        assert answer.headers["ETag"] == '"v2"'


def test_verbs_honour_if_match(cast: Cast) -> None:
    url = f"/api/v1/care-teams/{cast.team.pk}/close/"
    client = cast.coordinator.client()
    assert client.post(url, {"reason": "x"}, format="json", headers={"If-Match": '"v7"'}).status_code == 412
    assert client.post(url, {"reason": "x"}, format="json", headers={"If-Match": '"v1"'}).status_code == 200


@pytest.mark.parametrize("key", [" ", "x" * 201, "ümlaut"])
def test_a_key_that_is_no_key_is_refused(cast: Cast, key: str) -> None:
    body = {
        "patient": str(cast.patient.pk),
        "code": "mda5",
        "result": "positive",
        "effective_at": "2026-01-01T08:00:00Z",
    }
    answer = cast.coordinator.client().post(
        "/api/v1/antibodies/", body, format="json", headers={"Idempotency-Key": key.encode().decode("latin-1")}
    )
    assert answer.status_code == 400


def test_a_key_is_forgotten_after_a_day_and_may_be_used_again(cast: Cast) -> None:
    client, headers = cast.coordinator.client(), {"Idempotency-Key": "daily"}
    body = {
        "patient": str(cast.patient.pk),
        "code": "mda5",
        "result": "positive",
        "effective_at": "2026-01-01T08:00:00Z",
    }
    first = client.post("/api/v1/antibodies/", body, format="json", headers=headers).json()["id"]
    move_clock(by=timedelta(hours=23))
    assert client.post("/api/v1/antibodies/", body, format="json", headers=headers).json()["id"] == first
    move_clock(by=timedelta(hours=2))
    again = client.post("/api/v1/antibodies/", {**body, "result": "negative"}, format="json", headers=headers)
    assert again.status_code == 201
    assert again.json()["id"] != first
    assert IdempotentRequest.objects.count() == 1


def test_reading_is_recorded_with_who_read_whom_before_the_answer_leaves(cast: Cast) -> None:
    client = cast.therapist.client()
    client.get(f"/api/v1/patients/{cast.patient.pk}/")
    client.get("/api/v1/patients/")
    detail, listed = AuditEvent.objects.filter(verb="patients.read").order_by("position")
    assert (detail.actor_id, detail.patient_id, detail.read_ids) == (
        cast.therapist.who.pk,
        cast.patient.pk,
        [cast.patient.pk],
    )
    assert listed.read_ids == [cast.patient.pk]


def test_an_empty_list_records_nothing(cast: Cast) -> None:
    cast.former.client().get("/api/v1/patients/")
    assert not AuditEvent.objects.filter(actor_id=cast.former.who.pk).exclude(verb__startswith="accounts").exists()


def test_a_view_that_breaks_answers_with_a_problem_document_and_no_trace(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE patients_mute RENAME TO patients_mute_gone")
    client = cast.coordinator.client()
    client.raise_request_exception = False
    answer = client.get("/api/v1/mutes/count/")
    assert answer.status_code == 500
    assert answer.json()["title"] == "Something went wrong on our side"
    assert b"Traceback" not in answer.content
    assert b"patients_mute" not in answer.content


def test_the_schema_is_openapi_3_1_without_a_warning(db: None, tmp_path: object) -> None:
    call_command("spectacular", fail_on_warn=True, validate=True, file=f"{tmp_path}/schema.yaml")
    schema = Client().get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).content
    assert json.loads(schema)["openapi"].startswith("3.1")


def test_the_documentation_page_asks_nothing_of_the_internet(db: None) -> None:
    page = Client().get("/api/v1/docs/").content.decode()
    assert "swagger-ui" in page
    assert "https://" not in page.replace("https://github.com/swagger-api", "")


def test_the_front_door_leads_to_the_log_in_and_live_looks_at_nothing(db: None) -> None:
    assert Client().get("/").headers["Location"] == "/login/"
    assert Client().get("/health/live").json() == {"status": "live"}


def test_ready_says_in_words_what_is_missing(db: None) -> None:
    answer = Client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["dispatcher"] == "No dispatcher has ever run: nobody is being nudged."
    assert answer.json()["checks"]["database"] == answer.json()["checks"]["migrations"] == "ok"


def test_metrics_name_no_patient(cast: Cast) -> None:
    cast.coordinator.client().get(f"/api/v1/patients/{cast.patient.pk}/")
    page = Client().get("/metrics").content.decode()
    assert "django_http_requests_total_by_method" in page
    assert str(cast.patient.pk) not in page
