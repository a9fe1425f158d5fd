"""What the words of the language come to for one picture. Nothing of a database."""

from collections.abc import Callable
from typing import Any

from apps.escalation.answers.base import Notes, plain, told
from apps.escalation.answers.conditions import Conditions
from apps.escalation.answers.treatment import Treatment
from apps.escalation.language import FLAGS, VOCABULARY


class Reading(Treatment, Conditions):
    """All words over one picture."""

    def functions(self) -> dict[str, Callable[..., Any]]:
        """By name."""
        return {name: getattr(self, name) for name in (*VOCABULARY, *FLAGS)}


__all__ = ["Notes", "Reading", "plain", "told"]
