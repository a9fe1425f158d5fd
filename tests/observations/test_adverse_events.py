"""Side effects of medicines: recorded beside the plan and never changing it, refused where they say nothing, entered in error."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.common.refusals import Forbidden
from apps.knowledge.models import MedicineEffect
from apps.observations import operations
from apps.observations.models import AdverseEvent
from apps.patients.models import Patient
from tests.cast import Cast
from tests.observations.house import (
    API,
    HOUR,
    WHEN,
    ahead,
    browser,
    get,
    happened,
    kind,
    made,
    mark_wrong,
    medicine,
    moment,
    page,
    refusal,
    send,
    shown,
    side_effect,
    told,
)

DOOR = "adverse-events"
BEFORE, AFTER = "2026-01-04T08:00:00Z", "2026-01-09T08:00:00Z"
SEE = ("coordinator", "therapist", "rheumatologist", "covering", "on_call_pulmonologist", "service")


def record(cast: Cast, *, who: str = "therapist", **more: Any) -> Any:
    return send(cast, f"{DOOR}/", happened(cast, **more), who=who)


def form(cast: Cast, **more: Any) -> dict[str, Any]:
    """The admin's form, filled in."""
    effect = side_effect()
    return {
        "patient": cast.patient.pk, "medicine": effect.medicine.pk, "effect": effect.pk, "description": "",
        "effective_at_0": "2026-01-05", "effective_at_1": "09:00", "severity": "severe", "seriousness": "on",
        "causality": "probable", "outcome": "ongoing", "resolved_at_0": "", "resolved_at_1": "", "action_taken": "paused",
        "note": "", **more,
    }  # fmt: skip


def test_a_known_side_effect_is_shown_with_all_that_was_said(cast: Cast) -> None:
    said: dict[str, Any] = {
        "severity": "severe", "seriousness": True, "causality": "probable", "outcome": "sequelae", "resolved_at": AFTER,
        "action_taken": "stopped", "note": "seen on the ward", "description": "on both arms",
    }  # fmt: skip
    answer = record(cast, **said)
    row = made(answer)
    assert answer.headers["Location"].endswith(f"{API}{DOOR}/{row['id']}/")
    assert {name: row[name] for name in said} == said
    assert (row["medicine"], row["medicine_name"]) == ("own_medicine", "Medicine own_medicine")
    assert (row["effect"], row["name"]) == ("own_rash", "Rash")
    assert (row["status"], row["effective_at"], row["patient"]) == ("final", WHEN, str(cast.patient.pk))
    assert row["recorded_by"] == str(cast.therapist.who.pk)
    assert shown(cast, DOOR, row["id"]) == row


def test_what_was_not_said_is_not_made_up(cast: Cast) -> None:
    row = made(record(cast))
    assert (row["causality"], row["action_taken"], row["note"], row["description"]) == ("", "", "", "")
    assert (row["outcome"], row["resolved_at"]) == ("unknown", None)


def test_what_no_source_knows_is_said_in_words(cast: Cast) -> None:
    row = made(record(cast, effect=None, description="  tongue feels furry "))
    assert (row["effect"], row["name"], row["description"]) == (None, "tongue feels furry", "tongue feels furry")


@pytest.mark.parametrize("description", ["", "   "])
def test_an_event_says_what_happened(cast: Cast, description: str) -> None:
    assert refusal(record(cast, effect=None, description=description)) == (422, ["description"])
    assert not AdverseEvent.objects.exists()


def test_an_effect_of_another_medicine_is_refused(cast: Cast) -> None:
    foreign = side_effect(medicine("own_other"), "own_other_headache", name="Headache")
    answer = record(cast, effect=foreign.code)
    assert refusal(answer) == (422, ["effect"])
    assert "none of the known side effects of Medicine own_medicine" in answer.json()["detail"]
    assert made(record(cast, medicine="own_other", effect=foreign.code))["name"] == "Headache"


