"""Slowing down guessing, without giving anybody a way to lock somebody else out for long.

Failures count in three buckets: this person from this known browser, this person from anywhere unknown, and this
network address. A browser is known once the person has logged in from it (a signed cookie), so that somebody who
guesses from elsewhere never locks the person's own browser; and a bucket that is full refuses without counting, so a
lock always ends when its own failures are old, at most WINDOW after the last of them.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.db.models import Q

from apps.accounts.models import LoginTry
from apps.common.refusals import Refused

WINDOW = timedelta(minutes=10)
TRIES = {"device": 10, "person": 10, "address": 100}
DEVICE_COOKIE = "careteam_device"
DEVICE_AGE = timedelta(days=365)
_SALT = "careteam.accounts.device"


class TooManyTries(Refused):
    """Too many failed tries; `retry_after` says in how many seconds to try again."""

    type = "too-many-tries"
    title = "Too many failed tries"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many failed tries. Try again in {max(1, round(retry_after / 60))} minutes.")
        self.retry_after = retry_after


@dataclass(frozen=True)
class Door:
    """From where somebody tries to get in, and as whom."""

    username: str
    address: str
    device: str = ""

    @property
    def buckets(self) -> dict[str, bytes]:
        """The buckets in which a failure through this door counts."""
        person = self.username.strip().lower()
        known = {"device": f"device:{self.device}:{person}"} if self.device else {"person": f"person:{person}"}
        texts = known | {"address": f"address:{self.address}"}
        return {kind: hashlib.sha256(text.encode()).digest() for kind, text in texts.items()}


def hold_back(door: Door, at: datetime) -> None:
    """Raise TooManyTries when a bucket of this door is full."""
    for kind, bucket in door.buckets.items():
        tries = LoginTry.objects.filter(bucket=bucket, at__gt=at - WINDOW).order_by("-at").values_list("at", flat=True)
        full = tries[TRIES[kind] - 1 : TRIES[kind]]
        if full:
            raise TooManyTries(int((full[0] + WINDOW - at).total_seconds()) + 1)


def failed(door: Door, at: datetime) -> None:
    """Count a failure in every bucket of the door."""
    LoginTry.objects.bulk_create([LoginTry(bucket=bucket, at=at) for bucket in door.buckets.values()])


def succeeded(door: Door) -> None:
    """Forget the failures of this person through this door; the address keeps its own."""
    kept = {bucket for kind, bucket in door.buckets.items() if kind != "address"}
    LoginTry.objects.filter(Q(bucket__in=kept)).delete()


def forget_old(at: datetime) -> int:
    """Delete tries older than a day; returns how many."""
    return LoginTry.objects.filter(at__lt=at - timedelta(days=1)).delete()[0]


def device_cookie(username: str, device: str) -> str:
    """The value of the cookie by which a browser is known for this person."""
    return signing.dumps([username.lower(), device], salt=_SALT)


def known_device(cookie: str | None, username: str) -> str:
    """The device's name, when the cookie was signed here for this person; otherwise empty."""
    try:
        owner, device = signing.loads(cookie or "", salt=_SALT, max_age=DEVICE_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(device) if owner == username.strip().lower() else ""
