"""What suggests itself: by the criterion that is met, or by what a plan's medicines want and nobody has."""

from typing import Any

import pytest

from apps.common.clock import app_now
from apps.knowledge.models import ReferralReason
from apps.knowledge.shelf import shelf
from apps.plans.models import PlanVersion
from apps.referrals import suggesting
from apps.referrals.models import Referral
from apps.referrals.suggesting import Suggestion
from tests.cast import Cast, Persona
from tests.nudges.house import V1
from tests.plans.house import Story, daily, tell, weekly
from tests.referrals.house import Loop, reason

pytestmark = pytest.mark.django_db
#: As section D.2 of the clinical sheet has it: which reasons a criterion brings up, with urgency and time.
BY_CRITERION = {
    "SW-01": [("slt_swallow", "urgent", "within 2 working days")],
    "SW-02": [
        ("slt_instrumental_study", "urgent", "within 10 working days"), ("slt_swallow", "urgent", "within 2 working days"),
    ],
    "LU-02": [("pulmonology_desaturation", "urgent", "within 5 working days")],
    "LU-03": [("pulmonology_decline", "urgent", "")],
    "PA-01": [("paediatric_centre_high_risk", "stat", "the same day")],
    "SW-99": [],
}  # fmt: skip


def of(loop: Loop, code: str) -> list[Suggestion]:
    return suggesting.of_criterion(loop.patient, code, facts=[], because=["it is met"])


@pytest.mark.parametrize("code", BY_CRITERION)
def test_a_criterion_brings_up_its_reasons(cast: Cast, code: str) -> None:
    found = of(Loop.begin(cast), code)
    assert [(one.reason.code, one.reason.urgency, one.within) for one in found] == BY_CRITERION[code]
    assert all(one.because == ("it is met",) and one.present is None for one in found)


def test_what_presses_more_comes_first(cast: Cast) -> None:
    # D.2: red flags of cancer within 2 working days, everything else of a high risk within 14 days.
    assert [one.reason.code for one in of(Loop.begin(cast), "MA-01")] == ["oncology_red_flags", "oncology_high_risk"]


def test_an_open_referral_for_the_reason_is_named_until_it_ends(cast: Cast) -> None:
    loop = Loop.begin(cast)
    row = loop.sent()
    (one,) = of(loop, "SW-01")
    assert one.present == row
    assert suggesting.first_of([one]) == one
    loop.move(row, "cancel", "rheumatologist")
    assert of(loop, "SW-01")[0].present is None


def test_another_patients_referral_is_not_named(cast: Cast) -> None:
    Loop.begin(cast).sent()
    assert of(Loop.begin(cast, "Rabe"), "SW-01")[0].present is None


def test_of_several_the_first_that_was_not_sent_is_meant(cast: Cast) -> None:
    loop = Loop.begin(cast)
    loop.sent(code="slt_instrumental_study")
    found = suggesting.first_of(of(loop, "SW-02"))
    assert found is not None
    assert found.reason.code == "slt_swallow"
    assert suggesting.first_of([]) is None


# --- plans


@pytest.fixture
def story(cast: Cast) -> Story:
    """Methotrexate and hydroxychloroquine are proposed; eyes and lungs were never looked at."""
    found = tell(cast, "Quarkstein", phenotype="classic")
    found.record("2027-05-03", weight=75, mmt8_150=118)
    found.plan("2027-05-04", weekly("methotrexate", "10"), daily("hydroxychloroquine", "200"))
    return found


def version_of(story: Story) -> PlanVersion:
    return PlanVersion.objects.select_related("plan__patient__site").get(plan__patient=story.patient)


def codes(story: Story) -> dict[str, tuple[str, ...]]:
    found = suggesting.of_version(version_of(story), app_now())
    return {one.reason.code: tuple(one.because) for one in found}


def lacking(story: Story) -> set[str]:
    """The panels that were missing or too old when it was proposed, as the version's own checks say."""
    rows = version_of(story).prerequisites.filter(state__in=["missing", "too_old"], panel__isnull=False)
    return set(rows.values_list("panel__code", flat=True))


