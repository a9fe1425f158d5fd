"""Which medicines a version's items come to on a day, since when, and in which dose. Reads only."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import structlog
from django.db.models import Prefetch

from apps.knowledge import values
from apps.plans import dosing, monitoring
from apps.plans.courses import STEROID_DAYS, STEROID_MG
from apps.plans.followed import Run, Step, runs
from apps.plans.models import MedicationItem, PlanVersion, TreatmentPlan
from apps.plans.operations.content import dosages

log = structlog.get_logger(__name__)

FOLLOWED = (PlanVersion.State.ACTIVE, PlanVersion.State.SUPERSEDED, PlanVersion.State.STOPPED)


def going(items: Sequence[MedicationItem], on: date) -> list[MedicationItem]:
    """The items that run on a day, or begin later: those that have not ended before it."""
    return [row for row in items if row.stops_on is None or row.stops_on >= on]


def taken_on(items: Sequence[MedicationItem], day: date) -> list[MedicationItem]:
    """The items that run on a day."""
    return [row for row in going(items, day) if row.starts_on <= day]


def running(
    items: Sequence[MedicationItem],
    plan: TreatmentPlan | None,
    known: values.Catalogue,
    on: date,
    body: dosing.Body,
    *,
    today: date | None = None,
) -> list[monitoring.Running]:
    """The medicines that are taken on a day, each with since when, and since when in this dose.

    Items of a version that nobody follows yet are taken as if it were followed from `today` on.
    """
    taken = taken_on(items, on)
    since = _runs_with(items, plan, today or on, on) if plan is not None else {}
    found = [
        _running(known.medicines[code], since.get(code), [row for row in taken if row.medicine.code == code])
        for code in dict.fromkeys(row.medicine.code for row in taken) if code in known.medicines
    ]  # fmt: skip
    if not _much_steroid(taken, found, known, on, body):
        return found
    return [replace(one, immunosuppressant=True) if _is_steroid(one, known) else one for one in found]


def _running(medicine: values.Medicine, run: Run | None, rows: Sequence[MedicationItem]) -> monitoring.Running:
    starts = [row.starts_on for row in rows]
    return monitoring.Running(
        medicine=medicine.code, klass=medicine.klass, immunosuppressant=medicine.immunosuppressant, stopped_on=None,
        started_on=run.first if run is not None else min(starts),
        dose_changed_on=run.dose_changed_on if run is not None else max(starts),
    )  # fmt: skip


def _is_steroid(one: monitoring.Running, known: values.Catalogue) -> bool:
    return known.medicines[one.medicine].prednisone_factor is not None


def _much_steroid(
    taken: Sequence[MedicationItem],
    found: Sequence[monitoring.Running],
    known: values.Catalogue,
    on: date,
    body: dosing.Body,
) -> bool:
    """Whether steroids are taken in a dose that suppresses immunity by itself, and long enough."""
    since = [one.started_on for one in found if _is_steroid(one, known)]
    if not since or on - min(since) < timedelta(days=STEROID_DAYS):
        return False
    orders = [one for rows in dosages(taken).values() for one in rows]
    try:
        amount = dosing.prednisone_equivalent(orders, known.medicines, body, on=on).mg_per_day
    except dosing.Impossible as error:
        log.warning("a dose of a steroid cannot be assessed", field=error.field, rule=error.rule)
        amount = None
    # How much it is cannot be said while no weight holds: what cannot be ruled out goes on being watched.
    return amount is None or amount >= STEROID_MG


def begun(plan: TreatmentPlan, *, on: date | None = None, upto: int | None = None) -> dict[str, Run]:
    """Since when each medicine is taken without a gap, by code, through all versions that were followed.

    In how many items, and under which ids, makes no difference: a medicine that goes on in another dosage goes on. Without `on`
    it is as of the day on which the last version was first followed; with it, medicines that have ended before that day are left
    out. `upto` is the number of the last version that counts. Two queries, where the plan's patient and site are there.
    """
    return runs(_steps(_followed(plan, upto), plan), on)


def _runs_with(items: Sequence[MedicationItem], plan: TreatmentPlan, today: date, on: date) -> dict[str, Run]:
    """As begun(); with the items of a version that is not followed yet as the last step."""
    versions = _followed(plan, None)
    steps = _steps(versions, plan)
    if items and items[0].version_id not in {row.pk for row in versions}:
        steps.append(Step(today, dosages(items)))
    return runs(steps, on)


def _followed(plan: TreatmentPlan, upto: int | None) -> list[PlanVersion]:
    rows = PlanVersion.objects.filter(plan=plan, state__in=FOLLOWED, activated_at__isnull=False)
    rows = rows if upto is None else rows.filter(number__lte=upto)
    items = Prefetch("medicationitems", MedicationItem.objects.select_related("medicine"))
    return list(rows.order_by("number").prefetch_related(items))


def _steps(versions: Sequence[PlanVersion], plan: TreatmentPlan) -> list[Step]:
    """Of each followed version the day from which on it was followed, and its dosages by medicine."""
    site = plan.patient.site
    return [
        Step(site.local_date(row.activated_at), dosages(list(row.medicationitems.all())))
        for row in versions if row.activated_at is not None
    ]  # fmt: skip
