"""Running a version over the recorded history of many patients, batch by batch, so that memory stays bounded."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Min, Q, QuerySet

from apps.common.refusals import Invalid
from apps.escalation.backtest.court import Court
from apps.escalation.backtest.figures import Backtest, Side
from apps.escalation.models import CriterionVersion
from apps.patients.models import Patient

BATCH = 50
#: How many patients are done, of how many.
Progress = Callable[[int, int], None]


def run(
    version: CriterionVersion,
    *,
    since: datetime | None,
    until: datetime,
    patients: Sequence[UUID] | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """What the version, in whatever state, would have done from one moment until another, against the active one if that is
    another; of all patients who were in care in that time, unless some are named. `since` None: from the first registration on.

    Nothing is written. Looks happen when something came to be known and, where time alone can change the answer, at 06:00 at the
    site. The record is taken as it was known then; who the patient is, the other criteria, sites' own values and knowledge as
    they are now. Raises Invalid where the period ends before it begins.
    """
    chosen = _patients(patients, until)
    begin = since or chosen.aggregate(first=Min("recorded_at"))["first"] or until
    if begin > until:
        raise Invalid.field("since", "The period ends before it begins.")
    ids = list(_in_care(chosen, begin).order_by("pk").values_list("pk", flat=True))
    court = Court(version)
    active = Side(str(court.rival)) if court.rival is not None else None
    found = Backtest(version.criterion.code, begin, until, Side(str(version)), active)
    for start in range(0, len(ids), BATCH):
        for draft, other in court.batch(ids[start : start + BATCH], begin, until):
            found.add(draft, other)
        if progress is not None:
            progress(min(start + BATCH, len(ids)), len(ids))
    return found


def _patients(patients: Sequence[UUID] | None, until: datetime) -> QuerySet[Patient]:
    rows = Patient.objects.filter(recorded_at__lte=until)
    return rows if patients is None else rows.filter(pk__in=patients)


def _in_care(rows: QuerySet[Patient], since: datetime) -> QuerySet[Patient]:
    """Those that were in care at some time of the period, as far as the record says: it has the last change only."""
    gone = [Patient.Status.LEFT, Patient.Status.DECEASED]
    return rows.filter(Q(status=Patient.Status.ACTIVE) | Q(status__in=gone, status_at__gt=since))
