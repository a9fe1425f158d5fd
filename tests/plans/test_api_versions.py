"""The ladder of a version through its REST doors: reasons, approval, what the first dose waits for, following, withdrawing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.permissions import Role
from apps.common import due
from apps.common.clock import app_now
from apps.plans import operations
from apps.plans.models import MonitoringItem
from apps.teams import operations as teams
from tests.cast import Cast
from tests.plans.doors import (
    BLOODS,
    DAY,
    approved,
    daily,
    explain_all,
    fields,
    followed,
    get,
    good,
    kind,
    measured,
    open_plan,
    send,
    version_of,
    weekly,
)

pytestmark = pytest.mark.django_db
PREDNISONE = daily("prednisone", 60)
HCQ = daily("hydroxychloroquine", 200, frequency=2)
#: Methotrexate with what belongs beside it.
MTX = (weekly("methotrexate", 10), weekly("folic_acid", 5))


def over_limit(cast: Cast) -> dict[str, Any]:
    """A version that warns: 400 mg of hydroxychloroquine at 52 kg are 7.7 mg/kg, the limit is 5 (DS-07)."""
    measured(cast, "weight", 52)
    return version_of(cast, open_plan(cast, HCQ))


def warning(version: dict[str, Any], code: str = "over_limit") -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in version["warnings"] if row["code"] == code)
    return found


def test_a_warning_wants_its_reason_before_the_approval(cast: Cast) -> None:
    version = over_limit(cast)
    path, row = f"plan-versions/{version['id']}/", warning(version)
    assert (row["needs_reason"], row["open"], row["severity"]) == (True, True, "warning")
    assert "400 mg/day ÷ 52 kg = 7.69 mg/kg/day" in row["arithmetic"]
    refused = send(cast, f"{path}approve/")
    assert kind(refused) == (409, "reasons-missing")
    assert row["id"] in fields(refused)
    shown = good(send(cast, f"{path}explain/", {"warning": row["id"], "reason": "Weight is being checked."}))
    answered = warning(shown)
    assert (answered["open"], answered["reason"], answered["reason_by"]["name"]) == (
        False,
        "Weight is being checked.",
        "Rheumatologist",
    )
    explain_all(cast, shown)
    done = good(send(cast, f"{path}approve/"))
    assert (done["state"], done["approval"]["approver"]["name"]) == ("approved", "Rheumatologist")


def test_a_reason_that_comes_with_the_proposal_answers_the_warning(cast: Cast) -> None:
    measured(cast, "weight", 52)
    version = version_of(cast, open_plan(cast, {**HCQ, "dose_reason": "For six weeks only."}))
    assert warning(version)["reason"] == "For six weeks only."
    assert not [row for row in version["warnings"] if row["open"]]


@pytest.mark.parametrize(
    "body", [{}, {"warning": "this", "prerequisite": "this"}, {"warning": "other"}, {"reason": ""}]
)
def test_an_explanation_names_one_thing_of_this_version(cast: Cast, body: dict[str, str]) -> None:
    version = over_limit(cast)
    ids = {"this": warning(version)["id"], "other": "01900000-0000-7000-8000-000000000000"}
    sent = {"reason": "Because.", **{name: ids.get(value, value) for name, value in body.items()}}
    answer = send(cast, f"plan-versions/{version['id']}/explain/", sent)
    assert answer.status_code == 400


def test_a_reason_once_written_stays(cast: Cast) -> None:
    version = over_limit(cast)
    body = {"warning": warning(version)["id"], "reason": "First."}
    good(send(cast, f"plan-versions/{version['id']}/explain/", body))
    again = send(cast, f"plan-versions/{version['id']}/explain/", {**body, "reason": "Second."})
    assert kind(again) == (409, "conflict")


def test_an_approval_names_the_content_that_was_read(cast: Cast) -> None:
    version = version_of(cast, open_plan(cast, PREDNISONE))
    path = f"plan-versions/{version['id']}/approve/"
    wrong = send(cast, path, {"digest": "0" * 64})
    assert (kind(wrong), fields(wrong)) == ((422, "invalid"), ["digest"])
    done = good(send(cast, path, {"digest": version["digest"]}))
    assert done["approval"]["digest"] == version["digest"]


def test_an_approval_of_a_version_that_somebody_else_moved_is_stale(cast: Cast) -> None:
    version = version_of(cast, open_plan(cast, PREDNISONE))
    path = f"plan-versions/{version['id']}/"
    tag = get(cast, path)["ETag"]
    good(send(cast, f"{path}approve/", None, **{"If-Match": tag}))
    assert kind(send(cast, f"{path}withdraw/", {"reason": "Not now."}, **{"If-Match": tag})) == (412, "stale")


def test_a_reason_for_a_version_that_somebody_else_moved_is_stale(cast: Cast) -> None:
    version = over_limit(cast)
    path, body = f"plan-versions/{version['id']}/", {"warning": warning(version)["id"], "reason": "Meant."}
    for doing, sent in (("explain/", body), ("request-missing/", {})):
        assert kind(send(cast, path + doing, sent, **{"If-Match": '"v7"'})) == (412, "stale")
    assert good(send(cast, f"{path}explain/", body, **{"If-Match": get(cast, path)["ETag"]}))["id"] == version["id"]


def second_rheumatologist(cast: Cast) -> str:
    """Another rheumatologist on the team; returns the id of their user."""
    persona = cast.person("second_rheumatologist", discipline="rheumatology")
    assert persona.member is not None
    teams.add_to_team(by=cast.by, at=app_now(), care_team=cast.team, member=persona.member)
    return str(persona.who.pk)


def test_where_a_site_wants_a_second_approver_the_author_is_not_enough(cast: Cast) -> None:
    operations.set_policy(site=cast.site, by=cast.administrator.actor, at=app_now(), second_approver=True)
    other = second_rheumatologist(cast)
    version = version_of(cast, open_plan(cast, PREDNISONE))
    path = f"plan-versions/{version['id']}/approve/"
    assert kind(send(cast, path)) == (403, "another-approver")
    done = good(send(cast, path, who="second_rheumatologist"))
    assert done["approval"]["approver"]["id"] == other


def test_a_coordinator_writes_down_whose_approval_it_is(cast: Cast) -> None:
    version = version_of(cast, open_plan(cast, PREDNISONE))
    path = f"plan-versions/{version['id']}/approve/"
    assert fields(send(cast, path, who="coordinator")) == ["approver"]
    approver = {"approver": str(cast.rheumatologist.who.pk)}
    assert kind(send(cast, path, approver, who="therapist")) == (403, "forbidden")
    done = good(send(cast, path, approver, who="coordinator"))["approval"]
    assert (done["approver"]["name"], done["recorded_by"]["name"]) == ("Rheumatologist", "Coordinator")


def test_speech_therapy_proposes_but_does_not_approve(cast: Cast) -> None:
    body = {"patient": str(cast.patient.pk), "medications": [PREDNISONE]}
    plan = good(send(cast, "treatment-plans/", body, who="therapist"), 201)
    refused = send(cast, f"plan-versions/{plan['pending']}/approve/", who="therapist")
    assert (kind(refused), fields(refused)) == ((422, "invalid"), ["approver"])


def test_a_medicine_without_a_dose_can_be_proposed_and_not_approved(cast: Cast) -> None:
    version = version_of(cast, open_plan(cast, {"medicine": "ivig", "route": "iv"}))
    assert version["medications"][0]["words"] == "no dose yet"
    assert kind(send(cast, f"plan-versions/{version['id']}/approve/")) == (409, "conflict")


def now(cast: Cast, version: dict[str, Any]) -> dict[str, str]:
    """How the prerequisites stand today, by panel."""
    shown = good(get(cast, f"plan-versions/{version['id']}/"))
    return {row["found"]["panel"]: row["now"]["state"] for row in shown["prerequisites"] if row["found"]["panel"]}


def test_what_is_missing_is_asked_for_recorded_and_lets_the_first_dose_go(cast: Cast) -> None:
    """PR-02: blood count, liver tests and creatinine before the first methotrexate; folic acid stands beside it."""
    version = approved(cast, version_of(cast, open_plan(cast, *MTX)))
    path = f"plan-versions/{version['id']}/"
    held = {row["found"]["panel"] for row in version["prerequisites"] if row["holds"]}
    assert {"fbc", "lft", "renal"} <= held
    assert kind(send(cast, f"{path}activate/")) == (409, "prerequisites-missing")
    asked = good(send(cast, f"{path}request-missing/"))["results"]
    today = cast.site.local_date(app_now()).isoformat()
    assert {"fbc", "lft", "renal", "chest_imaging"} <= {row["panel"] for row in asked}
    assert {(row["due_on"], row["requested_on"]) for row in asked} == {(today, today)}
    assert [row["why"][0]["words"] for row in asked if row["panel"] == "fbc"] == ["before Methotrexate"]
    for code, value in BLOODS.items():
        measured(cast, code, value)
    image = {
        "patient": str(cast.patient.pk),
        "kind": "hrct",
        "effective_at": app_now().isoformat(),
        "discipline": "pulmonology",
    }
    good(send(cast, "assessments/", image, who="coordinator"), 201)
    due.drain_all("plans.upkeep")
    left = {row.panel.code for row in MonitoringItem.objects.filter(ended_at__isnull=True).select_related("panel")}
    assert not left & {"fbc", "lft", "renal", "chest_imaging"}
    standing = now(cast, version)
    assert {standing[panel] for panel in ("fbc", "lft", "renal", "chest_imaging")} == {"present"}
    explain_first_doses(cast, version)
    assert good(send(cast, f"{path}activate/"))["state"] == "active"


def explain_first_doses(cast: Cast, version: dict[str, Any]) -> None:
    """Say why the first dose need not wait for what is still missing."""
    shown = good(get(cast, f"plan-versions/{version['id']}/"))
    for row in shown["prerequisites"]:
        if row["holds"]:
            body = {"prerequisite": row["id"], "reason": "Done elsewhere."}
            good(send(cast, f"plan-versions/{version['id']}/explain/", body))


def test_a_written_reason_lets_the_first_dose_go_too(cast: Cast) -> None:
    version = approved(cast, version_of(cast, open_plan(cast, *MTX)))
    explain_first_doses(cast, version)
    done = good(send(cast, f"plan-versions/{version['id']}/activate/"))
    assert done["state"] == "active"
    assert not [row for row in done["prerequisites"] if row["holds"]]
    assert {row["explained"]["reason"] for row in done["prerequisites"] if row["found"]["panel"] == "fbc"} == {
        "Done elsewhere."
    }


def test_only_an_approved_version_is_followed_and_the_one_before_is_superseded(cast: Cast) -> None:
    first = followed(cast, PREDNISONE)
    body = {"medications": [daily("prednisone", 40)]}
    second = good(send(cast, f"treatment-plans/{first['plan']}/propose/", body), 201)
    path = f"plan-versions/{second['id']}/"
    assert kind(send(cast, f"{path}activate/")) == (409, "conflict")
    approved(cast, second)
    assert good(send(cast, f"{path}activate/"))["state"] == "active"
    assert good(get(cast, f"plan-versions/{first['id']}/"))["state"] == "superseded"


def test_a_pending_version_is_withdrawn_with_a_reason(cast: Cast) -> None:
    version = version_of(cast, open_plan(cast, PREDNISONE))
    path = f"plan-versions/{version['id']}/withdraw/"
    assert send(cast, path).status_code == 400
    done = good(send(cast, path, {"reason": "The patient would rather wait."}))
    assert (done["state"], done["end_reason"]) == ("withdrawn", "The patient would rather wait.")
    assert done["monitoring"] == []
    assert kind(send(cast, path, {"reason": "Again."})) == (409, "conflict")


def test_a_goal_says_how_far_it_is_reached(cast: Cast, later: Callable[[timedelta], None]) -> None:
    measured(cast, "mmt8_150", 118)
    goal = {"goal": "strength", "instrument": "mmt8_150", "comparison": "at_least", "target": 142}
    version = version_of(cast, open_plan(cast, PREDNISONE, goals=[goal]))
    shown = version["goals"][0]
    assert shown["text"]
    assert shown["progress"] | {"latest_on": None} == {
        "start": 118, "latest": 118, "latest_on": None, "fraction": 0.0, "reached": False,
    }  # fmt: skip
    later(DAY)
    measured(cast, "mmt8_150", 130)
    # 12 of the 24 points from 118 to 142.
    half = good(get(cast, f"plan-versions/{version['id']}/"))["goals"][0]["progress"]
    assert (half["latest"], half["fraction"], half["reached"]) == (130, 0.5, False)
    assert half["latest_on"] == cast.site.local_date(app_now()).isoformat()
    later(DAY)
    measured(cast, "mmt8_150", 142)
    whole = good(get(cast, f"plan-versions/{version['id']}/"))["goals"][0]["progress"]
    assert (whole["fraction"], whole["reached"]) == (1.0, True)


def test_a_version_says_what_would_follow_and_once_it_is_followed_what_does(cast: Cast) -> None:
    for code, value in BLOODS.items():
        measured(cast, code, value)
    version = version_of(cast, open_plan(cast, *MTX))
    # MO-01: every 30 days under the monthly schedule.
    coming = {row["panel"]: row["every_days"] for row in version["monitoring"]}
    assert {coming[panel] for panel in ("fbc", "lft", "renal", "ck")} == {30}
    assert not MonitoringItem.objects.exists()
    approved(cast, version)
    explain_first_doses(cast, version)
    active = good(send(cast, f"plan-versions/{version['id']}/activate/"))
    assert {row["panel"]: row["every_days"] for row in active["monitoring"]} == coming
    rows = {row["panel"]: row for row in active["monitoring"]}
    expected = (cast.site.local_date(app_now()) + 30 * DAY).isoformat()
    assert (rows["fbc"]["due_on"], rows["fbc"]["overdue"]) == (expected, False)


def test_a_version_costs_the_same_queries_however_much_it_says(
    cast: Cast, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    plan = open_plan(cast, HCQ, goals=[{"text": "Walk."}])
    with django_assert_max_num_queries(20) as few:
        good(get(cast, f"plan-versions/{plan['pending']}/"))
    steady = len(few)
    goals = [{"text": "Walk."}, {"text": "Climb.", "instrument": "mmt8_150", "comparison": "at_least", "target": 142}]
    body = {"medications": [PREDNISONE, HCQ, *MTX], "goals": goals, "replaces": plan["pending"]}
    version = good(send(cast, f"treatment-plans/{plan['id']}/propose/", body), 201)
    with django_assert_num_queries(steady):
        good(get(cast, f"plan-versions/{version['id']}/"))


def test_governance_and_administrators_do_not_come_in(cast: Cast) -> None:
    cast.person("governor", Role.GOVERNANCE)
    for who in ("governor", "administrator"):
        assert get(cast, "plan-versions/", who=who).status_code == 403