@pytest.mark.parametrize("other", [kind for kind in MedicineEffect.Kind if kind != MedicineEffect.Kind.SIDE_EFFECT])
def test_what_a_medicine_is_given_for_is_no_side_effect_of_it(cast: Cast, other: str) -> None:
    wanted = side_effect(code="own_benefit", kind=other)
    assert refusal(record(cast, effect=wanted.code)) == (422, ["effect"])
    assert not AdverseEvent.objects.exists()


def test_what_is_out_of_use_is_refused(cast: Cast) -> None:
    gone = medicine("own_gone", retired=True)
    assert refusal(record(cast, medicine=gone.code, effect=None, description="x")) == (422, ["medicine"])
    doubted = side_effect(code="own_doubted", retired=True)
    assert refusal(record(cast, effect=doubted.code)) == (422, ["effect"])


@pytest.mark.parametrize("outcome", ["resolved", "sequelae"])
def test_what_is_over_may_say_since_when(cast: Cast, outcome: str) -> None:
    assert made(record(cast, outcome=outcome, resolved_at=WHEN))["resolved_at"] == WHEN
    assert made(record(cast, outcome=outcome))["resolved_at"] is None


@pytest.mark.parametrize("outcome", ["recovering", "ongoing", "fatal", "unknown"])
def test_what_is_not_over_has_no_such_time(cast: Cast, outcome: str) -> None:
    assert refusal(record(cast, outcome=outcome, seriousness=True, resolved_at=AFTER)) == (422, ["resolved_at"])


def test_nothing_is_over_before_it_began_or_in_the_future(cast: Cast) -> None:
    for when in (BEFORE, ahead(25 * HOUR)):
        assert refusal(record(cast, outcome="resolved", resolved_at=when)) == (422, ["resolved_at"]), when
    made(record(cast, outcome="resolved", resolved_at=ahead(23 * HOUR)))


def test_what_was_fatal_is_serious_and_changes_nothing_else(cast: Cast) -> None:
    assert refusal(record(cast, outcome="fatal", seriousness=False)) == (422, ["seriousness"])
    made(record(cast, outcome="fatal", seriousness=True, action_taken="stopped"))
    cast.patient.refresh_from_db()
    assert cast.patient.status == Patient.Status.ACTIVE


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"severity": "awful"}, "severity"),
        ({"severity": ""}, "severity"),
        ({"seriousness": "perhaps"}, "seriousness"),
        ({"seriousness": None}, "seriousness"),
        ({"causality": "sure"}, "causality"),
        ({"outcome": "over"}, "outcome"),
        ({"outcome": ""}, "outcome"),
        ({"action_taken": "doubled"}, "action_taken"),
        ({"description": "x" * 201}, "description"),
        ({"description": "a\nb"}, "description"),
        ({"note": "x" * 501}, "note"),
        ({"note": "a\tb"}, "note"),
        ({"medicine": "own_nothing"}, "medicine"),
        ({"effect": "own_nothing"}, "effect"),
        ({"resolved_at": "2026-01-09"}, "resolved_at"),
        ({"status": "final"}, "status"),
    ],
)
def test_what_the_schema_does_not_know_is_a_bad_request(cast: Cast, more: dict[str, Any], field: str) -> None:
    assert refusal(record(cast, **more)) == (400, [field])
    assert not AdverseEvent.objects.exists()


@pytest.mark.parametrize("name", ["medicine", "effective_at", "severity", "seriousness", "patient"])
def test_what_has_to_be_said_is_asked_for(cast: Cast, name: str) -> None:
    body = happened(cast)
    del body[name]
    assert refusal(send(cast, f"{DOOR}/", body)) == (400, [name])


@pytest.mark.parametrize("who", SEE)
def test_whoever_looks_after_the_patient_records_and_reads(cast: Cast, who: str) -> None:
    row = made(record(cast, who=who))
    assert [found["id"] for found in get(cast, f"{DOOR}/", who=who).json()["results"]] == [row["id"]]
    assert mark_wrong(cast, DOOR, row["id"], who=who).status_code == 200


