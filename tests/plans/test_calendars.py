"""The calendar of what is due: what stands in it, for whom, and that it gives nobody's name away."""

import io
import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar
from rest_framework.test import APIClient

from apps.accounts import operations as accounts
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.knowledge.models import Panel
from apps.patients.models import Patient
from apps.plans import calendars, operations
from apps.plans.models import CalendarFeed, MonitoringItem, ResponseReview
from apps.teams import operations as teams
from apps.teams.models import Membership
from careteam.logs import logging_config
from tests.cast import Cast, Persona
from tests.plans.printing import begun, first_plan, followed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
Later = Callable[[timedelta], None]


def feed_of(persona: Persona) -> tuple[CalendarFeed, str]:
    """A calendar of somebody's, and its address."""
    row, secret = operations.open_feed(by=persona.actor, at=app_now(), name="Phone")
    return row, f"/calendar/{secret}.ics"


def read(address: str) -> list[Any]:
    """The entries, as a calendar program reads them; it carries no token and no session."""
    answer = APIClient().get(address)
    assert answer.status_code == 200, answer.content
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def said(event: Any, name: str) -> str:
    return str(event[name])


def today(cast: Cast) -> date:
    return cast.site.local_date(app_now())


def due(patient: Patient, on: date, panel: str = "fbc", **values: Any) -> MonitoringItem:
    """A panel that is due on a day, written past the schedules: only its day matters here."""
    return MonitoringItem.objects.create(
        patient=patient, panel=Panel.objects.get(code=panel), due_on=on, overdue_from=on + 6 * DAY, began_at=app_now(),
        every_days=30, why=[{"words": "methotrexate since 2026-01-05", "citation": "S0-32 [S]", "every_days": 30}], **values,
    )  # fmt: skip


def test_what_follows_from_a_plan_stands_in_the_calendar_of_a_member(cast: Cast) -> None:
    story = begun(cast)
    version = followed(story, first_plan(story))
    MonitoringItem.objects.update(due_on=today(cast), overdue_from=today(cast) + 6 * DAY, last_on=date(2026, 3, 2))
    review = version.plan.reviews.get(medicine__code="prednisone")
    ResponseReview.objects.filter(pk=review.pk).update(due_on=today(cast) + DAY)
    events = {said(event, "UID"): event for event in read(feed_of(cast.rheumatologist)[1])}
    item = MonitoringItem.objects.get(panel__code="fbc")
    reference, link = story.patient.pk.hex[-4:].upper(), f"{settings.PUBLIC_URL}/plans/{story.patient.pk}/"
    bloods = events[f"{item.pk}@careteam"]
    assert said(bloods, "SUMMARY") == f"Full blood count due ({reference})"
    assert said(bloods, "DESCRIPTION").split("\n") == [
        "Why: methotrexate since 2026-01-05, every 30 days (S0-32, LP [S]).", "Last done on 2 March 2026.",
        f"Who it is about ({reference}): {link}",
    ]  # fmt: skip
    assert (said(bloods, "URL"), said(bloods, "STATUS"), said(bloods, "TRANSP")) == (link, "CONFIRMED", "TRANSPARENT")
    assert bloods.categories == ["Monitoring"]
    response = events[f"{review.pk}@careteam"]
    assert said(response, "SUMMARY") == f"Review of the response to Prednisone due ({reference})"
    assert response["DTSTART"].dt == today(cast) + DAY
    assert response.categories == ["Review"]


def test_an_entry_is_a_whole_day_that_no_time_zone_moves(cast: Cast) -> None:
    row = due(cast.patient, today(cast) + DAY)
    (event,) = read(feed_of(cast.therapist)[1])
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (row.due_on, row.due_on + DAY)
    assert event["DTSTART"].params == event["DTEND"].params == {"VALUE": "DATE"}
    assert event["DTSTAMP"].dt.tzinfo is not None


def test_an_entry_keeps_its_name_when_its_day_moves(cast: Cast) -> None:
    row, address = due(cast.patient, today(cast)), feed_of(cast.therapist)[1]
    before = said(read(address)[0], "UID")
    MonitoringItem.objects.filter(pk=row.pk).update(due_on=today(cast) + 30 * DAY, overdue_from=today(cast) + 36 * DAY)
    (event,) = read(address)
    assert (said(event, "UID"), event["DTSTART"].dt) == (before, today(cast) + 30 * DAY)


