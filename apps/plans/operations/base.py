"""What every operation on plans shares: about whom, by whom, in which state."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.common.ids import new_id
from apps.common.refusals import Conflict, Forbidden
from apps.nudges import operations as nudges
from apps.nudges.ladder import COORDINATION
from apps.nudges.models import Nudge
from apps.patients.models import Patient
from apps.plans.models import PlanPolicy, PlanVersion, TreatmentPlan
from apps.plans.signals import plan_changed


def in_care(patient: Patient, by: Actor) -> Patient:
    """The patient, locked, when the actor sees them and may write plans.

    The lock is the one that recording a fact takes, too: what follows from a plan is worked out on facts that stand still.
    Raises Forbidden, or Conflict for somebody who is in our care no longer.
    """
    by.require_anywhere(Permission.PLANS_WRITE)
    rows = Patient.objects.visible_to(by).select_related("site")
    found = rows.select_for_update(of=("self",), no_key=True).filter(pk=patient.pk).first()
    if found is None:
        raise Forbidden("You do not see this patient.")
    if found.status != Patient.Status.ACTIVE:
        raise Conflict(f"The record says “{found.get_status_display()}”: no plan is made or changed.")
    return found


def open_plan_of(plan: TreatmentPlan, by: Actor, version: int | None = None) -> TreatmentPlan:
    """The plan read afresh and locked, its patient before it. Raises Forbidden, Stale, or Conflict when it has ended."""
    patient = in_care(plan.patient, by)
    plan = TreatmentPlan.locked(plan, version)
    plan.patient = patient
    if plan.ended_at is not None:
        raise Conflict("This plan has ended.")
    return plan


def version_of(row: PlanVersion, by: Actor, version: int | None = None) -> PlanVersion:
    """A version of an open plan, read afresh and locked, with its plan and patient. Raises Forbidden, Stale or Conflict."""
    plan = open_plan_of(row.plan, by)
    fresh = PlanVersion.locked(row, version)
    fresh.plan = plan
    return fresh


def policy_of(patient: Patient) -> PlanPolicy:
    """What the patient's site has decided; the defaults where it has not."""
    return PlanPolicy.objects.filter(site=patient.site_id).first() or PlanPolicy(site=patient.site)


def make_due(*, patient_id: UUID, at: datetime, new: bool = False) -> None:
    """Let what follows from the patient's plan be worked out anew, soon. One statement; it leaves with the transaction.

    Only somebody with a plan has a row; `new` makes one.
    """
    with connection.cursor() as cursor:
        if new:
            cursor.execute(
                "INSERT INTO plans_upkeep (id, patient_id, due_at, last_error) VALUES (%s, %s, %s, '')"
                " ON CONFLICT (patient_id) DO UPDATE SET due_at = LEAST(plans_upkeep.due_at, EXCLUDED.due_at)",
                [new_id(), patient_id, at],
            )
        else:
            cursor.execute("UPDATE plans_upkeep SET due_at = LEAST(due_at, %s) WHERE patient_id = %s", [at, patient_id])


#: How the coordinators of a site are asked about a plan. The times are those of an urgent and a routine matter (proposal for
#: local policy).
TOPIC = "plan"
TIMES = {"urgent": ("1 wd", "2 wd"), "routine": ("3 wd", "14 d")}


def ask_coordination(patient: Patient, *, by: Actor, at: datetime, title: str, advice: str, severity: str) -> None:
    """Ask a coordinator to see to a patient's plan; nothing is asked twice. Settled by whoever does something about the plan."""
    acknowledge, act = TIMES[severity]
    nudges.ask(
        patient=patient, by=by, at=at, topic=TOPIC, title=title, link=f"/plans/{patient.pk}/", severity=severity,
        asks=[COORDINATION], acknowledge_within=acknowledge, act_within=act, dedup_key=TOPIC, advice=advice,
    )  # fmt: skip


def asked_about(patient_id: UUID) -> QuerySet[Nudge]:
    """What a coordinator is still asked about a patient's plan."""
    return Nudge.objects.unfinished().filter(patient=patient_id, topic=TOPIC)


def settle_asked(patient: Patient, *, by: Actor, at: datetime, words: str) -> None:
    """Somebody has seen to the plan: nobody is asked any more."""
    for nudge in asked_about(patient.pk):
        nudges.settle(nudge=nudge, by=by, at=at, words=words)


def tell(plan: TreatmentPlan, *, at: datetime) -> None:
    """Tell the rooms above that the team follows something else from now on."""
    plan_changed.send(sender=TreatmentPlan, patient_id=plan.patient_id, at=at)
