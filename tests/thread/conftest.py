"""The thread's tests: active criteria, a real SMTP server in this process, and draining by hand."""

import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from apps.accounts.permissions import Role
from apps.common import due
from tests.cast import Cast
from tests.thread.governance import sign_everything


@dataclass
class Postbox:
    """What an SMTP server took, and how it answers: `answer` may refuse."""

    mails: list[EmailMessage] = field(default_factory=list)
    answer: Callable[[str], str] = field(default=lambda _address: "250 OK")

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        answer = self.answer(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 taken"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if address in str(mail["To"])]


@pytest.fixture
def postbox(settings: Any) -> Iterator[Postbox]:
    """A real SMTP server on 127.0.0.1, to which this process sends."""
    box = Postbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield box
    controller.stop()


@pytest.fixture
def house(cast: Cast, postbox: Postbox) -> Cast:
    """The cast with active criteria and addresses."""
    return prepare(cast)


def prepare(cast: Cast) -> Cast:
    for name, persona in cast.personas.items():
        if persona.user is not None:
            persona.user.email = f"{name}@linden.example"
            persona.user.save(update_fields=["email"])
    if "governor" not in cast.personas:
        cast.person("governor", Role.GOVERNANCE)
    sign_everything(cast.governor.actor)
    return cast


def work(times: int = 6) -> int:
    """Do all due work, as the workers would; returns how much that was."""
    names = ("escalation.watches", "nudges.steps", "nudges.emergencies", "nudges.deliveries")
    done = 0
    for _ in range(times):
        count = sum(due.drain_all(name) for name in names)
        done += count
        if not count:
            break
    return done
