"""What the tests of the shipped criteria share: a table of facts a criterion, and its verdict over them."""

from typing import Any

import pytest

from apps.escalation.evaluator import Judgement
from apps.escalation.picture import Known
from tests.escalation.pictures import judge, ruling_of

#: Whether it fires (None: unknown), and for which facts.
Case = tuple[bool | None, list[Known]]


def verdict(code: str, facts: list[Known], **more: Any) -> Judgement:
    """How a shipped criterion stands for these facts."""
    return judge(ruling_of(code), *facts, **more)


def cases(table: dict[str, Case]) -> pytest.MarkDecorator:
    """A test for each line of a table."""
    return pytest.mark.parametrize(("expected", "facts"), table.values(), ids=table.keys())


def severity(found: Judgement, own: str = "") -> str:
    """The variant's severity, else the criterion's own."""
    return own if found.variant is None else str(found.variant["severity"])


def lacks(found: Judgement) -> set[str]:
    """What is missing, a measure by its code whether its name is known or not."""
    return {word.lower().replace("_", " ") for word in found.missing}
