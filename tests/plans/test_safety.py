"""What keeps a plan from doing harm unseen: nothing skips the checks, nothing is withdrawn or lost that nobody has looked at."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from apps.accounts.actors import Careteam
from apps.common.clock import app_now
from apps.common.refusals import Invalid
from apps.knowledge import operations as knowledge
from apps.knowledge.models import Instrument, Override, Pathway
from apps.observations import operations as observations
from apps.patients.models import Patient
from apps.plans import operations, reading
from apps.plans.admin.writing import start_of
from apps.plans.forms import ContentForm
from apps.plans.models import (
    MedicationItem,
    PlanVersion,
    PrerequisiteCheck,
    ResponseReview,
    TreatmentPlan,
)
from apps.plans.operations import CheckedAnew, PrerequisitesMissing, ReasonsMissing, UnsafeOrder
from apps.plans.operations.reviewing import plain_item
from apps.teams import operations as teams
from tests.access.test_ledger import counted
from tests.cast import Cast
from tests.plans.house import daily, dosed, weekly
from tests.plans.test_following import REASONS, amyopathic, follow, review, today

State = PlanVersion.State
BLOODS = {"wbc": "6", "anc": "4", "plt": "250"}
DAY = timedelta(days=1)


def opened(cast: Cast, *medications: dict[str, Any], **more: Any) -> TreatmentPlan:
    by = cast.rheumatologist.actor
    return operations.open_plan(patient=cast.patient, by=by, at=app_now(), medications=list(medications), **more)


def proposed(cast: Cast, plan: TreatmentPlan, *medications: dict[str, Any], **more: Any) -> PlanVersion:
    by = cast.rheumatologist.actor
    return operations.propose(plan=plan, by=by, at=app_now(), medications=list(medications), **more)


def explained(cast: Cast, version: PlanVersion, *, besides: str = "") -> PlanVersion:
    """The version with a reason for whatever wants one, but for one prerequisite."""
    lacking = version.prerequisites.filter(state__in=["missing", "too_old"], holds_first_dose=True, reason="")
    waiting: list[Any] = [
        *[row for row in version.warnings.all() if row.open],
        *lacking.exclude(prerequisite__code=besides),
    ]
    for row in waiting:
        operations.explain(row=row, by=cast.rheumatologist.actor, at=app_now(), reason="Looked at.")
    return version


def approved(cast: Cast, version: PlanVersion) -> PlanVersion:
    return operations.approve(plan_version=version, by=cast.rheumatologist.actor, at=app_now())


def activated(cast: Cast, version: PlanVersion) -> PlanVersion:
    return operations.activate(plan_version=version, by=cast.rheumatologist.actor, at=app_now())


def hide(cast: Cast, code: str) -> None:
    knowledge.override(
        by=cast.administrator.actor,
        at=app_now(),
        kind="medicine",
        code=code,
        values={},
        hidden=True,
        reason="Not stocked.",
    )


def retire(code: str) -> None:
    """As an edition does that leaves it out."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE knowledge_medicine DISABLE TRIGGER USER")
        cursor.execute("UPDATE knowledge_medicine SET retired = true WHERE code = %s", [code])
        cursor.execute("ALTER TABLE knowledge_medicine ENABLE TRIGGER USER")
        cursor.execute("UPDATE knowledge_stamp SET value = gen_random_uuid()")


def leave(cast: Cast, code: str, how: str) -> None:
    if how == "hidden":
        hide(cast, code)
    else:
        retire(code)


def record(cast: Cast, code: str, value: str, *, days_ago: int = 0) -> Any:
    instrument = Instrument.objects.get(code=code)
    return observations.record_observation(
        patient=cast.patient, by=Careteam(at=app_now()), at=app_now(), instrument=instrument, unit=instrument.unit,
        effective_at=app_now() - days_ago * DAY, value=Decimal(value), confirmed=True,
    )  # fmt: skip


def item_of(plan: TreatmentPlan, code: str) -> MedicationItem:
    found: MedicationItem = MedicationItem.objects.get(
        version__plan=plan, version__state=State.ACTIVE, medicine__code=code
    )
    return found


def same(item: MedicationItem, **changed: Any) -> dict[str, Any]:
    return {**plain_item(item), **changed}


