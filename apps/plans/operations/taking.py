"""Which medicines a version's items come to on a day, since when, and in which dose. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

import structlog
from django.db.models import Prefetch

from apps.knowledge import values
from apps.plans import dosing, monitoring
from apps.plans.dosing.orders import Dosage, Stretch, stretches
from apps.plans.models import MedicationItem, PlanVersion, TreatmentPlan
from apps.plans.operations.content import dosages

log = structlog.get_logger(__name__)

#: Steroids suppress immunity by themselves from so many mg of prednisone a day on, taken for so many days (proposal for local
#: policy).
STEROID_MG, STEROID_DAYS = 20, 14
FOLLOWED = (PlanVersion.State.ACTIVE, PlanVersion.State.SUPERSEDED, PlanVersion.State.STOPPED)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Run:
    """A medicine that is taken without a gap: its first day, its last (None: until further notice), since when in this dose."""

    first: date
    last: date | None
    dose_changed_on: date


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
    runs = _runs_with(items, plan, today or on, on) if plan is not None else {}
    found = [
        _running(known.medicines[code], runs.get(code), [row for row in taken if row.medicine.code == code])
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


Steps = list[tuple[date, dict[str, list[Dosage]]]]


def begun(plan: TreatmentPlan, *, on: date | None = None, upto: int | None = None) -> dict[str, Run]:
    """Since when each medicine is taken without a gap, by code, through all versions that were followed.

    In how many items, and under which ids, makes no difference: a medicine that goes on in another dosage goes on. Without `on`
    it is as of the day on which the last version was first followed; with it, medicines that have ended before that day are left
    out. `upto` is the number of the last version that counts. Two queries, where the plan's patient and site are there.
    """
    return _runs(_steps(_followed(plan, upto), plan), on)


def _runs_with(items: Sequence[MedicationItem], plan: TreatmentPlan, today: date, on: date) -> dict[str, Run]:
    """As begun(); with the items of a version that is not followed yet as the last step."""
    versions = _followed(plan, None)
    steps = _steps(versions, plan)
    if items and items[0].version_id not in {row.pk for row in versions}:
        steps.append((today, dosages(items)))
    return _runs(steps, on)


def _followed(plan: TreatmentPlan, upto: int | None) -> list[PlanVersion]:
    rows = PlanVersion.objects.filter(plan=plan, state__in=FOLLOWED, activated_at__isnull=False)
    rows = rows if upto is None else rows.filter(number__lte=upto)
    items = Prefetch("medicationitems", MedicationItem.objects.select_related("medicine"))
    return list(rows.order_by("number").prefetch_related(items))


def _steps(versions: Sequence[PlanVersion], plan: TreatmentPlan) -> Steps:
    """Of each followed version the day from which on it was followed, and its dosages by medicine."""
    site = plan.patient.site
    return [
        (site.local_date(row.activated_at), dosages(list(row.medicationitems.all())))
        for row in versions if row.activated_at is not None
    ]  # fmt: skip


def _runs(steps: Steps, on: date | None) -> dict[str, Run]:
    lines: dict[str, list[Stretch]] = {}
    for day, orders in steps:
        lines = {code: _line(lines.get(code, []), stretches(rows), day) for code, rows in orders.items()}
    if not steps:
        return {}
    asked = on or steps[-1][0]
    found = {code: _run(line, asked, ended=on is None) for code, line in lines.items()}
    return {code: run for code, run in found.items() if run is not None}


def _line(before: Sequence[Stretch], after: Sequence[Stretch], day: date) -> list[Stretch]:
    """The days of one medicine when a version is followed from a day on: what it says, after what was taken until then.

    What the version before had planned and nobody reached does not count, and neither does what lies before a gap.
    """
    old = _cut([one for one in before if one.starts_on <= day], day)
    if not old:
        return list(after)
    # What the new version says about days that the old one was followed on does not undo them; a later beginning holds.
    follows = min(day, _last(old[-1]) + DAY)
    new = [_from(one, follows) if one.starts_on <= old[-1].starts_on else one for one in after]
    new = [one for one in new if one.stops_on is None or one.stops_on >= one.starts_on]
    if not new:
        return list(after)
    old = _cut(old, new[0].starts_on - DAY)
    if not old:
        return list(after)
    if _last(old[-1]) < new[0].starts_on - DAY:
        return new
    earlier = min([old[0].starts_on, *[one.starts_on for one in after if _reaches(one, old[0].starts_on)]])
    return [replace(old[0], starts_on=earlier), *old[1:], *new]


def _cut(line: Sequence[Stretch], last: date) -> list[Stretch]:
    """What of it lies on or before a day."""
    return [
        replace(one, stops_on=last if one.stops_on is None else min(one.stops_on, last))
        for one in line if one.starts_on <= last
    ]  # fmt: skip


def _from(one: Stretch, day: date) -> Stretch:
    return replace(one, starts_on=max(one.starts_on, day))


def _last(one: Stretch) -> date:
    return one.stops_on or date.max


def _reaches(one: Stretch, day: date) -> bool:
    return one.starts_on < day and (one.stops_on is None or one.stops_on >= day - DAY)


def _run(line: Sequence[Stretch], on: date, *, ended: bool) -> Run | None:
    """The run that a day lies in, else the next one; when all have ended the last one, if those count."""
    runs = _together(line)
    there = next((one for one in runs if _last(one[-1]) >= on), runs[-1] if ended and runs else None)
    if there is None:
        return None
    changes = [after.starts_on for was, after in pairwise(there) if _dose(was) != _dose(after)]
    changed = max([there[0].starts_on, *[day for day in changes if day <= on]])
    return Run(there[0].starts_on, there[-1].stops_on, changed)


def _together(line: Iterable[Stretch]) -> list[list[Stretch]]:
    """The stretches between which no day is missing, together."""
    found: list[list[Stretch]] = []
    for one in line:
        if found and _last(found[-1][-1]) >= one.starts_on - DAY:
            found[-1].append(one)
        else:
            found.append([one])
    return found


def _dose(one: Stretch) -> list[tuple[object, ...]]:
    """What is taken in a stretch, whatever the days of each dosage."""
    return sorted(
        (
            (row.dose, row.unit, row.frequency, row.period, row.period_unit, row.basis, row.course_days or 0, row.route)
            for row in one.dosages
        ),
        key=str,
    )
