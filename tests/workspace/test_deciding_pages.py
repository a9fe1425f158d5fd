"""Deciding about a proposal on pages: reasons, the approval of exactly what is shown, following, withdrawing."""

import pytest

from apps.common.clock import app_now
from apps.plans.models import PlanPolicy, PlanVersion
from apps.teams import operations as teams
from tests.cast import Cast
from tests.nudges.house import browser, page, send_form
from tests.plans.house import dosed, tell
from tests.workspace.house import (
    errors,
    muscle,
    pending,
    plan_path,
    press,
    words,
)  # fmt: skip

pytestmark = pytest.mark.django_db


def test_a_proposal_shows_its_warnings_and_what_the_first_dose_waits_for(cast: Cast) -> None:
    said = words(browser(cast.rheumatologist), plan_path(muscle(cast)))
    assert "Proposed: waits for its approval Azathioprine beside it." in said
    assert "before the first dose Azathioprine · TPMT: missing (tpmt)" in said
    assert "It has to be there, or explained, before this version is followed." in said


def test_approving_shows_exactly_what_is_approved_and_binds_to_it(cast: Cast) -> None:
    story = muscle(cast)
    version = pending(story)
    path = f"/plan-versions/{version.pk}/approve/"
    shown = page(browser(cast.rheumatologist), path)
    assert f'name="digest" value="{version.digest}"' in shown
    said = words(browser(cast.rheumatologist), path)
    assert "What changes from version 1, which is followed Azathioprine: 50 mg once a day : new" in said
    assert "60 mg once a day, oral since 3 May 2027" in said
    assert "50 mg once a day, oral from 4 June 2027 on" in said
    answer = press(browser(cast.rheumatologist), path)
    assert (answer.status_code, answer.headers["Location"]) == (302, plan_path(story))
    version.refresh_from_db()
    assert (version.state, version.approver, version.approved_digest) == (
        "approved", cast.rheumatologist.who, version.digest,
    )  # fmt: skip
    assert "Approved: not followed yet" in words(browser(cast.rheumatologist), plan_path(story))


@pytest.mark.parametrize(("digest", "status"), [("f" * 64, 422), ("", 400), (None, 400)])
def test_another_content_than_the_one_on_the_page_is_not_approved(cast: Cast, digest: str | None, status: int) -> None:
    version = pending(muscle(cast))
    sent = {} if digest is None else {"digest": digest}
    answer = send_form(browser(cast.rheumatologist), f"/plan-versions/{version.pk}/approve/", **sent)
    assert answer.status_code == status
    assert errors(answer)
    version.refresh_from_db()
    assert version.state == "proposed"


def test_a_warning_wants_its_reason_before_the_approval(cast: Cast) -> None:
    story = tell(cast, "Quarkstein", phenotype="amyopathic")
    story.record("2027-05-03", weight=52)
    # 400 mg at 52 kg are 7.7 mg/kg a day, above 5 (V-08).
    story.plan("2027-05-03", dosed("hydroxychloroquine", "200", "mg", 2, 1, "d"))
    version, client = pending(story), browser(cast.rheumatologist)
    assert "It waits for a written reason." in words(client, plan_path(story))
    refused = press(client, f"/plan-versions/{version.pk}/approve/")
    assert refused.status_code == 409
    assert "Write down why" in errors(refused)[0]
    for warning in version.warnings.filter(needs_reason=True):
        path = f"/plan-versions/{version.pk}/explain/{warning.pk}/"
        assert warning.words in words(client, path)
        assert send_form(client, path, reason="  ").status_code == 400
        assert send_form(client, path, reason="Eyes <watched> closely").status_code == 302
        again = send_form(client, path, reason="Something else")
        assert (again.status_code, "already" in errors(again)[0]) == (409, True)
    shown = page(client, plan_path(story))
    assert "Eyes &lt;watched&gt; closely" in shown
    assert "It waits for a written reason." not in shown
    assert press(client, f"/plan-versions/{version.pk}/approve/").status_code == 302


def test_who_may_not_approve_is_told_who_may(cast: Cast) -> None:
    story = muscle(cast)
    teams.add_to_team(
        by=cast.by, at=app_now(), care_team=story.patient.care_teams.get(), member=cast.therapist.member  # type: ignore[arg-type]
    )  # fmt: skip
    client, version = browser(cast.therapist), pending(story)
    said = words(client, plan_path(story))
    assert "Look through and approve" not in said
    assert "It is approved by somebody who looks after the patient for: Dermatology" in said
    refused = press(client, f"/plan-versions/{version.pk}/approve/")
    assert refused.status_code == 422
    assert "rheumatology" in errors(refused)[0]


def test_where_two_have_to_agree_the_author_is_told_so(cast: Cast) -> None:
    story = muscle(cast)
    PlanPolicy.objects.create(site=cast.site, second_approver=True)
    PlanVersion.objects.filter(pk=pending(story).pk).update(author=cast.rheumatologist.who)
    client = browser(cast.rheumatologist)
    assert "At this site somebody other than the author approves." in words(client, plan_path(story))
    assert press(client, f"/plan-versions/{pending(story).pk}/approve/").status_code == 403


def test_following_waits_for_what_is_missing_or_for_its_reason(cast: Cast) -> None:
    story = muscle(cast)
    client, version = browser(cast.rheumatologist), pending(story)
    press(client, f"/plan-versions/{version.pk}/approve/")
    path = f"/plan-versions/{version.pk}/follow/"
    refused = send_form(client, path)
    assert refused.status_code == 409
    assert "TPMT: missing" in errors(refused)[0]
    lacking = version.prerequisites.get(panel__code="tpmt")
    send_form(client, f"/plan-versions/{version.pk}/explain/{lacking.pk}/", reason="Known from another hospital")
    assert send_form(client, path).status_code == 302
    version.refresh_from_db()
    assert version.state == "active"
    said = words(client, plan_path(story))
    assert "followed version 2, since 7 June 2027" in said
    assert "Version 1 : replaced by a later version" in said


def test_what_was_missing_and_is_there_by_now_holds_up_nothing(cast: Cast) -> None:
    story = muscle(cast)
    client, version = browser(cast.rheumatologist), pending(story)
    press(client, f"/plan-versions/{version.pk}/approve/")
    story.record("2027-06-06", tpmt="intermediate")
    assert "TPMT: missing" not in words(client, plan_path(story))
    assert send_form(client, f"/plan-versions/{version.pk}/follow/").status_code == 302


def test_withdrawing_wants_a_reason_and_keeps_the_history(cast: Cast) -> None:
    story = muscle(cast)
    client, version = browser(cast.rheumatologist), pending(story)
    path = f"/plan-versions/{version.pk}/withdraw/"
    empty = send_form(client, path, reason="")
    assert (empty.status_code, errors(empty)) == (400, ["This field is required."])
    assert send_form(client, path, reason="He wants to wait").status_code == 302
    said = words(client, plan_path(story))
    assert "Version 2 : not followed He wants to wait" in said
    assert "waits for its approval" not in said
    assert send_form(client, path, reason="Once more").status_code == 409


def test_there_is_no_other_doing(cast: Cast) -> None:
    version = pending(muscle(cast))
    assert browser(cast.rheumatologist).get(f"/plan-versions/{version.pk}/delete/").status_code == 404
