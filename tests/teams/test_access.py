"""Who sees the patient, to the minute."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.accounts.permissions import GIVEN_BY_HAND, Role
from apps.common.clock import app_now
from apps.patients.models import Patient, PatientAccess
from apps.patients.models.patient import sees as sees_one
from apps.teams import operations as teams
from apps.teams.models import Member, Membership
from tests.cast import Cast, Persona

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
Later = Callable[[timedelta], None]


def status(cast: Cast, persona: Persona) -> int:
    return persona.client().get(f"/api/v1/patients/{cast.patient.pk}/").status_code


def sees(cast: Cast, persona: Persona) -> bool:
    """The detail, the list and the count must all say the same."""
    client = persona.client()
    listed = [row["id"] for row in client.get("/api/v1/patients/").json()["results"]]
    shown = status(cast, persona) == 200
    assert (str(cast.patient.pk) in listed) == shown
    assert client.get("/api/v1/patients/count/").json()["count"] == len(listed)
    return shown


@pytest.mark.parametrize(
    "name", ["coordinator", "rheumatologist", "therapist", "covering", "on_call_pulmonologist", "service"]
)
def test_the_care_team_its_cover_the_on_call_and_the_coordinator_see_the_patient(cast: Cast, name: str) -> None:
    assert sees(cast, cast.personas[name])


@pytest.mark.parametrize("name", ["coordinator_elsewhere", "former", "future", "stranger"])
def test_a_stranger_sees_404(cast: Cast, name: str) -> None:
    assert not sees(cast, cast.personas[name])


def test_a_member_sees_the_patient_from_the_hour_the_membership_starts_until_it_ends_and_not_a_minute_longer(
    cast: Cast, later: Later
) -> None:
    at = app_now()
    member = cast.stranger.member
    assert member is not None
    teams.add_to_team(
        by=cast.coordinator.actor, at=at, care_team=cast.team, member=member, starts_at=at + HOUR, ends_at=at + 3 * HOUR
    )
    later(HOUR - MINUTE)
    assert not sees(cast, cast.stranger)
    later(MINUTE)
    assert sees(cast, cast.stranger)
    later(2 * HOUR - MINUTE)
    assert sees(cast, cast.stranger)
    later(MINUTE)
    assert not sees(cast, cast.stranger)


def test_cover_ends_with_its_own_end_and_with_the_membership_it_hangs_on(cast: Cast, later: Later) -> None:
    assert sees(cast, cast.covering)
    teams.end_membership(membership=cast.membership, by=cast.coordinator.actor, at=app_now(), ends_at=app_now() + HOUR)
    later(HOUR - MINUTE)
    assert sees(cast, cast.covering)
    later(2 * MINUTE)
    assert not sees(cast, cast.covering)
    assert not sees(cast, cast.therapist)


def test_ending_a_cover_early_ends_the_access(cast: Cast) -> None:
    teams.end_cover(cover=cast.cover, by=cast.coordinator.actor, at=app_now())
    assert not sees(cast, cast.covering)
    assert sees(cast, cast.therapist)


def test_being_on_call_ends_to_the_minute_and_early(cast: Cast, later: Later) -> None:
    # The cast came together some while ago: its duty ends two days after that.
    later(cast.on_call.ends_at - app_now() - MINUTE)
    assert sees(cast, cast.on_call_pulmonologist)
    later(MINUTE)
    assert not sees(cast, cast.on_call_pulmonologist)


def test_ending_a_duty_early_ends_the_sight_of_the_site(cast: Cast) -> None:
    teams.end_on_call(on_call=cast.on_call, by=cast.coordinator.actor, at=app_now())
    assert not sees(cast, cast.on_call_pulmonologist)


def test_somebody_with_two_disciplines_in_one_team_keeps_sight_while_one_of_them_lasts(cast: Cast) -> None:
    member, by = cast.rheumatologist.member, cast.coordinator.actor
    assert member is not None
    second = teams.add_to_team(
        by=by, at=app_now(), care_team=cast.team, member=member, discipline=cast.membership.discipline
    )
    first = Membership.objects.get(care_team=cast.team, member=member, discipline=member.discipline)
    teams.end_membership(membership=first, by=by, at=app_now())
    assert sees(cast, cast.rheumatologist)
    teams.end_membership(membership=second, by=by, at=app_now())
    assert not sees(cast, cast.rheumatologist)


def test_joining_again_is_a_new_membership_and_gives_sight_again(cast: Cast) -> None:
    member = cast.former.member
    assert member is not None
    teams.add_to_team(by=cast.coordinator.actor, at=app_now(), care_team=cast.team, member=member)
    assert sees(cast, cast.former)
    assert Membership.objects.filter(care_team=cast.team, member=member).count() == 2


def test_a_transfer_shows_the_patient_to_the_other_site_and_hides_it_from_this_one(cast: Cast) -> None:
    answer = cast.coordinator.client().post(
        f"/api/v1/patients/{cast.patient.pk}/transfer/", {"to_site": str(cast.elsewhere.pk)}, format="json"
    )
    assert answer.status_code == 200, answer.json()
    assert not sees(cast, cast.coordinator)
    assert not sees(cast, cast.on_call_pulmonologist)
    assert sees(cast, cast.coordinator_elsewhere)
    assert sees(cast, cast.therapist)


def test_closing_a_team_ends_everybodys_sight(cast: Cast) -> None:
    answer = cast.coordinator.client().post(
        f"/api/v1/care-teams/{cast.team.pk}/close/", {"reason": "moved away"}, format="json"
    )
    assert answer.status_code == 200, answer.json()
    for name in ("rheumatologist", "therapist", "covering"):
        assert not sees(cast, cast.personas[name])


def test_a_closed_account_sees_nothing_from_that_moment(cast: Cast) -> None:
    client = cast.administrator.client()
    assert client.post(f"/api/v1/users/{cast.therapist.who.pk}/deactivate/").status_code == 200
    assert status(cast, cast.therapist) == 401


def test_a_member_whose_role_ended_sees_nobody_although_the_membership_goes_on(cast: Cast) -> None:
    grant = cast.therapist.who.grants.get()
    answer = cast.administrator.client().post(f"/api/v1/role-grants/{grant.pk}/end/", {}, format="json")
    assert answer.status_code == 200, answer.json()
    assert status(cast, cast.therapist) == 403
    assert not Patient.objects.visible_to(cast.therapist.actor).exists()


def test_the_access_rows_say_what_memberships_and_covers_say(cast: Cast) -> None:
    found = {(row.user_id, row.kind) for row in PatientAccess.objects.in_force(app_now()).filter(patient=cast.patient)}
    assert found == {
        (cast.rheumatologist.who.pk, "membership"),
        (cast.therapist.who.pk, "membership"),
        (cast.covering.who.pk, "cover"),
    }


def test_a_member_with_ties_cannot_be_deactivated(cast: Cast) -> None:
    for name in ("therapist", "covering", "on_call_pulmonologist"):
        answer = cast.coordinator.client().post(f"/api/v1/members/{cast.member_of(name)}/deactivate/")
        assert answer.status_code == 409, name
    assert Member.objects.filter(active=False).count() == 0


def test_one_patient_asked_about_and_the_list_of_patients_follow_the_same_rule(cast: Cast, later: Later) -> None:
    for role in (role for role in Role if role in GIVEN_BY_HAND and role != Role.SERVICE):
        cast.person(f"{role}_here", role)
        cast.person(f"{role}_there", role, site=cast.elsewhere)
    cast.person("without_a_role", None)
    said: set[bool] = set()
    for passed in (timedelta(0), 26 * HOUR, 30 * HOUR):
        # The future member joins, then the cover and the duty end.
        later(passed)
        for name, persona in cast.personas.items():
            if persona.user is None:
                continue
            actor = persona.actor
            seen = set(Patient.objects.visible_to(actor))
            for patient in (cast.patient, cast.other_patient):
                own = PatientAccess.objects.in_force(app_now()).filter(user=persona.user, patient=patient).exists()
                one = sees_one(actor, patient.site_id, has_access=own)
                assert one == (patient in seen), (name, patient.family_name, passed)
                said.add(one)
    assert said == {True, False}
