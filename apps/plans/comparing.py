"""What differs between two versions, and the digest to which an approval is bound. Standard library only."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

#: Under one of these names an item says which it is, through all versions.
IDS = ("item_id", "id")
Item = Mapping[str, Any]


@dataclass(frozen=True)
class Changed:
    """One field of one item, before and after; None where the item did not have it."""

    item: str
    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Difference:
    """What was added and removed, which fields changed, and which items are as they were."""

    added: tuple[Item, ...] = ()
    removed: tuple[Item, ...] = ()
    changed: tuple[Changed, ...] = ()
    unchanged: tuple[Item, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether both say the same."""
        return not (self.added or self.removed or self.changed)


def compare(before: Sequence[Item], after: Sequence[Item]) -> Difference:
    """How the items of two versions differ. Items are the same when their ids are; values when they mean the same (10 and 10.0).

    Raises ValueError for items without an id, or with the same.
    """
    old, new = by_id(before), by_id(after)
    both = [(one, old[one], new[one]) for one in new if one in old]
    return Difference(
        added=tuple(item for one, item in new.items() if one not in old),
        removed=tuple(item for one, item in old.items() if one not in new),
        changed=tuple(change for one, was, item in both for change in _changes(one, was, item)),
        unchanged=tuple(item for _, was, item in both if canonical(was) == canonical(item)),
    )


def _changes(one: str, before: Item, after: Item) -> list[Changed]:
    names = dict.fromkeys([*before, *after])
    return [
        Changed(one, name, before.get(name), after.get(name))
        for name in names
        if (name in before) != (name in after) or canonical(before.get(name)) != canonical(after.get(name))
    ]


def by_id(items: Sequence[Item]) -> dict[str, Item]:
    """Items by what they are called. Raises ValueError when one is not called anything, or two are called the same."""
    found: dict[str, Item] = {}
    for item in items:
        one = _id(item)
        if one is None or one in found:
            raise ValueError("An item has no id." if one is None else f"Two items have the id {one}.")
        found[one] = item
    return found


def digest(content: Any) -> str:
    """SHA-256, in hex, over what a version says: the same for the same content, in whatever order its items stand.

    Raises TypeError for a value that has no one form (a binary fraction, a time without a zone), ValueError for two items of
    one id.
    """
    text = json.dumps(canonical(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(value: Any) -> Any:
    """A value in its one form: numbers as plain text, days and times as ISO text, items ordered by their ids."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): canonical(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return _ordered(value)
    if isinstance(value, set | frozenset):
        return sorted((canonical(one) for one in value), key=_text)
    return _scalar(value)


def _ordered(values: Sequence[Any]) -> list[Any]:
    if values and all(isinstance(one, Mapping) and _id(one) is not None for one in values):
        found = by_id(values)
        return [canonical(found[one]) for one in sorted(found)]
    return [canonical(one) for one in values]


def _scalar(value: Any) -> str:
    if isinstance(value, int | Decimal):
        return _plain(Decimal(value))
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("A time without a zone means nothing.")
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no one form to take a digest of.")


def _plain(value: Decimal) -> str:
    if not value.is_finite():
        raise TypeError("A number that is none has no digest.")
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _id(item: Item) -> str | None:
    return next((str(item[name]) for name in IDS if item.get(name) is not None), None)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
