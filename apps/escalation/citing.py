"""Where a criterion and its numbers come from, as people read it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.escalation import units
from apps.escalation.models import Escalation
from apps.knowledge.models import Mark, Source, Statement


@dataclass(frozen=True)
class Cited:
    """A source, or a statement of one: its code, the source's title, what it says in our words, and how it was verified."""

    code: str
    title: str = ""
    says: str = ""
    mark: str = ""

    @property
    def verified(self) -> str:
        """How it was verified, in words; nothing where its title says the same."""
        words = _in_words(self.mark)
        return "" if words == self.title.lower() else words


@dataclass(frozen=True)
class Number:
    """A number of a criterion as it was used: its name and value as a person writes them, where it is from, and how sure it is.

    `own`: the site has set it itself. `uncertain`: the editors doubt it.
    """

    name: str
    value: str
    citation: str
    mark: str
    uncertain: bool
    own: bool

    @property
    def verified(self) -> str:
        """How it was verified, in words."""
        return _in_words(self.mark)


def numbers(values: Mapping[str, Mapping[str, Any]]) -> list[Number]:
    """The numbers of a criterion, or those that an escalation was opened with, in the order of their names."""
    return [
        Number(
            name.replace("_", " "), f"{one['value']}{units.behind(str(one.get('unit', '')))}", str(one.get("citation", "")),
            str(one.get("mark", "")), bool(one.get("uncertain")), bool(one.get("own")),
        )
        for name, one in sorted(values.items())
    ]  # fmt: skip


def cited(codes: Iterable[str]) -> list[Cited]:
    """These sources and statements, each once, in this order. What knowledge does not have any more has only its code."""
    wanted = list(dict.fromkeys(codes))
    found = {row.key: Cited(row.key, row.citation, "", row.mark) for row in Source.objects.filter(key__in=wanted)}
    for row in Statement.objects.filter(code__in=wanted).select_related("source"):
        found[row.code] = Cited(row.code, row.source.citation, row.text, row.mark)
    return [found.get(code, Cited(code)) for code in wanted]


def sources_of(escalation: Escalation) -> list[Cited]:
    """What the wording that opened an escalation cites, and what the numbers are from that it was opened with."""
    used = [str(one.get("citation", "")) for one in escalation.values_used.values()]
    return cited([*escalation.criterion_version.citations, *[code for code in used if code]])


def _in_words(mark: str) -> str:
    return Mark(mark).label if mark in Mark.values else ""
