"""The life of a criterion's version: who signs, what fires, and what everybody is told while nothing does."""

from pathlib import Path
from typing import Any

import pytest

from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.common import alarms
from apps.escalation.models import CriterionVersion, Escalation
from tests.cast import Cast
from tests.escalation.house import SHIPPED, codes, complication, look_again, place, screen, shipped, write
from tests.observations.house import get, send
from tests.thread.conftest import Postbox, work


@pytest.fixture
def drafts(cast: Cast, postbox: Postbox) -> Cast:
    """The cast with the shipped criteria as they arrive, and two of clinical governance."""
    cast.person("governor", Role.GOVERNANCE)
    cast.person("second_governor", Role.GOVERNANCE)
    place(SHIPPED)
    return cast


def version(code: str, number: int = 1) -> CriterionVersion:
    return CriterionVersion.objects.get(criterion__code=code, number=number)


def do(cast: Cast, verb: str, row: CriterionVersion, *, who: str = "governor", **body: Any) -> int:
    answer = send(cast, f"criterion-versions/{row.pk}/{verb}/", body, who=who)
    row.refresh_from_db()
    return int(answer.status_code)


def on(cast: Cast, row: CriterionVersion) -> None:
    assert do(cast, "sign", row, waiver="tests follow") == 200
    assert do(cast, "activate", row) == 200


def test_what_is_shipped_arrives_as_a_draft_and_fires_nothing(drafts: Cast, postbox: Postbox) -> None:
    assert set(CriterionVersion.objects.values_list("state", flat=True)) == {"draft"}
    assert set(CriterionVersion.objects.values_list("criterion__code", flat=True)) >= {"SW-00", "SW-01", "LU-00"}
    complication(drafts, "aspiration_pneumonia")
    complication(drafts, "pneumonitis", severity="severe")
    screen(drafts, 40)
    work()
    assert not Escalation.objects.exists()
    assert postbox.mails == []


def test_neither_does_what_is_only_signed(drafts: Cast) -> None:
    assert do(drafts, "sign", version("SW-00"), waiver="tests follow") == 200
    complication(drafts)
    work()
    assert not Escalation.objects.exists()


def test_what_is_switched_on_fires_for_what_was_recorded_before(drafts: Cast) -> None:
    complication(drafts)
    work()
    on(drafts, version("SW-00"))
    look_again(drafts.patient)
    assert codes() == ["SW-00"]


def test_a_signature_names_the_signer_the_time_and_why_without_tests(drafts: Cast) -> None:
    row = version("SW-01")
    assert do(drafts, "sign", row, waiver="  tests follow ") == 200
    assert (row.state, row.signed_by, row.waiver) == ("signed", drafts.governor.user, "tests follow")
    assert row.signed_at is not None
    event = AuditEvent.objects.get(verb="escalation.sign")
    assert str(event.subject_id) == str(row.pk)


@pytest.mark.parametrize("body", [{}, {"waiver": ""}, {"waiver": "   "}])
def test_a_draft_whose_tests_have_not_run_is_signed_with_a_reason_only(drafts: Cast, body: dict[str, str]) -> None:
    row = version("SW-01")
    answer = send(drafts, f"criterion-versions/{row.pk}/sign/", body, who="governor")
    assert answer.status_code in {400, 422}
    assert [error["field"] for error in answer.json()["errors"]] == ["waiver"]
    row.refresh_from_db()
    assert (row.state, row.signed_by) == ("draft", None)


def test_a_state_by_itself_is_no_test(drafts: Cast) -> None:
    row = version("SW-01")
    CriterionVersion.objects.filter(pk=row.pk).update(state="tested")
    assert do(drafts, "sign", row) == 422
    assert do(drafts, "sign", row, waiver="read by me") == 200
    assert row.state == "signed"


def test_nobody_signs_what_they_wrote(drafts: Cast, tmp_path: Path) -> None:
    place(write(tmp_path, shipped("SW-01") | {"name": "My own wording"}), by=drafts.governor.actor)
    row = version("SW-01", 2)
    assert row.author == drafts.governor.user
    assert do(drafts, "sign", row, waiver="I am sure") == 403
    assert row.state == "draft"
    assert do(drafts, "sign", row, who="second_governor", waiver="read by me") == 200
    assert row.signed_by == drafts.second_governor.user


@pytest.mark.parametrize(
    ("who", "code"),
    [("nobody", 401), ("rheumatologist", 403), ("coordinator", 403), ("administrator", 403), ("service", 403)],
)
@pytest.mark.parametrize("verb", ["sign", "activate", "retire"])
def test_only_clinical_governance_does_any_of_it(drafts: Cast, who: str, code: int, verb: str) -> None:
    row = version("SW-00")
    assert do(drafts, verb, row, who=who, **({"waiver": "x"} if verb == "sign" else {})) == code
    assert row.state == "draft"


