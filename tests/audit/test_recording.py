"""What is recorded, what is withheld, and that nothing happens without its record."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from apps.accounts import operations
from apps.accounts.models import Holiday, Site, User
from apps.audit import operations as audit
from apps.audit.agents import Agent
from apps.audit.models import AuditEvent
from tests.accounts.house import House, actor, last_event, now
from tests.cast import Cast

FAIL = """
CREATE FUNCTION audit_is_broken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no room for the record'; END $$;
CREATE TRIGGER audit_is_broken BEFORE INSERT ON audit_auditevent FOR EACH ROW EXECUTE FUNCTION audit_is_broken();
"""


def test_an_event_says_who_did_what_to_what_and_when(house: House) -> None:
    by, at = actor(house.administrator), now()
    operations.change_site(site=house.linden, by=by, at=at, time_zone="Europe/Paris")
    event = last_event()
    assert (event.actor_id, event.token_id, event.request_id) == (house.administrator.pk, None, "a-test")
    assert (event.verb, event.subject_type, event.subject_id) == (
        "accounts.change_site", "accounts.site", house.linden.pk,
    )  # fmt: skip
    assert (event.at, event.site_id, event.patient_id) == (at, house.linden.pk, None)
    assert event.changes == {"time_zone": ["Europe/Berlin", "Europe/Paris"]}


def test_a_token_is_named_beside_its_user(house: House) -> None:
    house.secret(house.service)
    token = house.service.tokens.get()
    by = User.objects.with_access().get(pk=house.service.pk).actor(token=token)
    audit.record(by=by, at=now(), verb="x.y", subject=house.linden)
    assert (last_event().actor_id, last_event().token_id) == (house.service.pk, token.pk)


@given(before=st.text(max_size=30), after=st.text(max_size=30))
def test_a_value_that_the_row_does_not_allow_is_never_kept(before: str, after: str) -> None:
    safe = audit._safe(User(), {"name": (before, after), "kind": ("a", "b")})
    assert safe == {"name": audit.WITHHELD, "kind": ["a", "b"]}


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        (7, 7),
        ("text", "text"),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), "2026-03-01T12:00:00+00:00"),
        (["a", date(2026, 3, 1)], ["a", "2026-03-01"]),
        (b"bytes", "b'bytes'"),
    ],
)
def test_values_are_kept_in_a_plain_form(value: Any, plain: Any) -> None:
    assert audit._safe(Site(), {"code": (None, value)}) == {"code": [None, plain]}


def test_a_row_is_kept_as_its_id() -> None:
    site = Site()
    assert audit._safe(Site(), {"code": (None, site)}) == {"code": [None, str(site.pk)]}


def test_no_name_number_or_birth_date_of_a_patient_is_in_the_record(cast: Cast) -> None:
    patient = cast.patient
    said = str(list(AuditEvent.objects.filter(patient_id=patient.pk).values_list("verb", "changes")))
    assert "patients.register" in said
    number = patient.identifiers.get()
    for secret in (patient.family_name, patient.given_name, patient.birth_date.isoformat(), number.value):
        assert secret not in said


def test_reading_is_one_event_with_the_ids_that_were_read(
    house: House, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ids, patient, at = [uuid4() for _ in range(50)], uuid4(), now()
    by = Agent(user_id=house.coordinator.pk, request_id="a-request")
    with django_assert_num_queries(1):
        audit.record_read(by=by, at=at, verb="x.read", subject_type="x.row", ids=ids, patient_id=patient)
    event = last_event()
    assert (event.verb, event.read_ids, event.patient_id) == ("x.read", ids, patient)
    assert (event.actor_id, event.request_id, event.at, event.changes) == (house.coordinator.pk, "a-request", at, {})


def test_an_operation_whose_record_cannot_be_written_leaves_nothing(house: House) -> None:
    by, day = actor(house.administrator), date(2027, 1, 1)
    tries: list[Any] = [
        lambda: operations.open_site(by=by, at=now(), code="annex", name="Annex", time_zone="UTC"),
        lambda: operations.add_user(by=by, at=now(), username="nora", name="Nora", home_site=house.linden),
        lambda: operations.change_user(user=house.therapist, by=by, at=now(), name="Changed"),
        lambda: operations.add_holiday(site=house.linden, by=by, at=now(), on=day, name="New Year"),
        lambda: operations.end_grant(grant=house.therapist.grants.get(), by=by, at=now()),
        lambda: operations.set_password(user=house.therapist, by=by, at=now(), password="another long sentence"),
    ]
    with connection.cursor() as cursor:
        cursor.execute(FAIL)
    for operation in tries:
        with pytest.raises(DatabaseError, match="no room for the record"), transaction.atomic():
            operation()
    theo = User.objects.get(pk=house.therapist.pk)
    assert (Site.objects.count(), User.objects.count(), Holiday.objects.count()) == (2, 5, 0)
    assert (theo.name, theo.version, theo.password) == ("Theo", 1, house.therapist.password)
    assert theo.grants.get().ends_at is None


def test_a_read_that_cannot_be_recorded_is_not_answered(cast: Cast) -> None:
    client = cast.coordinator.client()
    client.raise_request_exception = False
    address = f"/api/v1/patients/{cast.patient.pk}/"
    assert client.get(address).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute(FAIL)
    answer = client.get(address)
    assert answer.status_code >= 500
    assert cast.patient.family_name not in answer.content.decode()
