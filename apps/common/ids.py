"""Ids: UUIDv7, made here and not by the server, so that PostgreSQL 15 does as well as 18."""

from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    """A new id; ids made later sort later, so that indexes grow at one end."""
    return compat.uuid7()