@pytest.mark.parametrize("state", ["draft", "tested", "retired", "active"])
def test_only_what_is_signed_is_switched_on(drafts: Cast, state: str) -> None:
    row = version("SW-00")
    if state == "active":
        on(drafts, row)
    elif state == "retired":
        assert do(drafts, "retire", row) == 200
    else:
        CriterionVersion.objects.filter(pk=row.pk).update(state=state)
    assert do(drafts, "activate", row) == 409
    assert row.state == state


@pytest.mark.parametrize("state", ["signed", "active", "retired"])
def test_what_has_left_its_draft_is_not_signed_again(drafts: Cast, state: str) -> None:
    row = version("SW-00")
    if state == "retired":
        assert do(drafts, "retire", row) == 200
    else:
        assert do(drafts, "sign", row, waiver="tests follow") == 200
        if state == "active":
            assert do(drafts, "activate", row) == 200
    assert do(drafts, "sign", row, who="second_governor", waiver="again") == 409
    assert row.state == state


def test_switching_on_retires_what_was_on(drafts: Cast, tmp_path: Path) -> None:
    first = version("SW-01")
    on(drafts, first)
    place(write(tmp_path, shipped("SW-01") | {"name": "Another wording"}))
    second = version("SW-01", 2)
    assert do(drafts, "sign", second, waiver="tests follow") == 200
    first.refresh_from_db()
    assert first.state == "active"  # a signature changes nothing in force
    assert do(drafts, "activate", second) == 200
    first.refresh_from_db()
    assert (first.state, second.state) == ("retired", "active")
    assert first.active_until == second.active_from
    assert (first.signed_by, first.waiver) == (drafts.governor.user, "tests follow")
    states = CriterionVersion.objects.filter(criterion__code="SW-01").values_list("state", flat=True)
    assert sorted(states) == ["active", "retired"]


def test_what_is_retired_fires_no_more_and_leaves_open_what_it_opened(drafts: Cast) -> None:
    row = version("SW-00")
    on(drafts, row)
    complication(drafts)
    work()
    assert do(drafts, "retire", row) == 200
    assert (row.state, row.active_until is not None) == ("retired", True)
    look_again(drafts.patient)
    assert codes() == ["SW-00"]
    complication(drafts, "dysphagia", who="stranger", patient=str(drafts.other_patient.pk))
    work()
    assert Escalation.objects.count() == 1
    assert do(drafts, "retire", row) == 409


def test_whoever_read_an_older_state_of_a_version_is_asked_to_read_again(drafts: Cast) -> None:
    row = version("SW-00")
    client = drafts.governor.client()
    path = f"/api/v1/criterion-versions/{row.pk}/"
    stale = client.get(path)["ETag"]
    assert do(drafts, "sign", row, waiver="tests follow") == 200
    assert client.post(f"{path}activate/", {}, format="json", HTTP_IF_MATCH=stale).status_code == 412
    row.refresh_from_db()
    assert row.state == "signed"


def test_criteria_are_read_by_everybody_who_looks_after_patients(drafts: Cast) -> None:
    row = get(drafts, f"criterion-versions/{version('SW-01').pk}/", who="therapist").json()
    assert (row["criterion"], row["state"], row["when"]) == ("SW-01", "draft", shipped("SW-01")["when"])
    assert row["parameters"]["positive"]["citation"] == "P-EAT"


def test_everybody_is_told_until_a_swallowing_and_a_lung_criterion_are_on(drafts: Cast) -> None:
    silent = alarms.faults()["criteria"]
    assert "swallowing" in silent
    assert "lung" in silent
    assert silent in alarms.sounding()
    on(drafts, version("SW-01"))
    assert "lung" in alarms.faults()["criteria"]
    assert "swallowing" not in alarms.faults()["criteria"]
    assert do(drafts, "sign", version("LU-00"), waiver="tests follow") == 200
    assert "lung" in alarms.faults()["criteria"]
    assert do(drafts, "activate", version("LU-00")) == 200
    assert alarms.faults()["criteria"] == ""
    assert do(drafts, "retire", version("SW-01")) == 200
    assert "swallowing" in alarms.faults()["criteria"]


def test_an_installation_without_any_criteria_says_so_too(cast: Cast) -> None:
    assert not CriterionVersion.objects.exists()
    assert "swallowing" in alarms.faults()["criteria"]
    assert "lung" in alarms.faults()["criteria"]
