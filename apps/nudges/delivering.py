"""Emptying the outbox: lease a few, send each with no transaction open, commit each result by itself."""

import random
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.db import transaction
from django.db.models import F, Min, Q, QuerySet

from apps.audit import operations as audit
from apps.audit.agents import SYSTEM
from apps.common import due
from apps.common.clock import AppNow, app_now
from apps.nudges import ladder, messages
from apps.nudges.channels import CHANNELS, Undeliverable
from apps.nudges.models import Breaker, BrokenAddress, Delivery, Nudge, Severity
from apps.nudges.operations.outbox import FIRST

log = structlog.get_logger(__name__)

Kind = Delivery.Kind
State = Delivery.State
BATCH = 20
LEASE = timedelta(seconds=30)
#: An emergency is leased by itself, so that it need not wait for others behind a crash either.
EMERGENCY_LEASE = timedelta(seconds=20)
#: A send takes ten seconds at most; one is not begun with less of the lease left.
ENOUGH = timedelta(seconds=10)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(seconds=30)
#: Routine messages give up after so many refusals of the one address; for what presses there is no last attempt.
LAST_ATTEMPT = 12


def oldest_emergency() -> datetime | None:
    """Since when the oldest emergency that nobody holds is due."""
    return _oldest(emergencies=True)


def oldest_delivery() -> datetime | None:
    """Since when the oldest other message that nobody holds is due."""
    return _oldest(emergencies=False)


def drain_emergencies() -> int:
    """Send one emergency; returns 1, or 0 when none is due."""
    return _drain(1, emergencies=True)


def drain_deliveries() -> int:
    """Send a batch of the other messages, what presses most first; returns how many."""
    return _drain(BATCH, emergencies=False)


def _oldest(*, emergencies: bool) -> datetime | None:
    found: datetime | None = _due(emergencies=emergencies).aggregate(oldest=Min("due_at"))["oldest"]
    return found


def _due(*, emergencies: bool) -> QuerySet[Delivery]:
    """What is to leave now: queued, or leased by somebody who did not come back."""
    now = AppNow()
    free = Q(state=State.QUEUED, due_at__lte=now) | Q(state=State.LEASED, lease_until__lte=now)
    shut = Breaker.objects.filter(retry_at__gt=now).values("channel")
    first = Q(rank=FIRST) if emergencies else Q(rank__gt=FIRST)
    return Delivery.objects.filter(free, first).exclude(channel__in=shut)


def _drain(limit: int, *, emergencies: bool) -> int:
    token, ids = _lease(limit, emergencies=emergencies)
    try:
        for delivery_id in ids:
            _one(delivery_id, token)
    finally:
        for channel in CHANNELS.values():
            channel.rest()
    return len(ids)


@transaction.atomic
def _lease(limit: int, *, emergencies: bool) -> tuple[UUID, list[UUID]]:
    """Take a few for thirty seconds. While a channel is being tried again after a trouble, one only."""
    if Breaker.objects.exists():
        limit = 1
    token = uuid4()
    rows = _due(emergencies=emergencies).select_for_update(skip_locked=True).order_by("rank", "due_at")[:limit]
    ids = list(rows.values_list("pk", flat=True))
    if ids:
        Delivery.objects.filter(pk__in=ids).update(
            state=State.LEASED,
            lease_token=token,
            lease_until=AppNow() + (EMERGENCY_LEASE if emergencies else LEASE),
            attempts=F("attempts") + 1,
        )
    return token, ids


@dataclass(frozen=True)
class Attempt:
    """A delivery about to be sent, and when that was decided: by the database's clock, and by ours to count from."""

    delivery: Delivery
    token: UUID
    at: datetime
    begun: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        """The time now, without asking the database again."""
        return self.at + timedelta(seconds=time.monotonic() - self.begun)


def _one(delivery_id: UUID, token: UUID) -> None:
    attempt = _begin(delivery_id, token)
    if attempt is None:
        return
    try:
        provider_id = CHANNELS[attempt.delivery.channel].send(messages.compose(attempt.delivery))
    except Undeliverable as refusal:
        _failed(attempt, refusal)
    except Exception as error:
        log.exception("a channel failed in an unknown way", delivery=str(delivery_id))
        _failed(attempt, Undeliverable(f"{type(error).__module__}.{type(error).__qualname__}"))
    else:
        _sent(attempt, provider_id)


@transaction.atomic
def _begin(delivery_id: UUID, token: UUID) -> Attempt | None:
    """Decide to send, with the nudge locked: what commits before this is seen, what commits after it comes after.

    None when the lease is lost or nearly over, or the message is not wanted any more.
    """
    rows = Delivery.objects.select_related("recipient__home_site", "nudge__patient__site")
    rows = rows.select_for_update(of=("nudge",)).annotate(now=AppNow())
    delivery = rows.filter(pk=delivery_id, lease_token=token, state=State.LEASED).first()
    if delivery is None:
        return None
    at: datetime = delivery.now  # type: ignore[attr-defined]
    if delivery.lease_until is None or delivery.lease_until - at <= ENOUGH:
        _release(delivery, token, due_at=at, attempts=F("attempts") - 1)
        return None
    why_not = _not_wanted(delivery, at)
    if why_not:
        _finish(delivery, token, at, "nudges.withdraw", state=State.CANCELLED, last_error=why_not)
        return None
    return Attempt(delivery, token, at)


