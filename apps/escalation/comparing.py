"""What differs between two versions of a criterion: field by field, number by number, word by word. Standard library only."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

SAME, ADDED, REMOVED, CHANGED = "same", "added", "removed", "changed"
#: Words, numbers and texts in quotes stay whole; every other sign stands by itself.
_WORDS = re.compile(r'"[^"\n]*"|[\w.]+|\s+|\S')
PARAMETER = ("value", "unit", "citation", "mark", "uncertain")
Content = Mapping[str, Any]


@dataclass(frozen=True)
class Piece:
    """A stretch of text that both have (same), or one of them only (added, removed)."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """One thing that differs. `field` says where: a field's name, “parameters.positive.value”, “variants.1.severity”."""

    field: str
    kind: str
    before: str | None
    after: str | None
    pieces: tuple[Piece, ...] = ()


def compare(before: Content, after: Content) -> list[Change]:
    """How the second content differs from the first; nothing when both say the same."""
    found: list[Change] = []
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        if name == "parameters":
            found += _parameters(was or {}, now or {})
        elif name == "variants":
            found += _variants(was or [], now or [])
        else:
            found += _field(name, was, now)
    return found


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """Both texts in one, with what was taken out and what was put in."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    found: list[Piece] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Piece(SAME, "".join(old[i:j])))
            continue
        found += [Piece(REMOVED, "".join(old[i:j]))] if i < j else []
        found += [Piece(ADDED, "".join(new[k:m]))] if k < m else []
    return tuple(found)


def plain(value: Any) -> str:
    """A value as a text that a person reads; empty when it says nothing."""
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _field(name: str, before: Any, after: Any) -> list[Change]:
    was, now = plain(before), plain(after)
    if was == now:
        return []
    kind = CHANGED if was and now else ADDED if now else REMOVED
    return [Change(name, kind, was or None, now or None, pieces(was, now))]


def _parameters(before: Content, after: Content) -> Iterator[Change]:
    for name in sorted({*before, *after}):
        where = f"parameters.{name}"
        if name not in before:
            yield Change(where, ADDED, None, _said(after[name]))
        elif name not in after:
            yield Change(where, REMOVED, _said(before[name]), None)
        else:
            for part in PARAMETER:
                yield from _field(f"{where}.{part}", before[name].get(part), after[name].get(part))


def _said(parameter: Content) -> str:
    uncertain = ", uncertain" if parameter.get("uncertain") else ""
    return f"{parameter['value']} {parameter['unit']} ({parameter['citation']}, {parameter['mark']}{uncertain})"


def _variants(before: Sequence[Content], after: Sequence[Content]) -> Iterator[Change]:
    """Variants are the same when their conditions are; where a condition was rewritten, in their order."""
    conditions = [one["when"] for one in before], [one["when"] for one in after]
    for kind, i, j, k, m in SequenceMatcher(None, *conditions, autojunk=False).get_opcodes():
        shared = 0 if kind in {"insert", "delete"} else min(j - i, m - k)
        for place in range(shared):
            yield from _variant(k + place + 1, before[i + place], after[k + place])
        for place in range(i + shared, j):
            yield Change(f"variants.{place + 1}", REMOVED, _told(before[place]), None)
        for place in range(k + shared, m):
            yield Change(f"variants.{place + 1}", ADDED, None, _told(after[place]))


def _variant(number: int, before: Content, after: Content) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        yield from _field(f"variants.{number}.{name}", before.get(name), after.get(name))


def _told(variant: Content) -> str:
    return "; ".join(f"{name.replace('_', ' ')}: {plain(value)}" for name, value in variant.items())
