"""Sessions that the patient came to or missed, or that the service cancelled."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.audit.models import AuditEvent
from apps.knowledge.models import Discipline
from apps.observations.models import Attendance
from tests.cast import Cast
from tests.observations.house import (
    API,
    WHEN,
    browser,
    get,
    intervention,
    kind,
    made,
    mark_wrong,
    moment,
    page,
    refusal,
    send,
    session,
    shown,
    told,
)

DOOR = "attendances"
AFTER = "2026-01-09T08:00:00Z"


def record(cast: Cast, outcome: str = "attended", *, who: str = "therapist", **more: Any) -> Any:
    return send(cast, f"{DOOR}/", session(cast, outcome, **more), who=who)


def form(cast: Cast, **more: Any) -> dict[str, Any]:
    """The admin's form, filled in."""
    return {
        "patient": cast.patient.pk, "intervention": intervention().pk, "outcome": "missed", "note": "",
        "discipline": Discipline.objects.get(code="physiotherapy").pk, "effective_at_0": "2026-01-05",
        "effective_at_1": "09:00", **more,
    }  # fmt: skip


@pytest.mark.parametrize("outcome", ["attended", "missed", "cancelled"])
def test_a_session_is_shown_with_what_became_of_it(cast: Cast, outcome: str) -> None:
    answer = record(cast, outcome, note="rang at noon")
    row = made(answer)
    assert answer.headers["Location"].endswith(f"{API}{DOOR}/{row['id']}/")
    assert (row["intervention"], row["discipline"], row["outcome"]) == ("own_exercise", "slt", outcome)
    assert (row["note"], row["status"], row["effective_at"]) == ("rang at noon", "final", WHEN)
    assert (row["patient"], row["recorded_by"]) == (str(cast.patient.pk), str(cast.therapist.who.pk))
    assert shown(cast, DOOR, row["id"]) == row


def test_what_has_no_sessions_cannot_be_attended(cast: Cast) -> None:
    answer = record(cast, intervention=intervention("own_sunscreen", attended=False).code)
    assert refusal(answer) == (422, ["intervention"])
    assert "has no sessions" in answer.json()["detail"]
    gone = intervention("own_gone", retired=True)
    assert refusal(record(cast, intervention=gone.code)) == (422, ["intervention"])
    assert not Attendance.objects.exists()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"outcome": "late"}, "outcome"),
        ({"outcome": ""}, "outcome"),
        ({"outcome": None}, "outcome"),
        ({"intervention": "own_nothing"}, "intervention"),
        ({"intervention": 5}, "intervention"),
        ({"note": "x" * 501}, "note"),
        ({"note": "a\nb"}, "note"),
        ({"discipline": "alchemy"}, "discipline"),
        ({"recorded_at": WHEN}, "recorded_at"),
    ],
)
def test_what_the_schema_does_not_know_is_a_bad_request(cast: Cast, more: dict[str, Any], field: str) -> None:
    assert refusal(send(cast, f"{DOOR}/", session(cast) | more)) == (400, [field])
    assert not Attendance.objects.exists()


@pytest.mark.parametrize("name", ["patient", "intervention", "outcome", "effective_at"])
def test_what_has_to_be_said_is_asked_for(cast: Cast, name: str) -> None:
    body = session(cast)
    del body[name]
    assert refusal(send(cast, f"{DOOR}/", body)) == (400, [name])


@pytest.mark.parametrize("who", ["stranger", "former", "future", "coordinator_elsewhere"])
def test_whoever_does_not_see_the_patient_finds_nothing(cast: Cast, who: str) -> None:
    row = made(record(cast))["id"]
    assert refusal(record(cast, who=who)) == (400, ["patient"])
    assert get(cast, f"{DOOR}/", who=who).json()["results"] == []
    assert get(cast, f"{DOOR}/{row}/", who=who).status_code == 404
    assert mark_wrong(cast, DOOR, row, who=who).status_code == 404
    assert Attendance.objects.get().stands


@pytest.mark.parametrize(("who", "status"), [("administrator", 403), ("narrow_service", 403), ("nobody", 401)])
def test_whoever_has_nothing_to_do_with_patients_is_not_let_in(cast: Cast, who: str, status: int) -> None:
    assert record(cast, who=who).status_code == status
    assert get(cast, f"{DOOR}/", who=who).status_code == status
    assert not Attendance.objects.exists()


