"""Bringing a referral to where a journey has it, one move of the loop after the other."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from apps.escalation.journeys.model import Item
from apps.escalation.journeys.recording import NotThere
from apps.escalation.journeys.scene import REASON, Scene
from apps.escalation.journeys.shapes import LOOP, WAYS_OUT
from apps.knowledge.models import ReferralReason
from apps.referrals import operations
from apps.referrals.models import Referral
from apps.referrals.moves import State

#: A visit for which no time is given is on the next day.
NEXT_DAY = timedelta(days=1)
#: Left out on the way to something later, because the loop can do without.
SKIPPED = frozenset({"received", "scheduled"})


def refer(scene: Scene, item: Item, at: datetime) -> str:
    """Draft a referral, or go on with the open one of this discipline, until it is where the item says."""
    reason, wanted = _reason(scene, item), item.values["state"]
    row = next((one for one in scene.referrals if one.reason_id == reason.pk and not one.ended_at), None)
    if row is None:
        if wanted in WAYS_OUT:
            raise NotThere(f"no referral to {item.of} is open")
        sender = scene.by(item, at)
        row = operations.draft(
            patient=scene.patient, by=sender, at=at, reason=reason, target_on=item.values.get("target")
        )
        scene.referrals.append(row)
    moved = _bring(scene, item, row, wanted, at)
    scene.referrals[:] = [moved if one.pk == moved.pk else one for one in scene.referrals]
    return f"referral to {item.of}: {moved.state}{f', target {moved.target_on}' if moved.target_on else ''}"


def _reason(scene: Scene, item: Item) -> ReferralReason:
    """The one that is named; else that which the journey's criteria suggest; else the first."""
    if "reason" in item.values:
        return scene.here.reasons[item.values["reason"]]
    rows = [row for row in scene.here.reasons.values() if row.to.code == item.of]
    return max(rows, key=lambda row: len(set(row.criteria) & set(scene.journey.criteria)))


def _bring(scene: Scene, item: Item, row: Referral, wanted: str, at: datetime) -> Referral:
    if wanted in WAYS_OUT:
        return _out(scene, item, row, wanted, at)
    if row.state not in LOOP or LOOP.index(wanted) < LOOP.index(row.state):
        raise NotThere(f"the referral to {item.of} is {row.state}: it does not go back to {wanted}")
    for state in LOOP[LOOP.index(row.state) + 1 : LOOP.index(wanted) + 1]:
        if state == wanted or state not in SKIPPED:
            row = MOVES[state](scene, item, row, at)
    return row


def _sender(scene: Scene, row: Referral, at: datetime) -> Any:
    return scene.stage.of_user(row.sender, at)


def _receiver(scene: Scene, row: Referral, at: datetime) -> Any:
    return scene.stage.actor(row.to.code, at)


def _send(scene: Scene, _: Item, row: Referral, at: datetime) -> Referral:
    return operations.send(referral=row, by=_sender(scene, row, at), at=at)


def _receive(scene: Scene, _: Item, row: Referral, at: datetime) -> Referral:
    return operations.receive(referral=row, by=_receiver(scene, row, at), at=at)


def _accept(scene: Scene, _: Item, row: Referral, at: datetime) -> Referral:
    return operations.accept(referral=row, by=_receiver(scene, row, at), at=at)


def _schedule(scene: Scene, item: Item, row: Referral, at: datetime) -> Referral:
    visit = item.values.get("visit", at + NEXT_DAY)
    return operations.schedule(referral=row, by=_receiver(scene, row, at), at=at, starts_at=visit)


def _see(scene: Scene, _: Item, row: Referral, at: datetime) -> Referral:
    return operations.see(referral=row, by=_receiver(scene, row, at), at=at)


def _report(scene: Scene, _: Item, row: Referral, at: datetime) -> Referral:
    return operations.report(referral=row, by=_receiver(scene, row, at), at=at, outcome_note=REASON)


def _close(scene: Scene, _: Item, row: Referral, at: datetime) -> Referral:
    return operations.review(referral=row, by=_sender(scene, row, at), at=at, review_note=REASON)


def _out(scene: Scene, item: Item, row: Referral, wanted: str, at: datetime) -> Referral:
    """Declined by the receiving side, or cancelled by the sending one; what was taken on, the receiving side confirms."""
    del item
    if wanted == "declined":
        return operations.decline(referral=row, by=_receiver(scene, row, at), at=at, words=REASON)
    if row.state in {State.DRAFT, State.SENT, State.DECLINED}:
        return operations.cancel(referral=row, by=_sender(scene, row, at), at=at, words=REASON)
    asked = operations.request_cancellation(referral=row, by=_sender(scene, row, at), at=at, words=REASON)
    return operations.confirm_cancellation(referral=asked, by=_receiver(scene, row, at), at=at)


Move = Callable[[Scene, Item, Referral, datetime], Referral]
MOVES: Mapping[str, Move] = {
    "sent": _send, "received": _receive, "accepted": _accept, "scheduled": _schedule, "seen": _see, "reported": _report,
    "closed": _close,
}  # fmt: skip
