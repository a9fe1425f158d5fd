"""Findings, complications, and what is over."""

from typing import Any

import pytest

from apps.audit.models import AuditEvent
from apps.observations.models import Condition, Resolution
from tests.cast import Cast
from tests.observations.house import API, WHEN, get, kind, mark_wrong, refusal, send, shown

BEFORE, AFTER, LONG_AFTER = "2026-01-01T08:00:00Z", "2026-01-09T08:00:00Z", "2026-01-20T08:00:00Z"


def condition(cast: Cast, path: str, code: str, *, who: str = "therapist", **more: Any) -> Any:
    body = {"patient": str(cast.patient.pk), "code": code, "effective_at": WHEN, **more}
    return send(cast, path, body, who=who)


def complication(cast: Cast, code: str = "dysphagia", **more: Any) -> str:
    answer = condition(cast, "complications/", code, **more)
    assert answer.status_code == 201, answer.json()
    made: str = answer.json()["id"]
    return made


def resolve(cast: Cast, code: str = "dysphagia", when: str = AFTER, **more: Any) -> str:
    answer = condition(cast, "resolutions/", code, effective_at=when, **more)
    assert answer.status_code == 201, answer.json()
    made: str = answer.json()["id"]
    return made


def test_a_complication_is_shown_with_its_codes_and_open(cast: Cast) -> None:
    answer = condition(cast, "complications/", "aspiration_pneumonia", severity="severe", icd10="J69.0", note="left")
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"{API}complications/{made['id']}/")
    assert (made["code"], made["name"]) == ("aspiration_pneumonia", "Aspiration pneumonia")
    assert (made["icd10"], made["icd10_cm"], made["icd10_who"]) == ("J69.0", ["J69.0"], ["J69.0"])
    assert (made["severity"], made["note"], made["status"]) == ("severe", "left", "final")
    assert (made["resolved_at"], made["resolution"]) == (None, None)
    assert shown(cast, "complications", made["id"]) == made


@pytest.mark.parametrize(
    ("path", "code", "icd10"),
    [
        ("complications/", "dysphagia", "R13.12"),
        ("complications/", "dysphagia", "R13"),
        ("complications/", "interstitial_lung_disease", "J84.170"),
        ("complications/", "interstitial_lung_disease", "J84.1"),
        ("complications/", "pneumonitis", ""),
        ("findings/", "gottron_papules", "L94.4"),
        ("findings/", "muscle_weakness", "M62.81"),
    ],
)
def test_a_code_of_icd_10_is_one_of_the_concept_s(cast: Cast, path: str, code: str, icd10: str) -> None:
    answer = condition(cast, path, code, icd10=icd10)
    assert (answer.status_code, answer.json()["icd10"]) == (201, icd10)


@pytest.mark.parametrize(
    ("path", "code", "icd10"),
    [
        # M61 is calcification of muscle and another thing.
        ("complications/", "calcinosis_cutis", "M61"),
        ("complications/", "aspiration_pneumonia", "R13.10"),
        ("complications/", "dysphagia", "R13.1"),
        ("complications/", "dysphagia", "r13.10"),
        # No code of it was verified, so none is taken.
        ("complications/", "pneumonitis", "J84.9"),
        ("findings/", "choking", "R13.10"),
    ],
)
def test_a_foreign_code_of_icd_10_is_refused(cast: Cast, path: str, code: str, icd10: str) -> None:
    assert refusal(condition(cast, path, code, icd10=icd10)) == (422, ["icd10"])
    assert not Condition.objects.exists()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("findings/", "dysphagia"),
        ("complications/", "choking"),
        ("findings/", "nothing_known"),
        ("resolutions/", "nothing_known"),
    ],
)
def test_each_door_takes_its_own_concepts_only(cast: Cast, path: str, code: str) -> None:
    assert refusal(condition(cast, path, code)) == (400, ["code"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"severity": "awful"}, "severity"),
        ({"note": "x" * 501}, "note"),
        ({"note": "a\nb"}, "note"),
        ({"icd10": "R13.1234567"}, "icd10"),
        ({"resolved_at": AFTER}, "resolved_at"),
        ({"status": "final"}, "status"),
    ],
)
def test_what_the_schema_does_not_know_is_a_bad_request(cast: Cast, body: dict[str, str], field: str) -> None:
    for path, code in (("findings/", "choking"), ("complications/", "dysphagia")):
        assert refusal(condition(cast, path, code, **body)) == (400, [field])