def test_it_is_entered_in_error_once_and_by_whoever_sees_the_patient(cast: Cast) -> None:
    row = made(record(cast, "missed"))
    done = mark_wrong(cast, DOOR, row["id"], reason="was in the waiting room", who="rheumatologist")
    assert done.status_code == 200
    assert done.json() == {**row, "status": "entered_in_error", "error_reason": "was in the waiting room"}
    again = mark_wrong(cast, DOOR, row["id"])
    assert (again.status_code, kind(again)) == (409, "conflict")
    assert list(Attendance.objects.standing()) == []


def test_lists_are_filtered(cast: Cast) -> None:
    intervention("own_voice")
    first = made(record(cast, "missed"))["id"]
    second = made(record(cast, "cancelled", intervention="own_voice", effective_at=AFTER))["id"]
    third = made(record(cast, who="coordinator", discipline="physiotherapy"))["id"]
    for query, expected in (
        ("", {first, second, third}),
        ("outcome=missed&outcome=cancelled", {first, second}),
        ("outcome=attended", {third}),
        ("intervention=own_voice", {second}),
        ("discipline=physiotherapy", {third}),
        ("discipline=slt&outcome=missed", {first}),
        (f"since={AFTER}", {second}),
        ("status=entered_in_error", set()),
        (f"patient={cast.other_patient.pk}", set()),
    ):
        rows = get(cast, f"{DOOR}/?{query}").json()["results"]
        assert {row["id"] for row in rows} == expected, query
        assert get(cast, f"{DOOR}/count/?{query}").json() == {"count": len(expected)}, query
    assert get(cast, f"{DOOR}/?ordering=-effective_at").json()["results"][0]["id"] == second


def test_the_record_says_who_did_what_and_keeps_the_words_out(cast: Cast) -> None:
    row = made(record(cast, "missed", note="SECRET"))["id"]
    mark_wrong(cast, DOOR, row, reason="SECRET")
    recorded, wrong = AuditEvent.objects.filter(subject_id=row).order_by("position")
    assert (recorded.verb, recorded.actor_id, recorded.patient_id) == (
        "observations.record_attendance", cast.therapist.who.pk, cast.patient.pk,
    )  # fmt: skip
    assert recorded.changes == {
        "intervention": [None, str(intervention().pk)], "outcome": [None, "missed"],
        "discipline": [None, str(Discipline.objects.get(code="slt").pk)],
        "effective_at": [None, "2026-01-05T08:00:00+00:00"],
    }  # fmt: skip
    assert wrong.changes == {"status": ["final", "entered_in_error"], "error_reason": "withheld"}
    assert not {"note", "error_reason"} & Attendance.audited_fields


def test_the_rooms_above_are_told_of_what_is_recorded_and_of_nothing_refused(cast: Cast) -> None:
    with told() as heard:
        row = made(record(cast, "missed"))["id"]
        mark_wrong(cast, DOOR, row)
        record(cast, discipline="pulmonology")
    assert heard == [(cast.patient.pk, moment(WHEN))] * 2


def test_the_database_lets_no_error_stand_without_a_reason(cast: Cast) -> None:
    row = made(record(cast))["id"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Attendance.objects.filter(pk=row).update(status="entered_in_error")


def test_it_is_recorded_and_entered_in_error_in_the_admin(cast: Cast) -> None:
    admin, add = browser(cast, "coordinator"), reverse("admin:observations_attendance_add")
    intervention("own_sunscreen", attended=False)
    intervention("own_gone", retired=True)
    filled = form(cast)
    offered = page(admin, "observations_attendance_add")
    assert "own_exercise" in offered
    assert "own_sunscreen" not in offered
    assert "own_gone" not in offered
    answer = admin.post(add, filled)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    row = Attendance.objects.get()
    assert (row.outcome, row.discipline.code, row.recorded_by) == ("missed", "physiotherapy", cast.coordinator.who)
    assert "Missed by the patient" in page(admin, "observations_attendance_changelist")
    error = reverse("admin:observations_attendance_error", args=[row.pk])
    assert error in page(admin, "observations_attendance_change", row.pk)
    assert browser(cast, "coordinator_elsewhere").post(error, {"reason": "not mine"}).status_code == 404
    assert admin.post(error, {"reason": "another day"}).status_code == 302
    row.refresh_from_db()
    assert (row.status, row.error_reason) == ("entered_in_error", "another day")


def test_the_admin_says_what_is_wrong(cast: Cast) -> None:
    answer = browser(cast, "coordinator").post(
        reverse("admin:observations_attendance_add"), form(cast, effective_at_0="2999-01-05")
    )
    assert (answer.status_code, "more than a day in the future" in answer.content.decode()) == (200, True)
    assert not Attendance.objects.exists()
