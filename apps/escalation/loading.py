"""Loading the shipped criteria from fixtures/criteria: each new wording arrives as a draft and changes nothing in force."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.common.refusals import Invalid
from apps.escalation import wording
from apps.escalation.models import Criterion, digest_of
from apps.escalation.operations.drafting import write_down
from apps.knowledge.loading.files import BadFixture, entries, text_of

OF_CRITERION = ("code", "group")


class BadCriteria(Exception):  # noqa: N818 - it says what is bad
    """A file cannot be loaded; the message names the file, the criterion and the rule."""


@dataclass
class Report:
    """What loading did."""

    drafted: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """A criterion in a file."""

    file: str
    values: dict[str, Any]

    @property
    def code(self) -> str:
        """Its code, as far as it says one."""
        return str(self.values.get("code", "a criterion"))

    @property
    def content(self) -> dict[str, Any]:
        """What its version says, what is not said by its default. Raises Invalid."""
        return wording.complete({name: value for name, value in self.values.items() if name not in OF_CRITERION})


@transaction.atomic
def load(*, folder: Path, by: Actor, at: datetime) -> Report:
    """Load every file of the folder, all or nothing. A wording that is known already, in any state, is left alone.

    Raises BadCriteria.
    """
    found = [row for path in sorted(folder.glob("*.yaml")) for row in read(path)]
    if not found:
        raise BadCriteria(f"{folder}: there are no criteria in it")
    return place(rows=found, by=by, at=at)


def read(path: Path) -> Iterator[Row]:
    """The criteria of a file. Raises BadCriteria."""
    try:
        data = entries(path, text_of(path))
    except BadFixture as error:
        raise BadCriteria(str(error)) from None
    for values in data:
        row = Row(path.name, values)
        for name in OF_CRITERION:
            if not isinstance(values.get(name), str):
                raise BadCriteria(f"{path.name}: {row.code}: “{name}” is missing or no text")
        yield row


@transaction.atomic
def place(*, rows: list[Row], by: Actor, at: datetime) -> Report:
    """Write these criteria down as drafts, all or nothing. Raises BadCriteria."""
    report, known = Report(), wording.known([row.code for row in rows])
    for row in rows:
        try:
            _place(row, known, report, by, at)
        except Invalid as error:
            rules = "; ".join(f"“{name}”: {rule}" for name, rule in (error.errors or {}).items()) or str(error)
            raise BadCriteria(f"{row.file}: {row.code}: {rules}") from None
    return report


def _place(row: Row, known: wording.Known, report: Report, by: Actor, at: datetime) -> None:
    content = row.content
    wording.hold(content, known, code=row.code)
    new = Criterion(code=row.code, group=row.values["group"])
    new.hold_to_rules(only={"code", "group"})
    criterion, _ = Criterion.objects.get_or_create(code=row.code, defaults={"group": new.group})
    if criterion.versions.filter(digest=digest_of(content)).exists():
        report.unchanged.append(row.code)
        return
    version = write_down(
        criterion=criterion, content=content, by=by, at=at, author_id=by.user_id, verb="escalation.load_criterion"
    )
    report.drafted.append(f"{row.code} version {version.number}")
