"""The secret of an API token: how it is made and what is kept of it. Nothing but the standard library."""

import hashlib
import secrets
from dataclasses import dataclass

START = "ct_"


@dataclass(frozen=True)
class NewSecret:
    """A secret, shown once; its prefix, shown in lists; its digest, kept."""

    secret: str
    prefix: str
    digest: bytes


def new_secret() -> NewSecret:
    """A new secret with 256 random bits, recognisable by its start when it leaks into a repository or a log."""
    prefix = START + secrets.token_hex(4)
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    return NewSecret(secret, prefix, digest_of(secret))


def digest_of(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()
