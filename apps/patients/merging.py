"""Two records of one person become one: each room that keeps rows about patients says here how its own rows move.

A lower room cannot know the rooms above it; as with due queues, the owner of the rows declares what happens to them. All
of it runs in the transaction of `operations.merge`.
"""

from collections.abc import Callable
from datetime import datetime

from apps.accounts.actors import Actor
from apps.patients.models import Patient

#: Moves a room's rows from the record that goes to the one that stays.
Mover = Callable[[Patient, Patient, Actor, datetime], None]

_movers: dict[str, Mover] = {}


def declare(model_label: str, mover: Mover) -> None:
    """Say how the rows of a model follow a merge. Raises ValueError when that was said already, differently."""
    if _movers.get(model_label, mover) != mover:
        raise ValueError(f"there is a mover of {model_label} already")
    _movers[model_label] = mover


def declared() -> dict[str, Mover]:
    """Every declared mover, by model."""
    return dict(_movers)


def move_rows(*, gone: Patient, kept: Patient, by: Actor, at: datetime) -> None:
    """Call every mover once, in the order of declaration."""
    for mover in dict.fromkeys(_movers.values()):
        mover(gone, kept, by, at)
