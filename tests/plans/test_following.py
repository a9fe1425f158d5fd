"""What follows from a plan: what is due, whatever door a fact came by; reviews, asked for and held."""

from datetime import date, timedelta
from typing import Any

import pytest

from apps.accounts.actors import Careteam
from apps.accounts.models import User
from apps.common import due
from apps.common.clock import app_now
from apps.common.refusals import Conflict, Invalid
from apps.knowledge.models import Pathway
from apps.nudges.models import Nudge
from apps.observations.models import Assessment
from apps.patients import operations as patients
from apps.plans import operations
from apps.plans.models import MonitoringItem, PlanVersion, ResponseReview, TreatmentPlan, Upkeep
from tests.cast import Cast
from tests.plans.house import daily, dosed, weekly

REASONS = {"dose_reason": "Meant.", "prerequisite_reason": "Done elsewhere."}


def follow(cast: Cast, *medications: dict[str, Any], **more: Any) -> TreatmentPlan:
    """A plan that is followed from now on."""
    by, at = cast.rheumatologist.actor, app_now()
    rows = [{**row, **REASONS} for row in medications]
    plan = operations.open_plan(patient=cast.patient, by=by, at=at, medications=rows, **more)
    version = operations.approve(plan_version=plan.versions.get(), by=by, at=app_now())
    operations.activate(plan_version=version, by=by, at=app_now())
    return plan


def items(cast: Cast) -> dict[str, MonitoringItem]:
    rows = MonitoringItem.objects.filter(patient=cast.patient, ended_at__isnull=True).select_related("panel")
    return {row.panel.code: row for row in rows}


def today(cast: Cast) -> date:
    return cast.site.local_date(app_now())


def post(cast: Cast, path: str, **body: Any) -> Any:
    answer = cast.rheumatologist.client().post(
        f"/api/v1/{path}", {"patient": str(cast.patient.pk), **body}, format="json"
    )
    assert answer.status_code == 201, answer.json()
    return answer


def test_bloods_are_due_a_month_after_an_immunosuppressant_was_begun(cast: Cast) -> None:
    follow(cast, weekly("methotrexate", "15"), weekly("folic_acid", "5"))
    row = items(cast)["fbc"]
    # S0-32: every 30 days, with 5 of grace (MO-01).
    assert (row.due_on, row.every_days) == (today(cast) + timedelta(days=30), 30)
    assert row.overdue_from == today(cast) + timedelta(days=36)
    assert any("S0-32" in why["citation"] for why in row.why)
    assert {"fbc", "lft", "renal", "ck"} <= set(items(cast))


def test_a_value_that_comes_in_by_any_door_counts_once_the_queue_is_drained(cast: Cast) -> None:
    follow(cast, weekly("methotrexate", "15"), weekly("folic_acid", "5"))
    assert due.drain_all("plans.upkeep") >= 1
    assert items(cast)["fbc"].last_on is None
    bulk = [
        {"patient": str(cast.patient.pk), "instrument": code, "value": value, "unit": "10*9/L", "source": "lab",
         "accession": code, "effective_at": app_now().isoformat()}
        for code, value in (("wbc", 6), ("anc", 4), ("plt", 250))
    ]  # fmt: skip
    sent = cast.service.client().post("/api/v1/observations/bulk/", {"items": bulk}, format="json")
    assert sent.json()["created"] == 3, sent.json()
    assert Upkeep.objects.get(patient=cast.patient).due_at is not None
    due.drain_all("plans.upkeep")
    assert items(cast)["fbc"].last_on == today(cast)
    assert items(cast)["lft"].last_on is None


def test_an_examination_that_was_entered_in_error_counts_no_longer(cast: Cast) -> None:
    follow(cast, dosed("hydroxychloroquine", "200", "mg", 1, 1, "d"))
    version = PlanVersion.objects.get(state="active")
    operations.request_missing(plan_version=version, by=cast.rheumatologist.actor, at=app_now())
    assert items(cast)["ecg"].due_on == today(cast)
    made = post(cast, "assessments/", kind="ecg", effective_at=app_now().isoformat())
    due.drain_all("plans.upkeep")
    assert "ecg" not in items(cast)
    assert MonitoringItem.objects.get(patient=cast.patient, panel__code="ecg").last_on == today(cast)
    wrong = cast.rheumatologist.client().post(
        f"/api/v1/assessments/{made.json()['id']}/enter-in-error/", {"reason": "Somebody else's."}, format="json"
    )
    assert wrong.status_code == 200
    assert not Assessment.objects.standing().filter(patient=cast.patient).exists()
    assert operations.request_missing(plan_version=version, by=cast.rheumatologist.actor, at=app_now())
    assert items(cast)["ecg"].last_on is None


