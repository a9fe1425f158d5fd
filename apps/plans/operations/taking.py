"""Which medicines a version's items come to on a day, since when, and in which dose. Reads only."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from apps.knowledge import values
from apps.plans import dosing, monitoring
from apps.plans.models import MedicationItem, PlanVersion, TreatmentPlan
from apps.plans.operations.content import dosages

#: Steroids suppress immunity by themselves from so many mg of prednisone a day on, taken for so many days (proposal for local
#: policy).
STEROID_MG, STEROID_DAYS = 20, 14


def running(
    items: Sequence[MedicationItem], plan: TreatmentPlan | None, known: values.Catalogue, today: date, body: dosing.Body
) -> list[monitoring.Running]:
    """The medicines that are taken, each with since when, and since when in this dose."""
    going = [row for row in items if row.starts_on <= today and (row.stops_on is None or row.stops_on >= today)]
    by_code: dict[str, list[MedicationItem]] = {}
    for row in going:
        by_code.setdefault(row.medicine.code, []).append(row)
    first = begun(plan) if plan is not None else {}
    found = [
        monitoring.Running(
            medicine=code, klass=known.medicines[code].klass, immunosuppressant=known.medicines[code].immunosuppressant,
            started_on=min([first.get(code, rows[0].starts_on), *[row.starts_on for row in rows]]), stopped_on=None,
            dose_changed_on=max(row.starts_on for row in rows),
        )
        for code, rows in by_code.items() if code in known.medicines
    ]  # fmt: skip
    if not _much_steroid(going, found, known, today, body):
        return found
    return [replace(one, immunosuppressant=True) if _is_steroid(one, known) else one for one in found]


def _is_steroid(one: monitoring.Running, known: values.Catalogue) -> bool:
    return known.medicines[one.medicine].prednisone_factor is not None


def _much_steroid(
    going: Sequence[MedicationItem],
    found: Sequence[monitoring.Running],
    known: values.Catalogue,
    today: date,
    body: dosing.Body,
) -> bool:
    """Whether steroids are taken in a dose that suppresses immunity by itself, and long enough."""
    since = [one.started_on for one in found if _is_steroid(one, known)]
    if not since or today - min(since) < timedelta(days=STEROID_DAYS):
        return False
    orders = [one for rows in dosages(going).values() for one in rows]
    amount = dosing.prednisone_equivalent(orders, known.medicines, body, on=today).mg_per_day
    return amount is not None and amount >= STEROID_MG


Run = tuple[date, date | None]


def begun(plan: TreatmentPlan) -> dict[str, date]:
    """Since when each medicine is taken without a gap, through all versions that were followed, by code.

    In how many items, and under which ids, makes no difference: a medicine that goes on in another dosage goes on.
    """
    followed = [PlanVersion.State.ACTIVE, PlanVersion.State.SUPERSEDED, PlanVersion.State.STOPPED]
    rows = MedicationItem.objects.filter(version__plan=plan, version__state__in=followed).order_by("version__number")
    versions: dict[datetime, dict[str, list[Run]]] = {}
    for at, code, first, last in rows.values_list("version__activated_at", "medicine__code", "starts_on", "stops_on"):
        versions.setdefault(at, {}).setdefault(code, []).append((first, last))
    runs: dict[str, Run] = {}
    for at, medicines in versions.items():
        runs = _continued(runs, medicines, plan.patient.site.local_date(at))
    return {code: first for code, (first, _) in runs.items()}


def _continued(before: dict[str, Run], medicines: dict[str, list[Run]], day: date) -> dict[str, Run]:
    """The runs that go on or begin with a version that is followed from a day on."""
    found: dict[str, Run] = {}
    for code, items in medicines.items():
        taken = [(first, last) for first, last in items if last is None or last >= day]
        if not taken:
            continue
        ends = [last for _, last in taken if last is not None]
        last = max(ends) if len(ends) == len(taken) else None
        first = min(first for first, _ in taken)
        was = before.get(code)
        goes_on = was is not None and (was[1] is None or was[1] >= day - timedelta(days=1))
        found[code] = (min(first, was[0]) if was is not None and goes_on else first, last)
    return found


def first_starts(plan: TreatmentPlan) -> dict[UUID, date]:
    """Since when each item is taken: an item whose dose was changed keeps the start that it had first."""
    followed = [PlanVersion.State.ACTIVE, PlanVersion.State.SUPERSEDED, PlanVersion.State.STOPPED]
    rows = MedicationItem.objects.filter(version__plan=plan, version__state__in=followed)
    found: dict[UUID, date] = {}
    for item_id, start in rows.values_list("item_id", "starts_on"):
        found[item_id] = min(start, found.get(item_id, start))
    return found
