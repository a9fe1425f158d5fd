"""Who may do what with plans and with the facts that belong to them; and every exchange of the API together."""

from collections.abc import Callable
from typing import Any

from apps.common.clock import app_now
from apps.knowledge.models import Discipline
from apps.observations import operations as observations
from apps.plans import operations
from apps.plans.models import MonitoringItem, PlanVersion, PlanWarning, ResponseReview, TreatmentPlan
from tests.access import exchanges
from tests.access.exchanges import (
    ADMIN,
    ANSWER,
    CLINICAL,
    ID,
    SEE,
    SIGNED_IN,
    V1,
    Exchange,
    Expected,
    clinical_list,
    plain_list,
    reading,
    writing,
)
from tests.cast import Cast
from tests.observations.house import happened, intervention, session, side_effect
from tests.plans.house import daily, weekly

#: People who look after this patient and may write their plans; services record facts only.
PLAN = SEE - {"service"}
FOLIC = {
    "medicine": "folic_acid",
    "dose": 5,
    "unit": "mg",
    "frequency": 1,
    "period": 1,
    "period_unit": "wk",
    "route": "oral",
}
REASONS = {"dose_reason": "Meant.", "prerequisite_reason": "Done elsewhere."}


def adverse_event(cast: Cast) -> Any:
    at, effect = app_now(), side_effect()
    values: dict[str, Any] = {"medicine": effect.medicine, "effect": effect, "severity": "mild", "seriousness": False}
    return observations.record_adverse_event(patient=cast.patient, by=cast.by, at=at, effective_at=at, **values).pk


def attendance(cast: Cast) -> Any:
    at, slt = app_now(), Discipline.objects.get(code="slt")
    values: dict[str, Any] = {"intervention": intervention(), "outcome": "missed", "discipline": slt}
    return observations.record_attendance(patient=cast.patient, by=cast.by, at=at, effective_at=at, **values).pk


def plan(cast: Cast) -> Any:
    """An open plan whose only version waits: methotrexate above the limit, its bloods missing, and folic acid."""
    found = TreatmentPlan.objects.filter(patient=cast.patient, ended_at__isnull=True).first()
    rows = [weekly("methotrexate", "30"), weekly("folic_acid", "5")]
    at = app_now()
    return (found or operations.open_plan(patient=cast.patient, by=cast.by, at=at, medications=rows)).pk


def version(cast: Cast) -> Any:
    return PlanVersion.objects.get(plan=plan(cast), number=1).pk


def approvable(cast: Cast) -> Any:
    """A version in which nothing waits for a reason."""
    at = app_now()
    rows = [
        daily("prednisone", "20", **REASONS), weekly("methotrexate", "15", **REASONS), weekly("folic_acid", "5", **REASONS)
    ]  # fmt: skip
    return operations.open_plan(patient=cast.patient, by=cast.by, at=at, medications=rows).versions.get().pk


def approved(cast: Cast) -> Any:
    row = PlanVersion.objects.get(pk=approvable(cast))
    who = cast.rheumatologist.who
    return operations.approve(plan_version=row, by=cast.by, at=app_now(), approver=who).pk


def followed(cast: Cast) -> PlanVersion:
    row = PlanVersion.objects.get(pk=approved(cast))
    return operations.activate(plan_version=row, by=cast.by, at=app_now())


def due(cast: Cast) -> Any:
    operations.request_missing(plan_version=PlanVersion.objects.get(pk=version(cast)), by=cast.by, at=app_now())
    return MonitoringItem.objects.filter(patient=cast.patient).latest("began_at").pk


def review(cast: Cast) -> Any:
    return ResponseReview.objects.get(plan=followed(cast).plan).pk


def policy(cast: Cast) -> Any:
    return operations.set_policy(site=cast.site, by=cast.by, at=app_now(), second_approver=True).pk


def feed(cast: Cast) -> Any:
    return operations.open_feed(by=cast.coordinator.actor, at=app_now(), name="a test")[0].pk


def new_plan(cast: Cast) -> dict[str, Any]:
    return {"patient": str(cast.patient.pk), "medications": [FOLIC]}


def another_version(cast: Cast) -> dict[str, Any]:
    del cast
    return {"medications": [FOLIC], "replaces": str(PlanVersion.objects.get(state="proposed").pk)}


def of_plan(route: str, row: Callable[[Cast], Any], body: Any = None, good: int = 200) -> Exchange:
    """A write on something of the cast's patient's plan."""
    return Exchange("POST", V1 + route, writing(ANSWER, PLAN, good, PLAN), row, body or {})


