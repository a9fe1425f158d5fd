"""Channels: each hands one message over and returns the id under which it left, or says why it could not."""

import hashlib
import smtplib
import threading
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formataddr
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

SMTP_SECONDS = 10


@dataclass(frozen=True)
class Message:
    """What is said to whom. Holds no name, number or birth date of a patient."""

    key: str
    thread: str
    name: str
    address: str
    subject: str
    text: str
    html: str
    urgent: bool


class Undeliverable(Exception):  # noqa: N818 - it is an answer of the channel
    """The message did not leave.

    `permanent`: this address will not take it, now or later. `down`: the channel itself does not work, whatever the
    message; neither: this one time.
    """

    def __init__(self, reason: str, *, permanent: bool = False, down: bool = False) -> None:
        super().__init__(reason)
        self.permanent, self.down = permanent, down


class Channel(Protocol):
    """A way to reach a person."""

    def send(self, message: Message) -> str:
        """Hand the message over and return its id there. Raises Undeliverable."""
        ...

    def rest(self) -> None:
        """Nothing more is to be sent just now."""
        ...


class Email(threading.local):
    """SMTP: a connection a thread, kept for the mails that leave together; ten seconds at most for an answer."""

    kept: Any = None

    def send(self, message: Message) -> str:
        """Send a mail and return its Message-ID. Raises Undeliverable."""
        mail = self.compose(message)
        try:
            mail.connection = self._connection()
            mail.send()
        except (smtplib.SMTPException, OSError) as error:
            self.rest()
            raise _refusal(error) from None
        return str(mail.extra_headers["Message-ID"])

    def _connection(self) -> Any:
        """The open connection, after a word to see that the server is there still; a new one otherwise."""
        if self.kept is not None and not _answers(self.kept):
            self.rest()
        if self.kept is None:
            kept = get_connection(timeout=SMTP_SECONDS)
            kept.open()
            self.kept = kept
        return self.kept

    def rest(self) -> None:
        """End the conversation."""
        kept, self.kept = self.kept, None
        if kept is not None:
            with suppress(smtplib.SMTPException, OSError):
                kept.close()

    def compose(self, message: Message) -> EmailMultiAlternatives:
        """The mail: text and HTML, with an id made from the message's key so that a duplicate folds away."""
        headers = {
            "Message-ID": message_id(message.key),
            "References": message_id(message.thread),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        }
        if message.urgent:
            headers |= {"Importance": "high", "X-Priority": "1"}
        mail = EmailMultiAlternatives(
            subject=message.subject,
            body=message.text,
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[formataddr((message.name, message.address))],
            headers=headers,
        )
        mail.attach_alternative(message.html, "text/html")
        return mail


def message_id(key: str) -> str:
    """The Message-ID of a send key: the same every time."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{host}>"


def _answers(kept: Any) -> bool:
    try:
        return bool(kept.connection is not None and kept.connection.noop()[0] == 250)  # noqa: PLR2004 - SMTP's "fine"
    except (smtplib.SMTPException, OSError):
        return False


def _refusal(error: Exception) -> Undeliverable:
    """What SMTP's answer means for the message: refused for good, this once, or the server itself is down."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return Undeliverable(_said(code, text), permanent=_for_good(code, text))
    if isinstance(error, smtplib.SMTPResponseException):
        ours = isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError)
        down = ours or error.smtp_code == 421  # noqa: PLR2004 - service not available
        return Undeliverable(_said(error.smtp_code, error.smtp_error), down=down)
    return Undeliverable(f"{type(error).__name__}: {error}"[:300], down=True)


def _for_good(code: int, text: bytes | str) -> bool:
    """Whether the address itself is refused. A policy of the server (554, 5.7.x) says nothing about the address."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return code in {550, 551, 553} and not words.lstrip().startswith("5.7.")


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{code} {words}"[:300]


CHANNELS: dict[str, Channel] = {"email": Email()}
