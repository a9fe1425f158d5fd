"""Knowledge over the API: every number with its citation, what is set here with what was shipped beside it."""

from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.common.clock import app_now
from apps.knowledge import operations
from apps.knowledge.models import DoseGuidance, Override
from tests.cast import Cast

CITED = {
    "statements", "sources", "mark", "mark_meaning", "note", "origin", "local", "hidden", "shipped", "retired", "edition",
}  # fmt: skip
RESOURCES = (
    "statements", "disagreements", "verifications", "figures", "principles", "panels", "medicines", "pathways",
    "interventions", "therapy-goals", "referral-reasons",
)  # fmt: skip


@pytest.fixture
def ada(cast: Cast) -> APIClient:
    """The administrator."""
    return cast.administrator.client()


@pytest.fixture
def reader(cast: Cast) -> APIClient:
    """Somebody who reads."""
    return cast.therapist.client()


def listed(client: APIClient, address: str) -> list[Any]:
    answer = client.get(f"/api/v1/{address}{'&' if '?' in address else '?'}limit=100")
    assert answer.status_code == 200, answer.content
    found: list[Any] = answer.json()["results"]
    return found


def one(client: APIClient, address: str) -> Any:
    found = listed(client, address)
    assert len(found) == 1
    return found[0]


def nested(value: Any) -> Iterator[dict[str, Any]]:
    """Every row within an answer that has a code of its own."""
    if isinstance(value, dict):
        if "id" in value:
            yield value
        for inner in value.values():
            yield from nested(inner)
    if isinstance(value, list):
        for inner in value:
            yield from nested(inner)


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_row_names_its_sources_and_how_well_it_was_verified(reader: APIClient, resource: str) -> None:
    found = listed(reader, f"{resource}/")
    assert found
    for row in nested(found):
        if resource == "statements":
            assert row["source"]
        elif resource != "panels" or "phases" in row:
            assert row["statements"] or row["sources"], row
            assert set(row) >= CITED
            assert (row["origin"], row["local"], row["hidden"], row["shipped"]) == ("shipped", False, False, {})
        if row["mark"]:
            assert row["mark_meaning"]
    again = reader.get(f"/api/v1/{resource}/{found[0]['id']}/").json()
    assert again == found[0]
    assert reader.get(f"/api/v1/{resource}/count/").json()["count"] >= len(found)


def test_a_medicine_is_shown_with_every_source_side_by_side(reader: APIClient) -> None:
    shown = one(reader, "medicines/?code=prednisone")
    # The sheet: S0-06 1–2, S2-19 0.75–1 and at most 60–80 mg, S3-10 0.5–1 mg/kg a day.
    doses = {row["statements"][0]: row for row in shown["guidance"] if row["statements"]}
    said = {code: (doses[code]["low"], doses[code]["high"], doses[code]["cap_low"], doses[code]["cap_high"])
            for code in ("S0-06", "S2-19", "S3-10")}  # fmt: skip
    assert said == {
        "S0-06": ("1", "2", None, None), "S2-19": ("0.75", "1", "60", "80"), "S3-10": ("0.5", "1", None, None),
    }  # fmt: skip
    assert {(row["unit"], row["basis"]) for row in doses.values()} == {("mg/kg", "day")}
    assert doses["S2-19"]["words"] == "0.75–1 mg/kg a day, at most 60–80 mg"
    assert doses["S3-10"]["population"] == "amyopathic"
    # S0-27: 20 to 50 US dollars a month; S0-31: estimates.
    assert (shown["cost_low"], shown["cost_high"], shown["cost_unit"]) == ("20", "50", "USD/month")
    assert shown["cost_caveat"]
    # S0-07: most improve within 4 to 6 weeks.
    (window,) = [row for row in shown["windows"] if "S0-07" in row["statements"]]
    assert (window["expected_low_weeks"], window["expected_high_weeks"]) == (4, 6)
    topics = {row["code"]: row["positions"] for row in shown["disagreements"]}
    assert {"S0", "S2", "S3"} <= {position["source"] for position in topics["d_01"]}
    assert {row["name"] for row in shown["effects"]} >= {"Osteoporosis", "Diabetes"}


def test_what_has_to_be_there_and_what_is_watched_stands_under_the_medicine(reader: APIClient) -> None:
    shown = one(reader, "medicines/?code=methotrexate")
    assert {row["panel"] for row in shown["prerequisites"]} >= {"fbc", "lft", "renal"}
    assert "folic_acid" in {row["beside"] for row in shown["prerequisites"]}
    every = {phase["every_days"] for row in shown["schedules"] for phase in row["phases"] if row["scheme"] == "monthly"}
    assert 30 in every
    assert shown["weekly_only"] is True


def test_steps_of_a_pathway_say_what_they_combine(reader: APIClient) -> None:
    ladder = next(row for row in listed(reader, "pathways/?population=amyopathic") if len(row["steps"]) == 3)
    assert [step["ordinal"] for step in ladder["steps"]] == [1, 2, 3]
    assert ladder["steps"][0]["review_after_weeks"] == 12
    combined = [set(option["medicines"]) for option in ladder["steps"][1]["options"]]
    assert any({"prednisone", "methotrexate"} <= medicines for medicines in combined)
    assert {"id", "statements", "sources", "mark"} <= set(ladder["steps"][1])


