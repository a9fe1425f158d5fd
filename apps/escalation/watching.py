"""Looking at patients who are due: lease a few, read and judge them with nothing locked, commit what was found."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet

from apps.accounts.actors import Careteam
from apps.audit import operations as audit
from apps.common import due
from apps.common.clock import AppNow, app_now
from apps.escalation import looking, operations, picture
from apps.escalation.evaluator import Judge
from apps.escalation.models import Watch
from apps.escalation.operations.evaluating import Applied, Found
from apps.escalation.operations.watching import QUEUE
from apps.knowledge.values import Catalogue
from apps.patients.models import Patient

log = structlog.get_logger(__name__)

#: As many as can be read at once without an emergency having to wait for long behind them.
BATCH = 25
#: Long enough for a batch many times over; a crash holds up its patients for no longer.
LEASE = timedelta(seconds=10)
TRY_AGAIN = timedelta(seconds=60)


@dataclass(frozen=True)
class Looked:
    """A patient who was looked at: what was found, and which number the watch had then."""

    judge: Judge
    found: list[Found]
    seq: int

    @property
    def seen(self) -> picture.Picture:
        """The picture."""
        return self.judge.picture

    @property
    def faults(self) -> list[str]:
        """Criteria that failed."""
        return [one.error for one in self.found if one.error]

    @property
    def fires(self) -> bool:
        """Whether anything fires."""
        return any(one.judgement.fires for one in self.found)


def oldest() -> datetime | None:
    """Since when the oldest patient whom nobody is looking at is due."""
    found: datetime | None = _due().aggregate(oldest=Min("due_at"))["oldest"]
    return found


def _due() -> QuerySet[Watch]:
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=AppNow())
    return Watch.objects.filter(free, due_at__lte=AppNow())


def drain() -> int:
    """Look at a batch of due patients, those about whom something was recorded first; returns how many."""
    began = monotonic()
    token, held = _lease()
    if not held:
        return 0
    at = app_now()
    patients = list(held)
    rules, opened = looking.rules(), looking.open_rows(patients)
    sites = set(Patient.objects.filter(pk__in=patients).values_list("site_id", flat=True))
    needs = rules.needs(sites, [row for rows in opened.values() for row in rows])
    pictures = _pictures(patients, at, needs, rules.knowledge, token)
    quiet: list[Looked] = []
    for patient_id, seen in pictures.items():
        began = _kept(token, began)
        looked = _look(seen, held[patient_id], token, rules)
        if looked is None:
            continue
        if looked.fires or looked.faults or patient_id in opened:
            _one(looked, token)
        else:
            quiet.append(looked)
    _all_quiet(quiet, token)
    return len(held)


def _pictures(
    patients: Sequence[UUID], at: datetime, needs: picture.Needs, knowledge: Catalogue | None, token: UUID
) -> dict[UUID, picture.Picture]:
    """The pictures of a batch, in its order. Where one cannot be read, each by itself: the others must not wait for it."""
    try:
        found = picture.read(patients, at, needs, knowledge)
        return {patient_id: found[patient_id] for patient_id in patients}
    except Exception as error:  # noqa: BLE001 - logged with its traceback, and tried again
        if len(patients) == 1:
            _failed(patients[0], token, error)
            return {}
    alone = [_pictures([patient_id], at, needs, knowledge, token) for patient_id in patients]
    return {patient_id: seen for one in alone for patient_id, seen in one.items()}


def _all_quiet(quiet: Sequence[Looked], token: UUID) -> None:
    try:
        _commit_quiet(quiet, token)
    except Exception:
        log.exception("patients who are quiet could not be written down together", patients=len(quiet))
        for looked in quiet:
            _one(looked, token)


@transaction.atomic
def _lease() -> tuple[UUID, dict[UUID, int]]:
    token = uuid4()
    rows = _due().select_for_update(skip_locked=True).order_by("cause", "due_at")[:BATCH]
    held = dict(rows.values_list("patient_id", "seq"))
    if held:
        Watch.objects.filter(patient__in=list(held)).update(lease_token=token, lease_until=AppNow() + LEASE)
    return token, held


def _kept(token: UUID, since: float) -> float:
    """Make the lease last on when a third of it has passed, so that nobody begins anew what takes long; since when it lasts."""
    if monotonic() - since < LEASE.total_seconds() / 3:
        return since
    Watch.objects.filter(lease_token=token).update(lease_until=AppNow() + LEASE)
    return monotonic()


def _look(seen: picture.Picture, seq: int, token: UUID, rules: looking.Rules) -> Looked | None:
    try:
        judge = Judge(seen)
        return Looked(judge, looking.found_in(seen, judge, rules), seq)
    except Exception as error:  # noqa: BLE001 - logged with its traceback, and tried again
        _failed(seen.patient_id, token, error)
        return None


def _one(looked: Looked, token: UUID) -> None:
    try:
        _commit(looked, token)
    except Exception as error:  # noqa: BLE001 - logged with its traceback, and tried again
        _failed(looked.seen.patient_id, token, error)


def _failed(patient_id: UUID, token: UUID, error: Exception) -> None:
    """It is tried again in a minute, loudly each time; the patients behind it must not wait for it."""
    log.exception("an evaluation failed", patient=str(patient_id))
    Watch.objects.filter(patient=patient_id, lease_token=token).update(
        lease_token=None, lease_until=None, due_at=AppNow() + TRY_AGAIN,
        last_error=f"{type(error).__module__}.{type(error).__qualname__}",
    )  # fmt: skip


@transaction.atomic
def _commit(looked: Looked, token: UUID) -> None:
    """Write down what was found, unless a fact has landed meanwhile: then the patient simply stays due."""
    seen = looked.seen
    # Always the patient before what is known about them, so that nobody waits for each other.
    rows = Patient.objects.select_related("site").select_for_update(of=("self",), no_key=True)
    patient = rows.get(pk=seen.patient_id)
    watch = Watch.objects.select_for_update().filter(patient=patient, lease_token=token).first()
    if watch is None:
        return
    if watch.seq != looked.seq:
        watch.lease_token = watch.lease_until = None
        watch.save(update_fields=["lease_token", "lease_until"])
        due.wake(QUEUE)
        return
    applied = Applied([])
    if seen.person.status == patient.status == Patient.Status.ACTIVE:
        with audit.together():
            applied = operations.apply(
                patient=patient, seen=looked.judge, found=looked.found, by=Careteam(at=seen.at), at=seen.at,
                looked_at=watch.evaluated_at,
            )  # fmt: skip
    watch.lease_token = watch.lease_until = None
    watch.cause, watch.evaluated_at = Watch.Cause.CLOCK, seen.at
    watch.due_at = looking.next_due(seen, looked.found, applied.muted_until)
    watch.last_error = "; ".join([*looked.faults, *applied.faults])[:300]
    watch.not_assessable = looking.not_assessable(looked.found)
    watch.save()


_QUIET = """
UPDATE escalation_watch w SET lease_token = NULL, lease_until = NULL, cause = %(clock)s, evaluated_at = %(at)s, last_error = '',
    due_at = q.due_at, not_assessable = q.missing
