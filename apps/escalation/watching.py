"""Looking at patients who are due: lease a few, read and judge them with nothing locked, commit each by itself."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

import structlog
from django.db import transaction
from django.db.models import Min, Q, QuerySet

from apps.accounts.actors import Careteam
from apps.audit import operations as audit
from apps.common import due
from apps.common.clock import AppNow, app_now
from apps.escalation import evaluator, language, operations, picture
from apps.escalation.models import CriterionVersion, Escalation, Watch
from apps.escalation.operations.evaluating import Found
from apps.escalation.operations.watching import QUEUE
from apps.patients.models import Patient

log = structlog.get_logger(__name__)

BATCH = 20
#: Long enough for a batch many times over; a crash holds up its patients for no longer.
LEASE = timedelta(seconds=10)
TRY_AGAIN = timedelta(seconds=60)
#: When the clock alone looks at everybody, by the site's time.
MORNING = time(6)


def oldest() -> datetime | None:
    """Since when the oldest patient whom nobody is looking at is due."""
    found: datetime | None = _due().aggregate(oldest=Min("due_at"))["oldest"]
    return found


def _due() -> QuerySet[Watch]:
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=AppNow())
    return Watch.objects.filter(free, due_at__lte=AppNow())


def drain() -> int:
    """Look at a batch of due patients, those about whom something was recorded first; returns how many."""
    token, held = _lease()
    if not held:
        return 0
    at = app_now()
    versions = active_versions()
    patients = [patient_id for patient_id, _ in held]
    pictures = picture.read(patients, at, measures_of([*versions, *_versions_of_open(patients)]))
    for patient_id, seq in held:
        _one(pictures[patient_id], seq, token, versions)
    return len(held)


@transaction.atomic
def _lease() -> tuple[UUID, list[tuple[UUID, int]]]:
    token = uuid4()
    rows = _due().select_for_update(skip_locked=True).order_by("cause", "due_at")[:BATCH]
    held = list(rows.values_list("patient_id", "seq"))
    if held:
        taken = Watch.objects.filter(patient__in=[patient_id for patient_id, _ in held])
        taken.update(lease_token=token, lease_until=AppNow() + LEASE)
    return token, held


def active_versions() -> list[CriterionVersion]:
    """The criteria that are switched on."""
    rows = CriterionVersion.objects.filter(state=CriterionVersion.State.ACTIVE).select_related("criterion")
    return list(rows.order_by("criterion__code"))


def _versions_of_open(patients: Sequence[UUID]) -> list[CriterionVersion]:
    """Versions that are switched off but have something open, which their own words still end."""
    opened = Escalation.objects.filter(patient__in=patients, state=Escalation.State.OPEN).values("criterion_version")
    return list(CriterionVersion.objects.filter(pk__in=opened).exclude(state=CriterionVersion.State.ACTIVE))


def measures_of(versions: Sequence[CriterionVersion]) -> set[str]:
    """Every measure that one of them asks about."""
    texts = [text for row in versions for text in (row.when, *[variant["when"] for variant in row.variants])]
    texts += [row.clears for row in versions if row.clears != language.BY_PERSON]
    return set().union(*(language.measures_of(text) for text in texts)) if texts else set()


def _one(seen: picture.Picture, seq: int, token: UUID, versions: Sequence[CriterionVersion]) -> None:
    try:
        found = judge(seen, versions)
        _commit(seen, found, seq, token)
    except Exception as error:
        # It is tried again in a minute, loudly each time; the patients behind it must not wait for it.
        log.exception("an evaluation failed", patient=str(seen.patient_id))
        Watch.objects.filter(patient=seen.patient_id, lease_token=token).update(
            lease_token=None, lease_until=None, due_at=AppNow() + TRY_AGAIN,
            last_error=f"{type(error).__module__}.{type(error).__qualname__}",
        )  # fmt: skip


def judge(seen: picture.Picture, versions: Sequence[CriterionVersion]) -> list[Found]:
    """How every active criterion stands for a patient; for one who is not in our care none does."""
    if seen.status != Patient.Status.ACTIVE:
        return []
    return [Found(version, *_judgement(seen, version)) for version in versions]


def _judgement(seen: picture.Picture, version: CriterionVersion) -> tuple[evaluator.Judgement, str]:
    """How one criterion stands; one that fails must not silence the others, and is loud about it."""
    try:
        return evaluator.judge(seen, version), ""
    except Exception as error:
        log.exception("a criterion failed", criterion=version.criterion.code, patient=str(seen.patient_id))
        return evaluator.Judgement(
            None, missing=("a fault of the criterion",)
        ), f"{version}: {type(error).__qualname__}"


@transaction.atomic
def _commit(seen: picture.Picture, found: Sequence[Found], seq: int, token: UUID) -> None:
    """Write down what was found, unless a fact has landed meanwhile: then the patient simply stays due."""
    # Always the patient before what is known about them, so that nobody waits for each other.
    rows = Patient.objects.select_related("site").select_for_update(of=("self",), no_key=True)
    patient = rows.get(pk=seen.patient_id)
    watch = Watch.objects.select_for_update().filter(patient=patient, lease_token=token).first()
    if watch is None:
        return
    if watch.seq != seq:
        watch.lease_token = watch.lease_until = None
        watch.save(update_fields=["lease_token", "lease_until"])
        due.wake(QUEUE)
        return
    faults = [one.error for one in found if one.error]
    if seen.status == patient.status == Patient.Status.ACTIVE:
        with audit.together():
            faults += operations.apply(patient=patient, picture=seen, found=found, by=Careteam(at=seen.at), at=seen.at)
    watch.lease_token = watch.lease_until = None
    watch.cause, watch.due_at, watch.evaluated_at = Watch.Cause.CLOCK, next_due(seen), seen.at
    watch.last_error = "; ".join(faults)[:300]
    watch.not_assessable = [
        {"criterion": one.version.criterion.code, "missing": list(one.judgement.missing)}
        for one in found
        if one.judgement.fires is None
    ]
    watch.save()


def next_due(seen: picture.Picture) -> datetime:
    """When the patient is to be looked at again if nothing is recorded: in the morning, or when a fact dated ahead holds."""
    local = seen.at.astimezone(seen.zone)
    morning = datetime.combine(local.date(), MORNING, tzinfo=seen.zone)
    if morning <= seen.at:
        morning = datetime.combine(local.date() + timedelta(days=1), MORNING, tzinfo=seen.zone)
    return min(morning, seen.ahead) if seen.ahead is not None else morning