@pytest.mark.parametrize(
    ("address", "field", "value"),
    [
        ("medicines/?klass=cni", "code", {"ciclosporin", "tacrolimus"}),
        ("statements/?code=S2-19", "code", {"S2-19"}),
        ("statements/?source=S3&mark=V", "code", set()),
        ("disagreements/?medicine=azathioprine", "code", {"d_04", "d_13"}),
        ("panels/?measure=ck", "code", {"ck"}),
        ("knowledge-overrides/?kind=panel", "code", set()),
    ],
)
def test_rows_are_found_as_a_person_looks_for_them(
    reader: APIClient, address: str, field: str, value: set[str]
) -> None:
    found = {row[field] for row in listed(reader, address)}
    assert found == value


@pytest.mark.parametrize(
    ("address", "holds"),
    [
        ("statements/?source=S3", lambda row: row["source"] == "S3"),
        ("statements/?population=juvenile", lambda row: row["population"] == "juvenile"),
        ("medicines/?source=P-EULARINF", lambda row: "P-EULARINF" in row["sources"]),
        ("medicines/?name=pred", lambda row: "pred" in f"{row['name']} {row['synonyms']}".lower()),
        ("medicines/?population=juvenile", lambda row: any(g["population"] == "juvenile" for g in row["guidance"])),
        ("medicines/?mark=GK", lambda row: row["mark"] == "GK"),
        ("figures/?statement=S0-02", lambda row: "S0-02" in row["statements"]),
        ("principles/?population=amyopathic", lambda row: row["population"] == "amyopathic"),
        ("interventions/?discipline=slt", lambda row: "slt" in row["disciplines"]),
        ("therapy-goals/?statement=S2-04", lambda row: "S2-04" in row["statements"]),
    ],
)
def test_filters_leave_what_they_say_and_something(reader: APIClient, address: str, holds: Any) -> None:
    found = listed(reader, address)
    assert found
    assert all(holds(row) for row in found)
    assert len({row["id"] for row in found}) == len(found)


def test_editions_are_shown_to_whoever_reads_knowledge(reader: APIClient) -> None:
    edition = one(reader, "editions/")
    assert len(edition["digest"]) == 64
    assert edition["code"] == one(reader, "medicines/?code=prednisone")["edition"]


# What is set here


def prednisone() -> DoseGuidance:
    """What S2-19 says."""
    found: DoseGuidance = DoseGuidance.objects.get(statements__contains=["S2-19"])
    return found


def test_own_values_are_set_shown_beside_what_was_shipped_and_dropped(ada: APIClient, reader: APIClient) -> None:
    body = {
        "kind": "doseguidance", "code": prednisone().code, "values": {"high": "0.9", "cap_high": 60}, "reason": "our board",
    }  # fmt: skip
    made = ada.post("/api/v1/knowledge-overrides/", body, format="json")
    assert made.status_code == 201, made.content
    own = made.json()
    assert (own["values"], own["shipped"]) == ({"high": "0.9", "cap_high": "60"}, {"high": "1", "cap_high": "80"})
    assert (own["hidden"], own["retired"], own["reason"], own["version"]) == (False, False, "our board", 1)
    assert made.headers["ETag"] == '"v1"'
    assert one(reader, "knowledge-overrides/?kind=doseguidance") == own
    dose = next(row for row in one(reader, "medicines/?code=prednisone")["guidance"] if "S2-19" in row["statements"])
    assert (dose["high"], dose["cap_high"], dose["low"]) == ("0.9", "60", "0.75")
    assert (dose["local"], dose["shipped"]) == (True, {"high": "1", "cap_high": "80"})
    url = f"/api/v1/knowledge-overrides/{own['id']}/"
    assert ada.post(f"{url}drop/", headers={"If-Match": '"v2"'}).status_code == 412
    assert ada.post(f"{url}drop/", headers={"If-Match": '"v1"'}).json()["id"] == own["id"]
    assert reader.get(url).status_code == 404
    dose = next(row for row in one(reader, "medicines/?code=prednisone")["guidance"] if "S2-19" in row["statements"])
    assert (dose["high"], dose["local"], dose["shipped"]) == ("1", False, {})


def test_structures_are_shown_as_set_here_with_the_shipped_ones_beside(ada: APIClient, reader: APIClient) -> None:
    panel = one(reader, "panels/?code=fbc")
    schedule = panel["schedules"][0]
    phases = [{"from_day": 0, "every_days": 7}]
    body = {"kind": "monitoringschedule", "code": schedule["code"], "values": {"phases": phases}, "reason": "ours"}
    assert ada.post("/api/v1/knowledge-overrides/", body, format="json").status_code == 201
    shown = next(row for row in one(reader, "panels/?code=fbc")["schedules"] if row["code"] == schedule["code"])
    assert (shown["phases"], shown["shipped"]) == (phases, {"phases": schedule["phases"]})