FROM unnest(%(patients)s::uuid[], %(seqs)s::bigint[], %(dues)s::timestamptz[], %(missing)s::jsonb[])
    AS q(patient_id, seq, due_at, missing)
WHERE w.patient_id = q.patient_id AND w.seq = q.seq AND w.lease_token = %(token)s
"""


@transaction.atomic
def _commit_quiet(looked: Sequence[Looked], token: UUID) -> None:
    """Patients about whom there is nothing to do, in one statement; those of whom a fact has landed meanwhile stay due."""
    if not looked:
        return
    patients = [one.seen.patient_id for one in looked]
    values: dict[str, Any] = {
        "clock": Watch.Cause.CLOCK, "at": looked[0].seen.at, "token": token,
        "patients": patients, "seqs": [one.seq for one in looked],
        "dues": [looking.next_due(one.seen, one.found) for one in looked],
        "missing": [json.dumps(looking.not_assessable(one.found), ensure_ascii=False) for one in looked],
    }  # fmt: skip
    # Whoever makes everybody due locks in this order, too.
    list(Watch.objects.select_for_update().filter(patient__in=patients).order_by("pk").values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute(_QUIET, values)
        done = cursor.rowcount
    if done < len(looked):
        left = Watch.objects.filter(patient__in=patients, lease_token=token)
        if left.update(lease_token=None, lease_until=None):
            due.wake(QUEUE)
