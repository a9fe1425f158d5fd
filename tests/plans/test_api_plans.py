"""Plans through their REST doors: opened, proposed, compared, tried out, stopped; and nothing of it for a stranger."""

from typing import Any

import pytest

from apps.audit.models import AuditEvent
from apps.plans.models import PlanVersion, PlanWarning, PrerequisiteCheck, TreatmentPlan
from tests.cast import Cast
from tests.plans.doors import (
    approved,
    daily,
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


def test_a_plan_is_opened_with_its_first_version_proposed(cast: Cast) -> None:
    plan = open_plan(cast, PREDNISONE, pathway="severity_ladder")
    assert (plan["open"], plan["active"], plan["pathway"]) == (True, None, "severity_ladder")
    assert [(row["number"], row["state"], row["id"]) for row in plan["versions"]] == [(1, "proposed", plan["pending"])]
    again = send(cast, "treatment-plans/", {"patient": str(cast.patient.pk), "medications": [PREDNISONE]})
    assert kind(again) == (409, "plan-open")


def test_a_version_says_doses_in_words_what_they_come_to_and_what_every_source_says(cast: Cast) -> None:
    measured(cast, "weight", 70)
    version = version_of(cast, open_plan(cast, PREDNISONE))
    assert version["medications"][0]["words"] == "60 mg once a day"
    assert version["medications"][0]["prescriber"]["name"] == "Rheumatologist"
    dose = version["doses"][0]
    # J01: 60 mg at 70 kg are 0.86 mg/kg a day.
    assert round(dose["amounts"]["mg_kg_day"], 2) == 0.86
    found = {
        source["citation"].split(" ")[0]: source
        for source in dose["sources"]
        if source["outcome"] != "other_population"
    }
    # S0-06 says 1 to 2 mg/kg, S2-19 0.75 to 1 mg/kg with a cap of 60 to 80 mg.
    assert found["S0-06"]["outcome"] == "below"
    assert found["S2-19,"]["outcome"] == "within"
    assert (found["S2-19,"]["low"], found["S2-19,"]["unit"]) == (0.75, "mg/kg")
    assert "60 mg/day ÷ 70 kg = 0.86 mg/kg/day" in found["S0-06"]["arithmetic"]


def test_who_reads_a_version_is_recorded(cast: Cast) -> None:
    version = version_of(cast, open_plan(cast, PREDNISONE))
    event = AuditEvent.objects.filter(verb="plans.read", patient_id=cast.patient.pk).order_by("-at").first()
    assert event is not None
    assert [str(pk) for pk in event.read_ids] == [version["id"]]


def test_the_second_of_two_editors_is_told_and_the_first_one_s_proposal_stands(cast: Cast) -> None:
    version = followed(cast, PREDNISONE)
    path = f"treatment-plans/{version['plan']}/"
    tag = get(cast, path)["ETag"]
    less = {"medications": [{**daily("prednisone", 40), "item_id": version["medications"][0]["item_id"]}]}
    first = good(send(cast, f"{path}propose/", less, **{"If-Match": tag}), 201)
    second = send(
        cast, f"{path}propose/", {"medications": [daily("prednisone", 50)]}, who="coordinator", **{"If-Match": tag}
    )
    assert kind(second) == (412, "stale")
    assert first["number"] == 2
    assert get(cast, path).json()["pending"] == first["id"]


def test_a_pending_version_is_replaced_only_when_it_is_named(cast: Cast) -> None:
    plan = open_plan(cast, PREDNISONE)
    body: dict[str, Any] = {"medications": [daily("prednisone", 50)]}
    refused = send(cast, f"treatment-plans/{plan['id']}/propose/", body)
    assert (kind(refused), fields(refused)) == ((409, "proposal-pending"), ["replaces"])
    made = send(cast, f"treatment-plans/{plan['id']}/propose/", {**body, "replaces": plan["pending"]})
    version = good(made, 201)
    assert made["Location"].endswith(f"/plan-versions/{version['id']}/")
    assert version["replaces"] == plan["pending"]
    assert good(get(cast, f"plan-versions/{plan['pending']}/"))["state"] == "withdrawn"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"dosis": 60}, "medications.0.dosis"),
        ({"dose": 0}, "medications.0.dose"),
        ({"medicine": "snake_oil"}, "medications.0.medicine"),
        ({"starts_on": "0999-01-01"}, "medications.0.starts_on"),
        ({"prescriber": "01900000-0000-7000-8000-000000000000"}, "medications.0.prescriber"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_field(cast: Cast, change: dict[str, Any], field: str) -> None:
    body = {"patient": str(cast.patient.pk), "medications": [{**PREDNISONE, **change}]}
    answer = send(cast, "treatment-plans/", body)
    assert (answer.status_code, fields(answer)) == (400, [field])
    assert not TreatmentPlan.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"period_unit": ""}, "medications.0.period_unit"),
        ({"unit": "drops"}, "medications.0.unit"),
        ({"stops_on": "2020-01-01"}, "medications.0.stops_on"),
        ({"item_id": "01900000-0000-7000-8000-000000000000"}, "medications.0.item_id"),
    ],
)
def test_what_breaks_a_rule_of_the_domain_is_refused_with_its_field(
    cast: Cast, change: dict[str, Any], field: str
) -> None:
    answer = send(
        cast, "treatment-plans/", {"patient": str(cast.patient.pk), "medications": [{**PREDNISONE, **change}]}
    )
    assert (answer.status_code, fields(answer)) == (422, [field])


