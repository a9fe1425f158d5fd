"""The calendar of what is due, for a calendar program that knows its secret address (iCalendar, RFC 5545).

An entry never says who the patient is: it carries the last four digits of the patient's id and an address that opens for whoever
may see them. Nothing that a person has typed stands in it either, because names are typed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import structlog
from django.conf import settings
from django.http import Http404, HttpResponse
from drf_spectacular.utils import extend_schema
from icalendar import Calendar, Event
from rest_framework.request import Request

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.accounts.secrets import digest_of
from apps.audit import operations as audit
from apps.knowledge.shelf import shelf
from apps.patients.models import Patient
from apps.plans.dressing import dress
from apps.plans.models import CalendarFeed, MonitoringItem, ResponseReview
from apps.plans.papers import Paper
from apps.plans.summaries.words import day
from apps.rest.authentication import request_id
from apps.rest.policy import Public

#: How far ahead a calendar reaches.
AHEAD = timedelta(days=400)
#: Entries of each kind, the earliest first. Beyond that a calendar says that there is more.
MOST = 2000
#: How exactly it is noted when an address was last used.
USED = timedelta(hours=1)
READ_AGAIN = timedelta(hours=1)
DAY = timedelta(days=1)
REFERENCE = 4


@dataclass(frozen=True)
class Entry:
    """One thing that is due on one day."""

    uid: str
    on: date
    summary: str
    description: str
    categories: tuple[str, ...]
    url: str


@extend_schema(exclude=True)
class DueCalendar(Paper):
    """What is due for the patients that the owner of this address sees at this moment."""

    policy = Public(
        "The address holds a secret of 256 random bits that its owner made and can revoke; it names no patient."
    )
    authentication_classes = ()
    http_method_names = ("get", "head")

    def get(self, request: Request, secret: str) -> HttpResponse:
        """The calendar; 404 alike for an unknown address, a revoked one, and one whose owner is not active any more."""
        feed = CalendarFeed.objects.filter(digest=digest_of(secret), revoked_at__isnull=True).first()
        users = User.objects.with_access().select_related("home_site")
        user = users.filter(pk=feed.user_id, is_active=True).first() if feed is not None else None
        if feed is None or user is None:
            raise Http404
        structlog.contextvars.bind_contextvars(actor=str(user.pk))
        actor, at = user.actor(request_id=request_id(request)), user.read_at
        entries, patients = entries_for(actor, user.home_site.local_date(at), at)
        _note(feed, actor, at, patients)
        return HttpResponse(
            written(entries, at), content_type="text/calendar; charset=utf-8",
            headers={"Content-Disposition": 'inline; filename="careteam.ics"', "Cache-Control": "no-store"},
        )  # fmt: skip


def _note(feed: CalendarFeed, actor: Actor, at: datetime, patients: set[Patient]) -> None:
    """Record whose dues were read, and that the address is in use."""
    if patients:
        ids = sorted(patient.pk for patient in patients)
        audit.record_read(
            by=actor, at=at, verb="plans.read_calendar", subject_type="patients.patient", ids=ids,
            patient_id=ids[0] if len(ids) == 1 else None,
        )  # fmt: skip
    if feed.last_used_at is None or at - feed.last_used_at >= USED:
        CalendarFeed.objects.filter(pk=feed.pk).update(last_used_at=at)


def entries_for(actor: Actor, today: date, at: datetime) -> tuple[list[Entry], set[Patient]]:
    """What is due around `today` for the patients whom the actor sees, and who they are. Three queries, however many."""
    until = today + AHEAD
    items = list(
        MonitoringItem.objects.visible_to(actor)
        .filter(ended_at__isnull=True, due_on__lte=until)
        .select_related("panel", "patient__site")
        .order_by("due_on", "id")[: MOST + 1]
    )
    reviews = list(
        ResponseReview.objects.visible_to(actor)
        .filter(state=ResponseReview.State.SCHEDULED, due_on__lte=until)
        .select_related("medicine", "patient__site")
        .order_by("due_on", "id")[: MOST + 1]
    )
    known = shelf()
    dress(items, known, "panel")
    dress(reviews, known, "medicine")
    shown = [*items[:MOST], *reviews[:MOST]]
    more = [_more(today)] if max(len(items), len(reviews)) > MOST else []
    return [*more, *(_entry(row, at) for row in shown)], {row.patient for row in shown}


def _entry(row: MonitoringItem | ResponseReview, at: datetime) -> Entry:
    """An entry of its day; of today when that day is over, since nobody turns a calendar back."""
    found = _of_item(row, at) if isinstance(row, MonitoringItem) else _of_review(row)
    return replace(found, on=max(found.on, row.patient.site.local_date(at)))


def _of_item(row: MonitoringItem, at: datetime) -> Entry:
    """Whether it is overdue goes by the calendar on the wall at the patient's site."""
    overdue = row.overdue_from <= row.patient.site.local_date(at)
    lines = [_reason(one) for one in row.why]
    lines.append(f"Last done on {day(row.last_on)}." if row.last_on else "Not done yet, as far as is known here.")
    if overdue:
        lines.append(f"Overdue since {day(row.overdue_from)}.")
    return Entry(
        uid=f"{row.pk}@careteam", on=row.due_on, url=_address(row.patient),
        summary=f"{row.panel.name} {'overdue' if overdue else 'due'} ({reference(row.patient)})",
        description=_description(lines, row.patient), categories=("Monitoring", "Overdue") if overdue else ("Monitoring",),
    )  # fmt: skip


