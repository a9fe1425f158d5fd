"""Reading pictures and histories from the database: people, their values, and all the rest, a query each for a whole batch."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Subquery

from apps.escalation.picture import statements
from apps.escalation.picture.needs import Look, Needs
from apps.escalation.picture.values import Followed, History, Known, Person, Picture, Target, pictured
from apps.knowledge.in_force import everything
from apps.knowledge.models import MonitoringSchedule
from apps.knowledge.values import Catalogue
from apps.observations.models import Assessment, Fact
from apps.observations.operations.base import AHEAD
from apps.patients.models import Antibody, Patient
from apps.plans import reviews
from apps.plans.dosing import Dosage
from apps.plans.models import PlanPolicy
from apps.referrals.moves import OPEN, State

#: A referral whose report is still to come. Of one that was declined nobody is to see the patient.
AWAITED = [state.value for state in OPEN - {State.DRAFT, State.DECLINED, State.REPORTED}]
STANDING = [Fact.Status.FINAL, Fact.Status.AMENDED]
#: Dates at the site compare; a day more is read, so that every zone is in it.
SLACK = timedelta(days=2)
BEGINNING = datetime.fromisoformat("0001-01-02T00:00:00+00:00")
NAMES = {**dict(Assessment.Kind.choices), **dict(Antibody.Code.choices)}

Rest = tuple[list[Known], list[Target], list[Followed]]


def read(
    patients: Sequence[UUID], at: datetime, needs: Needs, knowledge: Catalogue | None = None
) -> dict[UUID, Picture]:
    """The pictures of these patients, with what `needs` names and no more. Three queries, and that for knowledge where criteria
    ask about medicines and it is not given.
    """
    knowledge = _knowledge(needs, knowledge)
    facts = _values(patients, needs, at)
    rest = _others(patients, needs, at, statements.OTHERS_NOW)
    found = {}
    for person in _people(patients):
        known, targets, followed = rest[person.patient_id]
        found[person.patient_id] = pictured(
            person, at, [*facts[person.patient_id], *known], targets, followed, knowledge
        )
    return found


def history(
    patients: Sequence[UUID], until: datetime, needs: Needs, knowledge: Catalogue | None = None
) -> dict[UUID, History]:
    """All that was ever known about these patients of what `needs` names, until a moment; also what was wrong, with since when
    that is known. As the record is today: who the patient is, and which antibody results were entered in error.
    """
    knowledge = _knowledge(needs, knowledge)
    values = _rows(
        statements.ALL_OBSERVATIONS, {"patients": list(patients), "codes": sorted(needs.looks), "ahead": until + AHEAD}
    )
    facts: dict[UUID, list[Known]] = defaultdict(list)
    for row in values:
        facts[row[0]].append(_value(row))
    rest = _others(patients, needs, until, statements.OTHERS_EVER)
    return {
        person.patient_id: History(
            person, (*facts[person.patient_id], *rest[person.patient_id][0]), tuple(rest[person.patient_id][1]),
            tuple(rest[person.patient_id][2]), knowledge,
        )
        for person in _people(patients)
    }  # fmt: skip


def _knowledge(needs: Needs, given: Catalogue | None) -> Catalogue | None:
    return given if given is not None or not needs.of_knowledge else everything()


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _people(patients: Sequence[UUID]) -> Iterable[Person]:
    scheme = PlanPolicy.objects.filter(site=OuterRef("site")).values("scheme")[:1]
    rows = Patient.objects.filter(pk__in=patients).select_related("site").annotate(scheme=Subquery(scheme))
    for row in rows:
        yield Person(
            row.pk, row.site_id, row.site.zone, row.status, row.onset, row.birth_date, row.phenotype, row.gender,
            row.diagnosis_date, getattr(row, "scheme", None) or MonitoringSchedule.Scheme.MONTHLY,
        )  # fmt: skip


def _values(patients: Sequence[UUID], needs: Needs, at: datetime) -> dict[UUID, list[Known]]:
    found: dict[UUID, list[Known]] = defaultdict(list)
    if not needs.looks:
        return found
    looks = sorted(needs.looks.items())
    values = {
        "patients": list(patients), "at": at, "ahead": at + AHEAD, "codes": [code for code, _ in looks],
        "since": [_since(look, at) for _, look in looks], "keep": [look.keep for _, look in looks],
        "before": [look.before for _, look in looks], "base": [int(look.base) for _, look in looks],
        "sessions": [look.sessions for _, look in looks], "course": [look.course for _, look in looks],
        "medicines": needs.medicines, "before_course": reviews.DAYS_BEFORE + SLACK.days,
    }  # fmt: skip
    for row in _rows(statements.OBSERVATIONS, values):
        found[row[0]].append(_value(row))
    return found


def _since(look: Look, at: datetime) -> datetime:
    if look.everything:
        return BEGINNING
    return at + AHEAD + SLACK if look.days is None else at - timedelta(days=look.days) - SLACK


def _value(row: tuple[Any, ...]) -> Known:
    number, code, truth = row[4], row[5], row[6]
    status, error_at, corrected_at = row[13], row[14], row[15]
    return Known(
        "observation", row[3], row[1], row[2], code if code is not None else truth if number is None else _short(number),
        row[7], row[8], unit=row[9], limit=row[10], session=row[11], baseline=row[12],
        gone_at=error_at or corrected_at or (None if status in STANDING else row[8]),
    )  # fmt: skip


def _short(number: Decimal) -> Decimal:
    """A number without zeros behind, and without an exponent."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def _others(patients: Sequence[UUID], needs: Needs, at: datetime, statement: str) -> dict[UUID, Rest]:
    values = {
        "patients": list(patients), "at": at, "ahead": at + AHEAD, "concepts": sorted(needs.concepts),
        "assessments": sorted(needs.assessments), "antibodies": sorted(needs.antibodies), "referrals": sorted(needs.referrals),
        "targets": sorted(needs.targets), "medicines": needs.medicines, "awaited": AWAITED,
    }  # fmt: skip
    found: dict[UUID, Rest] = defaultdict(lambda: ([], [], []))
    for patient_id, kind, pk, code, name, effective_at, recorded_at, gone_at, text in _rows(statement, values):
        facts, targets, followed = found[patient_id]
        rest = json.loads(text)
        if kind == "plan":
            followed.append(Followed(effective_at, gone_at, _dosages(rest["items"]), plan=code))
        elif kind == "target":
            targets.append(Target(code, _number(rest["low"]), _number(rest["high"]), effective_at, gone_at))
        else:
            facts.append(_fact(kind, pk, code, name, effective_at, recorded_at, gone_at, rest))
    return found


def _fact(
    kind: str, pk: UUID, code: str, name: str, effective_at: datetime, recorded_at: datetime, gone_at: datetime | None,
    rest: dict[str, Any],
) -> Known:  # fmt: skip
    return Known(
        kind, pk, code, NAMES.get(code, name) if kind in {"assessment", "antibody"} else name, rest.get("value") or None,
        effective_at, recorded_at, severity=rest.get("severity", ""), category=rest.get("category", ""),
        discipline=rest.get("discipline", ""), resolved_at=_moment(rest.get("resolved_at")),
        resolution_known_at=_moment(rest.get("resolution_known_at")), gone_at=gone_at,
    )  # fmt: skip


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _dosages(items: Sequence[dict[str, Any]]) -> dict[str, list[Dosage]]:
    found: dict[str, list[Dosage]] = {}
    for item in items:
        dates = {name: date.fromisoformat(item[name]) if item[name] else None for name in ("starts_on", "stops_on")}
        rest = {name: item[name] for name in item if name not in {"dose", *dates}}
        found.setdefault(item["medicine"], []).append(Dosage(dose=Decimal(item["dose"]), **rest, **dates))  # type: ignore[arg-type]
    return found