def test_weekly_methotrexate_that_was_typed_daily_is_refused_with_the_field(cast: Cast) -> None:
    """DS-08: an order that has killed people elsewhere; no reason lets it through."""
    slip = {**daily("methotrexate", 10), "dose_reason": "I mean it."}
    answer = send(cast, "treatment-plans/", {"patient": str(cast.patient.pk), "medications": [PREDNISONE, slip]})
    assert (kind(answer), fields(answer)) == ((422, "unsafe-order"), ["medications.1.frequency"])
    assert not TreatmentPlan.objects.exists()


def test_what_the_checks_would_find_is_told_and_nothing_is_written(cast: Cast) -> None:
    measured(cast, "weight", 52)
    kinds = (TreatmentPlan, PlanVersion, PlanWarning, PrerequisiteCheck)
    hcq = daily("hydroxychloroquine", 200, frequency=2)
    found = good(send(cast, "treatment-plans/check/", {"patient": str(cast.patient.pk), "medications": [hcq]}))
    # V-08: 400 mg at 52 kg are 7.7 mg/kg; the limit is 5 (DS-07).
    assert round(found["doses"][0]["amounts"]["mg_kg_day"], 1) == 7.7
    assert "over_limit" in {row["code"] for row in found["warnings"]}
    # PR-01: ECG and eyes.
    assert {row["panel"]: row["state"] for row in found["prerequisites"]} == {"ecg": "missing", "eye_exam": "missing"}
    assert [model.objects.count() for model in kinds] == [0, 0, 0, 0]
    assert AuditEvent.objects.filter(verb="plans.check", patient_id=cast.patient.pk).count() == 1
    slip = {"patient": str(cast.patient.pk), "medications": [daily("methotrexate", 10)]}
    assert kind(send(cast, "treatment-plans/check/", slip)) == (422, "unsafe-order")


def test_two_versions_are_compared_field_by_field_in_words(cast: Cast) -> None:
    version = followed(cast, PREDNISONE, interventions=[{"intervention": "photoprotection"}])
    less = {**daily("prednisone", 40), "item_id": version["medications"][0]["item_id"]}
    body = {"medications": [less, weekly("folic_acid", 5)], "summary": "Taper."}
    made = good(send(cast, f"treatment-plans/{version['plan']}/propose/", body), 201)
    path = f"treatment-plans/{version['plan']}/compare/"
    found = good(get(cast, f"{path}?one=1&other=2"))["differences"]
    said = {(row["kind"], row["change"], row["what"].split(":")[0], row["field"]): row for row in found}
    changed = said["medicine", "changed", "Prednisone", "dose"]
    assert (changed["before"], changed["after"], changed["name"]) == ("60", "40", "dose")
    assert ("medicine", "added", "Folic acid", "") in said
    assert ("intervention", "removed", "Protection from the sun", "") in said
    assert len(found) == 3
    assert made["number"] == 2
    assert get(cast, f"{path}?one=1&other=1").json()["differences"] == []
    for wrong in ("", "?one=1", "?one=1&other=3", "?one=x&other=2", "?one=1&other=-2"):
        assert get(cast, path + wrong).status_code == 400, wrong


