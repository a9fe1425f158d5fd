"""The signed link in a mail: it lets one person say “I have it” about one question, until it expires; nothing else."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing

from apps.nudges.models import Delivery

SALT = "careteam.nudges.link"
#: A link outlives the time to act by so long, so that a late click is still answered with who had it.
AFTERLIFE = timedelta(days=7)


@dataclass(frozen=True)
class Link:
    """What a link stands for."""

    delivery_id: UUID
    user_id: UUID
    round: int
    expires_at: datetime


class BadLink(Exception):  # noqa: N818 - it says what is bad
    """Tampered with, or never ours."""


def link_of(delivery: Delivery) -> str:
    """The address of the page that the mail points at."""
    expires = max(delivery.nudge.act_by, delivery.queued_at) + AFTERLIFE
    content = {
        "a": "acknowledge", "d": delivery.pk.hex, "u": delivery.recipient_id.hex, "v": delivery.round,
        "e": int(expires.timestamp()),
    }  # fmt: skip
    return f"{settings.PUBLIC_URL.rstrip('/')}/n/{signing.dumps(content, salt=SALT)}/"


def read(token: str) -> Link:
    """What the link stands for. Raises BadLink; whether it has expired is for the page to say."""
    try:
        content = signing.loads(token, salt=SALT)
        expires_at = datetime.fromtimestamp(content["e"], tz=UTC)
        if content["a"] != "acknowledge":
            raise BadLink
        return Link(UUID(content["d"]), UUID(content["u"]), content["v"], expires_at)
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        raise BadLink from None
