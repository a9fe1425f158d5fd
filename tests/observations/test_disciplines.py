"""For which discipline somebody speaks, in resolutions, in assessments and about sessions."""

from typing import Any

import pytest

from apps.observations.models import Assessment, Attendance, Resolution
from tests.cast import Cast
from tests.observations.house import WHEN, fields, get, intervention, kind, mark_wrong, refusal, send, shown

DOORS: dict[str, dict[str, str]] = {
    "resolutions/": {"code": "dysphagia", "effective_at": WHEN},
    "assessments/": {"kind": "slt_assessment", "effective_at": WHEN},
    "attendances/": {"intervention": "own_exercise", "outcome": "missed", "effective_at": WHEN},
}


@pytest.fixture(params=sorted(DOORS))
def path(request: pytest.FixtureRequest, cast: Cast) -> str:
    """All three doors keep to the same rules."""
    assert intervention().attended
    found: str = request.param
    return found


def say(cast: Cast, path: str, who: str, discipline: str = "", **more: Any) -> Any:
    body = {"patient": str(cast.patient.pk), **DOORS[path], **more}
    return send(cast, path, body | ({"discipline": discipline} if discipline else {}), who=who)


def nothing_was_said() -> bool:
    return not any(model.objects.exists() for model in (Resolution, Assessment, Attendance))


@pytest.mark.parametrize(
    ("who", "discipline"),
    [
        ("therapist", "slt"),
        ("covering", "slt"),
        ("rheumatologist", "rheumatology"),
        ("on_call_pulmonologist", "pulmonology"),
    ],
)
def test_a_member_speaks_for_their_own(cast: Cast, path: str, who: str, discipline: str) -> None:
    for given in ("", discipline):
        answer = say(cast, path, who, given)
        assert (answer.status_code, answer.json()["discipline"]) == (201, discipline)
        assert answer.json()["recorded_by"] == str(cast.personas[who].who.pk)


def test_a_member_does_not_speak_for_another(cast: Cast, path: str) -> None:
    answer = say(cast, path, "therapist", "pulmonology")
    assert (answer.status_code, kind(answer)) == (403, "forbidden")
    assert nothing_was_said()


@pytest.mark.parametrize("who", ["coordinator", "service"])
def test_who_speaks_for_others_says_for_whom(cast: Cast, path: str, who: str) -> None:
    assert refusal(say(cast, path, who)) == (422, ["discipline"])
    assert nothing_was_said()
    for discipline in ("slt", "pulmonology"):
        answer = say(cast, path, who, discipline)
        assert (answer.status_code, answer.json()["discipline"]) == (201, discipline)


def test_a_discipline_that_is_not_there_is_a_bad_request(cast: Cast, path: str) -> None:
    for unknown in ("alchemy", "SLT"):
        assert refusal(say(cast, path, "coordinator", unknown)) == (400, ["discipline"])


def test_an_assessment_is_shown_with_what_came_of_it(cast: Cast) -> None:
    answer = say(cast, "assessments/", "therapist", result="moderate", note="FEES done.\nThickened fluids.")
    made = answer.json()
    assert answer.status_code == 201
    assert (made["kind"], made["result"], made["status"]) == ("slt_assessment", "moderate", "final")
    assert made["note"] == "FEES done.\nThickened fluids."
    assert shown(cast, "assessments", made["id"]) == made
    assert [row["id"] for row in get(cast, "assessments/?kind=slt_assessment").json()["results"]] == [made["id"]]
    assert get(cast, "assessments/?kind=ecg").json()["results"] == []


@pytest.mark.parametrize("examined", ["chest_xray", "pregnancy_test", "pft", "hrct", "eye_exam"])
def test_what_is_asked_for_before_a_treatment_can_be_recorded(cast: Cast, examined: str) -> None:
    made = say(cast, "assessments/", "therapist", kind=examined, result="clear").json()
    assert (made["kind"], made["result"]) == (examined, "clear")
    assert [row["id"] for row in get(cast, f"assessments/?kind={examined}").json()["results"]] == [made["id"]]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"kind": "guess"}, "kind"),
        ({"result": "x" * 41}, "result"),
        ({"result": "a\nb"}, "result"),
        ({"note": "x" * 1001}, "note"),
        ({"surprise": "x"}, "surprise"),
    ],
)
def test_what_the_schema_does_not_know_is_a_bad_request(cast: Cast, more: dict[str, str], field: str) -> None:
    assert refusal(say(cast, "assessments/", "therapist", **more)) == (400, [field])
    assert nothing_was_said()


def test_an_assessment_is_entered_in_error_once_and_keeps_what_it_said(cast: Cast) -> None:
    made = say(cast, "assessments/", "therapist", result="moderate").json()["id"]
    done = mark_wrong(cast, "assessments", made, reason="the wrong day")
    assert (done.status_code, done.json()["status"], done.json()["error_reason"], done.json()["result"]) == (
        200, "entered_in_error", "the wrong day", "moderate",
    )  # fmt: skip
    again = mark_wrong(cast, "assessments", made)
    assert (again.status_code, kind(again), fields(again)) == (409, "conflict", [])