@pytest.mark.parametrize("who", ["stranger", "former", "future", "coordinator_elsewhere"])
def test_whoever_does_not_see_the_patient_finds_nothing(cast: Cast, who: str) -> None:
    row = made(record(cast))
    assert refusal(record(cast, who=who)) == (400, ["patient"])
    assert get(cast, f"{DOOR}/", who=who).json()["results"] == []
    assert get(cast, f"{DOOR}/{row['id']}/", who=who).status_code == 404
    assert mark_wrong(cast, DOOR, row["id"], who=who).status_code == 404
    with pytest.raises(Forbidden):
        operations.enter_in_error(
            fact=AdverseEvent.objects.get(), by=cast.personas[who].actor, at=app_now(), reason="not mine"
        )
    assert AdverseEvent.objects.get().stands


@pytest.mark.parametrize(("who", "status"), [("administrator", 403), ("narrow_service", 403), ("nobody", 401)])
def test_whoever_has_nothing_to_do_with_patients_is_not_let_in(cast: Cast, who: str, status: int) -> None:
    assert record(cast, who=who).status_code == status
    assert get(cast, f"{DOOR}/", who=who).status_code == status
    assert not AdverseEvent.objects.exists()


def test_it_is_entered_in_error_once_and_stays_readable(cast: Cast) -> None:
    row = made(record(cast, note="kept"))
    assert refusal(mark_wrong(cast, DOOR, row["id"], reason="")) == (400, ["reason"])
    done = mark_wrong(cast, DOOR, row["id"], reason="it was the soap")
    assert done.status_code == 200
    assert done.json() == {**row, "status": "entered_in_error", "error_reason": "it was the soap"}
    assert shown(cast, DOOR, row["id"]) == done.json()
    again = mark_wrong(cast, DOOR, row["id"])
    assert (again.status_code, kind(again)) == (409, "conflict")


def test_lists_are_filtered(cast: Cast) -> None:
    other = side_effect(medicine("own_other"), "own_other_headache")
    first = made(record(cast, outcome="resolved"))["id"]
    second = made(record(cast, medicine="own_other", effect=other.code, seriousness=True, severity="severe"))["id"]
    third = made(record(cast, effective_at=AFTER, severity="mild"))["id"]
    mark_wrong(cast, DOOR, third)
    for query, expected in (
        ("", {first, second, third}),
        ("medicine=own_other", {second}),
        ("severity=mild&severity=severe", {second, third}),
        ("seriousness=true", {second}),
        ("seriousness=false", {first, third}),
        ("outcome=resolved", {first}),
        ("status=final", {first, second}),
        (f"since={AFTER}", {third}),
        (f"until={AFTER}", {first, second}),
        (f"patient={cast.other_patient.pk}", set()),
    ):
        rows = get(cast, f"{DOOR}/?{query}").json()["results"]
        assert {row["id"] for row in rows} == expected, query
        assert get(cast, f"{DOOR}/count/?{query}").json() == {"count": len(expected)}, query
    newest = get(cast, f"{DOOR}/?ordering=-effective_at").json()["results"]
    assert newest[0]["id"] == third


def test_the_record_says_who_did_what_and_keeps_the_words_out(cast: Cast) -> None:
    row = made(record(cast, description="SECRET", note="SECRET"))["id"]
    mark_wrong(cast, DOOR, row, reason="SECRET")
    recorded, wrong = AuditEvent.objects.filter(subject_id=row).order_by("position")
    assert (recorded.verb, recorded.actor_id, recorded.patient_id) == (
        "observations.record_adverse_event", cast.therapist.who.pk, cast.patient.pk,
    )  # fmt: skip
    assert recorded.changes == {
        "medicine": [None, str(medicine().pk)], "effect": [None, str(side_effect().pk)], "severity": [None, "moderate"],
        "seriousness": [None, False], "outcome": [None, "unknown"], "effective_at": [None, "2026-01-05T08:00:00+00:00"],
    }  # fmt: skip
    assert wrong.verb == "observations.enter_in_error"
    assert wrong.changes == {"status": ["final", "entered_in_error"], "error_reason": "withheld"}
    assert not {"description", "note", "error_reason"} & AdverseEvent.audited_fields


