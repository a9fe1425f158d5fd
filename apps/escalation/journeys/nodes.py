"""YAML as a tree in which everything knows its file and its line. Nothing of Django in here, and no database."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from zoneinfo import ZoneInfo

import yaml

#: What a day alone means where a time is wanted: after the look at 06:00, and on no side of a change of the clock.
NOON = time(12)
TAG = "tag:yaml.org,2002:"
_NUMBER = re.compile(r"^-?[0-9]{1,10}(\.[0-9]{1,6})?\Z")
_WHOLE = re.compile(r"^[0-9]{1,6}\Z")
_MOMENT = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2})?\Z")
LONGEST = 500


class BadJourney(Exception):  # noqa: N818 - it says what is bad
    """A journey cannot be read or played; the message names the file, the line and the rule."""


@dataclass(frozen=True)
class Where:
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"

    def bad(self, rule: str) -> BadJourney:
        """What is wrong here."""
        return BadJourney(f"{self}: {rule}")


class Part:
    """A piece of a file: a mapping, a list, or one value. Each way to take it raises BadJourney where it is something else.

    `named` is where its key stands, if it has one: perhaps on a line before it.
    """

    def __init__(self, file: str, node: yaml.Node, named: Where | None = None) -> None:
        self.node = node
        self.where = Where(file, node.start_mark.line + 1)
        self.named = named or self.where

    def bad(self, rule: str) -> BadJourney:
        """What is wrong here."""
        return self.where.bad(rule)

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def is_mapping(self) -> bool:
        """Whether it is a mapping."""
        return isinstance(self.node, yaml.MappingNode)

    def items(self, what: str) -> list["Part"]:
        """The items of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.bad(f"{what} is a list: write such as [SW-01, SW-02], or one a line, each after a hyphen")
        return [Part(self.where.file, node) for node in self.node.value]

    def entries(self, what: str) -> dict[str, "Part"]:
        """A mapping by its keys, each given once."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.bad(f"{what} is a mapping: write “key: value”")
        found: dict[str, Part] = {}
        for key, value in self.node.value:
            name = Part(self.where.file, key)
            text = name.text("a key")
            if text in found:
                raise name.bad(f"the key “{text}” is given twice")
            found[text] = Part(self.where.file, value, name.where)
        return found

    def fields(self, what: str, *, needed: Collection[str] = (), optional: Collection[str] = ()) -> dict[str, "Part"]:
        """A mapping that has the keys it needs, and no others than these."""
        found = self.entries(what)
        known = [*needed, *optional]
        for name, part in found.items():
            if name not in known:
                raise part.named.bad(unknown(f"the key of {what}", name, known))
        if absent := [name for name in needed if name not in found]:
            raise self.bad(f"{what} needs “{absent[0]}”")
        return found

    def text(self, what: str) -> str:
        """A word or a sentence."""
        text, tag = self._scalar(what)
        if tag in {"null", "bool"} or not text.strip():
            raise self.bad(f"{what} is a text; write “yes”, “no” and the like in quotes")
        if len(text) > LONGEST or not text.isprintable():
            raise self.bad(f"{what} is a line of printable characters, at most {LONGEST}")
        return text.strip()

    def choice(self, what: str, known: Sequence[str]) -> str:
        """One of some words."""
        text = self.text(what)
        if text not in known:
            raise self.bad(unknown(what, text, known))
        return text

    def number(self, what: str) -> Decimal:
        """A number, exactly as it is written."""
        text, tag = self._scalar(what)
        if tag not in {"int", "float"} or not _NUMBER.match(text):
            raise self.bad(f"{what} is a number, such as 3 or 2.5")
        return Decimal(text)

    def whole(self, what: str) -> int:
        """A whole number."""
        text, _ = self._scalar(what)
        if not _WHOLE.match(text):
            raise self.bad(f"{what} is a whole number")
        return int(text)

    def flag(self, what: str) -> bool:
        """True or false."""
        text, _ = self._scalar(what)
        if text not in {"true", "false"}:
            raise self.bad(f"{what} is true or false")
        return text == "true"

    def value(self, what: str) -> Decimal | bool | str:
        """A number, true or false, or a word."""
        text, tag = self._scalar(what)
        if tag in {"int", "float"}:
            return self.number(what)
        return self.flag(what) if tag == "bool" and text in {"true", "false"} else self.text(what)

    def day(self, what: str) -> date:
        """A day."""
        text, _ = self._scalar(what)
        try:
            return date.fromisoformat(text) if _MOMENT.match(text) else date.fromisoformat("")
        except ValueError:
            raise self.bad(f"{what} is a day, such as 2026-04-13") from None

    def moment(self, what: str, zone: ZoneInfo) -> datetime:
        """A moment, in UTC; a day alone means noon. Where the clock is put back, the first of the two."""
        text, _ = self._scalar(what)
        try:
            local = datetime.fromisoformat(text) if _MOMENT.match(text) else datetime.fromisoformat("")
        except ValueError:
            raise self.bad(f"{what} is a time, such as 2026-04-13 09:00, or a day, which means noon") from None
        if len(text) == len("2026-04-13"):
            local = datetime.combine(local.date(), NOON)
        at = local.replace(tzinfo=zone).astimezone(ZoneInfo("UTC"))
        if at.astimezone(zone).replace(tzinfo=None) != local:
            raise self.bad(f"{text} does not exist in {zone.key}: the clocks are put forward")
        return at

    def _scalar(self, what: str) -> tuple[str, str]:
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.bad(f"{what} is a single value")
        return str(self.node.value), str(self.node.tag).removeprefix(TAG)


def unknown(what: str, name: str, known: Collection[str]) -> str:
    """A sentence about a word that is none of those known, with the one that may be meant, or all where they are few."""
    near = get_close_matches(name, known, n=1)
    few = 12
    hint = f" Do you mean “{near[0]}”?" if near else (f" Known: {', '.join(known)}." if 0 < len(known) <= few else "")
    return f"unknown: {what} “{name}”.{hint}"


def compose(file: str, text: str) -> Part:
    """The root of a file. Raises BadJourney for what is no YAML, or empty."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise Where(file, line).bad(f"this is not valid YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise Where(file, 1).bad(f"this is not valid YAML: {error}") from None
    except RecursionError:
        raise Where(file, 1).bad("this is nested too deeply") from None
    if node is None:
        raise Where(file, 1).bad("the file is empty")
    return Part(file, node)
