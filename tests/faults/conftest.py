"""One stage for all fault tests: they run one after the other, in one process."""

from collections.abc import Iterator

import pytest

from tests.faults.stage import Stage, staged


@pytest.fixture(scope="session")
def whole() -> Iterator[Stage]:
    """Everything, running."""
    with staged() as stage:
        yield stage


@pytest.fixture
def stage(whole: Stage) -> Stage:
    """Everything, running and well."""
    whole.wait(lambda: whole.supervisor.dead() is None, 5, _ended(whole))
    return whole


def _ended(whole: Stage) -> str:
    """Which process has ended, with the last lines of its log."""
    name = whole.supervisor.dead()
    return "every process runs" if name is None else f"{name} has ended:\n{whole.supervisor.tail(name, 60)}\n"
