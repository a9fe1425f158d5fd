"""Who recorded and who read is in the record; what was measured or written is not."""

import json
from uuid import UUID

from apps.audit.models import AuditEvent
from tests.cast import Cast
from tests.observations.house import WHEN, correct, get, happened, mark_wrong, measured, record, send, session, weigh


def test_no_value_stands_in_the_record(cast: Cast) -> None:
    numbered = {"source": "urn:lab:SECRET-LAB", "accession": "SECRET-4711", "conditions": "SECRET-FORMULA"}
    heavy = weigh(cast, 73.1357, **numbered)["id"]
    correct(cast, heavy, 161.8642, unit="[lb_av]", conditions="SECRET-MATH")
    record(cast, "ck", 4711.25, "U/L", reference_high="174.75")
    record(cast, "mip", -86.4213, "cm[H2O]")
    choked = record(cast, "wst3oz", "fail").json()["id"]
    mark_wrong(cast, "observations", choked, reason="SECRET-REASON")
    items = [measured(cast, "height", 168.2468, "cm", source="urn:lab:SECRET-LAB", accession="SECRET-4712")]
    send(cast, "observations/bulk/", {"items": items})
    patient = {"patient": str(cast.patient.pk), "effective_at": WHEN}
    send(cast, "complications/", {**patient, "code": "dysphagia", "note": "SECRET-NOTE"})
    over = send(cast, "resolutions/", {**patient, "code": "dysphagia", "note": "SECRET-NOTE"}).json()["id"]
    mark_wrong(cast, "resolutions", over, reason="SECRET-REASON")
    looked = {**patient, "kind": "ecg", "result": "SECRET-RESULT", "note": "SECRET-NOTE"}
    send(cast, "assessments/", looked)
    rash = send(cast, "adverse-events/", happened(cast, description="SECRET-WORDS", note="SECRET-NOTE")).json()["id"]
    missed = send(cast, "attendances/", session(cast, "missed", note="SECRET-NOTE")).json()["id"]
    mark_wrong(cast, "adverse-events", rash, reason="SECRET-REASON")
    mark_wrong(cast, "attendances", missed, reason="SECRET-REASON")
    get(cast, "observations/")
    events = AuditEvent.objects.filter(verb__startswith="observations.")
    assert events.count() >= 16
    assert set(events.values_list("verb", flat=True)) >= {
        "observations.record_adverse_event", "observations.record_attendance",
    }  # fmt: skip
    text = json.dumps(list(events.values("verb", "changes", "subject_type", "request_id")))
    assert "withheld" in text
    for hidden in ("73.13", "161.86", "73.42", "4711", "174.75", "86.42", '"fail"', "168.24", "SECRET", "lb_av"):
        assert hidden not in text, hidden


def test_recording_correcting_and_erring_are_recorded_with_who_and_whom(cast: Cast) -> None:
    old = weigh(cast)["id"]
    new = correct(cast, old, 71).json()["id"]
    mark_wrong(cast, "observations", new)
    events = AuditEvent.objects.filter(verb__startswith="observations.", patient_id=cast.patient.pk)
    assert list(events.order_by("position").values_list("verb", "subject_id", "actor_id")) == [
        (f"observations.{verb}", pk, cast.therapist.who.pk)
        for verb, pk in (
            ("record", UUID(old)), ("supersede", UUID(old)), ("correct", UUID(new)), ("enter_in_error", UUID(new)),
        )
    ]  # fmt: skip
    assert events.get(verb="observations.supersede").changes["status"] == ["final", "superseded"]
    assert events.get(verb="observations.correct").changes["corrects"] == [None, old]


def test_a_refusal_leaves_no_trace(cast: Cast) -> None:
    before = AuditEvent.objects.count()
    record(cast, "weight", -1, "kg")
    record(cast, "weight", 70, "kg", who="stranger")
    assert AuditEvent.objects.count() == before


def test_reading_is_recorded(cast: Cast) -> None:
    made = weigh(cast)["id"]
    get(cast, f"observations/{made}/", who="rheumatologist")
    event = AuditEvent.objects.get(verb="observations.read")
    assert (event.actor_id, event.patient_id) == (cast.rheumatologist.who.pk, cast.patient.pk)
    assert event.read_ids == [UUID(made)]
    assert event.changes == {}
