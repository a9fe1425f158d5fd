"""Loading an edition: by natural key, all or nothing, and without touching what is a hospital's own."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, models, transaction

from apps.accounts.actors import Careteam
from apps.audit import operations as audit
from apps.common.refusals import Invalid
from apps.knowledge.loading.kinds import FILES, Kind
from apps.knowledge.loading.own import Review, review
from apps.knowledge.loading.rows import Written, edition_of, rows_of, texts_of
from apps.knowledge.models import Edition, Origin, PathwayStep

#: More than any step's ordinal: where steps that change places stand meanwhile.
ASIDE = 10_000


@dataclass
class Report:
    """What loading did, by natural key: “medicine prednisone”. `overridden_but_retired` are codes of disciplines whose wording
    is a hospital's own; `own` is everything else of a hospital's own that is to be looked at now.
    """

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    overridden_but_retired: list[str] = field(default_factory=list)
    own: Review = field(default_factory=Review)
    unchanged: int = 0


@transaction.atomic
def load(*, folder: Path, by: Careteam, at: datetime) -> Report:
    """Load the edition in `folder`: add what is new, change what differs, retire what is gone, and report it.

    A hospital's own values and rows stay as they are; those beside something that changed or was retired are reported.
    Raises BadFixture, and then nothing was written.
    """
    texts = texts_of(folder)
    code, rows = edition_of(folder, texts), rows_of(folder, texts)
    _loading("on")
    digest = hashlib.sha256("\0".join(texts[name] for name in FILES).encode()).hexdigest()
    loader = _Loader(_edition(code, digest, by, at))
    for kind, written in rows.items():
        loader.load(kind, written)
    _loading("off")
    report = loader.report
    report.own = review(report.changed, report.retired)
    report.overridden_but_retired = report.own.disciplines
    return report


def _loading(state: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('careteam.loading', %s, true)", [state])


def _edition(code: str, digest: str, by: Careteam, at: datetime) -> Edition:
    """The edition with this content, now the newest: also when it was loaded before and another one since."""
    newest = Edition.objects.first()
    if newest is not None and newest.digest == digest:
        return newest
    edition, _ = Edition.objects.update_or_create(digest=digest, defaults={"code": code, "loaded_at": at})
    changes = audit.created(edition, "code", "digest")
    audit.record(by=by, at=at, verb="knowledge.load_edition", subject=edition, changes=changes)
    return edition


class _Loader:
    """One loading: places the rows of one kind after another, and knows those placed, by their codes."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.report = Report()
        self.placed: dict[type[models.Model], dict[str, Any]] = {}

    def load(self, kind: Kind, written: list[Written]) -> None:
        """Add, change and retire the rows of one kind."""
        there = self._shipped(kind, written)
        new: list[Any] = []
        changed: list[Any] = []
        self.placed[kind.model] = {}
        for row in written:
            values = self._values(kind, row)
            found = there.pop(row.key, None)
            self.placed[kind.model][row.key] = placed = found or kind.model()
            if found is not None and all(getattr(found, name) == value for name, value in values.items()):
                self.report.unchanged += 1
                continue
            self._set(placed, {**values, "edition": self.edition}, row)
            (new if found is None else changed).append(placed)
        self._retire(kind, list(there.values()))
        self._save(kind, new, changed)
        for name, several in kind.fields.items():
            if several.many_to_many:
                self._relate(kind, name, written)

    def _shipped(self, kind: Kind, written: list[Written]) -> dict[str, Any]:
        """The shipped rows there are, by their codes. Raises BadFixture when a hospital's own has a code of the edition's."""
        pointers = [name for name, own in kind.fields.items() if own.many_to_one]
        there = {getattr(row, kind.key): row for row in kind.model._default_manager.select_related(*pointers)}
        own = {code for code, row in there.items() if getattr(row, "origin", None) == Origin.LOCAL}
        for row in written:
            if row.key in own:
                called = kind.model._meta.verbose_name
                raise row.bad(f"{row.key}: the hospital's own {called} has this code; rename that first")
        return {code: row for code, row in there.items() if code not in own}

    def _values(self, kind: Kind, row: Written) -> dict[str, Any]:
        """What the row is to hold: what the file gives, else the field's default."""
        found: dict[str, Any] = {"retired": False}
        for name, own in kind.fields.items():
            if own.many_to_many:
                continue
            value = row.values.get(name, own.get_default())
            found[name] = self.placed[own.related_model][value] if own.is_relation and value is not None else value
        return found

    @staticmethod
    def _set(placed: Any, values: dict[str, Any], row: Written) -> None:
        for name, value in values.items():
            setattr(placed, name, value)
        try:
            placed.hold_to_rules()
        except Invalid as refusal:
            rules = [f"“{name}”: {rule}" for name, rule in refusal.errors.items()]
            raise row.bad("; ".join(rules) or refusal.detail) from None

    def _retire(self, kind: Kind, left: list[Any]) -> None:
        gone = [row for row in left if not row.retired]
        kind.model._default_manager.filter(pk__in=[row.pk for row in gone]).update(retired=True)
        self.report.retired += [f"{kind.name} {getattr(row, kind.key)}" for row in gone]
        self.report.unchanged += len(left) - len(gone)

    def _save(self, kind: Kind, new: list[Any], changed: list[Any]) -> None:
        if kind.model is PathwayStep:
            moving = PathwayStep.objects.filter(pk__in=[row.pk for row in changed])
            moving.update(ordinal=models.F("ordinal") + ASIDE)
        for row in changed:
            row.save()
        kind.model._default_manager.bulk_create(new)
        self.report.added += [f"{kind.name} {getattr(row, kind.key)}" for row in new]
        self.report.changed += [f"{kind.name} {getattr(row, kind.key)}" for row in changed]

    def _relate(self, kind: Kind, name: str, written: list[Written]) -> None:
        """Hold a table of pairs to what the files say, in three statements."""
        own: Any = kind.fields[name]
        through, ours, theirs = own.remote_field.through, own.m2m_field_name(), own.m2m_reverse_field_name()
        others = self.placed[own.related_model]
        mine = {row.key: self.placed[kind.model][row.key].pk for row in written}
        wanted = {(mine[row.key], others[key].pk) for row in written for key in row.values.get(name, [])}
        there = {
            (getattr(pair, f"{ours}_id"), getattr(pair, f"{theirs}_id")): pair.pk
            for pair in through._default_manager.filter(**{f"{ours}__in": mine.values()})
        }
        through._default_manager.filter(pk__in=[pk for pair, pk in there.items() if pair not in wanted]).delete()
        missing = sorted(wanted - set(there), key=str)
        through._default_manager.bulk_create(through(**{f"{ours}_id": a, f"{theirs}_id": b}) for a, b in missing)
