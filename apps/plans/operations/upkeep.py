"""What follows from a plan that is followed: which panels are due when, and when one looks at the response.

Worked out anew whenever something changes that it depends on, so that whatever is recorded, through any door, counts.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.knowledge import values
from apps.knowledge.in_force import catalogue
from apps.knowledge.models import Panel
from apps.patients.models import Patient
from apps.patients.operations.recording import note
from apps.plans import dosing, monitoring, picture
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
from apps.plans.operations.taking import STEROID_DAYS, running

HCQ = "hydroxychloroquine"
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
    plan = TreatmentPlan.objects.filter(patient=patient, ended_at__isnull=True).first()
    active = plan.versions.filter(state=PlanVersion.State.ACTIVE).first() if plan is not None else None
    items = list(active.medicationitems.select_related("medicine")) if active is not None else []
    seen = picture.read(patient, at)
    if patient.status == Patient.Status.ACTIVE:
        with audit.together():
            _monitor(patient, items, plan, seen, by=by, at=at)
    day = min((day for item in items for day in _turns(item) if day > seen.today), default=None)
    due = datetime.combine(day, time(0), tzinfo=patient.site.zone) if day is not None else None
    Upkeep.objects.filter(patient=patient).update(due_at=due, last_error="")


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
    known, day = catalogue(), on or seen.today
    return monitoring.dues(
        running(items, plan, known, day, seen.body), phenotype=seen.phenotype, populations=seen.populations, has_ild=seen.has_ild,
        ild_since=seen.ild_since, ild_risk=seen.ild_risk, diagnosed_on=seen.diagnosed_on, schedules=known.schedules,
        scheme=policy_of(patient).scheme, flags=_flags(items, seen, known), done=seen.done, on=day,
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
    return MonitoringItem.objects.filter(patient=patient, ended_at__isnull=True).select_related("panel")


def _flags(items: Sequence[MedicationItem], seen: picture.Picture, known: values.Catalogue) -> frozenset[str]:
    """What schedules may ask about: whether the eyes are at risk under hydroxychloroquine. Tamoxifen is not known here."""
    of_hcq = dosages([row for row in items if row.medicine.code == HCQ]).get(HCQ, [])
    amount = dosing.amounts(of_hcq, seen.body, on=seen.today).mg_kg_day if of_hcq else None
    risk = seen.poor_filtration or (amount is not None and amount > EYE_RISK_DOSE)
    return frozenset({"hcq_risk" if risk else "hcq_no_risk"})


def _set(row: MonitoringItem, due: monitoring.Due, *, by: Actor, at: datetime) -> None:
    """What is due of a panel; a request that still stands keeps it due at once."""
    wanted = row.requested_on is not None and (due.last_on is None or due.last_on < row.requested_on)
    due_on = min(due.next_on, row.requested_on) if wanted and row.requested_on is not None else due.next_on
    new = {
        "why": due.why, "every_days": due.every_days, "due_on": due_on, "last_on": due.last_on,
        "overdue_from": min(due.overdue_from, due_on + timedelta(days=1)) if wanted else due.overdue_from,
    }  # fmt: skip
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
    """No schedule wants it any more: it ends, unless somebody asked for it and it was not done since."""
    last = monitoring.last_done(known.panels[row.panel.code], seen.done) if row.panel.code in known.panels else None
    if row.requested_on is not None and (last is None or last < row.requested_on):
        return
    write(row, {"ended_at": at, "last_on": last}, by=by, at=at, verb="plans.end_monitoring")


def end_everything(plan: TreatmentPlan, *, by: Actor, at: datetime, reason: str) -> None:
    """A plan has ended: its reviews are cancelled. What is due by the disease itself stays due, for whoever is in our care."""
    for row in plan.reviews.filter(state=ResponseReview.State.SCHEDULED).select_related("nudge"):
        cancel_review(row, plan.patient, by=by, at=at, words=reason)
    if plan.patient.status != Patient.Status.ACTIVE:
        for item in open_items(plan.patient):
            item.patient = plan.patient
            write(item, {"ended_at": at}, by=by, at=at, verb="plans.end_monitoring")
