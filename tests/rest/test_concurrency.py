"""Several people and several copies at once, on real connections."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connections, transaction

from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.patients.models import Antibody, Patient
from apps.rest.models import IdempotentRequest
from apps.teams import operations as teams
from apps.teams.models import Membership
from tests.cast import Cast

pytestmark = pytest.mark.xdist_group("real")


def at_once(work: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run each piece of work on a thread and a connection of its own, all starting at the same moment."""
    barrier, found = threading.Barrier(len(work)), [None] * len(work)

    def run(index: int, piece: Callable[[], Any]) -> None:
        try:
            barrier.wait(30)
            found[index] = piece()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def antibody_body(cast: Cast) -> dict[str, str]:
    return {
        "patient": str(cast.patient.pk),
        "code": "mda5",
        "result": "positive",
        "effective_at": "2026-01-01T08:00:00Z",
    }


def test_one_request_sent_50_times_at_once_is_done_once_and_answered_50_times_the_same(real_cast: Cast) -> None:
    clients = [real_cast.coordinator.client() for _ in range(50)]
    body, headers = antibody_body(real_cast), {"Idempotency-Key": "the same"}
    send = [partial(client.post, "/api/v1/antibodies/", body, format="json", headers=headers) for client in clients]
    answers = at_once(send)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum(answer.headers.get("Idempotent-Replayed") == "true" for answer in answers) == 49
    assert Antibody.objects.count() == 1
    assert AuditEvent.objects.filter(verb="patients.record_antibody").count() == 1
    assert len({(answer.headers.get("Location"), answer.headers.get("ETag")) for answer in answers}) == 1


def test_two_people_edit_one_row_and_one_of_them_is_told(real_cast: Cast) -> None:
    url = f"/api/v1/patients/{real_cast.patient.pk}/"
    tag = real_cast.coordinator.client().get(url).headers["ETag"]
    names = [{"given_name": name} for name in ("Anna", "Berta")]
    send = [
        partial(real_cast.coordinator.client().patch, url, name, format="json", headers={"If-Match": tag})
        for name in names
    ]
    answers = at_once(send)
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    kept = Patient.objects.get(pk=real_cast.patient.pk)
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert kept.given_name == winner.json()["given_name"]
    assert kept.version == 2


def test_two_coordinators_name_a_lead_at_once_and_there_is_one(real_cast: Cast) -> None:
    discipline = str(real_cast.membership.discipline_id)
    patient = real_cast.patient_of("Fresh")
    team = teams.form_care_team(by=real_cast.by, at=app_now(), patient=patient)

    def lead(name: str) -> int:
        body = {
            "care_team": str(team.pk),
            "member": str(real_cast.member_of(name)),
            "discipline": discipline,
            "role": "lead",
        }
        return real_cast.coordinator.client().post("/api/v1/memberships/", body, format="json").status_code

    codes = at_once([lambda: lead("therapist"), lambda: lead("covering")])
    assert sorted(codes) == [201, 409]
    assert Membership.objects.filter(care_team=team, role="lead").count() == 1


def test_one_lead_holds_in_the_database_too(real_cast: Cast) -> None:
    lead = real_cast.membership
    values = {
        "care_team": lead.care_team, "member_id": real_cast.member_of("stranger"), "discipline": lead.discipline,
        "role": "lead", "starts_at": app_now(),
    }  # fmt: skip
    with pytest.raises(Exception, match="one_lead_a_discipline"), transaction.atomic():
        Membership.objects.create(**values)


def test_two_records_merged_into_each_other_at_once_leave_one(real_cast: Cast) -> None:
    def merge(gone: UUID, kept: UUID) -> int:
        body = {"into": str(kept), "reason": "the same person"}
        return real_cast.coordinator.client().post(f"/api/v1/patients/{gone}/merge/", body, format="json").status_code

    one, two = real_cast.patient.pk, real_cast.other_patient.pk
    codes = at_once([lambda: merge(one, two), lambda: merge(two, one)])
    assert sorted(codes) in ([200, 400], [200, 404], [200, 409])
    assert Patient.objects.filter(pk__in=[one, two], status="merged").count() == 1


def test_a_refused_request_leaves_its_key_free(real_cast: Cast) -> None:
    client, headers = real_cast.coordinator.client(), {"Idempotency-Key": "again"}
    body = antibody_body(real_cast)
    wrong = client.post(
        "/api/v1/antibodies/", {**body, "effective_at": "2090-01-01T00:00:00Z"}, format="json", headers=headers
    )
    assert wrong.status_code == 422
    assert not IdempotentRequest.objects.exists()
    assert client.post("/api/v1/antibodies/", body, format="json", headers=headers).status_code == 201
    other = client.post("/api/v1/antibodies/", {**body, "result": "negative"}, format="json", headers=headers)
    assert other.status_code == 422
    assert other.json()["type"] == "urn:careteam:problem:idempotency-key-reused"
