"""People of the cast can be mailed here, so that ladders stop at the first of them; nothing is sent in these tests."""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _mail_is_configured(settings: Any) -> None:
    settings.EMAIL_HOST = "127.0.0.1"
