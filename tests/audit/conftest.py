"""The house of these tests."""

import pytest

from tests.accounts.house import House


@pytest.fixture
def house(db: None) -> House:
    """Two sites and their people."""
    return House.build()
