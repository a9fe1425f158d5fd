"""A Monday morning, the cast with addresses, and a real mail server in this process."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.cast import Cast
from tests.nudges.house import MONDAY, Server, clock_to, give_addresses
from tests.thread.conftest import prepare


@pytest.fixture
def monday(db: None) -> datetime:
    """The clock of the installation on a Monday at ten."""
    clock_to(MONDAY)
    return MONDAY


@pytest.fixture
def cast(monday: datetime, knowledge: None) -> Cast:
    """The cast, assembled on that Monday."""
    return Cast.assemble()


@pytest.fixture
def postbox(settings: Any) -> Iterator[Server]:
    """A mail server to which this process sends."""
    box = Server()
    box.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
    yield box
    box.stop()


@pytest.fixture
def house(cast: Cast, postbox: Server) -> Cast:
    """The cast with addresses; nothing fires by itself."""
    return give_addresses(cast)


@pytest.fixture
def clinic(cast: Cast, postbox: Server) -> Cast:
    """The cast with addresses and active criteria."""
    return prepare(cast)