def test_what_is_not_used_here_says_so_and_stays_readable(ada: APIClient, reader: APIClient) -> None:
    body = {"kind": "medicine", "code": "tacrolimus", "hidden": True, "reason": "not in stock"}
    assert ada.post("/api/v1/knowledge-overrides/", body, format="json").status_code == 201
    shown = one(reader, "medicines/?code=tacrolimus")
    assert (shown["hidden"], shown["local"], shown["name"]) == (True, True, "Tacrolimus")


def test_a_stale_replacement_and_each_wrong_value_are_refused_by_name(ada: APIClient) -> None:
    address, body = (
        "/api/v1/knowledge-overrides/",
        {"kind": "doseguidance", "code": prednisone().code, "reason": "ours"},
    )
    assert ada.post(address, body | {"values": {"low": "0.5"}}, format="json").status_code == 201
    assert ada.post(address, body | {"values": {"low": "0.6"}, "version": 1}, format="json").json()["version"] == 2
    assert ada.post(address, body | {"values": {"low": "0.7"}, "version": 1}, format="json").status_code == 412
    wrong = ada.post(address, body | {"values": {"low": 0.5, "mark": "V", "high": "x"}}, format="json")
    assert wrong.status_code == 422
    assert {error["field"] for error in wrong.json()["errors"]} == {"values.low", "values.mark", "values.high"}
    assert Override.objects.get().values == {"low": "0.6"}
    for bad in ({"values": [1]}, {"values": {"low": "0.7"}, "colour": "red"}):
        assert ada.post(address, body | bad, format="json").status_code == 400


# Rows of one's own


def test_an_own_medicine_with_its_dose_is_added_changed_and_retired(ada: APIClient, reader: APIClient) -> None:
    address = "/api/v1/local-knowledge/"
    body = {
        "kind": "medicine",
        "code": "sirolimus",
        "values": {"name": "Sirolimus", "klass": "other", "routes": ["oral"]},
    }
    made = ada.post(address, body, format="json")
    assert made.status_code == 201, made.content
    row = made.json()
    assert (row["kind"], row["code"], row["retired"]) == ("medicine", "sirolimus", False)
    assert (row["values"]["mark"], row["values"]["sources"], row["values"]["cost_low"]) == ("LP", ["LP"], None)
    assert made.headers["Location"].endswith(f"{address}{row['id']}/")
    assert reader.get(f"{address}{row['id']}/").json() == row
    dose = {"medicine": "sirolimus", "basis": "day", "low": "0.5", "high": 2, "unit": "mg"}
    made = ada.post(address, {"kind": "doseguidance", "code": "sirolimus_here", "values": dose}, format="json").json()
    assert (made["values"]["medicine"], made["values"]["low"], made["values"]["high"]) == ("sirolimus", "0.5", "2")
    shown = one(reader, "medicines/?origin=local")
    assert (shown["code"], shown["local"], shown["edition"], shown["mark"]) == ("sirolimus", True, None, "LP")
    assert [(row["words"], row["local"]) for row in shown["guidance"]] == [("0.5–2 mg a day", True)]
    changed = ada.patch(f"{address}{made['id']}/", {"values": {"high": 4}}, format="json").json()
    assert (changed["values"]["low"], changed["values"]["high"]) == ("0.5", "4")
    assert ada.post(f"{address}{made['id']}/retire/").json()["retired"] is True
    assert one(reader, "medicines/?origin=local")["guidance"] == []
    assert ada.patch(f"{address}{row['id']}/", {"rename_to": "rapamycin"}, format="json").json()["code"] == "rapamycin"


def test_a_shipped_row_is_no_row_of_ones_own(ada: APIClient, reader: APIClient) -> None:
    pk = one(reader, "medicines/?code=prednisone")["id"]
    for answer in (
        ada.get(f"/api/v1/local-knowledge/{pk}/"),
        ada.patch(f"/api/v1/local-knowledge/{pk}/", {"values": {"name": "x"}}, format="json"),
        ada.post(f"/api/v1/local-knowledge/{pk}/retire/"),
    ):
        assert answer.status_code == 404
    for kind, field in (("panel", "kind"), ("medicine", "code")):
        body = {"kind": kind, "code": "prednisone", "values": {"name": "x", "klass": "other"}}
        refused = ada.post("/api/v1/local-knowledge/", body, format="json")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


def test_an_answer_shows_a_change_that_was_made_a_moment_ago(ada: APIClient, cast: Cast) -> None:
    for name, version in (("One", None), ("Two", 1)):
        operations.override(
            by=cast.administrator.actor,
            at=app_now(),
            kind="medicine",
            code="prednisone",
            values={"name": name},
            reason="x",
            version=version,
        )
        shown = one(ada, "medicines/?code=prednisone")
        assert (shown["name"], shown["shipped"]) == (name, {"name": "Prednisone"})
