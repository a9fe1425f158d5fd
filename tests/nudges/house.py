"""What the tests of nudges share: a Monday in June, a mail server that can be stopped, and asking and climbing by hand."""

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiosmtpd.controller import Controller
from django.test import Client

from apps.accounts.actors import Careteam
from apps.accounts.permissions import Role
from apps.common import due
from apps.common.clock import app_now, move_clock
from apps.escalation.models import Escalation
from apps.knowledge.models import Discipline
from apps.nudges import operations as nudges
from apps.nudges.models import Delivery, Nudge, Rung
from apps.teams import operations as teams
from apps.teams.models import Cover, Member, OnCall
from tests.cast import Cast, Persona
from tests.thread.conftest import Postbox, work

V1 = "/api/v1/"
BERLIN = ZoneInfo("Europe/Berlin")
#: A plain working day without a change of the clocks near it.
MONDAY = datetime(2027, 6, 7, 10, tzinfo=BERLIN)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LINK = re.compile(r"/n/([\w:.-]+)/")
#: Longer than the longest pause after a trouble.
A_WHILE = timedelta(seconds=61)


@dataclass
class Server(Postbox):
    """A mail server that can be down."""

    port: int = 0
    controller: Any = None

    def start(self) -> None:
        if not self.port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def stop(self) -> None:
        if self.controller is not None:
            self.controller.stop()
            self.controller = None

    def refuse(self, address: str, answer: str) -> None:
        """Answer so to this address, and take everything else."""
        self.answer = lambda asked: answer if asked == address else "250 OK"

    def subjects(self, address: str = "") -> list[str]:
        return [str(mail["Subject"]) for mail in self.to(address)]


def clock_to(moment: datetime) -> None:
    """Set the clock of the installation."""
    move_clock(by=moment - app_now())


def address(name: str) -> str:
    return f"{name}@linden.example"


def give_addresses(cast: Cast) -> Cast:
    for name, persona in cast.personas.items():
        if persona.user is not None:
            persona.user.email = address(name)
            persona.user.save(update_fields=["email"])
    return cast


def member(cast: Cast, name: str) -> Member:
    found = cast.personas[name].member
    assert found is not None
    return found


def join(cast: Cast, name: str, discipline: str, *, lead: bool = False) -> Persona:
    """A new person in the care team of the cast's patient."""
    persona = cast.person(name, discipline=discipline)
    teams.add_to_team(
        by=cast.by, at=app_now(), care_team=cast.team, member=member(cast, name), role="lead" if lead else "member"
    )
    persona.who.email = address(name)
    persona.who.save(update_fields=["email"])
    return persona


def on_call(cast: Cast, name: str, discipline: str) -> OnCall:
    """A new person on call at the site."""
    persona = cast.person(name, discipline=discipline)
    persona.who.email = address(name)
    persona.who.save(update_fields=["email"])
    found = Discipline.objects.get(code=discipline)
    at = app_now()
    return teams.put_on_call(
        by=cast.by, at=at, site=cast.site, discipline=found, member=member(cast, name), ends_at=at + 20 * DAY
    )


def department(cast: Cast, discipline: str, *names: str) -> list[str]:
    """New people of a discipline who have nothing to do with the cast's patient; returns their names."""
    for name in names:
        persona = cast.person(name, discipline=discipline)
        persona.who.email = address(name)
        persona.who.save(update_fields=["email"])
    return list(names)


def stand_in(cast: Cast, away: str, substitute: str) -> Cover:
    """Somebody is away for two days, and somebody stands in."""
    at = app_now()
    return teams.set_cover(
        by=cast.by, at=at, member=member(cast, away), substitute=member(cast, substitute), ends_at=at + 2 * DAY
    )


def coordinator(cast: Cast, name: str) -> Persona:
    persona = cast.person(name, Role.COORDINATOR)
    persona.who.email = address(name)
    persona.who.save(update_fields=["email"])
    return persona


def ask(
    cast: Cast,
    *asks: str,
    severity: str = "urgent",
    within: str = "30 min",
    act: str = "4 h",
    informs: Sequence[str] = (),
    key: str = "a-matter",
    named: str = "",
    addressees: Sequence[str] = (),
) -> Nudge:
    """Ask about a matter of the cast's patient."""
    at = app_now()
    return nudges.ask(
        patient=cast.patient, by=Careteam(at=at), at=at, topic="XX-01", title="Something to look at", advice="Look at it.",
        link="/matters/019bbf3e-0000-7000-8000-000000000000/", severity=severity, asks=asks, informs=informs,
        acknowledge_within=within, act_within=act, dedup_key=key, named=cast.personas[named].who.pk if named else None,
        addressees=[cast.personas[name].who.pk for name in addressees],
    )  # fmt: skip


def fresh(nudge: Nudge) -> Nudge:
    return Nudge.objects.select_related("owner", "offered_to").get(pk=nudge.pk)


def owner(nudge: Nudge) -> str:
    """Who is asked, or has it, by user name."""
    found = fresh(nudge).owner
    return found.username if found is not None else ""


