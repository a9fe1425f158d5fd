"""What becomes of a version: reasons are written down, it is approved, followed, withdrawn, or the plan ends."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.actors import Actor, Careteam
from apps.accounts.models import User
from apps.accounts.permissions import Role
from apps.audit import operations as audit
from apps.common.refusals import Conflict, Forbidden, Invalid
from apps.nudges.ladder import who_sees
from apps.patients.models import Patient
from apps.patients.operations.recording import note
from apps.plans import picture
from apps.plans.models import PlanVersion, PlanWarning, PrerequisiteCheck, TreatmentPlan
from apps.plans.operations import checking
from apps.plans.operations.base import (
    asked_about,
    in_care,
    make_due,
    open_plan_of,
    policy_of,
    settle_asked,
    tell,
    version_of,
)
from apps.plans.operations.content import content_of, digest_of
from apps.plans.operations.upkeep import end_everything, follow
from apps.teams.models import Member

State = PlanVersion.State
LACKING = frozenset({PrerequisiteCheck.State.MISSING, PrerequisiteCheck.State.TOO_OLD})
#: What whoever was asked about a plan is told when it ends. Nothing that people typed goes into a mail.
ENDED = "The plan has ended."


class ReasonsMissing(Conflict):
    """A warning still waits for its written reason."""

    type = "reasons-missing"
    title = "A reason has to be written down first"


class PrerequisitesMissing(Conflict):
    """Something that the first dose waits for is not there, and nobody has said why that is all right."""

    type = "prerequisites-missing"
    title = "Something has to be there before the first dose"


class CheckedAnew(Conflict):
    """Looked at anew, something graver was found than what was there to be seen when this was proposed and approved."""

    type = "checked-anew"
    title = "Something has changed since this was proposed"


class AnotherApprover(Forbidden):
    """At this site nobody approves what they proposed themselves."""

    type = "another-approver"
    title = "Somebody else has to approve"


@transaction.atomic
def explain(
    *, row: PlanWarning | PrerequisiteCheck, by: Actor, at: datetime, reason: str
) -> PlanWarning | PrerequisiteCheck:
    """Write down why a warning is all right here, or why a first dose need not wait. Once written it stays.

    Raises Forbidden, Invalid, or Conflict when the version is not pending or a reason is there already.
    """
    version = version_of(row.version, by)
    if not version.pending:
        raise Conflict(f"This version is {version.get_state_display().lower()}.")
    fresh = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    if fresh.reason:
        raise Conflict("A reason stands there already. Propose another version to say something else.")
    fresh.reason, fresh.reason_by_id, fresh.reason_at = reason.strip(), by.user_id, at
    if not fresh.reason:
        raise Invalid.field("reason", "Say why.")
    fresh.hold_to_rules(only={"reason"})
    fresh.save(update_fields=["reason", "reason_by", "reason_at"])
    fresh.version = version
    note(fresh, by=by, at=at, verb="plans.explain", changes={"reason": ("", fresh.reason)})
    return fresh


@transaction.atomic
def approve(
    *,
    plan_version: PlanVersion,
    by: Actor,
    at: datetime,
    approver: User | None = None,
    digest: str = "",
    version: int | None = None,
) -> PlanVersion:
    """Approve exactly this content, as oneself; or, as the coordinator of the patient's site, write down that `approver` did.

    `digest`, where it is given, has to be the version's. Raises Forbidden, AnotherApprover, Stale, ReasonsMissing, Invalid,
    or Conflict for what is not proposed or has a medicine without a dose.
    """
    row = version_of(plan_version, by, version)
    if row.state != State.PROPOSED:
        raise Conflict(f"This version is {row.get_state_display().lower()} already.")
    if digest and digest != row.digest:
        raise Invalid.field("digest", "This is not the content that you approve. Read the version again.")
    if digest_of(content_of(row)) != row.digest:
        raise Conflict("What is stored is not what was proposed. Tell the operator; nothing was approved.")
    _hold_reasons(row)
    who = _approver(row, by, approver, at)
    changes = row.change(
        state=State.APPROVED,
        approver=who,
        approved_at=at,
        approved_digest=row.digest,
        approval_recorded_by_id=by.user_id,
    )
    _bump(row.plan)
    note(row, by=by, at=at, verb="plans.approve", changes=changes)
    return row


def _hold_reasons(row: PlanVersion) -> None:
    if row.medicationitems.filter(dose__isnull=True).exists():
        raise Conflict("A medicine has no dose yet: propose a version that says it.")
    waiting = [warning for warning in row.warnings.select_related("medicine") if warning.open]
    if waiting:
        words = "; ".join(f"{warning.medicine.name}: {warning.words}" for warning in waiting)
        raise ReasonsMissing(f"Write down why, for each: {words}", errors={str(one.pk): one.words for one in waiting})


def _approver(row: PlanVersion, by: Actor, approver: User | None, at: datetime) -> User:
    patient, policy = row.plan.patient, policy_of(row.plan.patient)
    who = approver or User.objects.filter(pk=by.user_id_known).first()
    if who is None:
        raise Invalid.field("approver", "Say who approves.")
    if who.pk != by.user_id and not _records_for_others(by, patient):
        raise Forbidden("You can approve for yourself only.")
    member = Member.objects.filter(user=who, active=True).select_related("discipline").first()
    if (
        member is None
        or member.discipline.code not in policy.approving_disciplines
        or who.pk not in who_sees(patient, {who.pk}, at)
    ):
        raise Invalid.field(
            "approver", f"At this site a plan is approved by somebody who looks after the patient for: "
            f"{', '.join(policy.approving_disciplines)}.",
        )  # fmt: skip
    if policy.second_approver and who.pk == row.author_id:
        raise AnotherApprover("At this site somebody other than the author approves.")
    return who


def _records_for_others(by: Actor, patient: Patient) -> bool:
    return isinstance(by, Careteam) or patient.site_id in by.roles.get(Role.COORDINATOR, ())


def _bump(plan: TreatmentPlan) -> None:
    """Whatever happens to one of its versions happens to the plan: who edits it, reads it again first."""
    plan.version += 1
    plan.save(update_fields=["version"])


@transaction.atomic
def activate(*, plan_version: PlanVersion, by: Actor, at: datetime, version: int | None = None) -> PlanVersion:
    """Follow an approved version from now on; the one that was followed is superseded. What is due follows from it at once.

    Everything is checked anew. Raises Forbidden, Stale, Conflict for what is not approved, PrerequisitesMissing while something
    that a first dose waits for is neither there nor explained, or CheckedAnew where a warning has come up since.
    """
    row = version_of(plan_version, by, version)
    if row.state != State.APPROVED:
        raise Conflict(f"Only an approved version is followed; this one is {row.get_state_display().lower()}.")
    _hold_as_of_now(row, at)
    with audit.together():
        patient = row.plan.patient
        for old in row.plan.versions.filter(state=State.ACTIVE):
            _end(old, State.SUPERSEDED, patient, by=by, at=at, reason="", verb="plans.supersede")
        changes = row.change(state=State.ACTIVE, activated_at=at, activated_by_id=by.user_id)
        _bump(row.plan)
        note(row, by=by, at=at, verb="plans.activate", changes=changes)
        follow(row, by=by, at=at)
    make_due(patient_id=patient.pk, at=at, new=True)
    settle_asked(patient, by=by, at=at, words="A version of the plan is followed from now on.")
    tell(row.plan, at=at)
    return row


def _hold_as_of_now(row: PlanVersion, at: datetime) -> None:
    """Look at everything anew: what was there may have been entered in error, a weight may hold no longer."""
    checks = {one.prerequisite_id: one for one in row.prerequisites.select_related("prerequisite", "medicine")}
    patient, content = row.plan.patient, content_of(row)
    begin = {one.medicine.code for one in checks.values()}
    found = checking.check(content, picture.read(patient, at), policy_of(patient), row.plan, anew=begin)
    lacking = [one for one in found.prerequisites if one.state in LACKING]
    _hold_prerequisites(checks, lacking)
    # What nobody was asked about cannot have been answered: a medicine that begins again, or another requirement.
    _hold_warnings(row, found, [one for one in lacking if one.holds_first_dose and one.prerequisite_id not in checks])


def _hold_prerequisites(checks: Mapping[UUID, PrerequisiteCheck], lacking: Sequence[PrerequisiteCheck]) -> None:
    pairs = [(checks[one.prerequisite_id], one.words) for one in lacking if one.prerequisite_id in checks]
    left = [(check, words) for check, words in pairs if check.holds_first_dose and not check.reason]
    if left:
        said = "; ".join(f"{check.medicine.name}: {words}" for check, words in left)
        raise PrerequisitesMissing(
            f"Before the first dose, or with a written reason: {said}",
            errors={str(check.pk): words for check, words in left},
        )


def _hold_warnings(row: PlanVersion, found: checking.Found, unasked: Sequence[PrerequisiteCheck]) -> None:
    """Refuse what is graver than anything that was shown about the same medicine under the same code."""
    ranks = [severity.value for severity in PlanWarning.Severity]
    seen: dict[tuple[UUID, str], int] = {}
    for medicine_id, code, severity in row.warnings.values_list("medicine_id", "code", "severity"):
        seen[medicine_id, code] = min(ranks.index(severity), seen.get((medicine_id, code), len(ranks)))
    new = [
        one for one in found.warnings
        if one.severity != PlanWarning.Severity.INFO
        and ranks.index(one.severity) < seen.get((one.medicine_id, one.code), len(ranks))
    ]  # fmt: skip
    reasons: list[PlanWarning | PrerequisiteCheck] = [*new, *unasked]
    if reasons:
        said = "; ".join(f"{one.medicine.name}: {one.words}" for one in reasons)
        raise CheckedAnew(f"Propose it again, so that somebody looks at this first: {said}")


@transaction.atomic
def withdraw(
    *, plan_version: PlanVersion, by: Actor, at: datetime, reason: str, version: int | None = None
) -> PlanVersion:
    """Do not follow a pending version, and say why. Raises Forbidden, Stale, Invalid or Conflict."""
    row = version_of(plan_version, by, version)
    if not row.pending:
        raise Conflict(f"This version is {row.get_state_display().lower()}.")
    _hold_reason(reason)
    _end(row, State.WITHDRAWN, row.plan.patient, by=by, at=at, reason=reason.strip(), verb="plans.withdraw")
    _bump(row.plan)
    # What was requested for it is due no more.
    make_due(patient_id=row.plan.patient_id, at=at)
    return row


def _hold_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid.field("reason", "Say why.")


def _end(row: PlanVersion, state: str, patient: Patient, *, by: Actor, at: datetime, reason: str, verb: str) -> None:
    changes = row.change(state=state, ended_at=at, ended_by_id=by.user_id, end_reason=reason)
    note(row, by=by, at=at, verb=verb, changes=changes)


@transaction.atomic
def stop_plan(
    *, plan: TreatmentPlan, by: Actor, at: datetime, reason: str, version: int | None = None
) -> TreatmentPlan:
    """End a plan, and say why: nothing of it is due any more, nobody is asked to review it.

    Raises Forbidden, Stale, Invalid, or Conflict when it has ended.
    """
    plan = open_plan_of(plan, by, version)
    _hold_reason(reason)
    end(plan, by=by, at=at, reason=reason.strip())
    settle_asked(plan.patient, by=by, at=at, words=ENDED)
    return plan


def end(plan: TreatmentPlan, *, by: Actor, at: datetime, reason: str) -> None:
    """End a locked plan, whoever asks: also when its patient dies or leaves."""
    with audit.together():
        for row in plan.versions.filter(state__in=[State.PROPOSED, State.APPROVED, State.ACTIVE]):
            state = State.STOPPED if row.state == State.ACTIVE else State.WITHDRAWN
            _end(
                row,
                state,
                plan.patient,
                by=by,
                at=at,
                reason=reason,
                verb=f"plans.{'stop' if state == State.STOPPED else 'withdraw'}",
            )
        changes = plan.change(ended_at=at, ended_by_id=by.user_id, end_reason=reason)
        note(plan, by=by, at=at, verb="plans.end", changes=changes)
        end_everything(plan, by=by, at=at, reason=ENDED)
    make_due(patient_id=plan.patient_id, at=at)
    tell(plan, at=at)


@transaction.atomic
def see_to(*, plan: TreatmentPlan, by: Actor, at: datetime, reason: str) -> TreatmentPlan:
    """Say that what was asked about a patient's plan is seen to, and how: after a merge, or when they came back into our care.

    Raises Forbidden, Invalid, or Conflict when nothing is asked.
    """
    plan.patient = in_care(plan.patient, by)
    if not asked_about(plan.patient_id).exists():
        raise Conflict("Nothing is asked about this patient's plan.")
    _hold_reason(reason)
    note(plan, by=by, at=at, verb="plans.see_to", changes={"reason": ("", reason.strip())})
    settle_asked(plan.patient, by=by, at=at, words="Somebody has seen to it.")
    return plan


def approvers_of(patient: Patient, at: datetime) -> list[UUID]:
    """Who may approve this patient's plans: for the choice in a form."""
    members = Member.objects.filter(active=True, discipline__code__in=policy_of(patient).approving_disciplines)
    users = set(members.values_list("user_id", flat=True))
    return sorted(who_sees(patient, users, at))