def join(cast: Cast, patient: Patient) -> None:
    teams.form_care_team(
        by=cast.by,
        at=app_now(),
        patient=patient,
        memberships=[{"member": cast.rheumatologist.member, "starts_at": app_now()}],
    )


def escalate(cast: Cast, **more: Any) -> ResponseReview:
    """The review of the amyopathic plan comes to its next step, with the option that has methotrexate."""
    step = Pathway.objects.get(code="amyopathic_ladder").steps.get(ordinal=2)
    option = next(one["code"] for one in step.options if "methotrexate" in one["medicines"])
    return operations.complete_review(
        response_review=review(cast), by=cast.rheumatologist.actor, at=app_now(), outcome="escalate", option=option,
        reason="Not enough.", **more,
    )  # fmt: skip


# Medicines that are not in use here


@pytest.mark.parametrize("how", ["hidden", "retired"])
def test_a_medicine_that_is_not_in_use_here_is_not_begun(cast: Cast, how: str) -> None:
    leave(cast, "methotrexate", how)
    with pytest.raises(Invalid) as caught, transaction.atomic():
        opened(cast, daily("folic_acid", "5"), daily("methotrexate", "50"))
    assert set(caught.value.errors) == {"medications.1.medicine"}
    with pytest.raises(Invalid):
        reading.try_out(cast.patient, [daily("methotrexate", "50")], app_now())
    assert not TreatmentPlan.objects.exists()


@pytest.mark.parametrize("how", ["hidden", "retired"])
def test_one_that_is_followed_goes_on_with_an_urgent_warning_and_is_still_checked(cast: Cast, how: str) -> None:
    plan = follow(cast, weekly("methotrexate", "15"), weekly("folic_acid", "5"))
    item = item_of(plan, "methotrexate")
    leave(cast, "methotrexate", how)
    version = proposed(cast, plan, same(item, dose=Decimal(30)), daily("co_trimoxazole", "480"))
    urgent = set(
        version.warnings.filter(severity="urgent", medicine__code="methotrexate").values_list("code", flat=True)
    )
    # Above 25 mg a week, beside trimethoprim (S0-13, S2-24, B.4), and not in use here.
    assert {"not_checked", "clash", "over_limit"} <= urgent
    with pytest.raises(ReasonsMissing):
        approved(cast, version)
    with pytest.raises(UnsafeOrder), transaction.atomic():
        proposed(cast, plan, same(item, period_unit="d"), replaces=version)


def test_one_that_is_followed_can_be_stopped_and_holds_up_nothing(cast: Cast) -> None:
    plan = follow(cast, weekly("methotrexate", "15"), weekly("folic_acid", "5"))
    item = item_of(plan, "methotrexate")
    retire("methotrexate")
    yesterday = today(cast) - DAY
    stopped = same(item, starts_on=yesterday, stops_on=yesterday, stop_reason="Not in use.")
    version = proposed(cast, plan, stopped, weekly("folic_acid", "5", **REASONS))
    assert not version.warnings.filter(medicine__code="methotrexate").exists()
    assert activated(cast, approved(cast, explained(cast, version))).state == State.ACTIVE
    # It is not followed any more, so that it is not begun again either.
    with pytest.raises(Invalid) as caught:
        proposed(cast, plan, same(item), same(item, item_id=None))
    assert "medications.1.medicine" in caught.value.errors


def test_one_that_was_hidden_after_the_approval_is_not_followed(cast: Cast) -> None:
    plan = opened(cast, weekly("methotrexate", "15", **REASONS), weekly("folic_acid", "5"))
    version = approved(cast, explained(cast, plan.versions.get()))
    hide(cast, "methotrexate")
    with pytest.raises(CheckedAnew, match="not in use here"):
        activated(cast, version)


def test_no_own_value_switches_the_weekly_rule_off_or_takes_a_clash_away(cast: Cast) -> None:
    for name, value in (("weekly_only", False), ("clashes_with", [])):
        with pytest.raises(Invalid) as caught, transaction.atomic():
            knowledge.override(
                by=cast.administrator.actor, at=app_now(), kind="medicine", code="methotrexate", values={name: value},
                reason="We do it otherwise.",
            )  # fmt: skip
        assert f"values.{name}" in caught.value.errors
    # Nor one that stands there already.
    Override.objects.create(
        kind="medicine", code="methotrexate", values={"weekly_only": False}, reason="x", set_at=app_now()
    )
    with pytest.raises(UnsafeOrder):
        opened(cast, daily("methotrexate", "2.5"))