def _not_wanted(delivery: Delivery, at: datetime) -> str:
    """In a few words, why the message need not or must not leave any more; an empty string when it is to."""
    nudge, recipient = delivery.nudge, delivery.recipient_id
    if delivery.kind in {Kind.ASK, Kind.REMINDER} and not (nudge.waits_for_answer and nudge.owner_id == recipient):
        return "answered, or somebody else is asked"
    if delivery.kind == Kind.OFFER and not (nudge.unfinished and nudge.offered_to_id == recipient):
        return "no longer offered"
    if delivery.kind == Kind.INFORM and not nudge.unfinished:
        return "over meanwhile"
    if not ladder.may_hear(nudge, {recipient}, at):
        _go_on(nudge, recipient, at)
        return "does not see the patient any more"
    return ""


def _go_on(nudge: Nudge, recipient: UUID, at: datetime) -> None:
    """The owner cannot be asked after all: the ladder goes on at once. The nudge is locked."""
    if nudge.waits_for_answer and nudge.owner_id == recipient:
        # A rung that has ended lets the step climb and not remind.
        long_ago = nudge.opened_at - timedelta(days=400)
        Nudge.objects.filter(pk=nudge.pk).update(next_step_at=at, rung_at=long_ago)
        due.wake("nudges.steps")


@transaction.atomic
def _sent(attempt: Attempt, provider_id: str) -> None:
    """Write down that it left, even when the lease was lost to a slow mail server meanwhile: it did leave."""
    delivery = attempt.delivery
    done = Delivery.objects.filter(pk=delivery.pk, state__in=[State.LEASED, State.QUEUED]).update(
        state=State.SENT, lease_token=None, lease_until=None, sent_at=AppNow(), provider_id=provider_id, last_error=""
    )
    if done:
        _note(delivery, attempt.now(), "nudges.sent", State.SENT)
    Breaker.objects.filter(channel=delivery.channel).delete()


def _failed(attempt: Attempt, refusal: Undeliverable) -> None:
    delivery, reason = attempt.delivery, str(refusal)[:300]
    log.warning(
        "not sent", delivery=str(delivery.pk), channel=delivery.channel, permanent=refusal.permanent, down=refusal.down
    )
    with transaction.atomic():
        nudge = Nudge.locked(delivery.nudge)
        at = app_now()
        if refusal.permanent:
            _refused_for_good(delivery, nudge, attempt.token, at, reason)
        elif refusal.down:
            pause = _trip(delivery.channel, at, reason)
            _release(delivery, attempt.token, due_at=at + pause, attempts=F("attempts") - 1, last_error=reason)
        elif delivery.attempts >= LAST_ATTEMPT and delivery.severity in {Severity.ROUTINE, Severity.INFO}:
            _finish(delivery, attempt.token, at, "nudges.failed", state=State.FAILED, last_error=reason)
        else:
            _release(delivery, attempt.token, due_at=at + _pause(delivery.attempts), last_error=reason)


def _refused_for_good(delivery: Delivery, nudge: Nudge, token: UUID, at: datetime, reason: str) -> None:
    """The address takes no mail: it is marked, and nobody waits for an answer from there."""
    _finish(delivery, token, at, "nudges.failed", state=State.FAILED, last_error=reason)
    BrokenAddress.objects.get_or_create(
        user=delivery.recipient, channel=delivery.channel, address=delivery.recipient.email,
        defaults={"since": at, "reason": reason},
    )  # fmt: skip
    if delivery.kind in {Kind.ASK, Kind.REMINDER}:
        _go_on(nudge, delivery.recipient_id, at)


def _trip(channel: str, at: datetime, reason: str) -> timedelta:
    """Shut a channel that is down for a while, longer each time; returns for how long."""
    breaker, new = Breaker.objects.select_for_update().get_or_create(
        channel=channel, defaults={"since": at, "retry_at": at + FIRST_PAUSE, "error": reason}
    )
    if new:
        return FIRST_PAUSE
    pause: timedelta = min(FIRST_PAUSE * 2 ** min(breaker.failures, 10), LONGEST_PAUSE)
    if breaker.retry_at <= at:
        breaker.failures += 1
        breaker.retry_at, breaker.error = at + pause, reason
        breaker.save(update_fields=["failures", "retry_at", "error"])
    rest: timedelta = breaker.retry_at - at
    return max(rest, timedelta(0))


def _pause(attempts: int) -> timedelta:
    longest: timedelta = min(FIRST_PAUSE * 2 ** min(attempts, 10), LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - spreads retries, guards nothing


def _release(delivery: Delivery, token: UUID, **values: Any) -> None:
    Delivery.objects.filter(pk=delivery.pk, lease_token=token).update(
        state=State.QUEUED, lease_token=None, lease_until=None, **values
    )


def _finish(delivery: Delivery, token: UUID, at: datetime, verb: str, *, state: str, **values: Any) -> None:
    """End a delivery, if the lease is still ours."""
    done = Delivery.objects.filter(pk=delivery.pk, lease_token=token).update(
        state=state, lease_token=None, lease_until=None, **values
    )
    if done:
        _note(delivery, at, verb, state)


def _note(delivery: Delivery, at: datetime, verb: str, state: str) -> None:
    nudge = delivery.nudge
    audit.record(
        by=SYSTEM, at=at, verb=verb, subject=delivery, patient_id=nudge.patient_id, site_id=nudge.patient.site_id,
        changes={"state": (State.LEASED, state), "attempts": (None, delivery.attempts)},
    )  # fmt: skip


def trouble() -> str:
    """In a sentence, which channel is down since when; an empty string when none is."""
    rows = Breaker.objects.order_by("since")
    return " ".join(
        f"The channel {row.get_channel_display()} does not work since {row.since:%Y-%m-%d %H:%M:%S} UTC."
        for row in rows
    )
