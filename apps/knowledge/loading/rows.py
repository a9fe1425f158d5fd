"""The rows of an edition's files, checked: each has its keys, its values are of their kind, and what it names is there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import models

from apps.common.refusals import Invalid
from apps.knowledge.loading.files import BadFixture, Entry, entries, parse, text_of
from apps.knowledge.loading.kinds import EDITION, FILES, KINDS, Kind
from apps.knowledge.models import Shipped, Source, Statement
from apps.knowledge.rules import checked


@dataclass
class Written:
    """One row as it stands in a file: what it gives, and where (“file, line 7”)."""

    kind: Kind
    values: Entry
    where: str

    @property
    def key(self) -> str:
        """The code or key by which it is named."""
        return str(self.values[self.kind.key])

    def bad(self, rule: str) -> BadFixture:
        """The refusal of this row."""
        return BadFixture(f"{self.where}: {rule}")


Rows = dict[Kind, list[Written]]


def texts_of(folder: Path) -> dict[str, str]:
    """The texts of all files of an edition, by name. Raises BadFixture."""
    return {name: text_of(folder / name) for name in FILES}


def edition_of(folder: Path, texts: dict[str, str]) -> str:
    """The edition's code. Raises BadFixture."""
    path = folder / EDITION
    data = parse(path, texts[EDITION])
    if not isinstance(data, Entry) or set(data) != {"edition"}:
        raise BadFixture(f"{path}: must hold the one key “edition”")
    return str(data["edition"])


def rows_of(folder: Path, texts: dict[str, str]) -> Rows:
    """The rows of all files, by kind, in the order of loading, each value as its field keeps it; keys that are not given are
    not in them. Rows are still named by their codes. Raises BadFixture.
    """
    found: Rows = {}
    for kind in KINDS:
        found[kind] = list(_written(kind, folder / kind.file, entries(folder / kind.file, texts[kind.file])))
        if kind.nested is not None:
            found[kind.nested] = list(_nested(kind, kind.nested, folder / kind.file, found[kind]))
    known = {kind.model: {row.key for row in rows} for kind, rows in found.items()}
    statements = {row.key: row.values for row in found[_kind_of(Statement)]}
    for row in (row for rows in found.values() for row in rows):
        _read(row, known)
        if issubclass(row.kind.model, Shipped):
            _cite(row, known, statements)
    return found


def _kind_of(model: type[models.Model]) -> Kind:
    return next(kind for kind in KINDS if kind.model is model)


def _written(kind: Kind, path: Path, given: Iterable[Entry]) -> Iterator[Written]:
    seen: set[str] = set()
    for entry in given:
        row = Written(kind, entry, f"{path}, line {entry.line}")
        if unknown := {str(key) for key in entry} - kind.keys:
            raise row.bad(f"unknown key “{min(unknown)}”")
        if absent := [key for key in kind.required if key not in entry]:
            raise row.bad(f"“{absent[0]}” is missing")
        if row.key in seen:
            raise row.bad(f"“{row.key}” stands there twice")
        seen.add(row.key)
        yield row


def _nested(kind: Kind, inner: Kind, path: Path, outer: list[Written]) -> Iterator[Written]:
    """The steps of pathways; where they do not say their ordinal it is their place in the list."""
    given: list[Entry] = []
    for row in outer:
        steps, last = row.values.pop(kind.nested_in), 0
        if not isinstance(steps, list) or not all(isinstance(step, Entry) for step in steps):
            raise row.bad(f"“{kind.nested_in}” must hold a list of mappings")
        for step in steps:
            ordinal = step.setdefault("ordinal", last + 1)
            if not isinstance(ordinal, int) or ordinal <= last:
                raise BadFixture(f"{path}, line {step.line}: “ordinal” must be more than that of the step before")
            last = ordinal
            step.inside = row.key
        given += steps
    for found in _written(inner, path, given):
        found.values[inner.parent] = found.values.inside
        yield found


def _read(row: Written, known: dict[type[models.Model], set[str]]) -> None:
    for name in [name for name in row.values if name in row.kind.fields]:
        field = row.kind.fields[name]
        row.values[name] = (
            _named(row, name, known[field.related_model], several=field.many_to_many)
            if field.is_relation
            else _plain(row, name, known)
        )


def _plain(row: Written, name: str, known: dict[type[models.Model], set[str]]) -> Any:
    value, choices = row.values[name], row.kind.fields[name].choices
    if choices and value not in {choice for choice, _ in choices} | {""}:
        raise row.bad(f"unknown {name} “{value}”")
    try:
        return checked(row.kind.model, name, value, known.__getitem__)
    except Invalid as refusal:
        raise row.bad(f"“{name}”: {refusal.detail}") from None


def _named(row: Written, name: str, known: set[str], *, several: bool) -> Any:
    value, target = row.values[name], row.kind.fields[name].related_model._meta.verbose_name
    if value is None and row.kind.fields[name].null:
        return None
    codes = value if several else [value]
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise row.bad(f"“{name}” must be {'a list of codes' if several else 'a code'}")
    if unknown := set(codes) - known:
        raise row.bad(f"there is no {target} “{min(unknown)}”")
    return value


def _cite(row: Written, known: dict[type[models.Model], set[str]], statements: dict[str, Entry]) -> None:
    """Hold the row to its citations, and add to its sources those of its statements."""
    cited, sources = row.values.get("statements", []), row.values.get("sources", [])
    if row.kind.cites and not (cited or sources):
        raise row.bad("it names no statement and no source: no number without its source")
    if row.kind.cites and not row.values.get("mark"):
        raise row.bad("“mark” is missing: how well was it verified?")
    if unknown := set(cited) - set(statements):
        raise row.bad(f"there is no statement “{min(unknown)}”")
    if unknown := set(sources) - known[Source]:
        raise row.bad(f"there is no source “{min(unknown)}”")
    row.values["sources"] = list(dict.fromkeys([*(statements[code]["source"] for code in cited), *sources]))
