"""A Monday morning at a hospital whose mails can leave."""

from typing import Any

import pytest
from django.core.management import call_command

from tests.cast import Cast
from tests.kept import Kept
from tests.nudges.house import HOUR, MONDAY, clock_to, give_addresses

KEPT: list[Kept] = []
KEPT_DEMO: list[Kept] = []


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


@pytest.fixture
def loaded(knowledge: None, settings: Any) -> None:
    """The demo as `manage.py load_demo` makes it: made once, and put back for each test."""
    settings.DEMO = True
    if not KEPT_DEMO:
        KEPT_DEMO.append(Kept.of(lambda: call_command("load_demo")))
    KEPT_DEMO[0].restore()
