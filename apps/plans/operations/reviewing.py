"""Looking at the response: asking somebody to, writing down what was decided, and the proposal that follows from it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.common.refusals import Conflict, Invalid
from apps.knowledge.models import Intervention, Medicine, PathwayStep, Shipped
from apps.knowledge.scoring import Unscorable
from apps.knowledge.shelf import Shelf, shelf
from apps.nudges import operations as nudges
from apps.observations.models import Observation
from apps.patients.models import Patient
from apps.patients.operations.recording import note
from apps.plans import reviews
from apps.plans.models import MedicationItem, PlanVersion, ResponseReview, Route
from apps.plans.operations.base import in_care
from apps.plans.operations.content import content_of, plain
from apps.plans.operations.proposing import propose

State, Outcome = ResponseReview.State, ResponseReview.Outcome
#: How a review is asked for: routine, as the times of that severity are (proposal for local policy).
ACKNOWLEDGE, ACT = "3 wd", "14 d"


@transaction.atomic
def ask_for_review(*, response_review: ResponseReview, by: Actor, at: datetime) -> ResponseReview:
    """Ask the right person to hold a review that is due. Does nothing to one that was asked for or is over."""
    patient = (
        Patient.objects.select_related("site")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=response_review.patient_id)
    )
    row = ResponseReview.locked(response_review)
    row.patient = patient
    if row.state != State.SCHEDULED or row.nudge_at is None:
        return row
    nudge = nudges.ask(
        patient=patient, by=by, at=at, topic="review", title=f"Has {row.medicine.name} helped?", link=f"/reviews/{row.pk}/",
        severity="routine", asks=_asked(row, patient), acknowledge_within=ACKNOWLEDGE, act_within=ACT,
        dedup_key=f"review:{row.pk}",
        advice="Compare the measures before and after, and write down whether treatment is escalated, continued or de-escalated.",
    )  # fmt: skip
    changes = row.change(nudge=nudge, nudge_at=None)
    note(row, by=by, at=at, verb="plans.ask_for_review", changes=changes)
    return row


def _asked(row: ResponseReview, patient: Patient) -> list[str]:
    """Skin is dermatology's to judge, everything else that of whoever leads the treatment."""
    lead = "paediatric-rheumatology" if patient.onset == Patient.Onset.JUVENILE else "rheumatology"
    first = "dermatology" if row.score == reviews.CDASI else lead
    return list(dict.fromkeys([first, lead, "rheumatology"]))


def comparison(row: ResponseReview, at: datetime) -> reviews.Comparison:
    """The measures before the treatment and now, and the score that they come to; what is missing is listed."""
    patient = row.patient
    wanted = reviews.measures_of(row.score)
    values = (
        Observation.objects.standing()
        .filter(patient=patient, instrument__code__in=wanted, effective_at__lte=at)
        .exclude(quality=Observation.Quality.UNACCEPTABLE)
        .select_related("instrument")
        .order_by("effective_at", "recorded_at", "id")
    )
    zone = patient.site.zone
    series: dict[str, list[reviews.Measured]] = {}
    for value in values:
        series.setdefault(value.instrument.code, []).append(
            reviews.Measured(
                value.instrument.code,
                value.value_number,
                value.effective_at.astimezone(zone).date(),
                value.reference_high,
            )
        )
    onset = "juvenile" if patient.onset == Patient.Onset.JUVENILE else "adult"
    try:
        return reviews.compare(
            series, score=row.score, started_on=row.started_on, onset=onset, on=patient.site.local_date(at)
        )
    except Unscorable as error:
        # A value that its scale does not have is as good as none: the review goes on without a score, and says why.
        return reviews.Comparison(row.score, None, "", None, (), (f"{error.field}: {error.rule}",), {}, {})


