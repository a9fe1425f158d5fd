"""What is known about patients at a moment, read into one frozen value each, at most three queries for a whole batch."""

from apps.escalation.picture.needs import Look, Needs, needs_of
from apps.escalation.picture.reading import STANDING, history, read
from apps.escalation.picture.values import Followed, History, Known, Person, Picture, Target, pictured

__all__ = [
    "STANDING", "Followed", "History", "Known", "Look", "Needs", "Person", "Picture", "Target", "history", "needs_of", "pictured",
    "read",
]  # fmt: skip