def step() -> int:
    """Do the steps that are due."""
    return due.drain_all("nudges.steps")


def next_step(nudge: Nudge) -> None:
    """Let every mail leave, wait for the next step, and do it."""
    work()
    moment = fresh(nudge).next_step_at
    assert moment is not None
    clock_to(moment)
    work()


def climb_to_the_end(nudge: Nudge) -> list[str]:
    """Let nobody answer; returns whom it asked, in order."""
    for _ in range(20):
        if fresh(nudge).state == Nudge.State.EXHAUSTED:
            break
        next_step(nudge)
    assert fresh(nudge).state == Nudge.State.EXHAUSTED
    return asked(nudge)


def asked(nudge: Nudge) -> list[str]:
    """Whom it asked, in order."""
    rows = Rung.objects.filter(nudge=nudge).exclude(why__in=["nobody", "unreachable"]).order_by("number")
    return [row.user.username for row in rows.select_related("user") if row.user is not None]


def rungs(nudge: Nudge) -> list[tuple[str, str]]:
    """The ladder as it was climbed: why, and who (or the discipline of which there is nobody)."""
    rows = Rung.objects.filter(nudge=nudge).select_related("user", "discipline").order_by("number")
    return [(row.why, row.user.username if row.user else row.discipline.code if row.discipline else "") for row in rows]


def told(nudge: Nudge, kind: str, channel: str = "in_app") -> list[str]:
    """Who has a message of this kind, in order."""
    rows = Delivery.objects.filter(nudge=nudge, kind=kind, channel=channel).order_by("queued_at", "id")
    return [row.recipient.username for row in rows.select_related("recipient")]


def mail_of(nudge: Nudge, name: str, kind: str = "ask") -> Delivery:
    """The mail to somebody, as the outbox has it."""
    rows = Delivery.objects.select_related("recipient__home_site", "nudge__patient__site", "nudge__owner")
    username = name.replace("_", ".")
    return rows.get(nudge=nudge, recipient__username=username, kind=kind, channel="email")


def acknowledge(cast: Cast, nudge: Nudge, name: str) -> Nudge:
    return nudges.acknowledge(nudge=nudge, by=cast.personas[name].actor, at=app_now())


def decline(cast: Cast, nudge: Nudge, name: str, reason: str = "I am in the theatre") -> Nudge:
    return nudges.decline(nudge=nudge, by=cast.personas[name].actor, at=app_now(), reason=reason)


def hand_over(cast: Cast, nudge: Nudge, name: str, to: str, reason: str = "") -> Nudge:
    by = cast.personas[name].actor
    return nudges.hand_over(nudge=nudge, by=by, at=app_now(), to=member(cast, to), reason=reason)


def settle(cast: Cast, nudge: Nudge, name: str) -> Nudge:
    return nudges.settle(nudge=nudge, by=cast.personas[name].actor, at=app_now(), words="It was acted upon.")


def cancel(nudge: Nudge) -> Nudge:
    at = app_now()
    return nudges.cancel(nudge=nudge, by=Careteam(at=at), at=at, words="It was withdrawn.")


def upgrade(nudge: Nudge, severity: str = "emergency", within: str = "30 min", act: str = "2 h") -> Nudge:
    at = app_now()
    return nudges.upgrade(
        nudge=nudge, by=Careteam(at=at), at=at, severity=severity, words="It presses harder now.",
        acknowledge_within=within, act_within=act,
    )  # fmt: skip


def body_of(mail: Any, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def token_in(mail: Any) -> str:
    """What is signed into the mail's link."""
    found = LINK.search(body_of(mail, "plain"))
    assert found is not None
    return found.group(1)


def browser(persona: Persona | None = None) -> Client:
    """A browser that minds CSRF, logged in or not."""
    client = Client(enforce_csrf_checks=True)
    if persona is not None:
        client.force_login(persona.who)
    return client


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def send_form(client: Client, path: str, **values: Any) -> Any:
    """Fill in a page's form as a browser does, with the token that stands in it."""
    shown = client.get(path).content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', shown)
    assert found is not None, f"no form at {path}"
    return client.post(path, {"csrfmiddlewaretoken": found.group(1), **values})


def positive_screen(cast: Cast, value: int = 8, patient: Any = None) -> Escalation:
    """A swallow screen that says that somebody has to look; returns what it opened."""
    body = {
        "patient": str((patient or cast.patient).pk), "instrument": "eat10", "value": value,
        "effective_at": app_now().isoformat(),
    }  # fmt: skip
    answer = cast.therapist.client().post(V1 + "observations/", body, format="json")
    assert answer.status_code == 201, answer.content
    work()
    return Escalation.objects.select_related("nudge").get(
        patient=patient or cast.patient, criterion__code="SW-01", state="open"
    )


def nudge_of(matter: Escalation) -> Nudge:
    matter.refresh_from_db()
    assert matter.nudge is not None
    return matter.nudge
