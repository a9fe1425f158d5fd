"""The coordinator forms a care team in the admin, and the therapist's token sees the patient."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.common.clock import app_now
from apps.patients.models import Patient
from apps.teams.models import CareTeam, Cover, Member, OnCall
from tests.cast import Cast

LOGIN = "apps.accounts.authentication.PeopleBackend"


@pytest.fixture
def browser(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.coordinator.who, backend=LOGIN)
    return client


def typed(at: Any, cast: Cast, name: str) -> dict[str, str]:
    """A moment as the coordinator types it: by the clocks of their site."""
    local = timezone.localtime(at, cast.site.zone)
    return {f"{name}_0": local.strftime("%d/%m/%Y"), f"{name}_1": local.strftime("%H:%M:%S")}


def test_a_coordinator_forms_a_team_and_the_therapists_token_sees_the_patient(cast: Cast, browser: Client) -> None:
    patient = cast.patient_of("Newcomer")
    page = browser.get(f"/admin/patients/patient/{patient.pk}/change/").content.decode()
    assert f"/admin/teams/careteam/add/?patient={patient.pk}" in page
    made = browser.post("/admin/teams/careteam/add/", {"patient": str(patient.pk), "name": ""})
    assert made.status_code == 302
    team = CareTeam.objects.get(patient=patient)
    client = cast.stranger.client()
    assert client.get(f"/api/v1/patients/{patient.pk}/").status_code == 404
    joined = browser.post(
        f"/admin/teams/careteam/{team.pk}/join/", {"member": cast.member_of("stranger"), "role": "lead"}
    )
    assert joined.status_code == 302
    assert client.get(f"/api/v1/patients/{patient.pk}/").status_code == 200
    shown = browser.get(f"/admin/teams/careteam/{team.pk}/change/").content.decode()
    assert "Stranger" in shown
    membership = team.memberships.get()
    assert browser.post(f"/admin/teams/membership/{membership.pk}/end/", {}).status_code == 302
    assert client.get(f"/api/v1/patients/{patient.pk}/").status_code == 404
    link = browser.get(f"/admin/patients/patient/{patient.pk}/change/").content.decode()
    assert f"/admin/teams/careteam/{team.pk}/change/" in link


def test_a_refusal_is_shown_and_nothing_is_written(cast: Cast, browser: Client) -> None:
    page = browser.post("/admin/teams/careteam/add/", {"patient": str(cast.patient.pk), "name": ""})
    assert page.status_code == 200
    assert "This patient has a care team already." in page.content.decode()
    lead = browser.post(f"/admin/teams/careteam/{cast.team.pk}/join/", {
        "member": cast.member_of("covering"), "role": "lead"})  # fmt: skip
    assert "make this member the lead" in lead.content.decode()
    assert cast.team.memberships.filter(member=cast.member_of("covering")).count() == 0


def test_times_are_typed_by_the_clocks_of_the_site(cast: Cast, browser: Client) -> None:
    at = app_now().replace(microsecond=0) + timedelta(hours=5)
    body = {"member": cast.member_of("stranger"), "role": "member", **typed(at, cast, "starts_at")}
    assert browser.post(f"/admin/teams/careteam/{cast.team.pk}/join/", body).status_code == 302
    assert cast.team.memberships.get(member=cast.member_of("stranger")).starts_at == at


def test_cover_and_duties_are_set_and_ended(cast: Cast, browser: Client) -> None:
    until = app_now() + timedelta(days=3)
    cover = {"member": cast.member_of("rheumatologist"), "substitute": cast.member_of("stranger"), "reason": "sick"}
    assert browser.post("/admin/teams/cover/add/", cover | typed(until, cast, "ends_at")).status_code == 302
    row = Cover.objects.get(member=cast.member_of("rheumatologist"))
    assert cast.stranger.client().get(f"/api/v1/patients/{cast.patient.pk}/").status_code == 200
    assert browser.post(f"/admin/teams/cover/{row.pk}/end/", {}).status_code == 302
    assert cast.stranger.client().get(f"/api/v1/patients/{cast.patient.pk}/").status_code == 404
    member = Member.objects.get(pk=cast.member_of("stranger"))
    duty = {
        "site": cast.site.pk,
        "discipline": member.discipline_id,
        "member": member.pk,
        **typed(until, cast, "ends_at"),
    }
    assert browser.post("/admin/teams/oncall/add/", duty).status_code == 302
    assert cast.stranger.client().get(f"/api/v1/patients/{cast.patient.pk}/").status_code == 200
    row_ = OnCall.objects.get(member=member)
    assert browser.post(f"/admin/teams/oncall/{row_.pk}/end/", {}).status_code == 302
    assert cast.stranger.client().get(f"/api/v1/patients/{cast.patient.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("Monday 08:00–16:30\nTuesday 9:00-12:00", ""),
        ("Mondays 08:00-16:00", "is not a weekday"),
        ("Monday 25:00-26:00", "no such time of day"),
        ("Monday 16:00-08:00", "end after they start"),
        ("Monday 08:00-12:00\nMonday 11:00-13:00", "overlap"),
    ],
)
def test_working_hours_are_typed_a_line_each(cast: Cast, browser: Client, lines: str, told: str) -> None:
    member = Member.objects.get(pk=cast.member_of("therapist"))
    body = {
        "discipline": member.discipline_id,
        "channels": ["in_app"],
        "working_hours": lines,
        "version": member.version,
    }
    page = browser.post(f"/admin/teams/member/{member.pk}/change/", body)
    assert (page.status_code == 302) == (told == "")
    assert told in page.content.decode()
    assert member.working_hours.count() == (2 if told == "" else 0)


def test_a_stale_form_changes_nothing(cast: Cast, browser: Client) -> None:
    body = {"name": "Blue", "version": 1}
    assert browser.post(f"/admin/teams/careteam/{cast.team.pk}/change/", body).status_code == 302
    page = browser.post(f"/admin/teams/careteam/{cast.team.pk}/change/", {"name": "Green", "version": 1})
    assert "was changed since you read it" in page.content.decode()
    assert CareTeam.objects.get(pk=cast.team.pk).name == "Blue"


PAGES = ["careteam", "member", "membership", "cover", "oncall"]


@pytest.mark.parametrize("page", PAGES)
def test_every_list_opens_and_another_sites_coordinator_sees_no_patient_in_it(
    cast: Cast, browser: Client, page: str
) -> None:
    assert browser.get(f"/admin/teams/{page}/").status_code == 200
    other = Client()
    other.force_login(cast.coordinator_elsewhere.who, backend=LOGIN)
    assert "Albers" not in other.get(f"/admin/teams/{page}/").content.decode()
    assert other.get(f"/admin/teams/careteam/{cast.team.pk}/change/").status_code == 302


def test_a_private_search_finds_the_patient_and_keeps_the_name_out_of_every_address(
    cast: Cast, browser: Client
) -> None:
    for number in range(3):
        cast.patient_of(f"Other{number}")
    answer = browser.post("/admin/patients/patient/", {"private_q": "alb"})
    assert answer.status_code == 302
    assert "alb" not in answer.headers["Location"]
    page = browser.get(answer.headers["Location"]).content.decode()
    assert "Albers" in page
    assert "Other1" not in page
    assert Patient.objects.count() == 5
