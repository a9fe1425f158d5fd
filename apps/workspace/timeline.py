"""Who may read which part of the audit record, and what it tells about a matter."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.accounts.permissions import Permission, Role
from apps.audit.models import AuditEvent
from apps.escalation.models import Escalation
from apps.nudges.models import Delivery, Nudge, Rung
from apps.patients.models import Patient


def events_visible_to(actor: Actor) -> QuerySet[AuditEvent]:
    """The record of patients that the actor may see, for whoever may read the record; and that of accounts and rosters at
    the sites where they may.

    An administrator sees who did what to accounts, never whose patient was read.
    """
    sites = actor.sites_where(Permission.AUDIT_READ)
    if not sites:
        return AuditEvent.objects.none()
    of_sites = Q(site_id__in=sites, patient_id__isnull=True)
    if actor.roles.keys() & {Role.COORDINATOR, Role.SERVICE}:
        patients = Patient.objects.visible_to(actor).filter(site__in=sites).values("pk")
        of_sites |= Q(patient_id__in=patients)
    return AuditEvent.objects.filter(of_sites)


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `kind` is good, bad, asked or plain, for whoever draws it."""

    at: datetime
    words: str
    detail: str = ""
    kind: str = "plain"


#: What is said of an audit event: of the event, the name of who did it, and the row that it is about.
Teller = Callable[[AuditEvent, str, Any], Entry | None]


def matter_timeline(matter: Escalation) -> list[Entry]:
    """Who was asked what, when and how, and what they did, in order. Read from the audit record; the words that it
    withholds come from the rows it points at. Show it only to whoever sees the patient.
    """
    rows = _rows(matter)
    events = AuditEvent.objects.filter(
        patient_id__in=_records(matter), subject_id__in=[pk for pk in rows if pk], read_ids=[]
    ).order_by("at", "position")
    found = [event for event in events if event.verb in TELLERS]
    ids = {event.actor_id for event in found if event.actor_id is not None}
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))
    told = [
        TELLERS[event.verb](
            event, names.get(event.actor_id, "careteam") if event.actor_id else "careteam", rows[event.subject_id]
        )
        for event in found
    ]
    return [entry for entry in told if entry is not None]


def _records(matter: Escalation) -> list[Any]:
    """The patient's record and those that were merged into it: what was written down before stands under them."""
    merged = Patient.objects.filter(merged_into=matter.patient_id).values_list("pk", flat=True)
    return [matter.patient_id, *merged]


def _rows(matter: Escalation) -> dict[Any, Any]:
    """Everything that the record of a matter speaks about, by id."""
    rows: dict[Any, Any] = {matter.pk: matter}
    nudges = [
        event.changes.get("nudge", [None, None])[1]
        for event in AuditEvent.objects.filter(patient_id__in=_records(matter), subject_id=matter.pk)
        if isinstance(event.changes.get("nudge"), list)
    ]
    ids = [pk for pk in [*nudges, matter.nudge_id] if pk]
    of = Q(nudge__in=ids)
    for nudge in Nudge.objects.filter(pk__in=ids).prefetch_related("responses__to"):
        rows[nudge.pk] = nudge
    for rung in Rung.objects.filter(of).select_related("user", "discipline"):
        rows[rung.pk] = rung
    for delivery in Delivery.objects.filter(of).select_related("recipient"):
        rows[delivery.pk] = delivery
    return rows


def _opened(event: AuditEvent, who: str, matter: Escalation) -> Entry:
    words = (
        f"{matter.criterion_version.criterion.code} {matter.criterion_version.name} ({event.changes['severity'][1]})"
    )
    if event.verb == "escalation.state":
        return Entry(event.at, f"{who} said that {words} is met", matter.reason, "bad")
    return Entry(event.at, f"{words} opened", _came(matter, event), "bad")


def _more(event: AuditEvent, _who: str, matter: Escalation) -> Entry:
    return Entry(event.at, "There was more evidence", _came(matter, event), "bad")


def _came(matter: Escalation, event: AuditEvent) -> str:
    """The facts that came then; circumstances are no news."""
    return "; ".join(row.words for row in matter.evidence.all() if row.added_at == event.at and not row.context)


def _rung(event: AuditEvent, _who: str, rung: Rung) -> Entry:
    what = rung.discipline.name if rung.discipline is not None else "Coordination"
    if rung.user is None:
        return Entry(event.at, f"{what}: there is nobody to ask", "The next one was asked at once.", "bad")
    if rung.why == Rung.Why.UNREACHABLE:
        return Entry(event.at, f"{what}: {rung.user.name} cannot be reached", "The next one was asked at once.", "bad")
    return Entry(
        event.at, f"{rung.user.name} was asked ({what})", f"{rung.user.name} {rung.get_why_display()}.", "asked"
    )


