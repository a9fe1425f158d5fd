"""A Monday morning at a hospital whose mails can leave."""

from typing import Any

import pytest

from tests.cast import Cast
from tests.kept import Kept
from tests.nudges.house import HOUR, MONDAY, clock_to, give_addresses

KEPT: list[Kept] = []


@pytest.fixture
def cast(db: None, knowledge: None, settings: Any) -> Cast:
    """The cast on a Monday at ten, with addresses, at a hospital whose mails can leave."""
    settings.EMAIL_HOST = "mail.example"
    clock_to(MONDAY - HOUR)
    if not KEPT:
        KEPT.append(Kept.of(lambda: give_addresses(Cast.assemble())))
    found: Cast = KEPT[0].restore()
    clock_to(MONDAY)
    return found
