"""What follows from a plan that is followed: which panels are due when, and when one looks at the response.

Worked out anew whenever something changes that it depends on, so that whatever is recorded, through any door, counts.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import structlog
from django.db import connection, transaction

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.knowledge import values
from apps.knowledge.in_force import catalogue, everything
from apps.knowledge.models import Panel
from apps.patients.models import Patient
from apps.patients.operations.recording import note
from apps.plans import dosing, monitoring, picture
from apps.plans.courses import STEROID_DAYS
from apps.plans.models import (
    MedicationItem,
    MonitoringItem,
    PlanVersion,
    ResponseReview,
    TreatmentPlan,
    Upkeep,
)
from apps.plans.operations.base import policy_of
from apps.plans.operations.content import dosages
from apps.plans.operations.scheduling import cancel_review, schedule_reviews
from apps.plans.operations.taking import running, taken_on

log = structlog.get_logger(__name__)

HCQ = "hydroxychloroquine"
#: A request stands while the version it was made for is in one of these states.
LIVING = (PlanVersion.State.PROPOSED, PlanVersion.State.APPROVED, PlanVersion.State.ACTIVE)
#: mg/kg/day above which the eyes are watched from the first year on (P-RCO20, P-AAO16 [V]).
EYE_RISK_DOSE = 5


def follow(version: PlanVersion, *, by: Actor, at: datetime) -> None:
    """Work out what follows from a version that has just become the one that is followed. The patient is locked."""
    patient, seen = version.plan.patient, picture.read(version.plan.patient, at)
    items = list(version.medicationitems.select_related("medicine"))
    _monitor(patient, items, version.plan, seen, by=by, at=at)
    schedule_reviews(version, items, seen, by=by, at=at)


@transaction.atomic
def refresh(*, patient: Patient, by: Actor, at: datetime) -> None:
    """Work out anew what is due for a patient, and by when to look again. The patient is locked by the caller."""
    # First of all: the row is locked from here on, so that whoever marks it while this runs marks it after this.
    Upkeep.objects.filter(patient=patient).update(due_at=None)
    plan = TreatmentPlan.objects.filter(patient=patient, ended_at__isnull=True).first()
    if plan is not None:
        plan.patient = patient
    active = plan.versions.filter(state=PlanVersion.State.ACTIVE).first() if plan is not None else None
    items = list(active.medicationitems.select_related("medicine")) if active is not None else []
    seen = picture.read(patient, at)
    if patient.status == Patient.Status.ACTIVE:
        with audit.together():
            _monitor(patient, items, plan, seen, by=by, at=at)
    day = min((day for item in items for day in _turns(item) if day > seen.today), default=None)
    due = datetime.combine(day, time(0), tzinfo=patient.site.zone) if day is not None else None
    _look_again(patient, due)


def _look_again(patient: Patient, due: datetime | None) -> None:
    """Nothing has failed; look again by then, or earlier where somebody has said so meanwhile."""
    with connection.cursor() as cursor:
        words = "UPDATE plans_upkeep SET due_at = LEAST(due_at, %s), last_error = '' WHERE patient_id = %s"
        cursor.execute(words, [due, patient.pk])


def _turns(item: MedicationItem) -> list[date]:
    """The days on which something else is taken, or the same long enough, by this item alone."""
    after = [item.stops_on + timedelta(days=1)] if item.stops_on is not None else []
    return [item.starts_on, item.starts_on + timedelta(days=STEROID_DAYS), *after]


def dues_of(
    patient: Patient,
    items: Sequence[MedicationItem],
    plan: TreatmentPlan | None,
    seen: picture.Picture,
    *,
    on: date | None = None,
) -> list[monitoring.Due]:
    """What is due for a patient while these medicines are taken; as of today, unless another day is named."""
    # What is taken is watched, also when it is not in use here any more.
    known, day = everything(), on or seen.today
    taken = running(items, plan, known, day, seen.body, today=seen.today)
    return monitoring.dues(
        taken, phenotype=seen.phenotype, populations=seen.populations, has_ild=seen.has_ild,
        ild_since=seen.ild_since, ild_risk=seen.ild_risk, diagnosed_on=seen.diagnosed_on, schedules=known.schedules,
        scheme=policy_of(patient).scheme, flags=_flags(items, seen, day), done=seen.done, on=day,
    )  # fmt: skip


def _monitor(
    patient: Patient,
    items: Sequence[MedicationItem],
    plan: TreatmentPlan | None,
    seen: picture.Picture,
    *,
    by: Actor,
    at: datetime,
) -> None:
    known = catalogue()
    dues = dues_of(patient, items, plan, seen)
    open_rows = {row.panel.code: row for row in open_items(patient)}
    ids = dict(Panel.objects.filter(code__in=[due.panel.code for due in dues]).values_list("code", "pk"))
    for due in dues:
        row = open_rows.pop(due.panel.code, None) or MonitoringItem(
            patient=patient, panel_id=ids[due.panel.code], began_at=at
        )
        row.patient = patient
        _set(row, due, by=by, at=at)
    for row in open_rows.values():
        row.patient = patient
        _end_or_keep(row, seen, known, by=by, at=at)


def open_items(patient: Patient) -> Any:
    """What is due for a patient, by whatever reason."""
    rows = MonitoringItem.objects.filter(patient=patient, ended_at__isnull=True)
    return rows.select_related("panel", "requested_for")


def _flags(items: Sequence[MedicationItem], seen: picture.Picture, day: date) -> frozenset[str]:
    """What schedules may ask about: whether the eyes are at risk under hydroxychloroquine. Tamoxifen is not known here."""
    risk = seen.poor_filtration or _much_hcq(dosages(taken_on(items, day)).get(HCQ, []), seen.body, day)
    return frozenset({"hcq_risk" if risk else "hcq_no_risk"})


def _much_hcq(orders: Sequence[dosing.Dosage], body: dosing.Body, day: date) -> bool:
    """Whether it is more than the eyes bear without being watched from the first year on."""
    if not orders:
        return False
    try:
        amount = dosing.amounts(orders, body, on=day).mg_kg_day
    except dosing.Impossible as error:
        log.warning("a dose of hydroxychloroquine cannot be assessed", field=error.field, rule=error.rule)
        amount = None
    # How much it is per kg cannot be said while no weight holds: what cannot be ruled out goes on being watched.
    return amount is None or amount > EYE_RISK_DOSE


def stands(row: MonitoringItem, last: date | None) -> bool:
    """Whether what was asked for is still wanted: not done since, and for a version that is pending or followed."""
    if row.requested_on is None or (last is not None and last >= row.requested_on):
        return False
    return row.requested_for is not None and row.requested_for.state in LIVING


def requested(on: date, why: list[dict[str, Any]]) -> dict[str, Any]:
    """What is due of a panel by a request alone: at once, overdue on the day after."""
    return {"why": why, "every_days": None, "due_on": on, "overdue_from": on + timedelta(days=1)}


def _set(row: MonitoringItem, due: monitoring.Due, *, by: Actor, at: datetime) -> None:
    """What is due of a panel by its schedules. A request that still stands says so, too, and brings a later day forward."""
    new: dict[str, Any] = {
        "why": due.why, "every_days": due.every_days, "due_on": due.next_on, "overdue_from": due.overdue_from,
        "last_on": due.last_on,
    }  # fmt: skip
    if row.requested_on is not None and stands(row, due.last_on):
        sooner = requested(row.requested_on, due.why) if row.requested_on < due.next_on else {}
        why = [*due.why, *[one for one in row.requested_why if one not in due.why]]
        new = {**new, **sooner, "why": why, "every_days": due.every_days}
    write(row, new, by=by, at=at, verb="plans.monitor")


def write(row: MonitoringItem, new: dict[str, Any], *, by: Actor, at: datetime, verb: str) -> None:
    """Save what has changed of what is due, and record it; nothing where nothing has."""
    changes = {name: (getattr(row, name), value) for name, value in new.items() if getattr(row, name) != value}
    if not changes:
        return
    for name, value in new.items():
        setattr(row, name, value)
    row.save(force_insert=row._state.adding)
    note(row, by=by, at=at, verb=verb, changes=changes)


def _end_or_keep(
    row: MonitoringItem, seen: picture.Picture, known: values.Catalogue, *, by: Actor, at: datetime
) -> None:
    """No schedule wants it any more: it ends, unless somebody asked for it and that still stands."""
    last = monitoring.last_done(known.panels[row.panel.code], seen.done) if row.panel.code in known.panels else None
    if row.requested_on is not None and stands(row, last):
        new = {**requested(row.requested_on, row.requested_why), "last_on": last}
        write(row, new, by=by, at=at, verb="plans.monitor")
    else:
        write(row, {"ended_at": at, "last_on": last}, by=by, at=at, verb="plans.end_monitoring")


def end_everything(plan: TreatmentPlan, *, by: Actor, at: datetime, reason: str) -> None:
    """A plan has ended: its reviews are cancelled. What is due by the disease itself stays due, for whoever is in our care."""
    for row in plan.reviews.filter(state=ResponseReview.State.SCHEDULED).select_related("nudge"):
        cancel_review(row, plan.patient, by=by, at=at, words=reason)
    if plan.patient.status != Patient.Status.ACTIVE:
        for item in open_items(plan.patient):
            item.patient = plan.patient
            write(item, {"ended_at": at}, by=by, at=at, verb="plans.end_monitoring")