def test_a_finding_is_found_among_findings_only(cast: Cast) -> None:
    finding = condition(cast, "findings/", "choking").json()["id"]
    other = complication(cast)
    assert [row["id"] for row in get(cast, "findings/").json()["results"]] == [finding]
    assert [row["id"] for row in get(cast, "complications/").json()["results"]] == [other]
    assert get(cast, f"complications/{finding}/").status_code == 404
    assert get(cast, f"findings/{other}/").status_code == 404
    assert mark_wrong(cast, "complications", finding).status_code == 404
    assert shown(cast, "findings", finding)["status"] == "final"


def test_a_resolution_closes_what_is_open(cast: Cast) -> None:
    first, second = complication(cast), complication(cast, effective_at=AFTER)
    over = resolve(cast)
    for row in (first, second):
        now = shown(cast, "complications", row)
        assert (now["resolved_at"], now["resolution"], now["status"]) == (AFTER, over, "final")
    rows = get(cast, "complications/?open=true").json()["results"]
    assert rows == []
    assert len(get(cast, "complications/?open=false").json()["results"]) == 2


def test_a_finding_can_be_over_too(cast: Cast) -> None:
    finding = condition(cast, "findings/", "choking").json()["id"]
    over = resolve(cast, "choking")
    assert shown(cast, "findings", finding)["resolution"] == over


def test_a_resolution_touches_nothing_else(cast: Cast) -> None:
    another_problem = complication(cast, "pneumonitis")
    begun_since = complication(cast, effective_at=LONG_AFTER)
    wrong = complication(cast)
    assert mark_wrong(cast, "complications", wrong).status_code == 200
    body = {"patient": str(cast.other_patient.pk), "code": "dysphagia", "effective_at": WHEN}
    assert send(cast, "complications/", body, who="coordinator").status_code == 201
    resolve(cast)
    for row in (another_problem, begun_since, wrong):
        assert shown(cast, "complications", row)["resolved_at"] is None
    assert Condition.objects.filter(resolved_at__isnull=True).count() == 4


def test_what_was_over_stays_over_since_then(cast: Cast) -> None:
    row = complication(cast)
    first = resolve(cast)
    resolve(cast, when=LONG_AFTER)
    now = shown(cast, "complications", row)
    assert (now["resolved_at"], now["resolution"]) == (AFTER, first)


def test_something_can_be_over_that_nobody_had_recorded(cast: Cast) -> None:
    made = shown(cast, "resolutions", resolve(cast, "myocarditis", note="as told by the other hospital"))
    assert (made["code"], made["discipline"], made["status"]) == ("myocarditis", "slt", "final")
    assert made["note"] == "as told by the other hospital"


def test_a_resolution_in_error_opens_again_what_it_had_closed(cast: Cast) -> None:
    earlier = complication(cast, effective_at=BEFORE)
    kept = resolve(cast, when=BEFORE)
    row = complication(cast)
    over = resolve(cast)
    done = mark_wrong(cast, "resolutions", over, reason="still coughs")
    assert (done.status_code, done.json()["status"], done.json()["error_reason"]) == (
        200, "entered_in_error", "still coughs",
    )  # fmt: skip
    now = shown(cast, "complications", row)
    assert (now["resolved_at"], now["resolution"], now["status"]) == (None, None, "final")
    assert shown(cast, "complications", earlier)["resolution"] == kept
    assert mark_wrong(cast, "resolutions", over).status_code == 409
    again = resolve(cast, when=LONG_AFTER)
    assert shown(cast, "complications", row)["resolution"] == again


def test_opening_and_closing_is_in_the_record(cast: Cast) -> None:
    row = complication(cast)
    over = resolve(cast)
    mark_wrong(cast, "resolutions", over)
    verbs = AuditEvent.objects.filter(subject_id=row).exclude(verb="observations.read").order_by("position")
    assert list(verbs.values_list("verb", flat=True)) == [
        "observations.record_complication", "observations.resolved", "observations.reopened",
    ]  # fmt: skip


def test_a_complication_is_entered_in_error_once(cast: Cast) -> None:
    row = complication(cast)
    resolve(cast)
    done = mark_wrong(cast, "complications", row)
    assert (done.status_code, done.json()["status"]) == (200, "entered_in_error")
    again = mark_wrong(cast, "complications", row)
    assert (again.status_code, kind(again)) == (409, "conflict")


def test_a_refused_resolution_leaves_everything_open(cast: Cast) -> None:
    row = complication(cast)
    assert condition(cast, "resolutions/", "dysphagia", discipline="pulmonology").status_code == 403
    assert condition(cast, "resolutions/", "dysphagia", who="coordinator").status_code == 422
    assert shown(cast, "complications", row)["resolved_at"] is None
    assert not Resolution.objects.exists()