@pytest.mark.parametrize(("zone", "words"), [("Pacific/Kiritimati", "overdue"), ("Pacific/Pago_Pago", "due")])
def test_it_is_overdue_by_the_calendar_on_the_wall_of_the_patient_s_site(cast: Cast, zone: str, words: str) -> None:
    site = accounts.open_site(by=cast.by, at=app_now(), code="island", name="Island", time_zone=zone)
    person = cast.person("islander", Role.COORDINATOR, site=site)
    patient = cast.patient_of("Islander", site=site)
    # Overdue from the 3rd: at 11:00 UTC of the 2nd it is the 3rd in Kiritimati (UTC+14), and the 2nd in Pago Pago (UTC−11).
    at = datetime(2026, 3, 2, 11, tzinfo=UTC)
    due(patient, date(2026, 2, 25))
    entries, _ = calendars.entries_for(person.actor, date(2026, 3, 2), at)
    assert [entry.summary.split(" (")[0] for entry in entries] == [f"Full blood count {words}"]
    assert ("Overdue since 3 March 2026." in entries[0].description) == (words == "overdue")
    assert ("Overdue" in entries[0].categories) == (words == "overdue")


def test_nothing_in_the_file_says_who_it_is_about(cast: Cast) -> None:
    born, number = date(1971, 8, 17), "L-77321"
    story = begun(
        cast, family="Quetzal", given_name="Zerubabel", birth_date=born,
        identifiers=[{"system": "https://linden.example/mrn", "value": number}],
    )  # fmt: skip
    followed(story, first_plan(story, summary="Zerubabel asked for it.", goals=[{"text": "Zerubabel climbs stairs"}]))
    MonitoringItem.objects.update(due_on=today(cast), overdue_from=today(cast) + DAY)
    ResponseReview.objects.update(due_on=today(cast))
    answer = APIClient().get(feed_of(cast.rheumatologist)[1])
    unfolded = answer.content.decode().replace("\r\n ", "")
    assert unfolded.count("BEGIN:VEVENT") > 5
    for secret in ("quetzal", "zerubabel", number.lower(), "19710817", "1971-08-17", "17 august", "linden"):
        assert secret not in unfolded.lower(), secret
    assert answer.headers["Content-Disposition"] == 'inline; filename="careteam.ics"'


def test_the_file_is_as_the_standard_wants_it(cast: Cast) -> None:
    due(cast.patient, today(cast), panel="core_set", last_on=date(2026, 1, 5))
    answer = APIClient().get(feed_of(cast.therapist)[1])
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    lines = answer.content.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert all(len(line) <= 75 for line in lines)
    assert any(line.startswith(b" ") for line in lines)
    assert b"\n" not in answer.content.replace(b"\r\n", b"")
    calendar = Calendar.from_ical(answer.content)
    assert (calendar["VERSION"], calendar["PRODID"]) == ("2.0", "-//careteam//due//EN")
    for event in calendar.walk("VEVENT"):
        assert {"UID", "DTSTAMP", "DTSTART"} <= set(event)
        assert event.errors == []


def test_what_is_overdue_stands_on_today_however_old_it_is_and_the_calendar_reaches_400_days_ahead(cast: Cast) -> None:
    days = {"fbc": -361, "lft": -60, "renal": 400, "ck": 401}
    for panel, shift in days.items():
        due(cast.patient, today(cast) + shift * DAY, panel)
    due(cast.patient, today(cast), "ecg", ended_at=app_now())
    shown = {said(event, "SUMMARY").split(" (")[0] for event in read(feed_of(cast.therapist)[1])}
    assert shown == {"Full blood count overdue", "Liver tests overdue", "Kidney function due"}
    days_shown = sorted(event["DTSTART"].dt for event in read(feed_of(cast.therapist)[1]))
    assert days_shown == [today(cast), today(cast), today(cast) + 400 * DAY]


def test_a_review_stands_there_for_whoever_sees_the_patient_until_it_is_held(cast: Cast) -> None:
    story = begun(cast)
    version = followed(story, first_plan(story))
    ResponseReview.objects.update(due_on=today(cast))
    MonitoringItem.objects.all().delete()
    assert len(read(feed_of(cast.rheumatologist)[1])) == 1
    assert read(feed_of(cast.stranger)[1]) == []
    review, at = version.plan.reviews.get(), app_now()
    operations.complete_review(
        response_review=review, by=cast.rheumatologist.actor, at=at, outcome="continue", reason="It helps."
    )
    assert read(feed_of(cast.rheumatologist)[1]) == []


def test_each_sees_their_own_patients_and_a_coordinator_the_whole_site(cast: Cast) -> None:
    due(cast.patient, today(cast))
    due(cast.other_patient, today(cast))
    counted = {name: len(read(feed_of(cast.personas[name])[1])) for name in ("therapist", "stranger", "coordinator")}
    counted["elsewhere"] = len(read(feed_of(cast.coordinator_elsewhere)[1]))
    assert counted == {"therapist": 1, "stranger": 1, "coordinator": 2, "elsewhere": 0}


def test_who_has_left_the_team_sees_nothing_of_that_patient_any_more(cast: Cast) -> None:
    due(cast.patient, today(cast))
    address = feed_of(cast.therapist)[1]
    assert len(read(address)) == 1
    membership = Membership.objects.get(pk=cast.membership.pk)
    teams.end_membership(membership=membership, by=cast.by, at=app_now())
    assert read(address) == []