def test_a_plan_brings_up_who_looks_at_what_is_missing(story: Story) -> None:
    assert {"eye_exam", "pft"} & lacking(story), "the medicines want one of them"
    wanted = {row.code for row in shelf().offered(ReferralReason) if set(row.panels) & lacking(story)}
    found = codes(story)
    assert set(found) == wanted
    assert all(any("missing" in line for line in because) for because in found.values())


def test_what_was_done_since_is_not_brought_up(story: Story) -> None:
    assert "ophthalmology_hydroxychloroquine" in codes(story)
    story.examine("2027-06-01", "eye_exam", "ophthalmology")
    assert "ophthalmology_hydroxychloroquine" not in codes(story)


def test_a_version_that_is_not_followed_brings_up_nothing(story: Story) -> None:
    row = version_of(story)
    PlanVersion.objects.filter(pk=row.pk).update(state="withdrawn", ended_at=app_now(), end_reason="no")
    assert codes(story) == {}


# --- over HTTP


def door(story: Story, name: str) -> str:
    return f"{V1}plan-versions/{version_of(story).pk}/{name}/"


def post(who: Persona, path: str, **body: Any) -> Any:
    return who.client().post(path, body, format="json")


def test_the_api_shows_them_as_they_would_be_sent(cast: Cast, story: Story) -> None:
    answer = cast.rheumatologist.client().get(door(story, "suggested-referrals"))
    assert answer.status_code == 200
    shown = {one["reason"]: one for one in answer.json()}["ophthalmology_hydroxychloroquine"]
    eyes = reason("ophthalmology_hydroxychloroquine")
    assert shown == {
        "reason": eyes.code, "reason_name": eyes.name, "to": "ophthalmology", "urgency": "routine", "target": "",
        "target_means": eyes.target_means, "question": eyes.question, "facts": [], "because": shown["because"],
        "open_referral": None,
    }  # fmt: skip
    assert shown["because"]


def test_one_step_refers_because_of_the_version(cast: Cast, story: Story) -> None:
    answer = post(
        cast.rheumatologist, door(story, "refer"), reason="ophthalmology_hydroxychloroquine", patient_informed=True
    )
    assert answer.status_code == 201, answer.content
    row = Referral.objects.get()
    assert answer["Location"].endswith(f"/referrals/{row.pk}/")
    assert answer["ETag"] == f'"v{row.version}"'
    assert (row.state, row.because_of, row.patient_informed) == ("sent", version_of(story), True)
    shown = cast.rheumatologist.client().get(door(story, "suggested-referrals")).json()
    assert [one["open_referral"] for one in shown if one["reason"] == "ophthalmology_hydroxychloroquine"] == [
        str(row.pk)
    ]
    again = post(cast.rheumatologist, door(story, "refer"), reason="ophthalmology_hydroxychloroquine")
    assert again.status_code == 409
    assert again.json()["referral"] == str(row.pk)


def test_without_a_reason_the_first_is_meant_and_it_may_stay_a_draft(cast: Cast, story: Story) -> None:
    first = cast.rheumatologist.client().get(door(story, "suggested-referrals")).json()[0]
    answer = post(cast.rheumatologist, door(story, "refer"), send=False, question="The eyes, please.")
    assert answer.status_code == 201, answer.content
    assert (answer.json()["reason"], answer.json()["state"]) == (first["reason"], "draft")
    assert answer.json()["question"] == "The eyes, please."


def test_where_nothing_suggests_itself_the_reason_has_to_be_named(cast: Cast, story: Story) -> None:
    PlanVersion.objects.filter(plan__patient=story.patient).update(
        state="withdrawn", ended_at=app_now(), end_reason="no"
    )
    answer = post(cast.rheumatologist, door(story, "refer"))
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == ["reason"]


def test_strangers_find_nothing_and_unknown_fields_are_refused(cast: Cast, story: Story) -> None:
    for name in ("stranger", "coordinator_elsewhere"):
        client = cast.personas[name].client()
        assert client.get(door(story, "suggested-referrals")).status_code == 404, name
        assert client.post(door(story, "refer"), {}, format="json").status_code == 404, name
    assert post(cast.rheumatologist, door(story, "refer"), reazon="x").status_code == 400
    assert not Referral.objects.exists()