def test_the_rooms_above_are_told_of_what_is_recorded_and_of_nothing_refused(cast: Cast) -> None:
    with told() as heard:
        row = made(record(cast))["id"]
        mark_wrong(cast, DOOR, row)
        record(cast, effect=None)
        mark_wrong(cast, DOOR, row)
    assert heard == [(cast.patient.pk, moment(WHEN))] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"effect": None, "description": ""},
        {"outcome": "ongoing", "resolved_at": moment(AFTER)},
        {"outcome": "resolved", "resolved_at": moment(BEFORE)},
        {"outcome": "fatal"},
        {"status": "entered_in_error"},
    ],
)
def test_the_database_holds_the_rules_too(cast: Cast, wrong: dict[str, Any]) -> None:
    row = made(record(cast))["id"]
    with pytest.raises(IntegrityError), transaction.atomic():
        AdverseEvent.objects.filter(pk=row).update(**wrong)


def test_it_is_recorded_in_the_admin_from_the_patients_page(cast: Cast) -> None:
    admin = browser(cast, "coordinator")
    add = reverse("admin:observations_adverseevent_add")
    assert f"{add}?patient={cast.patient.pk}" in page(admin, "patients_patient_change", cast.patient.pk)
    side_effect(code="own_helps", kind=MedicineEffect.Kind.BENEFIT, name="Helps")
    side_effect(code="own_doubted", name="Doubted", retired=True)
    medicine("own_gone", retired=True)
    empty = page(admin, "observations_adverseevent_add")
    assert "Medicine own_medicine: Rash" not in empty
    side_effect()
    offered = page(admin, "observations_adverseevent_add")
    assert "Medicine own_medicine: Rash" in offered
    for hidden in ("Helps", "Doubted", "own_gone"):
        assert hidden not in offered
    answer = admin.post(add, form(cast))
    assert answer.status_code == 302, answer.content.decode()[:2000]
    row = AdverseEvent.objects.get()
    assert (row.name, row.severity, row.seriousness, row.outcome) == ("Rash", "severe", True, "ongoing")
    assert (row.causality, row.action_taken, row.recorded_by) == ("probable", "paused", cast.coordinator.who)
    assert "Rash" in page(admin, "observations_adverseevent_changelist")
    assert "Rash" in page(admin, "observations_adverseevent_change", row.pk)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"effect": ""}, "say in words what happened"),
        ({"medicine": "other"}, "none of the known side effects of Medicine own_other"),
        ({"outcome": "fatal", "seriousness": ""}, "What was fatal is serious."),
        ({"resolved_at_0": "2026-01-09", "resolved_at_1": "09:00"}, "Only what is resolved has a time"),
        ({"severity": ""}, "This field is required."),
    ],
)
def test_the_admin_says_what_is_wrong(cast: Cast, more: dict[str, Any], words: str) -> None:
    filled = form(cast) | more
    if more.get("medicine"):
        filled["medicine"] = medicine("own_other").pk
    if not filled["seriousness"]:
        del filled["seriousness"]
    answer = browser(cast, "coordinator").post(reverse("admin:observations_adverseevent_add"), filled)
    assert (answer.status_code, words in answer.content.decode()) == (200, True)
    assert not AdverseEvent.objects.exists()


def test_the_admin_enters_in_error_and_shows_nothing_to_others(cast: Cast) -> None:
    row = made(record(cast, effect=None, description="tongue feels furry"))["id"]
    elsewhere = browser(cast, "coordinator_elsewhere")
    assert "furry" not in page(elsewhere, "observations_adverseevent_changelist")
    error = reverse("admin:observations_adverseevent_error", args=[row])
    assert elsewhere.post(error, {"reason": "not mine"}).status_code == 404
    admin = browser(cast, "coordinator")
    assert error in page(admin, "observations_adverseevent_change", row)
    assert admin.post(error, {"reason": "another patient"}).status_code == 302
    found = AdverseEvent.objects.get()
    assert (found.status, found.error_reason) == ("entered_in_error", "another patient")
    assert error not in page(admin, "observations_adverseevent_change", row)