def test_a_page_offers_what_is_in_use_and_what_stands_in_the_version_already(cast: Cast) -> None:
    plan = follow(cast, weekly("methotrexate", "15"), weekly("folic_acid", "5"))
    for code in ("methotrexate", "azathioprine"):
        hide(cast, code)
    start = start_of(cast.patient, plan, "")
    form = ContentForm(head=start.head(), rows=start.rows, prescribers=())
    offered = {code for row in form.sets[0] for code in row.fields["medicine"].queryset.values_list("code", flat=True)}
    assert {"methotrexate", "prednisone"} <= offered
    assert "azathioprine" not in offered


def test_an_option_with_something_that_is_not_in_use_here_is_not_proposed_in_part(cast: Cast) -> None:
    plan = amyopathic(cast)
    hide(cast, "methotrexate")
    with pytest.raises(Invalid) as caught:
        escalate(cast)
    assert "methotrexate" in caught.value.errors["option"]
    assert plan.versions.count() == 1


# The weekly rule


@pytest.mark.parametrize(
    "timing", [(4, 4, "wk"), (52, 364, "d"), (4, 1, "mo"), (1, 1, "mo"), (1, 2, "wk"), (1, 14, "d"), (2, 2, "wk")]
)
def test_methotrexate_in_any_other_timing_is_refused_whatever_it_comes_to(
    cast: Cast, timing: tuple[int, int, str]
) -> None:
    with pytest.raises(UnsafeOrder, match="once a week"):
        opened(cast, dosed("methotrexate", "15", "mg", *timing))


@pytest.mark.parametrize("timing", [(1, 1, "wk"), (1, 7, "d")])
def test_methotrexate_once_in_seven_days_is_taken(cast: Cast, timing: tuple[int, int, str]) -> None:
    plan = opened(cast, dosed("methotrexate", "15", "mg", *timing), weekly("folic_acid", "5"))
    assert plan.versions.get().state == State.PROPOSED


# What is looked at anew before a version is followed


def test_a_first_dose_waits_again_when_what_was_there_was_another_patients(cast: Cast) -> None:
    facts = [record(cast, code, value) for code, value in BLOODS.items()]
    plan = opened(cast, weekly("methotrexate", "15", dose_reason="Meant."), weekly("folic_acid", "5"))
    version = approved(cast, explained(cast, plan.versions.get()))
    assert version.prerequisites.get(panel__code="fbc").state == PrerequisiteCheck.State.PRESENT
    for fact in facts:
        observations.enter_in_error(fact=fact, by=Careteam(at=app_now()), at=app_now(), reason="Another patient's.")
    with pytest.raises(PrerequisitesMissing, match="Full blood count"):
        activated(cast, version)
    for code, value in BLOODS.items():
        record(cast, code, value)
    assert activated(cast, version).state == State.ACTIVE


def test_a_first_dose_waits_again_when_what_was_there_is_too_old_by_now(
    cast: Cast, later: Callable[[timedelta], None]
) -> None:
    for code, value in BLOODS.items():
        record(cast, code, value)
    plan = opened(cast, weekly("methotrexate", "15", dose_reason="Meant."), weekly("folic_acid", "5"))
    version = approved(cast, explained(cast, plan.versions.get()))
    most = version.prerequisites.get(panel__code="fbc").prerequisite.max_age_days
    assert most is not None
    later((most + 1) * DAY)
    with pytest.raises(PrerequisitesMissing, match="Full blood count"):
        activated(cast, version)


def test_a_version_is_not_followed_when_a_graver_warning_has_come_up_since(cast: Cast) -> None:
    # 1 mg/kg of 60 kg, at the upper bound of S0-12; of 20 kg the same dose is 3 mg/kg, more than any source says.
    record(cast, "weight", "60", days_ago=1)
    plan = opened(cast, daily("prednisone", "60", **REASONS))
    version = approved(cast, explained(cast, plan.versions.get()))
    assert not version.warnings.filter(code="dose_above").exists()
    record(cast, "weight", "20")
    with pytest.raises(CheckedAnew, match="more than any source says"):
        activated(cast, version)
    again = proposed(cast, plan, daily("prednisone", "60", **REASONS), replaces=version)
    assert activated(cast, approved(cast, explained(cast, again))).state == State.ACTIVE