def _put(event: AuditEvent, _who: str, delivery: Delivery) -> Entry | None:
    if delivery.kind == Delivery.Kind.ASK:
        # The rung says already who was asked, and why it was them.
        return None
    name = delivery.recipient.name
    words = {
        Delivery.Kind.REMINDER: f"{name} was reminded",
        Delivery.Kind.OFFER: f"Offered to {name}",
        Delivery.Kind.INFORM: f"{name} was informed; no action needed",
        Delivery.Kind.TOLD: f"{name} was told what became of it",
    }[Delivery.Kind(delivery.kind)]
    return Entry(event.at, words, delivery.words)


def _sent(event: AuditEvent, _who: str, delivery: Delivery) -> Entry:
    what = delivery.get_kind_display().lower()
    return Entry(event.at, f"{delivery.get_channel_display()} to {delivery.recipient.name} left ({what})")


def _not_sent(event: AuditEvent, _who: str, delivery: Delivery) -> Entry:
    channel, name = delivery.get_channel_display(), delivery.recipient.name
    failed = event.verb == "nudges.failed"
    words = f"{channel} to {name} was refused" if failed else f"{channel} to {name} was not needed any more"
    return Entry(event.at, words, delivery.last_error, "bad" if failed else "plain")


def _answered(event: AuditEvent, who: str, nudge: Nudge) -> Entry:
    kind = event.verb.removeprefix("nudges.")
    near = [
        row for row in nudge.responses.all() if row.kind == kind and row.at == event.at and row.by_id == event.actor_id
    ]
    response = near[0] if near else None
    how = f"by {response.get_via_display()}" if response is not None else ""
    reason = response.reason if response is not None else ""
    if kind == "acknowledge":
        return Entry(event.at, f"{who} has it", how, "good")
    if kind == "decline":
        return Entry(event.at, f"{who} cannot take it", reason, "bad")
    to = response.to.name if response is not None and response.to is not None else "somebody"
    return Entry(event.at, f"{who} offers it to {to}", reason)


def _read(event: AuditEvent, who: str, _delivery: Delivery) -> Entry:
    return Entry(event.at, f"{who} has read what they were told")


def _acted(event: AuditEvent, who: str, matter: Escalation) -> Entry:
    said = [row.words for row in matter.actions.all() if row.at == event.at]
    return Entry(event.at, f"{who} recorded what was done", " ".join(said), "good")


def _referred(event: AuditEvent, who: str, matter: Escalation) -> Entry:
    said = [row.words for row in matter.actions.all() if row.at == event.at and row.referral_id is not None]
    return Entry(event.at, f"{who} wrote a referral because of it", " ".join(said))


def _ended(event: AuditEvent, who: str, matter: Escalation) -> Entry:
    words = f"Closed by {who}" if event.verb == "escalation.close" else matter.get_state_display()
    return Entry(event.at, words, matter.end_reason, "good")


def _plainly(words: str, kind: str = "plain") -> Teller:
    def tell(event: AuditEvent, who: str, _row: Any) -> Entry:
        return Entry(event.at, words.format(who=who), "", kind)

    return tell


def _pressed(event: AuditEvent, _who: str, matter: Escalation) -> Entry:
    return Entry(event.at, f"It presses harder: {event.changes['severity'][1]}", matter.reason, "bad")


TELLERS: dict[str, Teller] = {
    "escalation.open": _opened,
    "escalation.state": _opened,
    "escalation.state_again": _plainly("{who} said again that it is met", "bad"),
    "escalation.add_evidence": _more,
    "escalation.upgrade": _pressed,
    "escalation.act": _acted,
    "escalation.refer": _referred,
    "escalation.referred": _plainly("The referral was sent: nobody is asked about it any more", "good"),
    "escalation.referral_ended": _plainly("The referral has ended, and the patient was not seen", "bad"),
    "escalation.close": _ended,
    "escalation.cleared": _ended,
    "escalation.withdrawn": _ended,
    "escalation.end_with_care": _ended,
    "nudges.rung": _rung,
    "nudges.exhaust": _plainly("Nobody is left to ask", "bad"),
    "nudges.acknowledgement_ran_out": _plainly("The time to act has passed: it is open again", "bad"),
    "nudges.acknowledge": _answered,
    "nudges.decline": _answered,
    "nudges.hand_over": _answered,
    "nudges.read_notice": _read,
    **{f"nudges.{kind}": _put for kind in Delivery.Kind.values},
    "nudges.sent": _sent,
    "nudges.failed": _not_sent,
    "nudges.withdraw": _not_sent,
}
