"""The rooms' tests stand on the thread's house: active criteria and a real SMTP server."""

from typing import Any

import pytest

from apps.knowledge.models import Edition
from tests.cast import Cast
from tests.conftest import KEPT_ROWS
from tests.kept import Kept
from tests.thread.conftest import Postbox, postbox, prepare

__all__ = ["house", "postbox"]


@pytest.fixture(scope="session")
def kept_house(django_db_setup: None, django_db_blocker: Any) -> Kept:
    """The cast with every shipped criterion signed and switched on, made once."""
    with django_db_blocker.unblock():
        if not Edition.objects.exists():
            KEPT_ROWS["edition"].restore()
        return Kept.of(lambda: prepare(Cast.assemble()))


@pytest.fixture
def house(knowledge: None, kept_house: Kept, postbox: Postbox) -> Cast:
    """The cast with active criteria and addresses."""
    found: Cast = kept_house.restore()
    return found
