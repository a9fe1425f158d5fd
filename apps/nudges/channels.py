"""Channels: each hands one message over and returns the id under which it left, or says why it could not."""

import hashlib
import smtplib
from dataclasses import dataclass
from email.utils import formataddr
from typing import Protocol
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


class Email:
    """SMTP, one conversation a message, ten seconds at most."""

    def send(self, message: Message) -> str:
        """Send a mail and return its Message-ID. Raises Undeliverable."""
        mail = self.compose(message)
        try:
            with get_connection(timeout=SMTP_SECONDS) as connection:
                mail.connection = connection
                mail.send()
        except smtplib.SMTPRecipientsRefused as refusal:
            code, text = next(iter(refusal.recipients.values()))
            raise Undeliverable(_said(code, text), permanent=_for_good(code, text)) from None
        except smtplib.SMTPSenderRefused as refusal:
            raise Undeliverable(_said(refusal.smtp_code, refusal.smtp_error), down=True) from None
        except smtplib.SMTPAuthenticationError as refusal:
            raise Undeliverable(_said(refusal.smtp_code, refusal.smtp_error), down=True) from None
        except smtplib.SMTPConnectError as refusal:
            raise Undeliverable(_said(refusal.smtp_code, refusal.smtp_error), down=True) from None
        except smtplib.SMTPResponseException as refusal:
            reason = _said(refusal.smtp_code, refusal.smtp_error)
            raise Undeliverable(reason, down=refusal.smtp_code == 421) from None  # noqa: PLR2004 - service not available
        except (smtplib.SMTPException, OSError) as error:
            raise Undeliverable(f"{type(error).__name__}: {error}"[:300], down=True) from None
        return str(mail.extra_headers["Message-ID"])

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


def _for_good(code: int, text: bytes | str) -> bool:
    """Whether the address itself is refused. A policy of the server (554, 5.7.x) says nothing about the address."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return code in {550, 551, 553} and not words.lstrip().startswith("5.7.")


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{code} {words}"[:300]


CHANNELS: dict[str, Channel] = {"email": Email()}