def test_looking_anew_costs_as_many_queries_for_one_medicine_as_for_several(cast: Cast) -> None:
    costs = []
    for patient, codes in (
        (cast.patient, ["folic_acid"]),
        (cast.patient_of("Second"), ["folic_acid", "colecalciferol"]),
    ):
        me = Careteam(at=app_now())
        if patient != cast.patient:
            join(cast, patient)
        orders = [daily(code, "1", **REASONS) for code in codes]
        plan = operations.open_plan(patient=patient, by=me, at=app_now(), medications=orders)
        version = explained(cast, plan.versions.get())
        version = operations.approve(plan_version=version, by=me, at=app_now(), approver=cast.rheumatologist.who)
        with counted() as count:
            operations.activate(plan_version=version, by=me, at=app_now())
        costs.append(count())
    assert costs[0] == costs[1]


def test_a_medicine_that_is_begun_again_after_a_stop_has_its_prerequisites(cast: Cast) -> None:
    day = today(cast)
    ended = weekly("methotrexate", "15", starts_on=day - 700 * DAY, stops_on=day - 400 * DAY)
    plan = follow(cast, ended, weekly("folic_acid", "5"))
    version = proposed(cast, plan, weekly("methotrexate", "15"), weekly("folic_acid", "5"))
    assert version.prerequisites.filter(medicine__code="methotrexate", panel__code="fbc", state="missing").exists()


def test_a_medicine_that_goes_on_in_another_dose_has_none(cast: Cast) -> None:
    plan = follow(cast, weekly("methotrexate", "15", starts_on=today(cast) - 100 * DAY), weekly("folic_acid", "5"))
    version = proposed(cast, plan, weekly("methotrexate", "20"), weekly("folic_acid", "5"))
    assert not version.prerequisites.exists()


def test_what_has_stopped_is_beside_nothing_when_proposed_shown_and_followed(cast: Cast) -> None:
    day = today(cast)
    stopped = weekly("folic_acid", "5", starts_on=day - 100 * DAY, stops_on=day - DAY)
    plan = opened(cast, weekly("methotrexate", "15", dose_reason="Meant."), stopped)
    version = explained(cast, plan.versions.get(), besides="methotrexate_folic_acid")
    row = version.prerequisites.get(prerequisite__code="methotrexate_folic_acid")
    assert row.state == PrerequisiteCheck.State.MISSING
    version = approved(cast, version)
    shown = {one.check.prerequisite.code: one for one in reading.Whole(version, app_now()).prerequisites}
    assert shown["methotrexate_folic_acid"].lacking
    if row.holds_first_dose:
        with pytest.raises(PrerequisitesMissing):
            activated(cast, version)


def test_what_has_stopped_clashes_with_nothing(cast: Cast) -> None:
    day = today(cast)
    stopped = daily("co_trimoxazole", "480", starts_on=day - 10 * DAY, stops_on=day - DAY)
    plan = opened(cast, weekly("methotrexate", "15"), weekly("folic_acid", "5"), stopped)
    assert not plan.versions.get().warnings.filter(code="clash").exists()


def test_what_has_stopped_is_held_to_what_can_be_meant_all_the_same(cast: Cast) -> None:
    day = today(cast)
    stopped = daily("hydroxychloroquine", "1", "tablet", starts_on=day - 100 * DAY, stops_on=day - DAY)
    with pytest.raises(Invalid) as caught:
        opened(cast, daily("folic_acid", "5"), stopped)
    assert set(caught.value.errors) == {"medications.1.unit"}


def test_a_dose_that_nobody_can_assess_is_not_hidden_behind_one_that_anybody_can(cast: Cast) -> None:
    # Without a weight 10 mg/kg is so much of something; 30 mg is 30 mg. The first may be the far larger one.
    change = today(cast) + 20 * DAY
    high = daily("prednisone", "10", "mg/kg", stops_on=change)
    version = opened(cast, high, daily("prednisone", "30", starts_on=change + DAY)).versions.get()
    assert "10 mg/kg" in " ".join(version.checks["prednisone"]["arithmetic"])
    assert version.warnings.filter(code="dose_above", severity="warning").exists()