def test_monitoring_ends_with_the_medicine(cast: Cast) -> None:
    plan = follow(cast, weekly("methotrexate", "15"), weekly("folic_acid", "5"))
    by = cast.rheumatologist.actor
    kept = plan.versions.get().medicationitems.get(medicine__code="folic_acid")
    operations.propose(plan=plan, by=by, at=app_now(), medications=[weekly("folic_acid", "5", item_id=kept.item_id)])
    version = operations.approve(plan_version=plan.versions.get(number=2), by=by, at=app_now())
    operations.activate(plan_version=version, by=by, at=app_now())
    assert "fbc" not in items(cast)


def test_the_published_schedule_holds_where_the_site_says_so(cast: Cast) -> None:
    follow(cast, weekly("methotrexate", "15"), weekly("folic_acid", "5"))
    operations.set_policy(site=cast.site, by=cast.administrator.actor, at=app_now(), scheme="published")
    due.drain_all("plans.upkeep")
    # P-SPS: every 2 weeks until the dose has been stable for 6 weeks.
    assert items(cast)["fbc"].due_on == today(cast) + timedelta(days=14)


def test_what_guidelines_disagree_about_is_asked_for_only_where_the_site_says_so(cast: Cast) -> None:
    operations.set_policy(site=cast.site, by=cast.administrator.actor, at=app_now(), options=["ecg_baseline"])
    follow(cast, dosed("hydroxychloroquine", "200", "mg", 1, 1, "d"))
    rows = PlanVersion.objects.get().prerequisites.filter(panel__isnull=False).select_related("panel")
    assert {row.panel.code: row.state for row in rows} == {"eye_exam": "switched_off", "ecg": "missing"}  # type: ignore[union-attr]
    with pytest.raises(Invalid):
        operations.set_policy(site=cast.site, by=cast.administrator.actor, at=app_now(), options=["no_such_option"])


def test_twenty_milligrams_of_prednisone_for_two_weeks_are_watched_like_an_immunosuppressant(cast: Cast) -> None:
    begun = today(cast) - timedelta(days=13)
    follow(cast, daily("prednisone", "20", starts_on=begun))
    assert "fbc" not in items(cast)
    at = app_now() + timedelta(days=1)
    operations.refresh(patient=cast.patient, by=Careteam(at=at), at=at)
    assert "fbc" in items(cast)


def review(cast: Cast) -> ResponseReview:
    found: ResponseReview = ResponseReview.objects.select_related("nudge", "plan").get(patient=cast.patient)
    return found


def amyopathic(cast: Cast) -> TreatmentPlan:
    """On hydroxychloroquine for eleven weeks and six days, on the amyopathic ladder."""
    patients.change(patient=cast.patient, by=cast.coordinator.actor, at=app_now(), phenotype="amyopathic")
    cast.patient.refresh_from_db()
    begun = today(cast) - timedelta(weeks=12) + timedelta(days=1)
    pathway = Pathway.objects.get(code="amyopathic_ladder")
    order = dosed("hydroxychloroquine", "200", "mg", 1, 1, "d", starts_on=begun)
    return follow(cast, order, pathway=pathway, step=pathway.steps.get(ordinal=1))


def test_the_review_is_asked_for_on_its_day_and_not_before(cast: Cast, later: Any, settings: Any) -> None:
    settings.EMAIL_HOST = "127.0.0.1"
    User.objects.filter(pk=cast.rheumatologist.who.pk).update(email="rheumatologist@linden.example")
    amyopathic(cast)
    assert review(cast).due_on == today(cast) + timedelta(days=1)
    assert due.drain_all("plans.reviews") == 0
    later(timedelta(days=2))
    assert due.drain_all("plans.reviews") == 1
    nudge = review(cast).nudge
    assert nudge is not None
    assert (nudge.topic, nudge.severity, nudge.owner_id) == ("review", "routine", cast.rheumatologist.who.pk)
    assert cast.patient.family_name not in nudge.title + nudge.advice
    assert due.drain_all("plans.reviews") == 0


