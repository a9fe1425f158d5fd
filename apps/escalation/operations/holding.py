"""What the operations of clinical governance have in common: holding a wording, and letting patients be looked at by it."""

from datetime import datetime

from django.db import connection

from apps.accounts.models import Site
from apps.common import due
from apps.common.refusals import Stale
from apps.escalation import wording
from apps.escalation.models import CriterionVersion
from apps.escalation.operations.watching import QUEUE
from apps.patients.models import Patient


def held(row: CriterionVersion, version: int | None = None) -> CriterionVersion:
    """The wording read afresh and locked until the transaction ends. Raises Stale when it was changed since.

    Locked so that what it opens meanwhile need not wait: an escalation that points at it would wait for any stronger lock, and
    whoever switches it on would wait for that patient's watch.
    """
    rows = CriterionVersion.objects.select_related("criterion", "author")
    fresh: CriterionVersion = rows.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
    if version is not None and fresh.version != version:
        raise Stale
    return fresh


def hold_words(row: CriterionVersion) -> None:
    """What it names may have gone since it was written. Raises Invalid, naming each field."""
    wording.hold(wording.complete(row.content), wording.known(), code=row.criterion.code)


def look_at_everybody(*, at: datetime, site: Site | None = None) -> int:
    """Let everybody in care, at a site or everywhere, be looked at now; returns how many. Call it last in the transaction.

    `seq` goes up, so that whoever is being judged by the former wording in this moment is judged again. The cause stays the
    clock's, so that whatever is recorded meanwhile comes first. One statement, whatever the number of patients; rows are
    locked in the order of their ids, as whoever writes down a batch locks them, so that nobody waits for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH due AS (SELECT watch.id FROM escalation_watch watch"
            " JOIN patients_patient patient ON patient.id = watch.patient_id AND patient.status = %s"
            " AND (%s::uuid IS NULL OR patient.site_id = %s::uuid) ORDER BY watch.id FOR UPDATE OF watch)"
            " UPDATE escalation_watch AS watch SET seq = watch.seq + 1, due_at = LEAST(watch.due_at, %s)"
            " FROM due WHERE due.id = watch.id",
            [Patient.Status.ACTIVE, site.pk if site else None, site.pk if site else None, at],
        )
        count = cursor.rowcount
    due.wake(QUEUE)
    return int(count)
