"""Every write of a hospital's own knowledge. Shipped rows are written by `loading` only."""

from apps.knowledge.operations.disciplines import (
    add_local_discipline,
    change_local_discipline,
    drop_override,
    override_discipline,
    retire_local_discipline,
)
from apps.knowledge.operations.local import add_local, change_local, retire_local
from apps.knowledge.operations.overrides import change_override, drop_override_of, override

__all__ = [
    "add_local",
    "add_local_discipline",
    "change_local",
    "change_local_discipline",
    "change_override",
    "drop_override",
    "drop_override_of",
    "override",
    "override_discipline",
    "retire_local",
    "retire_local_discipline",
]
