"""Defects that a reading with fresh eyes found at the doors of referrals: each would come back without its test."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.common.clock import app_now
from apps.common.refusals import Invalid
from apps.referrals.models import Referral
from tests.cast import Cast
from tests.plans.pages import at, browser, page, text
from tests.referrals.doors import begun
from tests.referrals.house import Loop, fresh, reason

pytestmark = pytest.mark.django_db

NAME = "Quandt"
#: Pages on which a patient is chosen by the id in the address.
CHOOSING = ("referrals_referral", "teams_careteam", "patients_identifier")


@pytest.fixture
def loop(cast: Cast) -> Loop:
    return begun(cast)


def writing(model: str, patient: Any) -> str:
    """The address of a page on which something new about a patient is written."""
    return f"{reverse(f'admin:{model}_add')}?patient={patient}"


@pytest.mark.parametrize("model", CHOOSING)
def test_an_id_in_an_address_names_the_patient_to_whoever_sees_them_and_to_nobody_else(
    cast: Cast, loop: Loop, model: str
) -> None:
    address = writing(model, loop.patient.pk)
    assert NAME in page(browser(cast), address)
    other = browser(cast, "coordinator_elsewhere")
    assert NAME not in page(other, address)
    refused = other.post(address, {"patient": str(loop.patient.pk), "reason": str(reason().pk)})
    assert refused.status_code == 200
    assert NAME not in refused.content.decode()


@pytest.mark.parametrize("wrong", ["x", "1", "%00", "9" * 60, "01900000-0000-7000-8000-000000000000"])
def test_an_address_with_an_id_that_is_none_opens_an_empty_page(cast: Cast, wrong: str) -> None:
    assert "Begin from a reason" in page(browser(cast), writing("referrals_referral", wrong))


@pytest.mark.parametrize("day", ["9999-12-31", "2201-01-01", "0001-01-01", "1899-12-31"])
def test_a_day_beyond_the_calendar_is_refused_beside_its_field(cast: Cast, loop: Loop, day: str) -> None:
    """Of a target at the end of the calendar nothing could be sent any more, and a visit there was a fault of ours."""
    client, rule = browser(cast), "A year from 1900 to 2200."
    sent = {"patient": str(loop.patient.pk), "reason": str(reason().pk), "target_on": day, "question": "Is it safe?"}
    form = client.post(reverse("admin:referrals_referral_add"), sent).context["adminform"].form
    assert form.errors["target_on"] == [rule]
    assert form["question"].value() == "Is it safe?"
    assert not Referral.objects.exists()
    row = loop.accepted()
    for name, field in (("schedule", "starts_at"), ("see", "seen_at")):
        typed = {f"{field}_0": day, f"{field}_1": "10:30"}
        answer = client.post(f"{at(row).removesuffix('change/')}{name}/", typed)
        assert rule in text(answer), name
    assert fresh(row).state == "accepted"


def test_what_was_typed_by_those_who_saw_the_patient_does_not_go_on_to_the_next_department(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.move(loop.accepted(), "schedule", "therapist", place="Mrs Quandt's home")
    row = loop.move(row, "cancel_visit", "therapist", words="Mrs Quandt phoned.")
    row = loop.move(row, "reroute", "rheumatologist", words="They are full.")
    cast.person("skin", discipline="dermatology")
    shown = cast.skin.client().get(f"/api/v1/referrals/{row.pk}/").json()
    assert "Mrs Quandt" not in str(shown)
    assert [one["words"] for one in shown["transitions"] if one["move"] == "reroute"] == ["They are full."]
    assert "Mrs Quandt phoned." in str(cast.rheumatologist.client().get(f"/api/v1/referrals/{row.pk}/").json())
    moved = cast.skin.client().post(f"/api/v1/referrals/{row.pk}/receive/", {}, format="json")
    assert moved.status_code == 200
    assert "Mrs Quandt" not in moved.content.decode()
    page = Client()
    page.force_login(cast.skin.who)
    assert "Mrs Quandt" not in page.get(f"/referrals/{row.pk}/").content.decode()


def test_a_visit_in_a_mistyped_year_is_refused_because_it_would_silence_the_referral(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.accepted()
    with pytest.raises(Invalid, match="look at the year") as refusal:
        loop.move(row, "schedule", "therapist", starts_at=app_now() + timedelta(days=733))
    assert list(refusal.value.errors) == ["starts_at"]
    assert fresh(row).state == "accepted"
    assert loop.move(row, "schedule", "therapist", starts_at=app_now() + timedelta(days=731)).state == "scheduled"


def test_a_draft_cannot_be_changed_into_a_second_one_for_the_same_reason(cast: Cast) -> None:
    loop = Loop.begin(cast)
    loop.sent()
    other = loop.draft(code="pulmonology_baseline")
    path = f"/api/v1/referrals/{other.pk}/"
    answer = cast.rheumatologist.client().patch(path, {"reason": "slt_swallow"}, format="json")
    assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[-1]) == (409, "already-referred")
    assert fresh(other).reason.code == "pulmonology_baseline"


def test_changing_nothing_is_for_those_who_could_change_something(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.draft()
    answer = cast.on_call_pulmonologist.client().patch(f"/api/v1/referrals/{row.pk}/", {}, format="json")
    assert answer.status_code == 403, answer.content
