"""Proposing a version: checked as it is written down, so that whoever approves it sees what was found."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Invalid
from apps.knowledge.models import Pathway, PathwayStep
from apps.patients.models import Patient
from apps.patients.operations.recording import note
from apps.plans import picture
from apps.plans.models import Goal, PlanPolicy, PlanVersion, TreatmentPlan
from apps.plans.operations import checking
from apps.plans.operations.base import in_care, make_due, open_plan_of, policy_of
from apps.plans.operations.content import Content, build, digest_of
from apps.teams.models import Member

Items = Sequence[Mapping[str, Any]]


class PlanOpen(Conflict):
    """The patient has an open plan: propose a version of it."""

    type = "plan-open"
    title = "There is an open plan already"


class ProposalPending(Conflict):
    """Another version waits for its approval: say that yours replaces it, or withdraw it first."""

    type = "proposal-pending"
    title = "Another version is pending"


@transaction.atomic
def open_plan(
    *, patient: Patient, by: Actor, at: datetime, pathway: Pathway | None = None, **content: Any
) -> TreatmentPlan:
    """Open a patient's plan with its first version, proposed. `content` is that of `propose`.

    Raises Forbidden, Conflict, PlanOpen, and what `propose` raises.
    """
    patient = in_care(patient, by)
    if TreatmentPlan.objects.filter(patient=patient, ended_at__isnull=True).exists():
        raise PlanOpen("This patient has an open plan: propose a new version of it.")
    if pathway is not None and pathway.retired:
        raise Invalid.field("pathway", "This pathway is not in use any more.")
    plan = TreatmentPlan(patient=patient, pathway=pathway, opened_at=at, opened_by_id=by.user_id)
    plan.save(force_insert=True)
    with audit.together():
        note(plan, by=by, at=at, verb="plans.open", changes=audit.created(plan, "pathway"))
        _propose(plan, by=by, at=at, **content)
    make_due(patient_id=patient.pk, at=at, new=True)
    return plan


@transaction.atomic
def propose(*, plan: TreatmentPlan, by: Actor, at: datetime, version: int | None = None, **content: Any) -> PlanVersion:
    """Propose a new version of an open plan: whole, not only what differs. What is followed stays as it is until then.

    `content` is medications, interventions and goals (lists of values by field; an `item_id` of an earlier version says
    that it is the same thing), summary, step (a rung of a pathway), and `replaces`, the pending version that this one takes
    the place of. Raises Forbidden, Stale when the plan was changed since `version`, Conflict, ProposalPending, UnsafeOrder,
    or Invalid, which names item and field.
    """
    plan = open_plan_of(plan, by, version)
    with audit.together():
        return _propose(plan, by=by, at=at, **content)


def _propose(
    plan: TreatmentPlan,
    *,
    by: Actor,
    at: datetime,
    medications: Items = (),
    interventions: Items = (),
    goals: Items = (),
    summary: str = "",
    step: PathwayStep | None = None,
    replaces: PlanVersion | None = None,
) -> PlanVersion:
    _clear_the_way(plan, replaces, by=by, at=at)
    seen, policy = picture.read(plan.patient, at), policy_of(plan.patient)
    content = build(
        plan=plan, today=seen.today, medications=medications, interventions=interventions, goals=goals,
        prescriber_id=_prescriber(by, policy),
    )  # fmt: skip
    found = checking.check(content, seen, policy, plan)
    row = PlanVersion(
        plan=plan, number=_next_number(plan), summary=summary, step=step, replaces=replaces, author_id=by.user_id, proposed_at=at,
        digest="-", checks=found.lines,
    )  # fmt: skip
    row.hold_to_rules()
    _save(row, content, seen, plan)
    found.save(row, content.reasons, by_id=by.user_id, at=at)
    plan.version += 1
    plan.save(update_fields=["version"])
    note(
        row,
        by=by,
        at=at,
        verb="plans.propose",
        changes=audit.created(row, "plan", "number", "digest", "step", "replaces"),
    )
    return row


def _prescriber(by: Actor, policy: PlanPolicy) -> UUID | None:
    """Who prescribes where nobody is named: the author, when they are of a discipline that approves; otherwise nobody yet."""
    of = Member.objects.filter(user=by.user_id, active=True, discipline__code__in=policy.approving_disciplines)
    return of.values_list("user_id", flat=True).first() if by.user_id is not None else None


def _clear_the_way(plan: TreatmentPlan, replaces: PlanVersion | None, *, by: Actor, at: datetime) -> None:
    pending = plan.versions.pending().first()
    if pending is None and replaces is None:
        return
    if pending is None or replaces is None or pending.pk != replaces.pk:
        words = (
            f"Version {pending.number} is pending: name it in `replaces`, or withdraw it."
            if pending
            else "It is not pending."
        )
        raise ProposalPending(words, errors={"replaces": words})
    changes = pending.change(
        state=PlanVersion.State.WITHDRAWN,
        ended_at=at,
        ended_by_id=by.user_id,
        end_reason="Replaced by another proposal.",
    )
    note(pending, by=by, at=at, verb="plans.withdraw", changes=changes)
    make_due(patient_id=plan.patient_id, at=at)


def _next_number(plan: TreatmentPlan) -> int:
    last: int | None = plan.versions.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _save(row: PlanVersion, content: Content, seen: picture.Picture, plan: TreatmentPlan) -> None:
    rows = Goal.objects.filter(version__plan=plan, start_value__isnull=False)
    # By measure, too: what a goal began with in another measure is no beginning of this one.
    starts = {(item, of): value for item, of, value in rows.values_list("item_id", "instrument_id", "start_value")}
    for goal in content.goals:
        now = seen.latest.get(goal.instrument.code) if goal.instrument is not None else None
        goal.start_value = starts.get(
            (goal.item_id, goal.instrument_id), now if not isinstance(now, str | bool) else None
        )
    row.digest = digest_of(content)
    row.save(force_insert=True)
    for item in content.items:
        item.version = row
    for items in (content.medications, content.interventions, content.goals):
        if items:
            type(items[0])._default_manager.bulk_create(items)  # type: ignore[arg-type]
