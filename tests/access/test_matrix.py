"""Every route × everybody of the cast → the expected status; and no list or count speaks of a patient to a stranger."""

import json

import pytest
from django.db import transaction

from tests.access.exchanges import FOR_EVERYBODY, PEOPLE, SEE, Exchange, api_exchanges
from tests.access.of_plans import fill
from tests.access.of_referrals import EXCHANGES
from tests.cast import Cast

BY_KEY = {exchange.key: exchange for exchange in EXCHANGES}


def test_every_method_of_every_route_has_its_row_in_the_matrix() -> None:
    routes = {key for key, _ in api_exchanges()}
    assert routes == set(BY_KEY) | set(FOR_EVERYBODY)
    assert len(EXCHANGES) == len(BY_KEY)


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda exchange: exchange.key)
def test_everybody_gets_what_they_may(cast: Cast, exchange: Exchange) -> None:
    wrong = {}
    for name in PEOPLE:
        with transaction.atomic():
            url, payload = exchange.url(cast), exchange.payload(cast)
            client = cast.personas[name].client()
            answer = client.generic(
                exchange.method,
                url,
                json.dumps(payload) if exchange.method != "GET" else "",
                content_type="application/json",
            )
            if answer.status_code != exchange.expected.status(name):
                wrong[name] = (answer.status_code, exchange.expected.status(name), answer.content[:300])
            transaction.set_rollback(True)
    assert wrong == {}


@pytest.mark.parametrize("key", sorted(FOR_EVERYBODY))
def test_what_is_for_everybody_is(cast: Cast, key: str) -> None:
    method, path = key.split(" ")
    answer = cast.nobody.client().generic(
        method, f"/{path}", "{}" if method == "POST" else "", content_type="application/json"
    )
    assert answer.status_code == FOR_EVERYBODY[key]


PATIENT_LISTS = ["patients", "identifiers", "antibodies", "target-ranges", "mutes", "care-teams", "memberships"]


@pytest.mark.parametrize("name", [name for name in PEOPLE if name not in {"nobody", "administrator", "narrow_service"}])
@pytest.mark.parametrize("resource", PATIENT_LISTS)
def test_lists_and_counts_speak_of_the_patient_to_those_who_see_them_only(cast: Cast, resource: str, name: str) -> None:
    fill(cast)
    client = cast.personas[name].client()
    rows = client.get(f"/api/v1/{resource}/?limit=100").json()["results"]
    mine = [row for row in rows if str(cast.patient.pk) in {row["id"], row.get("patient")}]
    assert bool(mine) == (name in SEE)
    assert client.get(f"/api/v1/{resource}/count/").json()["count"] == len(rows)
    named = (
        client.get(f"/api/v1/{resource}/?patient={cast.patient.pk}").json()["results"]
        if resource != "patients"
        else mine
    )
    assert bool(named) == (name in SEE)


def test_a_row_one_may_not_see_and_one_that_does_not_exist_answer_alike(cast: Cast) -> None:
    client = cast.stranger.client()
    hidden = client.get(f"/api/v1/patients/{cast.patient.pk}/").json()
    absent = client.get("/api/v1/patients/01900000-0000-7000-8000-000000000000/").json()
    assert {k: v for k, v in hidden.items() if k != "instance"} == {k: v for k, v in absent.items() if k != "instance"}
    body = {"code": "mda5", "result": "positive", "effective_at": "2026-01-01T08:00:00Z"}
    elsewhere = cast.coordinator_elsewhere.client()
    answers = [
        elsewhere.post("/api/v1/antibodies/", {**body, "patient": pk}, format="json").json()["errors"]
        for pk in (str(cast.patient.pk), "01900000-0000-7000-8000-000000000000")
    ]
    words = [[error["detail"].split('"')[0] for error in errors] for errors in answers]
    assert words[0] == words[1]


def test_a_duplicate_at_another_site_is_not_given_away(cast: Cast) -> None:
    body = {
        "site": str(cast.elsewhere.pk), "family_name": "Albers", "given_name": "Test", "birth_date": "1960-01-01",
        "gender": "female", "onset": "adult", "identifiers": [{"system": "https://linden.example/mrn", "value": "L-1"}],
    }  # fmt: skip
    answer = cast.coordinator_elsewhere.client().post("/api/v1/patients/", body, format="json")
    assert answer.status_code == 201, answer.json()
