"""Whom a backtest names: of its patients a reader is told only of those whom they may see; the counts are over all."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from apps.accounts.actors import Actor
from apps.patients.models import Patient

#: A mapping that is about one patient names them here.
PATIENT = "patient"


def disclosed(result: Any, actor: Actor) -> tuple[Any, list[UUID]]:
    """A result as this reader may have it, and the patients whom it still names.

    Whatever looks like an id counts as one of a patient, so that nothing new in a result can slip through.
    """
    named = {one for one in map(_id, _texts(result)) if one is not None}
    seen = set(Patient.objects.visible_to(actor).filter(pk__in=named).values_list("pk", flat=True)) if named else set()
    return _without(result, named - seen), sorted(seen)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _without(value: Any, hidden: set[UUID]) -> Any:
    if isinstance(value, dict):
        return {name: _without(inner, hidden) for name, inner in value.items() if not _about(inner, name, hidden)}
    if isinstance(value, list):
        return [_without(inner, hidden) for inner in value if not _about(inner, "", hidden)]
    return value


def _about(value: Any, name: str, hidden: set[UUID]) -> bool:
    """Whether it is a hidden id, stands under one, or is a mapping about one."""
    said = [
        name,
        value if isinstance(value, str) else "",
        str(value.get(PATIENT, "")) if isinstance(value, dict) else "",
    ]
    return any(_id(text) in hidden for text in said)
