"""Putting messages into the outbox."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from apps.accounts.models import User
from apps.audit import operations as audit
from apps.audit.agents import Agent
from apps.common import due
from apps.nudges.ladder import Candidate
from apps.nudges.models import RANK, Delivery, Nudge, Severity
from apps.teams.models import Member

Channel = Member.Channel
#: What a person is to answer.
ANSWERABLE = frozenset({Delivery.Kind.ASK, Delivery.Kind.REMINDER, Delivery.Kind.OFFER})
#: The rank of what leaves before everything else: a person is asked about an emergency.
FIRST = 0


def put(
    nudge: Nudge,
    candidate: Candidate,
    kind: str,
    at: datetime,
    *,
    by: Agent,
    words: str = "",
    inbox_only: bool = False,
) -> list[Delivery]:
    """One message over each of the person's channels; the inbox has it at once. The nudge is locked.

    `words` go into the mail: never what a person has typed, in which a patient may be named.
    """
    channels = (Channel.IN_APP.value,) if inbox_only else tuple(dict.fromkeys(candidate.channels))
    # Nobody was told anything yet about a nudge that was just made.
    said = Delivery.objects.filter(nudge=nudge, kind=kind, recipient=candidate.user, channel=channels[0])
    before = 0 if nudge.just_made else said.count()
    rows = [_row(nudge, candidate, kind, channel, at, words, before + 1) for channel in channels]
    rows = Delivery.objects.bulk_create(rows)
    audit.record(
        by=by, at=at, verb=f"nudges.{kind}", subject=rows[0], patient_id=nudge.patient_id,
        site_id=nudge.patient.site_id,
        changes={**audit.created(rows[0], "nudge", "recipient", "kind"), "channel": (None, list(channels))},
    )  # fmt: skip
    if any(row.channel != Channel.IN_APP for row in rows):
        due.wake("nudges.emergencies" if rows[0].rank == FIRST else "nudges.deliveries")
    return rows


def rank_of(severity: str, kind: str) -> int:
    """The order in which messages leave: by severity, and whoever is asked before whoever is told."""
    return 2 * RANK[severity] + (kind not in ANSWERABLE)


def _row(
    nudge: Nudge, candidate: Candidate, kind: str, channel: str, at: datetime, words: str, number: int
) -> Delivery:
    inbox = channel == Channel.IN_APP
    parts = (nudge.pk, nudge.round, nudge.step, kind, candidate.user.pk, channel, number)
    return Delivery(
        nudge=nudge,
        recipient=candidate.user,
        channel=channel,
        kind=kind,
        severity=nudge.severity,
        rank=rank_of(nudge.severity, kind),
        round=nudge.round,
        words=words,
        send_key="/".join(str(part) for part in parts),
        state=Delivery.State.DELIVERED if inbox else Delivery.State.QUEUED,
        queued_at=at,
        due_at=at if inbox else not_before(candidate.member, nudge.severity, at),
        sent_at=at if inbox else None,
    )


def not_before(member: Member | None, severity: str, at: datetime) -> datetime:
    """When a message may leave: quiet hours hold back what is neither an emergency nor urgent."""
    if member is None or severity in {Severity.EMERGENCY, Severity.URGENT} or not member.is_quiet(at):
        return at
    assert member.quiet_until is not None  # noqa: S101 - quiet hours have both ends
    local = at.astimezone(member.zone)
    end = datetime.combine(local.date(), member.quiet_until, tzinfo=member.zone)
    return (
        end if end > at else datetime.combine(local.date() + timedelta(days=1), member.quiet_until, tzinfo=member.zone)
    )


def withdraw_unsent(nudge: Nudge, *, kinds: Iterable[str] = (), only: UUID | None = None, why: str) -> int:
    """Take back messages that have not left: whoever has answered is not asked again. Returns how many."""
    rows = Delivery.objects.filter(nudge=nudge, state=Delivery.State.QUEUED)
    if kinds:
        rows = rows.filter(kind__in=list(kinds))
    if only is not None:
        rows = rows.filter(recipient=only)
    return rows.update(state=Delivery.State.CANCELLED, last_error=why)


def told(nudge: Nudge) -> list[User]:
    """Everybody to whom something about the nudge has left."""
    left = [Delivery.State.SENT, Delivery.State.DELIVERED, Delivery.State.LEASED]
    ids = Delivery.objects.filter(nudge=nudge, state__in=left).values("recipient")
    return list(User.objects.filter(pk__in=ids, is_active=True).select_related("home_site").order_by("username"))