def test_escalating_proposes_the_next_step_without_doses_and_settles_the_asking(cast: Cast, later: Any) -> None:
    plan = amyopathic(cast)
    later(timedelta(days=2))
    due.drain_all("plans.reviews")
    by = cast.rheumatologist.actor
    with pytest.raises(Invalid) as caught:
        operations.complete_review(
            response_review=review(cast), by=by, at=app_now(), outcome="escalate", reason="Not enough."
        )
    assert "option" in caught.value.errors
    options = {one["code"]: one for one in Pathway.objects.get(code="amyopathic_ladder").steps.get(ordinal=2).options}
    chosen = next(code for code, one in options.items() if "methotrexate" in one["medicines"])
    done = operations.complete_review(
        response_review=review(cast), by=by, at=app_now(), outcome="escalate", reason="Not enough.", option=chosen
    )
    assert (done.state, done.outcome) == ("done", "escalate")
    assert done.nudge is not None
    assert Nudge.objects.get(pk=done.nudge.pk).state == Nudge.State.ACTIONED
    proposed = done.proposed
    assert proposed is not None
    assert (proposed.plan_id, proposed.state) == (plan.pk, "proposed")
    doses = dict(proposed.medicationitems.values_list("medicine__code", "dose"))
    assert doses["hydroxychloroquine"] == 200
    assert {"prednisone", "methotrexate"} <= set(doses)
    assert (doses["prednisone"], doses["methotrexate"]) == (None, None)
    with pytest.raises(Conflict, match="no dose"):
        operations.approve(plan_version=proposed, by=by, at=app_now())
    with pytest.raises(Conflict):
        operations.complete_review(response_review=done, by=by, at=app_now(), outcome="continue", reason="Again.")


def test_continuing_proposes_nothing(cast: Cast) -> None:
    plan = amyopathic(cast)
    done = operations.complete_review(
        response_review=review(cast), by=cast.rheumatologist.actor, at=app_now(), outcome="continue", reason="Better."
    )
    assert (done.proposed, plan.versions.count()) == (None, 1)
    assert done.measures["missing"] == ["cdasi_a before", "cdasi_a after"]


def test_a_review_of_a_medicine_that_was_stopped_is_cancelled_and_whoever_was_asked_is_told(
    cast: Cast, later: Any
) -> None:
    plan = amyopathic(cast)
    later(timedelta(days=2))
    due.drain_all("plans.reviews")
    operations.stop_plan(plan=plan, by=cast.rheumatologist.actor, at=app_now(), reason="Another hospital.")
    row = review(cast)
    assert row.state == "cancelled"
    assert row.nudge is not None
    assert row.nudge.state == Nudge.State.CANCELLED


def test_a_fault_in_one_patient_holds_up_nobody_else_and_is_seen(cast: Cast, monkeypatch: Any) -> None:
    follow(cast, weekly("methotrexate", "15"), weekly("folic_acid", "5"))
    other = cast.other_patient
    by = Careteam(at=app_now())
    operations.open_plan(patient=other, by=by, at=app_now(), medications=[weekly("folic_acid", "5")])
    whole = operations.refresh

    def faulty(*, patient: Any, by: Any, at: Any) -> None:
        if patient.pk == cast.patient.pk:
            raise RuntimeError("a fault")
        whole(patient=patient, by=by, at=at)

    monkeypatch.setattr(operations, "refresh", faulty)
    due.drain_all("plans.upkeep", batches=2)
    rows = {row.patient_id: row for row in Upkeep.objects.all()}
    assert rows[cast.patient.pk].last_error == "builtins.RuntimeError"
    assert (rows[other.pk].last_error, rows[other.pk].due_at) == ("", None)


def test_a_medicine_in_two_items_is_looked_at_once_and_one_that_goes_on_keeps_its_day(cast: Cast) -> None:
    plan = amyopathic(cast)
    by, due_on = cast.rheumatologist.actor, review(cast).due_on
    halves = [
        dosed("hydroxychloroquine", "200", "mg", 5, 1, "wk"),
        dosed("hydroxychloroquine", "400", "mg", 2, 1, "wk"),
    ]
    operations.propose(plan=plan, by=by, at=app_now(), medications=[{**row, **REASONS} for row in halves])
    version = operations.approve(plan_version=plan.versions.get(number=2), by=by, at=app_now())
    operations.activate(plan_version=version, by=by, at=app_now())
    # Neither item has the id of the first version: the medicine is the same, and so is the day since when it is taken.
    assert (review(cast).state, review(cast).due_on) == ("scheduled", due_on)


def test_a_medicine_that_is_begun_again_is_looked_at_again(cast: Cast) -> None:
    plan, by = amyopathic(cast), cast.rheumatologist.actor
    for number, code in ((2, "folic_acid"), (3, "hydroxychloroquine")):
        order = {**dosed(code, "5" if code == "folic_acid" else "200", "mg", 1, 1, "d"), **REASONS}
        operations.propose(plan=plan, by=by, at=app_now(), medications=[order])
        version = operations.approve(plan_version=plan.versions.get(number=number), by=by, at=app_now())
        operations.activate(plan_version=version, by=by, at=app_now())
    rows = plan.reviews.order_by("due_on")
    assert [row.state for row in rows] == ["cancelled", "scheduled"]
    assert rows[1].due_on == today(cast) + timedelta(weeks=12)