def test_a_plan_is_stopped_with_a_reason_and_its_version_with_it(cast: Cast) -> None:
    version = followed(cast, PREDNISONE)
    path = f"treatment-plans/{version['plan']}/"
    assert send(cast, f"{path}stop/", {"reason": " "}).status_code in {400, 422}
    stopped = good(send(cast, f"{path}stop/", {"reason": "In remission."}))
    assert (stopped["open"], stopped["active"], stopped["end_reason"]) == (False, None, "In remission.")
    assert good(get(cast, f"plan-versions/{version['id']}/"))["state"] == "stopped"
    assert kind(send(cast, f"{path}propose/", {"medications": [PREDNISONE]})) == (409, "conflict")


def test_a_stranger_finds_nothing_of_it(cast: Cast) -> None:
    plan = open_plan(cast, PREDNISONE)
    for path in (f"treatment-plans/{plan['id']}/", f"plan-versions/{plan['pending']}/",
                 f"treatment-plans/{plan['id']}/compare/?one=1&other=1"):  # fmt: skip
        assert get(cast, path, who="stranger").status_code == 404
    for path in ("propose/", "stop/"):
        answer = send(cast, f"treatment-plans/{plan['id']}/{path}", {"reason": "x"}, who="stranger")
        assert answer.status_code == 404
    for path in ("approve/", "activate/", "withdraw/", "request-missing/", "explain/"):
        answer = send(cast, f"plan-versions/{plan['pending']}/{path}", who="stranger")
        assert answer.status_code == 404
    body = {"patient": str(cast.patient.pk), "medications": [PREDNISONE]}
    for path in ("treatment-plans/", "treatment-plans/check/"):
        refused = send(cast, path, body, who="stranger")
        assert (refused.status_code, fields(refused)) == (400, ["patient"])
    assert get(cast, "treatment-plans/", who="stranger").json()["results"] == []
    assert get(cast, "plan-versions/count/", who="stranger").json() == {"count": 0}


def test_lists_are_filtered_as_a_person_looks_for_plans(cast: Cast) -> None:
    plan = open_plan(cast, PREDNISONE, pathway="severity_ladder")
    for query, expected in (
        (f"patient={cast.patient.pk}", 1), (f"patient={cast.other_patient.pk}", 0), ("open=true", 1), ("open=false", 0),
        ("pathway=severity_ladder", 1), ("pathway=juvenile_ladder", 0),
    ):  # fmt: skip
        assert len(good(get(cast, f"treatment-plans/?{query}"))["results"]) == expected, query
    for query, expected in (
        (f"plan={plan['id']}", 1), ("state=proposed", 1), ("state=active&state=approved", 0),
        (f"patient={cast.other_patient.pk}", 0),
    ):  # fmt: skip
        assert good(get(cast, f"plan-versions/count/?{query}"))["count"] == expected, query


def test_a_list_names_what_is_followed_and_what_is_pending(cast: Cast) -> None:
    version = followed(cast, PREDNISONE)
    body = {"medications": [daily("prednisone", 50)]}
    second = good(send(cast, f"treatment-plans/{version['plan']}/propose/", body), 201)
    row = good(get(cast, "treatment-plans/"))["results"][0]
    assert (row["active"]["number"], row["active"]["state"], row["pending"]) == (1, "active", second["id"])
    assert "versions" not in row
    assert "medications" not in good(get(cast, "plan-versions/"))["results"][0]
    assert approved(cast, second)["state"] == "approved"
