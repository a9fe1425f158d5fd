"""Several people at one plan at the same moment, on real connections."""

from functools import partial
from typing import Any

from apps.accounts.actors import Careteam
from apps.common import due
from apps.common.clock import app_now
from apps.plans import operations
from apps.plans.models import MonitoringItem, PlanVersion, TreatmentPlan
from tests.cast import Cast
from tests.plans.house import daily, weekly
from tests.rest.test_concurrency import at_once


def propose_body(dose: int, replaces: str) -> dict[str, Any]:
    order = {
        "medicine": "folic_acid",
        "dose": dose,
        "unit": "mg",
        "frequency": 1,
        "period": 1,
        "period_unit": "d",
        "route": "oral",
    }
    return {"medications": [order], "replaces": replaces}


def test_of_eight_editors_of_one_plan_one_is_heard_and_seven_are_told(real_cast: Cast) -> None:
    by = real_cast.rheumatologist.actor
    plan = operations.open_plan(patient=real_cast.patient, by=by, at=app_now(), medications=[daily("folic_acid", "5")])
    client = real_cast.rheumatologist.client()
    tag = client.get(f"/api/v1/treatment-plans/{plan.pk}/").headers["ETag"]
    pending = str(plan.versions.get().pk)
    send = [
        partial(
            real_cast.rheumatologist.client().post, f"/api/v1/treatment-plans/{plan.pk}/propose/",
            propose_body(dose, pending), format="json", headers={"If-Match": tag},
        )
        for dose in range(1, 9)
    ]  # fmt: skip
    codes = sorted(answer.status_code for answer in at_once(send))
    assert codes == [201, *[412] * 7]
    assert plan.versions.count() == 2
    assert plan.versions.filter(state="proposed").count() == 1


def test_a_patient_never_gets_two_open_plans(real_cast: Cast) -> None:
    order = propose_body(5, "")["medications"]
    body = {"patient": str(real_cast.patient.pk), "medications": order}
    send = [
        partial(real_cast.rheumatologist.client().post, "/api/v1/treatment-plans/", body, format="json")
        for _ in range(6)
    ]
    codes = sorted(answer.status_code for answer in at_once(send))
    assert codes == [201, *[409] * 5]
    assert TreatmentPlan.objects.filter(patient=real_cast.patient).count() == 1


def test_one_version_is_followed_however_many_press_the_button(real_cast: Cast) -> None:
    by = real_cast.rheumatologist.actor
    plan = operations.open_plan(patient=real_cast.patient, by=by, at=app_now(), medications=[daily("folic_acid", "5")])
    version = operations.approve(plan_version=plan.versions.get(), by=by, at=app_now())
    send = [
        partial(
            real_cast.rheumatologist.client().post, f"/api/v1/plan-versions/{version.pk}/activate/", {}, format="json"
        )
        for _ in range(6)
    ]
    codes = sorted(answer.status_code for answer in at_once(send))
    assert codes == [200, *[409] * 5]
    assert PlanVersion.objects.filter(plan=plan, state="active").count() == 1


def test_no_fact_is_lost_between_two_drainers_and_those_who_record(real_cast: Cast) -> None:
    by = Careteam(at=app_now())
    reasons = {"dose_reason": "Meant.", "prerequisite_reason": "Elsewhere."}
    plan = operations.open_plan(
        patient=real_cast.patient, by=by, at=app_now(),
        medications=[weekly("methotrexate", "15", **reasons), weekly("folic_acid", "5", **reasons)],
    )  # fmt: skip
    version = operations.approve(plan_version=plan.versions.get(), by=real_cast.rheumatologist.actor, at=app_now())
    operations.activate(plan_version=version, by=by, at=app_now())
    values = {"wbc": "10*9/L", "anc": "10*9/L", "plt": "10*9/L"}

    def record(code: str, unit: str) -> Any:
        body = {"patient": str(real_cast.patient.pk), "instrument": code, "value": 5, "unit": unit, "confirmed": True,
                "effective_at": app_now().isoformat()}  # fmt: skip
        return real_cast.therapist.client().post("/api/v1/observations/", body, format="json")

    work = [partial(record, code, unit) for code, unit in values.items()]
    drain = partial(due.drain_all, "plans.upkeep")
    answers = at_once([*work, drain, drain, drain])
    assert [answer.status_code for answer in answers[:3]] == [201, 201, 201]
    due.drain_all("plans.upkeep")
    row = MonitoringItem.objects.get(patient=real_cast.patient, panel__code="fbc")
    assert row.last_on == real_cast.site.local_date(app_now())