PLANS = [
    *clinical_list("adverse-events/"),
    Exchange("POST", V1 + "adverse-events/", writing(CLINICAL, SEE, 201, SEE, hidden=400), None, happened),
    Exchange("GET", V1 + "adverse-events/" + ID, reading(CLINICAL, SEE), adverse_event),
    Exchange(
        "POST", V1 + "adverse-events/" + ID + "enter-in-error/", writing(CLINICAL, SEE, 200, SEE), adverse_event,
        {"reason": "a test"},
    ),
    *clinical_list("attendances/"),
    # Whoever is of another discipline cannot speak for speech therapy.
    Exchange(
        "POST", V1 + "attendances/", writing(CLINICAL, {"coordinator", "therapist", "covering", "service"}, 201, SEE, hidden=400),
        None, lambda cast: session(cast, discipline="slt"),
    ),
    Exchange("GET", V1 + "attendances/" + ID, reading(CLINICAL, SEE), attendance),
    Exchange(
        "POST", V1 + "attendances/" + ID + "enter-in-error/", writing(CLINICAL, SEE, 200, SEE), attendance, {"reason": "a test"}
    ),
    *clinical_list("treatment-plans/"),
    Exchange("POST", V1 + "treatment-plans/", writing(ANSWER, PLAN, 201, PLAN, hidden=400), None, new_plan),
    Exchange("POST", V1 + "treatment-plans/check/", Expected(CLINICAL, SEE, SEE, 200, 400), None, new_plan),
    Exchange("GET", V1 + "treatment-plans/" + ID, reading(CLINICAL, SEE), plan),
    # Without the two versions to compare it is no valid request, for whoever may make it.
    Exchange("GET", V1 + "treatment-plans/" + ID + "compare/", Expected(CLINICAL, SEE, SEE, 400), plan),
    of_plan("treatment-plans/" + ID + "propose/", plan, another_version, 201),
    of_plan("treatment-plans/" + ID + "stop/", plan, {"reason": "a test"}),
    # Nothing is asked about this plan, for whoever may say that it is seen to.
    of_plan("treatment-plans/" + ID + "see-to/", plan, {"reason": "a test"}, 409),
    *clinical_list("plan-versions/"),
    Exchange("GET", V1 + "plan-versions/" + ID, reading(CLINICAL, SEE), version),
    Exchange("GET", V1 + "plan-versions/" + ID + "summary.pdf", reading(CLINICAL, SEE), version),
    Exchange("GET", V1 + "plan-versions/" + ID + "patient-summary.pdf", reading(CLINICAL, SEE), version),
    # Only the coordinator may write down that somebody else approved.
    Exchange(
        "POST", V1 + "plan-versions/" + ID + "approve/", writing(ANSWER, {"coordinator"}, 200, PLAN), approvable,
        lambda cast: {"approver": str(cast.rheumatologist.who.pk)},
    ),
    of_plan("plan-versions/" + ID + "activate/", approved),
    of_plan("plan-versions/" + ID + "withdraw/", version, {"reason": "a test"}),
    of_plan("plan-versions/" + ID + "request-missing/", version),
    of_plan(
        "plan-versions/" + ID + "explain/", version,
        lambda _cast: {"warning": str(PlanWarning.objects.get(code="over_limit").pk), "reason": "a test"},
    ),
    *clinical_list("monitoring-items/"),
    Exchange("GET", V1 + "monitoring-items/" + ID, reading(CLINICAL, SEE), due),
    *clinical_list("response-reviews/"),
    Exchange("GET", V1 + "response-reviews/" + ID, reading(CLINICAL, SEE), review),
    of_plan("response-reviews/" + ID + "complete/", review, {"outcome": "continue", "reason": "a test"}),
    *plain_list("plan-policies/", SIGNED_IN),
    Exchange("GET", V1 + "plan-policies/" + ID, reading(SIGNED_IN, SIGNED_IN - {"coordinator_elsewhere"}), policy),
    Exchange(
        "POST", V1 + "plan-policies/", writing(ADMIN, ADMIN, 201), None,
        lambda cast: {"site": str(cast.site.pk), "second_approver": True},
    ),
    Exchange("PATCH", V1 + "plan-policies/" + ID, writing(ADMIN, ADMIN, 200), policy, {"second_approver": False}),
    *plain_list("calendar-feeds/", CLINICAL),
    # A secret address is made by a person who is logged in; everybody here comes with a token.
    Exchange("POST", V1 + "calendar-feeds/", writing(set(), set(), 201), None, {"name": "a test"}),
    Exchange("GET", V1 + "calendar-feeds/" + ID, reading(CLINICAL, {"coordinator"}), feed),
    Exchange(
        "POST", V1 + "calendar-feeds/" + ID + "revoke/", writing(CLINICAL, {"coordinator"}, 200, {"coordinator"}), feed
    ),
]  # fmt: skip

EXCHANGES = [*exchanges.EXCHANGES, *PLANS]


def fill(cast: Cast) -> None:
    """Give the cast's patient a row of each kind that it does not have yet."""
    exchanges.fill(cast)
    for route in ("adverse-events/", "attendances/"):
        exchange = next(one for one in EXCHANGES if one.key == f"POST {V1}{route}")
        made = cast.coordinator.client().post(exchange.url(cast), exchange.payload(cast), format="json")
        assert made.status_code == 201, made.content
    followed(cast)
    policy(cast)
    feed(cast)
