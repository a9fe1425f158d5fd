"""What a site decides about its plans, and calendars of one's own, through their REST doors."""

from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from apps.accounts.secrets import digest_of
from apps.plans.models import CalendarFeed, PlanPolicy
from tests.cast import Cast
from tests.plans.doors import fields, get, good, kind, send

pytestmark = pytest.mark.django_db
SESSION = "apps.accounts.authentication.PeopleBackend"


def decide(cast: Cast, **values: Any) -> Any:
    return send(cast, "plan-policies/", {"site": str(cast.site.pk), **values}, who="administrator")


def test_a_site_s_first_decision_fills_the_rest_with_the_defaults(cast: Cast) -> None:
    assert get(cast, "plan-policies/").json()["results"] == []
    row = good(decide(cast, second_approver=True), 201)
    assert (row["second_approver"], row["scheme"]) == (True, "monthly")
    assert row["options"] == ["eye_baseline", "ecg_baseline"]
    assert kind(decide(cast, second_approver=False)) == (409, "conflict")
    assert get(cast, "plan-policies/").json()["results"] == [row]
    assert get(cast, "plan-policies/", who="coordinator_elsewhere").json()["results"] == []


def test_what_was_decided_is_changed_in_the_version_that_was_read(cast: Cast) -> None:
    row = good(decide(cast, second_approver=True), 201)
    path, client = f"/api/v1/plan-policies/{row['id']}/", cast.administrator.client()
    tag = client.get(path)["ETag"]
    changed = client.patch(path, {"scheme": "published", "options": []}, format="json", headers={"If-Match": tag})
    assert (changed.json()["scheme"], changed.json()["options"], changed.json()["second_approver"]) == (
        "published",
        [],
        True,
    )
    stale = client.patch(path, {"scheme": "monthly"}, format="json", headers={"If-Match": tag})
    assert kind(stale) == (412, "stale")


def test_only_what_is_known_can_be_decided(cast: Cast) -> None:
    unknown = decide(cast, approving_disciplines=["astrology"])
    assert (kind(unknown), fields(unknown)) == ((422, "invalid"), ["approving_disciplines"])
    option = decide(cast, options=["horoscope"])
    assert (kind(option), fields(option)) == ((422, "invalid"), ["options"])
    assert fields(decide(cast, scheme="now and then")) == ["scheme"]
    assert not PlanPolicy.objects.exists()


def test_only_the_site_s_administrators_decide(cast: Cast) -> None:
    row = good(decide(cast, second_approver=True), 201)
    for who in ("coordinator", "rheumatologist"):
        client = cast.personas[who].client()
        assert client.get(f"/api/v1/plan-policies/{row['id']}/").status_code == 200
        assert client.patch(f"/api/v1/plan-policies/{row['id']}/", {}, format="json").status_code == 403
        assert send(cast, "plan-policies/", {"site": str(cast.site.pk)}, who=who).status_code == 403
    elsewhere = send(cast, "plan-policies/", {"site": str(cast.elsewhere.pk)}, who="administrator")
    assert (elsewhere.status_code, fields(elsewhere)) == (400, ["site"])


def logged_in(cast: Cast, name: str = "rheumatologist") -> APIClient:
    client = APIClient()
    client.force_login(cast.personas[name].who, backend=SESSION)
    return client


def test_the_secret_of_a_calendar_is_shown_once(cast: Cast) -> None:
    client = logged_in(cast)
    headers = {"Idempotency-Key": "the same"}
    made = client.post("/api/v1/calendar-feeds/", {"name": "telephone"}, format="json", headers=headers)
    body = good(made, 201)
    start = f"{settings.PUBLIC_URL}/calendar/"
    assert body["url"].startswith(start)
    assert body["url"].endswith(".ics")
    secret = body["url"].removeprefix(start).removesuffix(".ics")
    row = CalendarFeed.objects.get()
    assert bytes(row.digest) == digest_of(secret)
    assert made["Cache-Control"] == "no-store"
    # It is not kept for replay either: the same key makes another one.
    other = good(client.post("/api/v1/calendar-feeds/", {"name": "telephone"}, format="json", headers=headers), 201)
    assert other["url"] != body["url"]
    for answer in (client.get("/api/v1/calendar-feeds/"), client.get(made["Location"])):
        assert answer.status_code == 200
        assert secret not in answer.content.decode()


def test_a_calendar_is_one_s_own_and_ends_when_it_is_revoked(cast: Cast) -> None:
    client = logged_in(cast)
    row = good(client.post("/api/v1/calendar-feeds/", {"name": "telephone"}, format="json"), 201)["feed"]
    path = f"calendar-feeds/{row['id']}/"
    assert get(cast, "calendar-feeds/", who="therapist").json()["results"] == []
    assert get(cast, path, who="therapist").status_code == 404
    assert send(cast, f"{path}revoke/", who="therapist").status_code == 404
    ended = good(client.post(f"/api/v1/{path}revoke/", {}, format="json"))
    assert ended["revoked_at"] is not None
    assert client.post(f"/api/v1/{path}revoke/", {}, format="json").status_code == 409


def test_a_token_makes_no_calendar_since_its_address_would_outlive_it(cast: Cast) -> None:
    assert kind(send(cast, "calendar-feeds/", {"name": "telephone"})) == (403, "forbidden")
    assert not CalendarFeed.objects.exists()