def test_an_address_that_is_revoked_unknown_or_of_somebody_inactive_answers_alike(cast: Cast) -> None:
    revoked, revoked_address = feed_of(cast.therapist)
    operations.revoke_feed(calendar_feed=revoked, by=cast.therapist.actor, at=app_now())
    inactive_address = feed_of(cast.covering)[1]
    accounts.deactivate_user(user=cast.covering.who, by=cast.by, at=app_now())
    addresses = (revoked_address, inactive_address, "/calendar/ct_0badc0de_nothing.ics")
    answers = [APIClient().get(address) for address in addresses]
    assert [(answer.status_code, answer.headers["Content-Type"]) for answer in answers] == [
        (404, "application/problem+json")
    ] * 3
    documents = [{key: value for key, value in answer.json().items() if key != "instance"} for answer in answers]
    assert documents[0] == documents[1] == documents[2]


def test_an_api_token_is_no_address_and_an_address_is_no_token(cast: Cast) -> None:
    secret = feed_of(cast.therapist)[1].removeprefix("/calendar/").removesuffix(".ics")
    assert APIClient().get(f"/calendar/{cast.therapist.secret}.ics").status_code == 404
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert client.get("/api/v1/patients/").status_code == 401


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_an_address_is_only_read(cast: Cast, method: str) -> None:
    answer = getattr(APIClient(), method)(feed_of(cast.therapist)[1])
    assert (answer.status_code, answer.headers["Content-Type"]) == (405, "application/problem+json")


def test_a_program_may_ask_for_the_head_only_and_accept_what_it_likes(cast: Cast) -> None:
    address = feed_of(cast.therapist)[1]
    head = APIClient().head(address)
    assert (head.status_code, head.content) == (200, b"")
    for accept in ("text/calendar", "text/html", "image/png"):
        assert APIClient().get(address, headers={"Accept": accept}).status_code == 200


def test_a_reading_is_recorded_once_with_the_patients_whose_dues_were_read(cast: Cast) -> None:
    due(cast.patient, today(cast))
    due(cast.patient, today(cast), "lft")
    due(cast.other_patient, today(cast))
    address = feed_of(cast.coordinator)[1]
    before = AuditEvent.objects.count()
    read(address)
    event = AuditEvent.objects.order_by("position").last()
    assert event is not None
    assert AuditEvent.objects.count() == before + 1
    assert (event.verb, event.actor_id) == ("plans.read_calendar", cast.coordinator.who.pk)
    assert set(event.read_ids) == {cast.patient.pk, cast.other_patient.pk}
    assert event.request_id != ""


def test_it_is_noted_at_most_once_an_hour_when_an_address_was_used(cast: Cast, later: Later) -> None:
    row, address = feed_of(cast.therapist)

    def used() -> datetime | None:
        return CalendarFeed.objects.get(pk=row.pk).last_used_at

    assert used() is None
    read(address)
    first = used()
    assert first is not None
    later(timedelta(minutes=59))
    read(address)
    assert used() == first
    later(timedelta(minutes=1))
    read(address)
    assert used() != first


def test_the_secret_of_an_address_stands_in_no_log_and_in_no_answer(cast: Cast) -> None:
    address = feed_of(cast.therapist)[1]
    secret = address.removeprefix("/calendar/").removesuffix(".ics")
    logging_config("json")
    handler: Any = logging.getLogger().handlers[0]
    stream, before = io.StringIO(), handler.stream
    handler.stream = stream
    try:
        answers = [
            APIClient().get(address),
            APIClient().post(address),
            APIClient().get(address.replace(".ics", "x.ics")),
        ]
    finally:
        handler.stream = before
    assert stream.getvalue().count('"route": "calendar/<str:secret>.ics"') == 3
    assert secret not in stream.getvalue()
    assert all(secret.encode() not in answer.content for answer in answers)


def test_many_patients_cost_no_more_queries_than_one(cast: Cast) -> None:
    address = feed_of(cast.coordinator)[1]

    def queries() -> int:
        read(address)
        with CaptureQueriesContext(connection) as caught:
            read(address)
        return len(caught)

    due(cast.patient, today(cast))
    one = queries()
    for index in range(12):
        patient = cast.patient_of(f"Family{index}")
        for panel in ("fbc", "lft"):
            due(patient, today(cast), panel)
    assert queries() == one


def test_a_calendar_that_would_be_too_long_says_that_there_is_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendars, "MOST", 2)
    for index, panel in enumerate(("fbc", "lft", "renal")):
        due(cast.patient, today(cast) + index * DAY, panel)
    shown = [said(event, "SUMMARY").split(" (")[0] for event in read(feed_of(cast.therapist)[1])]
    assert shown == ["More is due than this calendar holds", "Full blood count due", "Liver tests due"]
