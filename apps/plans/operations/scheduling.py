"""Reviews of the response: scheduled when a medicine is begun, cancelled when it is stopped before its time."""

from collections.abc import Sequence
from datetime import date, datetime, time

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.knowledge.in_force import catalogue
from apps.knowledge.models import Medicine
from apps.nudges import operations as nudges
from apps.patients.models import Patient
from apps.patients.operations.recording import note
from apps.plans import picture, reviews
from apps.plans.models import MedicationItem, PlanVersion, ResponseReview, TreatmentPlan
from apps.plans.operations.taking import begun, going

#: When a review begins to be asked for on its day, by the site's clock.
MORNING = time(8)


def schedule_reviews(
    version: PlanVersion, items: Sequence[MedicationItem], seen: picture.Picture, *, by: Actor, at: datetime
) -> None:
    """One review for each window of each medicine that is taken, in however many items; those of what was stopped before its
    time are cancelled. A medicine that is begun again is looked at again.
    """
    plan, known = version.plan, catalogue()
    first = {code: run.first for code, run in begun(plan, on=seen.today).items()}
    taken = {row.medicine.code: row.medicine for row in going(items, seen.today)}
    wanted = {
        (code, due.window.citation.code, first[code]): due
        for code in taken if code in known.medicines and code in first
        for due in reviews.review_dates(known.medicines[code], first[code], known.windows, populations=seen.populations)
    }  # fmt: skip
    # One that was cancelled says nothing about a medicine that is taken again.
    standing = plan.reviews.exclude(state=ResponseReview.State.CANCELLED)
    for row in standing.select_related("nudge", "medicine"):
        due = wanted.pop((row.medicine.code, row.window, row.started_on), None)
        if due is None and row.state == ResponseReview.State.SCHEDULED and row.medicine.code not in taken:
            cancel_review(row, plan.patient, by=by, at=at, words="The medicine is not taken any more.")
        elif due is None and row.state == ResponseReview.State.SCHEDULED:
            cancel_review(
                row, plan.patient, by=by, at=at, words="It was begun on another day than this review was for."
            )
    for (code, _, started), due in wanted.items():
        _schedule(plan, taken[code], due, started, by=by, at=at)


def _schedule(
    plan: TreatmentPlan, medicine: Medicine, due: reviews.ReviewDue, started: date, *, by: Actor, at: datetime
) -> None:
    row = ResponseReview(
        patient=plan.patient, plan=plan, medicine=medicine, window=due.window.citation.code,
        citation=due.window.citation.words, score=due.window.score, started_on=started, due_on=due.due_on,
        nudge_at=datetime.combine(due.due_on, MORNING, tzinfo=plan.patient.site.zone),
    )  # fmt: skip
    row.hold_to_rules()
    row.save(force_insert=True)
    note(row, by=by, at=at, verb="plans.schedule_review", changes=audit.created(row, "medicine", "due_on"))


def cancel_review(row: ResponseReview, patient: Patient, *, by: Actor, at: datetime, words: str) -> None:
    """Nobody has to hold this review any more; whoever was asked to is told."""
    row.patient = patient
    changes = row.change(state=ResponseReview.State.CANCELLED, nudge_at=None)
    note(row, by=by, at=at, verb="plans.cancel_review", changes=changes)
    if row.nudge is not None:
        nudges.cancel(nudge=row.nudge, by=by, at=at, words=words)
