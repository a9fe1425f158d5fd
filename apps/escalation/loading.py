"""Loading the shipped criteria from fixtures/criteria: each new wording arrives as a draft and changes nothing in force."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.common.refusals import Invalid
from apps.escalation import language
from apps.escalation.models import Criterion, CriterionVersion
from apps.escalation.names import names
from apps.knowledge.loading.files import BadFixture, entries, text_of
from apps.nudges.ladder import ON_CALL_FIRST
from apps.nudges.models import Severity

NEEDED = ("code", "group", "name", "when", "clears", "severity", "asks", "acknowledge_within", "act_within", "advice",
          "citations", "origin")  # fmt: skip
OPTIONAL = ("variants", "informs", "parameters", "excludes")
VARIANT = ("when", "severity", "reason", "asks", "informs", "acknowledge_within", "act_within")


class BadCriteria(Exception):  # noqa: N818 - it says what is bad
    """A file cannot be loaded; the message names the file, the criterion and the rule."""


@dataclass
class Report:
    """What loading did."""

    drafted: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


@transaction.atomic
def load(*, folder: Path, by: Actor, at: datetime) -> Report:
    """Load every file of the folder, all or nothing. A wording that is known already, in any state, is left alone.

    Raises BadCriteria.
    """
    report, known = Report(), names()
    for path in sorted(folder.glob("*.yaml")):
        for row in _rows(path):
            try:
                _place(row, by, at, report, known)
            except (language.BadExpression, Invalid, KeyError) as error:
                raise BadCriteria(f"{path.name}: {row.get('code')}: {error}") from None
    if not report.drafted and not report.unchanged:
        raise BadCriteria(f"{folder}: there are no criteria in it")
    return report


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        data = entries(path, text_of(path))
    except BadFixture as error:
        raise BadCriteria(str(error)) from None
    for row in data:
        where = f"{path.name}: {row.get('code', 'a criterion')}"
        if absent := [key for key in NEEDED if key not in row]:
            raise BadCriteria(f"{where}: “{absent[0]}” is missing")
        if unknown := set(row) - {*NEEDED, *OPTIONAL}:
            raise BadCriteria(f"{where}: unknown key “{min(unknown)}”")
        yield row


def _place(row: dict[str, Any], by: Actor, at: datetime, report: Report, known: language.Names) -> None:
    digest = hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()
    criterion, _ = Criterion.objects.get_or_create(code=row["code"], defaults={"group": row["group"]})
    if criterion.versions.filter(digest=digest).exists():
        report.unchanged.append(row["code"])
        return
    _check_shape(row)
    _check(row, known)
    last = criterion.versions.aggregate(last=Max("number"))["last"] or 0
    values = {key: value for key, value in row.items() if key not in {"code", "group"}}
    version = CriterionVersion(
        criterion=criterion, number=last + 1, digest=digest, written_at=at, author_id=by.user_id, **values
    )
    criterion.hold_to_rules()
    version.hold_to_rules()
    version.save(force_insert=True)
    audit.record(
        by=by, at=at, verb="escalation.load_criterion", subject=version,
        changes=audit.created(version, "criterion", "number", "state", "severity"),
    )  # fmt: skip
    report.drafted.append(f"{row['code']} version {version.number}")


def _check(row: dict[str, Any], known: language.Names) -> None:
    parameters = row.get("parameters", {})
    expressions = [row["when"], *[variant["when"] for variant in row.get("variants", [])]]
    if row["clears"] != language.BY_PERSON:
        expressions.append(row["clears"])
    for text in expressions:
        language.check(text, parameters=parameters, names=known)
    for variant in row.get("variants", []):
        _check_variant(variant)
    for part in [row, *row.get("variants", [])]:
        wanted = {name.removesuffix(ON_CALL_FIRST) for name in [*part.get("asks", []), *part.get("informs", [])]}
        if unknown := wanted - known.disciplines:
            raise Invalid.field("asks", f"there is no discipline “{min(unknown)}”")
    for name, parameter in parameters.items():
        if set(parameter) != {"value", "unit", "citation", "mark"}:
            raise Invalid.field("parameters", f"“{name}” needs value, unit, citation and mark")


def _check_variant(variant: dict[str, Any]) -> None:
    if unknown := set(variant) - set(VARIANT):
        raise Invalid.field("variants", f"unknown key “{min(unknown)}”")
    if variant["severity"] not in Severity.values:
        raise Invalid.field("variants", f"“{variant['severity']}” is no severity")


#: What each key of a criterion or a variant holds.
TEXTS = (
    "code",
    "group",
    "name",
    "when",
    "clears",
    "severity",
    "acknowledge_within",
    "act_within",
    "advice",
    "origin",
    "reason",
)
LISTS = ("asks", "informs", "citations", "excludes")


def _check_shape(row: dict[str, Any]) -> None:
    """Raise Invalid where a text, a list or a mapping is expected and something else stands there."""
    variants, parameters = row.get("variants", []), row.get("parameters", {})
    if not isinstance(variants, list) or not all(isinstance(variant, dict) for variant in variants):
        raise Invalid.field("variants", "“variants” must be a list of mappings")
    if not isinstance(parameters, dict) or not all(isinstance(value, dict) for value in parameters.values()):
        raise Invalid.field("parameters", "“parameters” must hold a mapping a name")
    for part in [row, *variants]:
        for key in [key for key in TEXTS if key in part]:
            if not isinstance(part[key], str):
                raise Invalid.field(key, f"“{key}” must be a text")
        for key in [key for key in LISTS if key in part]:
            if not isinstance(part[key], list) or not all(isinstance(item, str) for item in part[key]):
                raise Invalid.field(key, f"“{key}” must be a list of texts")