def _of_review(row: ResponseReview) -> Entry:
    lines = [f"Has {row.medicine.name} helped? It was begun on {day(row.started_on)}.", f"Why then: {row.citation}."]
    lines.append(f"Due on {day(row.due_on)}.")
    return Entry(
        uid=f"{row.pk}@careteam", on=row.due_on, url=_address(row.patient),
        summary=f"Review of the response to {row.medicine.name} due ({reference(row.patient)})",
        description=_description(lines, row.patient), categories=("Review",),
    )  # fmt: skip


def _more(today: date) -> Entry:
    return Entry(
        uid="more@careteam", on=today, url=_link("/"), summary="More is due than this calendar holds",
        description=f"It holds the first {MOST} entries of each kind. The rest stands in careteam.", categories=("Monitoring",),
    )  # fmt: skip


def _reason(one: dict[str, object]) -> str:
    """Why it is due: the words, how often, and where that comes from."""
    every = f", every {one['every_days']} days" if one.get("every_days") else ""
    citation = f" ({one['citation']})" if one.get("citation") else ""
    return f"Why: {one.get('words', '')}{every}{citation}."


def _description(lines: Iterable[str], patient: Patient) -> str:
    return "\n".join([*lines, f"Who it is about ({reference(patient)}): {_address(patient)}"])


def reference(patient: Patient) -> str:
    """Four characters by which entries about one patient can be told from those about another. They lead nowhere."""
    return patient.pk.hex[-REFERENCE:].upper()


def _address(patient: Patient) -> str:
    return _link(f"/plans/{patient.pk}/")


def _link(path: str) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"


def written(entries: Iterable[Entry], at: datetime) -> bytes:
    """The calendar as a file. Entries are whole days, which no time zone moves, and leave their reader free."""
    calendar = Calendar()
    for name, value in (("prodid", "-//careteam//due//EN"), ("version", "2.0"), ("calscale", "GREGORIAN")):
        calendar.add(name, value)
    calendar.add("x-wr-calname", "careteam: what is due")
    calendar.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry, at))
    return bytes(calendar.to_ical())


def _event(entry: Entry, at: datetime) -> Event:
    event = Event()
    values = {
        "uid": entry.uid, "dtstamp": at, "dtstart": entry.on, "dtend": entry.on + DAY, "summary": entry.summary,
        "description": entry.description, "categories": list(entry.categories), "url": entry.url, "status": "CONFIRMED",
        "transp": "TRANSPARENT",
    }  # fmt: skip
    for name, value in values.items():
        event.add(name, value)
    return event
