"""Criteria from a file, to try them: written down as drafts in a transaction that is rolled back."""

from datetime import datetime
from pathlib import Path

from apps.accounts.actors import Careteam
from apps.common.refusals import Invalid
from apps.escalation import wording
from apps.escalation.journeys.nodes import BadJourney, Where
from apps.escalation.journeys.staging import FOUNDED
from apps.escalation.models import Criterion, CriterionVersion
from apps.escalation.operations.drafting import write_down
from apps.knowledge.loading.files import BadFixture, Entry, entries, text_of


def drafts_of(path: Path) -> list[CriterionVersion]:
    """The criteria of a file that is written like those of fixtures/criteria. Raises BadJourney with the file and the line."""
    try:
        rows = entries(path, text_of(path))
    except BadFixture as error:
        raise BadJourney(str(error)) from None
    known = wording.known([str(row.get("code", "")) for row in rows])
    return [_draft(row, Where(str(path), row.line), known, FOUNDED) for row in rows]


def _draft(row: Entry, where: Where, known: wording.Known, at: datetime) -> CriterionVersion:
    code, group = str(row.get("code", "")), row.get("group", "")
    try:
        content = wording.complete({name: value for name, value in row.items() if name not in {"code", "group"}})
        wording.hold(content, known, code=code)
        criterion = Criterion.objects.filter(code=code).first() or _new(code, str(group))
        return write_down(criterion=criterion, content=content, by=Careteam(at=at), at=at)
    except Invalid as error:
        field, rule = next(iter(error.errors.items()), ("", error.detail))
        raise where.bad(f"{code}: {field}: {rule}") from None


def _new(code: str, group: str) -> Criterion:
    row = Criterion(code=code, group=group)
    row.hold_to_rules()
    row.save(force_insert=True)
    return row
