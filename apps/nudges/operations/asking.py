"""What a matter does with its nudge: ask, press harder, add words, settle, withdraw."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.audit import operations as audit
from apps.audit.agents import Agent
from apps.nudges import ladder, times
from apps.nudges.models import RANK, Delivery, Nudge, Policy
from apps.nudges.operations.climbing import climb
from apps.nudges.operations.outbox import put, told, withdraw_unsent
from apps.patients.models import Patient
from apps.patients.operations.recording import note

Kind = Delivery.Kind
State = Nudge.State


@transaction.atomic
def ask(
    *,
    patient: Patient,
    by: Actor,
    at: datetime,
    topic: str,
    title: str,
    link: str,
    severity: str,
    asks: Sequence[str],
    dedup_key: str,
    acknowledge_within: str = "",
    act_within: str = "",
    advice: str = "",
    informs: Sequence[str] = (),
    named: UUID | None = None,
    addressees: Sequence[UUID] = (),
) -> Nudge:
    """Ask the first person of the ladder to look at a matter, and tell others for information.

    `asks` and `informs` are disciplines in order; the times are spans of `times`, those of the severity unless said. Call it
    in the transaction that opens the matter. Asking again under the same `dedup_key` while the first one is unfinished gives
    that one back.
    `named` has the matter already and is asked first. `addressees` may be asked although they do not see the patient, in
    this order, each for their own discipline: what `link` shows them is for the matter to limit. Raises BadSpan.
    """
    found = Nudge.objects.unfinished().filter(patient=patient, dedup_key=dedup_key).first()
    if found is not None:
        return found
    policy = Policy.objects.get(severity=severity)
    acknowledge_within = acknowledge_within or policy.acknowledge_within
    act_within = act_within or policy.act_within
    addressees = list(dict.fromkeys(addressees))
    everybody = ladder.people(patient, at, named=named, addressees=addressees)
    calendar = everybody.calendar
    acknowledge_by = times.after(at, acknowledge_within, calendar)
    nudge = Nudge.objects.create(
        patient=patient, topic=topic, title=title, advice=advice, link=link, severity=severity, asks=list(asks),
        informs=list(informs), named_id=named, addressees=addressees, acknowledge_within=acknowledge_within,
        act_within=act_within, policy=_snapshot(policy), next_step_at=at, rung_at=at, acknowledge_by=acknowledge_by,
        act_by=max(acknowledge_by, times.after(at, act_within, calendar)), opened_at=at, dedup_key=dedup_key,
    )  # fmt: skip
    more = [field for field in ("named", "addressees") if getattr(nudge, field)]
    changes = audit.created(nudge, "topic", "severity", "act_by", *more)
    note(nudge, by=by, at=at, verb="nudges.open", changes=changes)
    nudge.just_made = True
    climb(nudge=nudge, by=by, at=at, everybody=everybody)
    _inform(nudge, everybody, by=by, at=at)
    nudge.just_made = False
    return nudge


def _snapshot(policy: Policy) -> dict[str, Any]:
    names = ("reminders", "next_rung", "later_rungs", "copies_coordinators")
    return {name: getattr(policy, name) for name in names}


def _inform(nudge: Nudge, everybody: ladder.People, *, by: Agent, at: datetime, besides: Collection[UUID] = ()) -> None:
    """Tell one person of each discipline that is to know; they are not asked for anything."""
    seen = {nudge.owner_id, *besides}
    for wanted in nudge.informs:
        first = next((one for one in everybody.of(wanted) if one.reachable and one.user.pk not in seen), None)
        if first is not None:
            seen.add(first.user.pk)
            put(nudge, first, Kind.INFORM, at, by=by)


@transaction.atomic
def upgrade(
    *,
    nudge: Nudge,
    by: Actor,
    at: datetime,
    severity: str,
    words: str,
    acknowledge_within: str,
    act_within: str,
    asks: Sequence[str] = (),
    informs: Sequence[str] = (),
) -> Nudge:
    """Press harder in place: a higher severity, a new clock, the first rung asked anew, everybody told.

    Who had acknowledged the lesser thing has not acknowledged this one. Raises BadSpan. Does nothing to a finished nudge
    or when the severity is not higher.
    """
    nudge = Nudge.locked(nudge)
    if not nudge.unfinished or RANK[severity] >= RANK[nudge.severity]:
        return nudge
    everybody, before = ladder.around(nudge, at), nudge.severity
    calendar = everybody.calendar
    acknowledge_by = times.after(at, acknowledge_within, calendar)
    others = told(nudge)
    withdraw_unsent(nudge, why="pressed harder meanwhile")
    changes = nudge.change(
        severity=severity, policy=_snapshot(Policy.objects.get(severity=severity)), state=State.OPEN,
        acknowledge_within=acknowledge_within, act_within=act_within, acknowledge_by=acknowledge_by,
        act_by=max(acknowledge_by, times.after(at, act_within, calendar)), acknowledged_at=None, offered_to=None,
        round=nudge.round + 1, asks=list(asks) or nudge.asks, informs=list(informs) or nudge.informs, next_step_at=at,
        reminders_sent=0,
    )  # fmt: skip
    note(nudge, by=by, at=at, verb="nudges.upgrade", changes={"severity": (before, severity), **changes})
    climb(nudge=nudge, by=by, at=at, everybody=everybody)
    _tell(nudge, others, words, by=by, at=at, besides=nudge.owner_id)
    _inform(nudge, everybody, by=by, at=at, besides={user.pk for user in others})
    return nudge


@transaction.atomic
def add_words(*, nudge: Nudge, by: Actor, at: datetime, words: str) -> Nudge:
    """Tell the owner that there is more to the matter than when they were asked.

    Nothing for a finished nudge, whose owner may be off duty by now: the matter asks anew then.
    """
    nudge = Nudge.locked(nudge)
    if nudge.unfinished and nudge.owner is not None:
        _tell(nudge, [nudge.owner], words, by=by, at=at)
    return nudge


@transaction.atomic
def tell(
    *, nudge: Nudge, users: Collection[UUID], by: Actor, at: datetime, words: str, inbox_only: bool = True
) -> Nudge:
    """Tell people how the matter goes on, as far as they may hear of it; they are asked for nothing.

    Also of a finished nudge: whoever waits for an answer wants to know that it was given.
    """
    if not users:
        return nudge
    nudge = Nudge.locked(nudge)
    _tell(nudge, list(User.objects.filter(pk__in=users, is_active=True).select_related("home_site")), words, by=by, at=at,
          besides=by.user_id, inbox_only=inbox_only)  # fmt: skip
    return nudge


@transaction.atomic
def settle(*, nudge: Nudge, by: Actor, at: datetime, words: str) -> Nudge:
    """The matter was acted upon: nobody is asked any more, and whoever was asked is told. Called by the matter only."""
    return _end(nudge, State.ACTIONED, words, by=by, at=at, verb="nudges.settle")


@transaction.atomic
def cancel(*, nudge: Nudge, by: Actor, at: datetime, words: str) -> Nudge:
    """The matter is gone: nobody is asked any more, and whoever was told is told so. Called by the matter only."""
    return _end(nudge, State.CANCELLED, words, by=by, at=at, verb="nudges.cancel")


def _end(nudge: Nudge, state: str, words: str, *, by: Actor, at: datetime, verb: str) -> Nudge:
    nudge = Nudge.locked(nudge)
    if not nudge.unfinished:
        return nudge
    withdraw_unsent(nudge, why=f"{state} meanwhile")
    changes = nudge.change(state=state, next_step_at=None, offered_to=None, ended_at=at, end_reason=words[:300])
    note(nudge, by=by, at=at, verb=verb, changes=changes)
    asked = {*nudge.rungs.values_list("user_id", flat=True), nudge.owner_id}
    everybody = told(nudge)
    _tell(nudge, [one for one in everybody if one.pk in asked], words, by=by, at=at, besides=by.user_id)
    # Whoever was only informed finds the good end in the inbox, and one mail less; a withdrawal they must hear of.
    quietly = state == State.ACTIONED
    others = [one for one in everybody if one.pk not in asked]
    _tell(nudge, others, words, by=by, at=at, besides=by.user_id, inbox_only=quietly)
    return nudge


def _tell(
    nudge: Nudge,
    users: Sequence[Any],
    words: str,
    *,
    by: Agent,
    at: datetime,
    besides: Any = None,
    inbox_only: bool = False,
) -> None:
    """A message to each, as far as they may still hear of it; what became of a thing is never an emergency by itself."""
    users = [user for user in users if user.pk != besides]
    if not users:
        return
    hearing = ladder.may_hear(nudge, {user.pk for user in users}, at)
    for person in ladder.recipients([user for user in users if user.pk in hearing]):
        put(nudge, person, Kind.TOLD, at, by=by, words=words[:300], inbox_only=inbox_only)
