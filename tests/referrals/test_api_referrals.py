"""Referrals through their REST doors: written, pre-filled, found; and who sees what of them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.accounts.permissions import Permission
from apps.audit.models import AuditEvent
from apps.common.clock import app_now, move_clock
from apps.nudges.models import Nudge
from apps.referrals.models import Attachment, Referral
from tests.cast import Cast, Persona, token_for
from tests.plans.doors import fields, get, good, kind, send
from tests.referrals.doors import REFERRALS, begun, brought, door, drafted, move
from tests.referrals.house import DAY, SLT, Loop

pytestmark = pytest.mark.django_db

ABSENT = "01900000-0000-7000-8000-000000000000"
NAME, BORN = "Quandt", "1960-01-01"


@pytest.fixture
def loop(cast: Cast, settings: Any) -> Loop:
    settings.EMAIL_HOST = "127.0.0.1"
    return begun(cast)


def recorded(loop: Loop, patient: Any, value: int) -> str:
    """The id of an EAT-10 that was recorded through its own door."""
    body = {"patient": str(patient.pk), "instrument": "eat10", "value": value, "effective_at": app_now().isoformat()}
    return str(good(send(loop.cast, "observations/", body, who="coordinator"), 201)["id"])


def working_days_later(at: datetime, count: int) -> datetime:
    """The same clock time so many days later, Saturdays and Sundays not counted."""
    while count:
        at += DAY
        count -= at.weekday() < 5
    return at


def ids(loop: Loop, query: str = "", who: str = "rheumatologist") -> set[str]:
    """Which referrals a list shows; its count says as many."""
    rows = good(get(loop.cast, f"{REFERRALS}?{query}", who=who))["results"]
    assert good(get(loop.cast, f"{REFERRALS}count/?{query}", who=who))["count"] == len(rows)
    return {row["id"] for row in rows}


def test_a_draft_has_everything_from_its_reason_and_asks_nobody_yet(loop: Loop) -> None:
    row = drafted(loop)
    # Clinical sheet, D.2: trouble swallowing goes to speech therapy, urgently.
    assert (row["state"], row["to"], row["urgency"], row["version"]) == ("draft", "slt", "urgent", 1)
    assert row["question"].startswith("EAT-10 of 3 or more")
    assert (row["to_site"], row["target_at"], row["sent_at"]) == (str(loop.cast.site.pk), None, None)
    assert (row["sender_name"], row["sender_discipline"]) == ("Rheumatologist", "rheumatology")
    assert (row["place"]["turn"], row["place"]["waits_for"]) == ("sender", "Rheumatologist")
    assert row["allowed_actions"] == ["send", "cancel", "enter_in_error"]
    assert not Nudge.objects.exists()
    assert get(loop.cast, door(row), who="therapist").status_code == 404


def test_sent_at_once_it_has_a_target_and_the_department_is_asked(loop: Loop) -> None:
    answer = send(loop.cast, REFERRALS, {"patient": str(loop.patient.pk), "reason": SLT, "send": True})
    row = good(answer, 201)
    assert answer["Location"].endswith(f"/{door(row)}")
    assert answer["ETag"] == f'"v{row["version"]}"'
    assert (row["state"], row["task_status"], row["place"]["turn"]) == ("sent", "requested", "owner")
    zone = loop.cast.site.zone
    sent, target = (datetime.fromisoformat(row[name]).astimezone(zone) for name in ("sent_at", "target_at"))
    assert target.replace(tzinfo=None) == working_days_later(sent.replace(tzinfo=None), 2)
    assert row["place"]["waits_for"] in {"Therapist", "Covering", "Colleague"}
    assert row["place"]["until"] == row["target_at"]
    assert "a coordinator is asked" in row["place"]["otherwise"]
    assert Nudge.objects.get(pk=row["nudge"]).state == "open"


def test_what_the_sender_says_differently_holds(loop: Loop) -> None:
    day = (loop.cast.site.local_date(app_now()) + 10 * DAY).isoformat()
    said: dict[str, Any] = {
        "question": "Is swallowing safe?", "urgency": "stat", "to": "dermatology", "patient_informed": True,
        "placer_number": "R-77", "target_on": day, "to_member": str(loop.cast.member_of("former")),
    }  # fmt: skip
    row = drafted(loop, **said, send=True)
    assert {name: row[name] for name in said} == said
    # The whole of that day is still in time.
    ends = datetime.fromisoformat(row["target_at"]).astimezone(loop.cast.site.zone)
    assert ends.isoformat()[:16] == f"{datetime.fromisoformat(day).date() + DAY}T00:00"
    assert row["place"]["waits_for"] == "Former"


def test_facts_go_along_as_they_were(loop: Loop) -> None:
    fact = recorded(loop, loop.patient, 12)
    row = drafted(loop, facts=[fact, fact], send=True)
    (sent,) = row["attachments"]
    assert (sent["observation"], sent["stands"], "12" in sent["words"]) == (fact, True, True)
    good(send(loop.cast, f"observations/{fact}/correct/", {"value": 4}), 201)
    (kept,) = good(get(loop.cast, door(row), who="therapist"))["attachments"]
    assert (kept["words"], kept["stands"]) == (sent["words"], False)


def test_facts_of_somebody_else_do_not(loop: Loop) -> None:
    other = recorded(loop, loop.cast.patient, 12)
    body = {"patient": str(loop.patient.pk), "reason": SLT, "facts": [other]}
    refused = send(loop.cast, REFERRALS, body)
    assert (refused.status_code, fields(refused)) == (422, ["facts"])
    row = drafted(loop)
    changed = loop.cast.rheumatologist.client().patch(f"/api/v1/{door(row)}", {"facts": [other]}, format="json")
    assert (changed.status_code, fields(changed)) == (422, ["facts"])
    assert not Attachment.objects.exists()


def test_a_second_one_for_the_same_reason_is_sent_on_purpose_only(loop: Loop) -> None:
    first = drafted(loop)
    body = {"patient": str(loop.patient.pk), "reason": SLT}
    refused = send(loop.cast, REFERRALS, body)
    assert (*kind(refused), refused.json()["referral"]) == (409, "already-referred", first["id"])
    assert drafted(loop, beside_open=True)["id"] != first["id"]


def test_a_new_referral_repeated_with_its_key_is_one(loop: Loop) -> None:
    body = {"patient": str(loop.patient.pk), "reason": SLT, "send": True}
    key = {"Idempotency-Key": "the one"}
    first, again = (send(loop.cast, REFERRALS, body, **key) for _ in range(2))
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert Referral.objects.count() == 1


def test_a_coordinator_writes_in_somebody_s_name_and_nobody_else_does(loop: Loop) -> None:
    rheumatologist = str(loop.cast.member_of("rheumatologist"))
    row = drafted(loop, "coordinator", sender=rheumatologist, send=True)
    assert (row["sender_name"], row["sender_discipline"]) == ("Rheumatologist", "rheumatology")
    assert row["transitions"][0]["name"] == "Coordinator"
    own = drafted(loop, "coordinator", beside_open=True)
    assert (own["sender_name"], own["sender_discipline"]) == ("Coordinator", "coordination")
    blind = {
        "patient": str(loop.patient.pk),
        "reason": SLT,
        "beside_open": True,
        "sender": str(loop.cast.member_of("stranger")),
    }
    for who in ("coordinator", "rheumatologist"):
        refused = send(loop.cast, REFERRALS, blind, who=who)
        assert (refused.status_code, fields(refused)) == (422, ["sender"]), who


def test_what_cannot_be_meant_is_refused_with_its_field(loop: Loop) -> None:
    dermatologist = str(loop.cast.member_of("former"))
    wrong: list[tuple[dict[str, Any], str, int]] = [
        ({"patient": ABSENT}, "patient", 400), ({"patient": str(loop.cast.other_patient.pk)}, "patient", 400),
        ({"reason": "boredom"}, "reason", 400), ({"reason": None}, "reason", 400), ({"reason": ["slt"]}, "reason", 400),
        ({"question": "x" * 1001}, "question", 400), ({"question": "a\u0007"}, "question", 422),
        ({"urgency": "asap"}, "urgency", 400), ({"to": "astrology"}, "to", 400), ({"to_site": ABSENT}, "to_site", 400),
        ({"to_member": ABSENT}, "to_member", 400), ({"to_member": dermatologist}, "to_member", 422),
        ({"to_site": str(loop.cast.elsewhere.pk), "to": "dermatology", "to_member": dermatologist}, "to_member", 422),
        ({"outside": "Practice", "to": "dermatology", "to_member": dermatologist}, "to_member", 422),
        ({"outside": "x" * 201}, "outside", 400), ({"placer_number": "x" * 61}, "placer_number", 400),
        ({"target_on": "2020-01-01"}, "target_on", 422), ({"target_on": "9999-12-31"}, "target_on", 400),
        ({"target_on": "0001-01-01"}, "target_on", 400), ({"facts": [ABSENT]}, "facts", 422),
        ({"facts": ["x"]}, "facts.0", 400), ({"facts": [ABSENT] * 51}, "facts", 400), ({"send": "maybe"}, "send", 400),
        ({"sender": ABSENT}, "sender", 400), ({"state": "accepted"}, "state", 400), ({"reasn": SLT}, "reasn", 400),
        ({"filler_number": "S-1"}, "filler_number", 400),
    ]  # fmt: skip
    before = AuditEvent.objects.count()
    for change, field, status in wrong:
        answer = send(loop.cast, REFERRALS, {"patient": str(loop.patient.pk), "reason": SLT, **change})
        assert (answer.status_code, fields(answer)) == (status, [field]), change
    assert not Referral.objects.exists()
    assert AuditEvent.objects.count() == before


def test_nobody_is_referred_who_is_in_our_care_no_longer(loop: Loop) -> None:
    good(send(loop.cast, f"patients/{loop.patient.pk}/record-departure/", {"reason": "moved"}, who="coordinator"))
    refused = send(loop.cast, REFERRALS, {"patient": str(loop.patient.pk), "reason": SLT}, who="coordinator")
    assert kind(refused) == (409, "conflict")


def sees_patient(loop: Loop, who: str) -> bool:
    """Whether the record opens, and whether any list speaks of the patient: both or neither."""
    pk = str(loop.patient.pk)
    opened = get(loop.cast, f"patients/{pk}/", who=who).status_code
    listed = pk in {row["id"] for row in good(get(loop.cast, "patients/", who=who))["results"]}
    facts = good(get(loop.cast, f"observations/count/?patient={pk}", who=who))["count"]
    assert (opened, listed, facts) in {(200, True, 1), (404, False, 0)}
    return bool(opened == 200)


def test_the_department_sees_the_referral_first_then_the_patient_then_neither(loop: Loop) -> None:
    recorded(loop, loop.patient, 12)
    row = brought(loop, "sent")
    for who in ("therapist", "colleague"):
        shown = get(loop.cast, door(row), who=who)
        assert good(shown)["patient"] == str(loop.patient.pk)
        said = shown.content.decode() + get(loop.cast, REFERRALS, who=who).content.decode()
        said += get(loop.cast, "inbox/", who=who).content.decode()
        assert NAME not in said
        assert BORN not in said
        assert not sees_patient(loop, who)
    for name in ("accept", "schedule", "see", "report"):
        good(move(loop, row, name))
        assert sees_patient(loop, "therapist"), name
        assert sees_patient(loop, "colleague"), name
    closed = good(move(loop, row, "review"))
    assert (closed["state"], closed["place"]["turn"], closed["allowed_actions"]) == ("closed", None, ["enter_in_error"])
    for who in ("therapist", "colleague"):
        assert get(loop.cast, door(row), who=who).status_code == 404
        assert not sees_patient(loop, who)
        assert ids(loop, who=who) == set()


def test_a_stranger_finds_nothing_and_moves_nothing(loop: Loop) -> None:
    row = brought(loop, "accepted")
    assert get(loop.cast, door(row), who="stranger").status_code == 404
    for name in ("accept", "see", "enter_in_error", "request_cancellation", "schedule"):
        assert move(loop, row, name, "stranger").status_code == 404
    assert loop.cast.stranger.client().patch(f"/api/v1/{door(row)}", {}, format="json").status_code == 404
    assert ids(loop, who="stranger") == ids(loop, f"patient={loop.patient.pk}", who="coordinator_elsewhere") == set()
    refused = send(loop.cast, REFERRALS, {"patient": str(loop.patient.pk), "reason": SLT}, who="stranger")
    assert (refused.status_code, fields(refused)) == (400, ["patient"])


def test_a_token_that_only_reads_moves_nothing_and_is_offered_nothing(loop: Loop) -> None:
    row = brought(loop, "sent")
    user = loop.cast.therapist.who
    loop.cast.personas["reader"] = Persona(user, token_for(user, [Permission.PATIENTS_READ.value]))
    assert good(get(loop.cast, door(row), who="reader"))["allowed_actions"] == []
    assert kind(move(loop, row, "accept", "reader")) == (403, "forbidden")
    refused = send(loop.cast, REFERRALS, {"patient": str(loop.patient.pk), "reason": SLT}, who="reader")
    assert kind(refused) == (403, "forbidden")
    loop.cast.personas["writer"] = Persona(user, token_for(user, [Permission.REFERRALS_WRITE.value]))
    assert get(loop.cast, door(row), who="writer").status_code == 403


def test_who_reads_one_is_recorded(loop: Loop) -> None:
    row = brought(loop, "sent")
    good(get(loop.cast, door(row), who="therapist"))
    event = AuditEvent.objects.filter(verb="referrals.read").latest("position")
    assert (event.actor_id, event.patient_id) == (loop.cast.therapist.who.pk, loop.patient.pk)
    assert [str(pk) for pk in event.read_ids] == [row["id"]]


def test_lists_are_filtered_as_a_person_looks_for_referrals(loop: Loop) -> None:
    draft = drafted(loop)["id"]
    sent = brought(loop, "sent", beside_open=True)["id"]
    closed = brought(loop, "closed", beside_open=True)["id"]
    derm = drafted(loop, "coordinator", reason="dermatology_ladder", urgency="routine", send=True)["id"]
    everything = {draft, sent, closed, derm}
    found = {
        "": everything, f"patient={loop.patient.pk}": everything, f"patient={loop.cast.patient.pk}": set(),
        "state=sent": {sent, derm}, "state=draft&state=closed": {draft, closed}, "open=true": everything - {closed},
        "open=false": {closed}, "urgency=routine": {derm}, "urgency=urgent": everything - {derm}, "to=dermatology": {derm},
        "to=slt": everything - {derm}, f"reason={SLT}": everything - {derm}, "reason=nothing": set(),
        "sent_by_me=true": everything - {derm}, "sent_by_me=false": {derm}, "my_turn=true": {draft},
        "my_turn=false": everything - {draft}, "overdue=true": set(), "overdue=false": everything, "stuck=true": set(),
        "stuck=false": everything,
    }  # fmt: skip
    for query, expected in found.items():
        assert ids(loop, query) == expected, query
    for wrong in ("state=lost", "urgency=asap", "patient=x", "ordering=patient"):
        assert get(loop.cast, f"{REFERRALS}?{wrong}").status_code == 400, wrong


def test_what_is_late_is_overdue_and_stuck_and_stays_so_in_the_list_of_whose_turn_it_is(loop: Loop) -> None:
    row = brought(loop, "accepted")
    assert ids(loop, "my_turn=true", "therapist") == {row["id"]}
    assert ids(loop, "my_turn=true") == set()
    target = datetime.fromisoformat(row["target_at"])
    move_clock(by=target - app_now() - timedelta(minutes=5))
    assert (ids(loop, "overdue=true"), ids(loop, "stuck=true")) == (set(), set())
    move_clock(by=timedelta(minutes=6))
    assert ids(loop, "overdue=true") == ids(loop, "stuck=true") == ids(loop, "my_turn=true", "therapist") == {row["id"]}
    assert ids(loop, "overdue=false") == ids(loop, "stuck=false") == set()
    assert good(get(loop.cast, door(row)))["place"]["overdue"] is True
    # The patient was seen, though late: nothing is overdue any more.
    assert good(move(loop, row, "see"))["place"]["overdue"] is False
    assert ids(loop, "overdue=true") == set()
    good(move(loop, row, "report"))
    assert (ids(loop, "my_turn=true"), ids(loop, "my_turn=true", "therapist")) == ({row["id"]}, set())


def test_pages_follow_one_another(loop: Loop) -> None:
    made = [drafted(loop, beside_open=True)["id"] for _ in range(3)]
    first = good(get(loop.cast, f"{REFERRALS}?limit=2&ordering=-drafted_at"))
    rest = good(get(loop.cast, f"{REFERRALS}?limit=2&ordering=-drafted_at&cursor={first['next']}"))
    assert [row["id"] for row in first["results"] + rest["results"]] == made[::-1]
    assert rest["next"] is None
    assert "transitions" not in first["results"][0]
