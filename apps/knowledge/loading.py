"""Loading an edition from fixtures/knowledge: by natural key, all or nothing, and without touching a hospital's own rows."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.db import connection, transaction

from apps.accounts.actors import Careteam
from apps.audit import operations as audit
from apps.knowledge.models import Concept, Discipline, DisciplineOverride, Edition, Instrument, Mark, Origin, Source

FILES = ("edition.yaml", "sources.yaml", "disciplines.yaml", "instruments.yaml", "concepts.yaml")


class BadFixture(Exception):  # noqa: N818 - it says what is bad
    """A file cannot be loaded; the message names the file, the line and the rule."""


@dataclass
class Report:
    """What loading did, by natural key."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    overridden_but_retired: list[str] = field(default_factory=list)
    unchanged: int = 0


class _Lines(yaml.SafeLoader):
    """Remembers on which line each mapping begins, and refuses a key given twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise BadFixture(f"line {node.start_mark.line + 1}: the key “{key}” is given twice")
        return {**super().construct_mapping(node, deep=True), "__line__": node.start_mark.line + 1}


#: Each file's keys: True where it must be there.
SOURCE_KEYS = {
    "key": True,
    "kind": True,
    "citation": True,
    "doi": False,
    "pmcid": False,
    "how_seen": False,
    "mark": False,
    "note": False,
}
DISCIPLINE_KEYS = {
    "code": True, "letters": False, "name": True, "core": True, "main_tasks": False, "writes_facts": False, "nudged_by": False,
    "sources": True,
}  # fmt: skip
INSTRUMENT_KEYS = {
    "code": True, "name": True, "kind": False, "unit": False, "minimum": False, "maximum": False, "step": False,
    "direction": False, "plausible_low": False, "plausible_high": False, "plausible_mark": False, "needs_limit": False,
    "keeps_magnitude": False, "derived": False, "codes": False, "loinc": False, "loinc_seen": False, "thresholds": False,
    "note": False, "mark": True, "sources": True,
}  # fmt: skip
CONCEPT_KEYS = {
    "code": True, "category": True, "name": True, "icd10_cm": False, "icd10_who": False, "note": False, "mark": False,
    "sources": True,
}  # fmt: skip
#: Numbers are written as text or whole, so that none of them ever was a binary fraction.
NUMBERS = ("minimum", "maximum", "step", "plausible_low", "plausible_high")


@transaction.atomic
def load(*, folder: Path, by: Careteam, at: datetime) -> Report:
    """Load the edition in `folder`: add what is new, change what differs, retire what is gone, and report it.

    A hospital's overrides and own disciplines stay as they are; an override on a discipline that was retired is reported.
    Raises BadFixture, and then nothing was written.
    """
    texts = {name: _text(folder / name) for name in FILES}
    digest = hashlib.sha256("\0".join(texts[name] for name in FILES).encode()).hexdigest()
    code = _edition(folder / FILES[0], texts[FILES[0]])
    sources = list(_rows(folder / FILES[1], texts[FILES[1]], SOURCE_KEYS, "key"))
    disciplines = list(_rows(folder / FILES[2], texts[FILES[2]], DISCIPLINE_KEYS, "code"))
    instruments = [
        _exact(row, folder / FILES[3]) for row in _rows(folder / FILES[3], texts[FILES[3]], INSTRUMENT_KEYS, "code")
    ]
    concepts = list(_rows(folder / FILES[4], texts[FILES[4]], CONCEPT_KEYS, "code"))
    for name, rows in ((FILES[2], disciplines), (FILES[3], instruments), (FILES[4], concepts)):
        _cross_check(folder / name, sources, rows)
    _check_kinds(folder, sources)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('careteam.loading', 'on', true)")
    edition, new = Edition.objects.get_or_create(digest=digest, defaults={"code": code, "loaded_at": at})
    report = Report()
    _load_sources(sources, edition, report)
    _load_disciplines(disciplines, edition, report)
    _load_cited(Instrument, instruments, edition, report)
    _load_cited(Concept, concepts, edition, report)
    if new:
        audit.record(
            by=by,
            at=at,
            verb="knowledge.load_edition",
            subject=edition,
            changes=audit.created(edition, "code", "digest"),
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('careteam.loading', 'off', true)")
    return report


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFixture(f"{path}: cannot be read: {error}") from None


def _parse(path: Path, text: str) -> Any:
    try:
        return yaml.load(text, Loader=_Lines)  # noqa: S506 - a SafeLoader that also remembers lines
    except yaml.YAMLError as error:
        raise BadFixture(f"{path}: not valid YAML: {error}") from None
    except BadFixture as error:
        raise BadFixture(f"{path}, {error}") from None


def _edition(path: Path, text: str) -> str:
    data = _parse(path, text)
    if not isinstance(data, dict) or set(data) - {"__line__"} != {"edition"}:
        raise BadFixture(f"{path}: must hold the one key “edition”")
    return str(data["edition"])


def _rows(path: Path, text: str, keys: dict[str, bool], natural: str) -> Iterator[dict[str, Any]]:
    data, seen = _parse(path, text), set()
    if not isinstance(data, list):
        raise BadFixture(f"{path}: must hold a list")
    for row in data:
        if not isinstance(row, dict):
            raise BadFixture(f"{path}: “{row}” is not a mapping")
        where = f"{path}, line {row.pop('__line__')}"
        if unknown := set(row) - set(keys):
            raise BadFixture(f"{where}: unknown key “{min(unknown)}”")
        if absent := [key for key, needed in keys.items() if needed and key not in row]:
            raise BadFixture(f"{where}: “{absent[0]}” is missing")
        if row[natural] in seen:
            raise BadFixture(f"{where}: “{row[natural]}” stands there twice")
        seen.add(row[natural])
        yield row


def _exact(row: dict[str, Any], path: Path) -> dict[str, Any]:
    """The row with its numbers as Decimal. Raises BadFixture for one that is not written exactly."""
    for name in NUMBERS:
        if name in row:
            if isinstance(row[name], float):
                raise BadFixture(f"{path}: {row['code']}: put the number “{name}” into quotes, so that it stays exact")
            row[name] = Decimal(row[name])
    return row


def _cross_check(path: Path, sources: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    known = {row["key"] for row in sources}
    for row in rows:
        if unknown := set(row["sources"]) - known:
            raise BadFixture(f"{path}: {row['code']}: there is no source “{min(unknown)}”")


def _check_kinds(folder: Path, sources: list[dict[str, Any]]) -> None:
    for row in sources:
        if row.get("kind") not in Source.Kind.values or row.get("mark", "") not in ("", *Mark.values):
            raise BadFixture(f"{folder / FILES[1]}: {row['key']}: unknown kind or mark")


def _load_sources(rows: list[dict[str, Any]], edition: Edition, report: Report) -> None:
    existing = {source.key: source for source in Source.objects.all()}
    for row in rows:
        _place(existing.pop(row["key"], None), Source, {**row, "retired": False}, edition, report)
    for source in existing.values():
        _retire(source, report)


def _load_disciplines(rows: list[dict[str, Any]], edition: Edition, report: Report) -> None:
    existing = {row.code: row for row in Discipline.objects.filter(origin=Origin.SHIPPED)}
    taken = set(Discipline.objects.filter(origin=Origin.LOCAL).values_list("code", flat=True))
    for row in rows:
        if row["code"] in taken:
            raise BadFixture(
                f"{FILES[2]}: {row['code']}: the hospital's own discipline has this code; rename that first"
            )
        values = {key: value for key, value in row.items() if key != "sources"}
        discipline = _place(existing.pop(row["code"], None), Discipline, {**values, "retired": False}, edition, report)
        discipline.sources.set(Source.objects.filter(key__in=row["sources"]))
    overridden = set(DisciplineOverride.objects.values_list("discipline_id", flat=True))
    for discipline in existing.values():
        _retire(discipline, report)
        if discipline.pk in overridden:
            report.overridden_but_retired.append(discipline.code)


def _load_cited(model: Any, rows: list[dict[str, Any]], edition: Edition, report: Report) -> None:
    """Rows that are only ever shipped: placed by their code, with their sources."""
    existing = {row.code: row for row in model.objects.all()}
    sources = {source.key: source for source in Source.objects.all()}
    defaults = {name: model._meta.get_field(name).get_default() for name in _optional(model)}
    for row in rows:
        values = {**defaults, **{key: value for key, value in row.items() if key != "sources"}, "retired": False}
        placed = _place(existing.pop(row["code"], None), model, values, edition, report)
        placed.sources.set([sources[key] for key in row["sources"]])
    for left in existing.values():
        _retire(left, report)


def _optional(model: Any) -> list[str]:
    keys = INSTRUMENT_KEYS if model is Instrument else CONCEPT_KEYS
    return [name for name, needed in keys.items() if not needed]


def _place(found: Any, model: Any, values: dict[str, Any], edition: Edition, report: Report) -> Any:
    key = f"{model._meta.model_name} {values.get('code') or values.get('key')}"
    row = found or model()
    differs = [name for name, value in values.items() if getattr(row, name) != value]
    if found is not None and not differs:
        report.unchanged += 1
        return row
    for name, value in values.items():
        setattr(row, name, value)
    row.edition = edition
    row.hold_to_rules()
    row.save()
    (report.changed if found else report.added).append(key)
    return row


def _retire(row: Any, report: Report) -> None:
    if row.retired:
        report.unchanged += 1
        return
    row.retired = True
    row.save(update_fields=["retired"])
    report.retired.append(f"{row._meta.model_name} {getattr(row, 'code', None) or row.key}")