@transaction.atomic
def complete_review(
    *,
    response_review: ResponseReview,
    by: Actor,
    at: datetime,
    outcome: str,
    reason: str,
    option: str = "",
    step: PathwayStep | None = None,
    replaces: PlanVersion | None = None,
    version: int | None = None,
) -> ResponseReview:
    """Write down what the review has come to. Escalating proposes the next step of the pathway as a new version, its new
    medicines without a dose: whoever prescribes says that.

    `step` is the rung to go to (the next one of the plan's pathway, unless said) and `option` the code of one of its
    combinations (the only one, unless there are several). `replaces` is the pending version that the escalation takes the place
    of; where one is pending and not named, nothing is done. Raises Forbidden, Stale, Invalid, Conflict, ProposalPending.
    """
    patient = in_care(response_review.patient, by)
    row = ResponseReview.locked(response_review, version)
    row.patient = patient
    if row.state != State.SCHEDULED:
        raise Conflict(f"This review is {row.get_state_display().lower()}.")
    if not reason.strip():
        raise Invalid.field("reason", "Say why.")
    found = comparison(row, at)
    if outcome != Outcome.ESCALATE and (option or step is not None or replaces is not None):
        raise Invalid.field("option", "Only an escalation goes to another step.")
    proposed = (
        _escalate(row, by=by, at=at, step=step, option=option, reason=reason, replaces=replaces)
        if outcome == Outcome.ESCALATE else None
    )  # fmt: skip
    changes = row.change(
        state=State.DONE, outcome=outcome, reason=reason.strip(), reviewed_at=at, reviewed_by_id=by.user_id, nudge_at=None,
        proposed=proposed, measures=found.plain(),
    )  # fmt: skip
    note(row, by=by, at=at, verb="plans.review", changes=changes)
    if row.nudge is not None:
        nudges.settle(nudge=row.nudge, by=by, at=at, words=f"Reviewed: {row.get_outcome_display().lower()}.")
    return row


def _escalate(
    row: ResponseReview,
    *,
    by: Actor,
    at: datetime,
    step: PathwayStep | None,
    option: str,
    reason: str,
    replaces: PlanVersion | None,
) -> PlanVersion:
    active = row.plan.versions.filter(state=PlanVersion.State.ACTIVE).select_related("step").first()
    if active is None:
        raise Conflict("Nothing is followed at present: propose a version yourself.")
    target = step or _next_step(row, active)
    chosen = _chosen(target, option)
    content, rows = content_of(active), shelf()
    there = {item.medicine.code for item in content.medications} | {
        item.intervention.code for item in content.interventions
    }
    added = [
        {"medicine": medicine, "route": (*medicine.routes, Route.ORAL.value)[0], "indication": target.name[:200]}
        for medicine in _named(rows, Medicine, [code for code in chosen.get("medicines", []) if code not in there])
    ]  # fmt: skip
    beside = [
        {"intervention": thing}
        for thing in _named(rows, Intervention, [code for code in chosen.get("interventions", []) if code not in there])
    ]  # fmt: skip
    return propose(
        plan=row.plan, by=by, at=at, medications=[*map(plain_item, content.medications), *added],
        interventions=[*map(plain_item, content.interventions), *beside], goals=[*map(plain_item, content.goals)],
        step=target, replaces=replaces,
        summary=f"{target.name}: {chosen.get('name', '')}. {reason.strip()}"[:1000],
    )  # fmt: skip


def _named(rows: Shelf, model: type[Shipped], codes: Sequence[str]) -> list[Any]:
    """What an option names of a kind. Raises Invalid for what is not in use here: part of an option is another option."""
    offered = {row.code for row in rows.offered(model)}
    if gone := [code for code in codes if code not in offered]:
        words = f"Not in use here: {', '.join(gone)}. Choose another one, or propose a version yourself."
        raise Invalid.field("option", words)
    return list(model._default_manager.filter(code__in=codes))


def plain_item(item: Any) -> dict[str, Any]:
    """An item of a version as the values with which it is proposed again, unchanged; its prescriber by their id."""
    values = {name: getattr(item, name) for name in plain(item) if name not in {"start_value", "prescriber"}}
    return {**values, "prescriber_id": item.prescriber_id} if isinstance(item, MedicationItem) else values


def _next_step(row: ResponseReview, active: PlanVersion) -> PathwayStep:
    pathway = row.plan.pathway_id
    if pathway is None:
        raise Invalid.field("step", "This plan follows no pathway: say which step is meant.")
    steps = PathwayStep.objects.filter(pathway=pathway, retired=False).order_by("ordinal")
    here = active.step.ordinal if active.step is not None and active.step.pathway_id == pathway else None
    found: PathwayStep | None = steps.filter(ordinal__gt=here).first() if here is not None else steps[1:2].first()
    if found is None:
        raise Conflict("This was the last step of the pathway: propose a version yourself.")
    return found


def _chosen(step: PathwayStep, option: str) -> dict[str, Any]:
    options: dict[str, dict[str, Any]] = {one["code"]: one for one in step.options}
    if not option and len(options) == 1:
        return next(iter(options.values()))
    if option not in options:
        raise Invalid.field("option", f"One of: {', '.join(options)}.")
    return options[option]
