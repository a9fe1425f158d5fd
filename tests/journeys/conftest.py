"""The shipped criteria as drafts, as an installation has them before anybody signs."""

import pytest

from tests.escalation.house import SHIPPED, place


@pytest.fixture
def criteria(knowledge: None) -> None:
    """Load the shipped criteria."""
    place(SHIPPED)
