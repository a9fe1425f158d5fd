"""What is due stays right over time: gaps, pauses, changed doses, a weight that grows old, requests, and facts of the record."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from threading import Event
from typing import Any

from django.db import connection, transaction

from apps.accounts.actors import Actor, Careteam
from apps.common import alarms, due
from apps.common.clock import app_now
from apps.knowledge import operations as knowledge
from apps.knowledge.models import Instrument
from apps.observations import operations as observations
from apps.patients import operations as patients
from apps.plans import following, operations, picture
from apps.plans.followed import Run
from apps.plans.models import MonitoringItem, PlanVersion, ResponseReview, TreatmentPlan, Upkeep
from apps.plans.operations.base import policy_of
from apps.plans.operations.taking import begun, going
from tests.cast import Cast
from tests.plans.house import daily, dosed, weekly
from tests.plans.test_following import REASONS, follow, items, today
from tests.rest.test_concurrency import at_once

DAY = timedelta(days=1)
BLOODS = (("wbc", "6", "10*9/L"), ("anc", "4", "10*9/L"), ("plt", "250", "10*9/L"))


def folic() -> dict[str, Any]:
    return weekly("folic_acid", "5")


def hcq(dose: str = "200", **more: Any) -> dict[str, Any]:
    return dosed("hydroxychloroquine", dose, "mg", 1, 1, "d", **more)


def go(cast: Cast, plan: TreatmentPlan, *medications: dict[str, Any]) -> PlanVersion:
    """Another version, followed from now on."""
    by, rows = cast.rheumatologist.actor, [{**row, **REASONS} for row in medications]
    version = operations.propose(plan=plan, by=by, at=app_now(), medications=rows)
    version = operations.approve(plan_version=version, by=by, at=app_now())
    return operations.activate(plan_version=version, by=by, at=app_now())


def refresh(cast: Cast, *, days: int = 0) -> None:
    at = app_now() + timedelta(days=days)
    cast.patient.refresh_from_db()
    operations.refresh(patient=cast.patient, by=Careteam(at=at), at=at)


def record(cast: Cast, code: str, value: str, unit: str, *, days_ago: int = 0) -> None:
    at = app_now()
    observations.record_observation(
        patient=cast.patient, by=Careteam(at=at), at=at, instrument=Instrument.objects.get(code=code), value=Decimal(value),
        effective_at=at - timedelta(days=days_ago), unit=unit, confirmed=True,
    )  # fmt: skip


def bloods(cast: Cast, *, days_ago: int = 0) -> None:
    for code, value, unit in BLOODS:
        record(cast, code, value, unit, days_ago=days_ago)


def grown_up(cast: Cast, **values: Any) -> None:
    by = cast.coordinator.actor
    patients.change(
        patient=cast.patient, by=by, at=app_now(), birth_date=date(1980, 1, 1), onset="adult", **values
    )  # fmt: skip
    cast.patient.refresh_from_db()


def test_a_dose_per_kg_is_still_watched_when_the_weight_is_too_old_to_say_how_much_it_is(cast: Cast) -> None:
    grown_up(cast)
    since = today(cast) - timedelta(days=400)
    record(cast, "weight", "50", "kg", days_ago=364)
    # 1 mg/kg of 50 kg is 50 mg a day, and 400 mg of hydroxychloroquine for 50 kg is 8 mg/kg/day.
    follow(cast, daily("prednisone", "1", "mg/kg", starts_on=since), hcq("400", starts_on=since))
    watched = {"fbc", "lft", "renal", "ck", "skin_cancer_check"}
    before = {code: (row.due_on, row.overdue_from) for code, row in items(cast).items() if code in watched}
    eyes = items(cast)["eye_exam"].due_on
    assert set(before) == watched
    refresh(cast, days=2)
    after = items(cast)
    assert {code: (after[code].due_on, after[code].overdue_from) for code in watched} == before
    # With more than 5 mg/kg/day eyes are watched from the first year on, not from the fifth (P-RCO20).
    assert (after["eye_exam"].due_on, eyes < since + timedelta(days=400)) == (eyes, True)


def test_a_steroid_of_which_nobody_can_say_how_much_it_is_is_not_watched_before_two_weeks(cast: Cast) -> None:
    follow(cast, daily("prednisone", "1", "mg/kg", starts_on=today(cast) - timedelta(days=13)))
    assert "fbc" not in items(cast)
    refresh(cast, days=1)
    assert "fbc" in items(cast)


def test_a_weight_that_nobody_has_is_no_weight_and_holds_up_nothing(cast: Cast) -> None:
    follow(cast, hcq())
    record(cast, "weight", "750", "kg")
    assert picture.read(cast.patient, app_now()).body.weight_kg is None
    due.drain_all("plans.upkeep")
    assert Upkeep.objects.get(patient=cast.patient).last_error == ""


def test_a_dose_that_cannot_be_meant_is_watched_strictly_and_holds_up_nothing(cast: Cast) -> None:
    grown_up(cast)
    since = today(cast) - timedelta(days=400)
    plan = follow(cast, hcq(starts_on=since), daily("prednisone", "5", starts_on=since))
    # No door lets this in any more; a row from before may have it.
    plan.versions.get().medicationitems.update(unit="tablet")
    refresh(cast)
    assert {"fbc", "eye_exam"} <= set(items(cast))
    assert items(cast)["eye_exam"].overdue_from < since + timedelta(days=400)


def test_what_goes_on_the_day_after_its_last_day_goes_on_although_it_was_approved_later(cast: Cast, later: Any) -> None:
    day = today(cast)
    first = day - timedelta(days=2500)
    plan = follow(cast, hcq(starts_on=first, stops_on=day + DAY), folic())
    later(timedelta(days=5))
    go(cast, plan, hcq("150", starts_on=day + 2 * DAY), folic())
    assert begun(plan, on=day + 5 * DAY)["hydroxychloroquine"] == Run(first, None, day + 2 * DAY)


def test_a_day_without_it_makes_it_begin_again(cast: Cast, later: Any) -> None:
    day = today(cast)
    plan = follow(cast, hcq(starts_on=day - timedelta(days=2500), stops_on=day + DAY), folic())
    later(timedelta(days=5))
    go(cast, plan, hcq("150", starts_on=day + 3 * DAY), folic())
    again = day + 3 * DAY
    assert begun(plan, on=day + 5 * DAY)["hydroxychloroquine"] == Run(again, None, again)


def test_what_begins_later_than_the_new_version_was_paused_until_then(cast: Cast) -> None:
    day = today(cast)
    plan = follow(cast, hcq(starts_on=day - timedelta(days=100)), folic())
    again = day + timedelta(days=20)
    go(cast, plan, hcq(starts_on=again), folic())
    assert begun(plan)["hydroxychloroquine"].first == again
    assert begun(plan, on=day)["hydroxychloroquine"].first == again


def test_two_versions_that_are_followed_at_one_moment_are_two(cast: Cast) -> None:
    day = today(cast)
    plan = follow(cast, hcq(starts_on=day - timedelta(days=100)), folic())
    go(cast, plan, hcq("300", starts_on=day - timedelta(days=100)), folic())
    PlanVersion.objects.filter(plan=plan).update(activated_at=app_now())
    assert begun(plan)["hydroxychloroquine"] == Run(day - timedelta(days=100), None, day)


def test_what_ended_before_a_day_is_not_taken_on_it(cast: Cast) -> None:
    day = today(cast)
    plan = follow(cast, hcq(starts_on=day - timedelta(days=100), stops_on=day - timedelta(days=50)), folic())
    assert set(begun(plan, on=day)) == {"folic_acid"}
    assert begun(plan)["hydroxychloroquine"].last == day - timedelta(days=50)
    assert [row.medicine.code for row in going(list(plan.versions.get().medicationitems.all()), day)] == ["folic_acid"]


def test_a_beginning_that_was_never_reached_does_not_count(cast: Cast) -> None:
    day, steroid = today(cast), daily("prednisone", "20")
    plan = follow(cast, {**steroid, "starts_on": day + timedelta(days=10)}, folic())
    moved = day + timedelta(days=100)
    go(cast, plan, {**steroid, "starts_on": moved}, folic())
    assert begun(plan)["prednisone"].first == moved
    assert {row.started_on for row in reviews(plan, "scheduled")} == {moved}


def reviews(plan: TreatmentPlan, state: str) -> list[ResponseReview]:
    return list(plan.reviews.filter(state=state).select_related("medicine"))


def test_a_review_that_was_cancelled_is_scheduled_again_when_the_medicine_comes_back(cast: Cast) -> None:
    steroid = daily("prednisone", "20", starts_on=today(cast))
    plan = follow(cast, steroid, folic())
    wanted = {(row.window, row.due_on) for row in reviews(plan, "scheduled")}
    go(cast, plan, folic())
    assert reviews(plan, "scheduled") == []
    go(cast, plan, steroid, folic())
    assert {(row.window, row.due_on) for row in reviews(plan, "scheduled")} == wanted != set()
    assert {(row.window, row.due_on) for row in reviews(plan, "cancelled")} == wanted


def test_a_change_of_dose_is_seen_whether_or_not_its_day_was_typed_anew(cast: Cast) -> None:
    operations.set_policy(site=cast.site, by=cast.administrator.actor, at=app_now(), scheme="published")
    day = today(cast)
    since = day - timedelta(days=300)
    plan = follow(cast, weekly("methotrexate", "10", starts_on=since), folic())
    bloods(cast)
    refresh(cast)
    # P-SPS: stable for long, every 12 weeks; after a change of dose every 2 weeks.
    assert items(cast)["fbc"].due_on > day + timedelta(days=14)
    go(cast, plan, weekly("methotrexate", "25", starts_on=since), folic())
    assert begun(plan)["methotrexate"] == Run(since, None, day)
    assert items(cast)["fbc"].due_on == day + timedelta(days=14)


def test_the_same_dose_under_another_day_is_no_change_of_dose(cast: Cast) -> None:
    day = today(cast)
    since = day - timedelta(days=300)
    plan = follow(cast, weekly("methotrexate", "10", starts_on=since), folic())
    go(cast, plan, weekly("methotrexate", "10", starts_on=day), folic())
    assert begun(plan)["methotrexate"] == Run(since, None, since)


def test_within_a_version_the_dose_changes_when_the_next_step_is_reached(cast: Cast) -> None:
    day = today(cast)
    plan = follow(
        cast,
        daily("prednisone", "40", starts_on=day, stops_on=day + timedelta(days=6)),
        daily("prednisone", "30", starts_on=day + timedelta(days=7)),
    )
    assert begun(plan, on=day + timedelta(days=6))["prednisone"] == Run(day, None, day)
    assert begun(plan, on=day + timedelta(days=7))["prednisone"] == Run(day, None, day + timedelta(days=7))


def test_when_a_medicine_was_begun_is_asked_in_two_queries(cast: Cast, django_assert_num_queries: Any) -> None:
    plan = follow(cast, weekly("methotrexate", "10"), folic())
    go(cast, plan, weekly("methotrexate", "15"), folic())
    plan.patient = cast.patient
    plan.patient.site = cast.site
    with django_assert_num_queries(2):
        begun(plan)


def test_what_is_hidden_here_while_it_is_taken_goes_on_being_watched(cast: Cast) -> None:
    follow(cast, weekly("methotrexate", "15"), folic())
    before = items(cast)["fbc"].due_on
    knowledge.override(
        by=cast.administrator.actor,
        at=app_now(),
        kind="medicine",
        code="methotrexate",
        hidden=True,
        reason="Not stocked.",
    )
    refresh(cast)
    assert items(cast)["fbc"].due_on == before


def proposed(cast: Cast) -> TreatmentPlan:
    orders = [{**weekly("methotrexate", "15"), **REASONS}, folic()]
    return operations.open_plan(
        patient=cast.patient, by=cast.rheumatologist.actor, at=app_now(), medications=orders
    )  # fmt: skip


def request(cast: Cast, plan: TreatmentPlan) -> list[MonitoringItem]:
    version = plan.versions.order_by("-number").first()
    assert version is not None
    return operations.request_missing(plan_version=version, by=cast.rheumatologist.actor, at=app_now())


def test_what_was_asked_for_says_why_until_it_is_done(cast: Cast) -> None:
    plan = proposed(cast)
    request(cast, plan)
    why = [{**one} for one in items(cast)["fbc"].why]
    assert [one["words"] for one in why] == ["before Methotrexate"]
    refresh(cast)
    assert items(cast)["fbc"].why == why
    operations.approve(plan_version=plan.versions.get(), by=cast.rheumatologist.actor, at=app_now())
    operations.activate(plan_version=plan.versions.get(), by=cast.rheumatologist.actor, at=app_now())
    followed = items(cast)["fbc"]
    assert {one["words"].split(" since ")[0] for one in followed.why} == {"methotrexate", "before Methotrexate"}
    assert (followed.due_on, followed.overdue_from) == (today(cast), today(cast) + DAY)
    bloods(cast)
    refresh(cast)
    assert all("before" not in one["words"] for one in items(cast)["fbc"].why)
    assert items(cast)["fbc"].due_on == today(cast) + timedelta(days=30)


def test_what_was_asked_for_ends_with_the_plan(cast: Cast) -> None:
    plan = proposed(cast)
    assert {row.panel.code for row in request(cast, plan)} <= set(items(cast))
    operations.stop_plan(plan=plan, by=cast.rheumatologist.actor, at=app_now(), reason="Another hospital.")
    due.drain_all("plans.upkeep")
    assert not any("before Methotrexate" in str(row.why) for row in items(cast).values())
    assert "fbc" not in items(cast)


def test_what_was_asked_for_ends_with_the_version_unless_a_schedule_wants_it(cast: Cast) -> None:
    plan = follow(cast, weekly("methotrexate", "15"), folic())
    due_on = items(cast)["fbc"].due_on
    request(cast, plan)
    go(cast, plan, weekly("methotrexate", "15"), weekly("folic_acid", "10"))
    row = items(cast)["fbc"]
    assert (row.due_on, [one for one in row.why if "before" in one["words"]]) == (due_on, [])


def test_what_is_in_its_days_of_grace_is_not_overdue_because_somebody_asked_for_it(cast: Cast) -> None:
    day = today(cast)
    # S0-32: every 30 days, with 5 of grace: due 3 days ago, overdue in 3 days.
    plan = follow(cast, weekly("methotrexate", "15", starts_on=day - timedelta(days=33)), folic())
    expected = (day - timedelta(days=3), day + timedelta(days=3))
    assert (items(cast)["fbc"].due_on, items(cast)["fbc"].overdue_from) == expected
    request(cast, plan)
    assert (items(cast)["fbc"].due_on, items(cast)["fbc"].overdue_from) == expected
    refresh(cast)
    assert (items(cast)["fbc"].due_on, items(cast)["fbc"].overdue_from) == expected


def test_only_what_is_missing_now_is_asked_for(cast: Cast, later: Any) -> None:
    plan = proposed(cast)
    bloods(cast)
    later(DAY)
    assert "fbc" not in {row.panel.code for row in request(cast, plan)}


def test_what_was_there_when_it_was_begun_is_not_asked_for_because_it_grew_old(cast: Cast, later: Any) -> None:
    bloods(cast)
    plan = follow(cast, weekly("methotrexate", "15"), folic())
    later(timedelta(days=200))
    assert "fbc" not in {row.panel.code for row in request(cast, plan)}


def test_asking_again_does_not_put_it_off(cast: Cast, later: Any) -> None:
    plan, day = proposed(cast), today(cast)
    request(cast, plan)
    later(3 * DAY)
    request(cast, plan)
    refresh(cast)
    row = items(cast)["fbc"]
    assert (row.due_on, row.overdue_from, row.requested_on) == (day, day + DAY, day)


def test_what_was_asked_for_says_when_it_was_done_before(cast: Cast, later: Any) -> None:
    bloods(cast, days_ago=300)
    plan = proposed(cast)
    request(cast, plan)
    bloods(cast, days_ago=200)
    refresh(cast)
    assert items(cast)["fbc"].last_on == cast.site.local_date(app_now() - timedelta(days=200))


def marked(cast: Cast) -> bool:
    return Upkeep.objects.get(patient=cast.patient).due_at is not None


def settled(cast: Cast) -> None:
    """Followed, and nothing is waiting to be worked out."""
    follow(cast, folic())
    Upkeep.objects.filter(patient=cast.patient).update(due_at=None)
    assert not marked(cast)


def test_an_antibody_makes_what_is_due_be_worked_out_anew_and_so_does_its_being_wrong(cast: Cast) -> None:
    settled(cast)
    by, at = cast.coordinator.actor, app_now()
    antibody = patients.record_antibody(
        patient=cast.patient, by=by, at=at, code="mda5", result="positive", effective_at=at
    )
    assert marked(cast)
    Upkeep.objects.update(due_at=None)
    patients.enter_antibody_in_error(antibody=antibody, by=by, at=app_now(), reason="Another patient's.")
    assert marked(cast)


def test_another_diagnosis_makes_what_is_due_be_worked_out_anew(cast: Cast) -> None:
    settled(cast)
    by, day = cast.coordinator.actor, today(cast) - timedelta(days=10)
    patients.change(patient=cast.patient, by=by, at=app_now(), diagnosis_date=day)
    assert marked(cast)
    Upkeep.objects.update(due_at=None)
    patients.change(patient=cast.patient, by=by, at=app_now(), diagnosis_date=day)
    assert not marked(cast)


def test_another_site_makes_what_is_due_be_worked_out_anew(cast: Cast) -> None:
    settled(cast)
    by: Actor = Careteam(at=app_now())
    patients.transfer(patient=cast.patient, by=by, at=app_now(), to_site=cast.elsewhere)
    assert marked(cast)


def test_a_decision_of_the_site_that_falls_into_the_work_is_not_lost(cast: Cast, monkeypatch: Any) -> None:
    follow(cast, weekly("methotrexate", "15"), folic())

    def decided_after(patient: Any) -> Any:
        found = policy_of(patient)
        operations.set_policy(site=cast.site, by=cast.administrator.actor, at=app_now(), scheme="published")
        return found

    monkeypatch.setattr("apps.plans.operations.upkeep.policy_of", decided_after)
    refresh(cast)
    monkeypatch.undo()
    assert due.drain_all("plans.upkeep") == 1
    # P-SPS: every 2 weeks.
    assert items(cast)["fbc"].due_on == today(cast) + timedelta(days=14)


def test_whoever_decides_while_the_work_goes_on_waits_for_it(real_cast: Cast) -> None:
    follow(real_cast, weekly("methotrexate", "15"), folic())
    working, by = Event(), real_cast.administrator.actor

    def work() -> bool:
        with transaction.atomic():
            operations.refresh(patient=real_cast.patient, by=Careteam(at=app_now()), at=app_now())
            working.set()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.3)")
        return True

    def decide() -> bool:
        assert working.wait(10)
        operations.set_policy(site=real_cast.site, by=by, at=app_now(), scheme="published")
        return True

    assert at_once([partial(work), partial(decide)]) == [True, True]
    at = Upkeep.objects.get(patient=real_cast.patient).due_at
    assert at is not None
    assert at <= app_now()


def test_a_review_that_nobody_can_be_asked_for_is_seen(cast: Cast, later: Any, monkeypatch: Any) -> None:
    follow(cast, daily("prednisone", "20", starts_on=today(cast) - timedelta(weeks=7)))

    def faulty(**_: Any) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(operations, "ask_for_review", faulty)
    later(timedelta(days=2))
    count = following.drain_reviews()
    assert count >= 1
    rows = ResponseReview.objects.filter(patient=cast.patient, last_error="builtins.RuntimeError")
    assert rows.count() == count
    assert any(f"For {count} reviews nobody can be asked" in sentence for sentence in alarms.sounding())
    monkeypatch.undo()
    later(timedelta(minutes=2))
    assert following.drain_reviews() == count
    assert not any("nobody can be asked" in sentence for sentence in alarms.sounding())


def test_a_review_that_was_held_meanwhile_is_not_put_off(cast: Cast, later: Any, monkeypatch: Any) -> None:
    plan = follow(cast, daily("prednisone", "20", starts_on=today(cast) - timedelta(weeks=7)))
    later(timedelta(days=2))

    def held(*, response_review: ResponseReview, by: Actor, at: Any) -> None:
        operations.complete_review(
            response_review=response_review, by=cast.rheumatologist.actor, at=at, outcome="continue", reason="Better."
        )
        raise RuntimeError("a fault")

    monkeypatch.setattr(operations, "ask_for_review", held)
    following.drain_reviews()
    done = reviews(plan, "done")
    assert done
    assert {(row.nudge_at, row.last_error) for row in done} == {(None, "")}
