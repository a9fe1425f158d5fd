"""Pictures made by hand and the shipped criteria over them: facts as they are read, nothing of a database."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from apps.escalation import evaluator, rulings
from apps.escalation.evaluator import Judgement
from apps.escalation.picture import Followed, Known, Person, Picture, Target, pictured
from apps.escalation.rulings import Ruling
from apps.knowledge.values import Catalogue, Medicine
from apps.plans.dosing import Dosage
from tests.escalation.house import BERLIN, shipped
from tests.plans.pure import sheet

#: A Monday.
NOON = datetime.fromisoformat("2026-04-13T12:00:00+02:00")
TODAY = NOON.date()
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
RITUXIMAB = Medicine("rituximab", "Rituximab", "biologic", ("iv",), immunosuppressant=True)
KNOWN = Catalogue(
    "a test",
    medicines={
        one.code: one
        for one in (
            sheet.AZATHIOPRINE, sheet.FOLIC_ACID, sheet.HCQ, sheet.METHOTREXATE, sheet.METHYLPREDNISOLONE, sheet.PREDNISONE,
            RITUXIMAB,
        )
    },
)  # fmt: skip


def moment(at: datetime | str) -> datetime:
    """A time as the database has it; a text without a zone is one at the site."""
    found = datetime.fromisoformat(at) if isinstance(at, str) else at
    return (found if found.tzinfo else found.replace(tzinfo=BERLIN)).astimezone(UTC)


def known(kind: str, code: str, at: datetime | str, value: Any = None, **more: Any) -> Known:
    """A fact, recorded when it was true unless said."""
    there = moment(at)
    made: dict[str, Any] = {"id": uuid4(), "name": code.upper(), "recorded_at": there, **more}
    return Known(kind=kind, code=code, value=value, effective_at=there, **made)


def number(code: str, value: float | str | Decimal, at: datetime | str = NOON - HOUR, **more: Any) -> Known:
    """A value of an instrument with numbers."""
    return known("observation", code, at, Decimal(str(value)), **more)


def coded(code: str, value: str | bool, at: datetime | str = NOON - HOUR, **more: Any) -> Known:
    """A value of an instrument with words, or with yes and no."""
    return known("observation", code, at, value, **more)


def screened(value: int, at: datetime | str = NOON - HOUR, **more: Any) -> Known:
    """An EAT-10."""
    return number("eat10", value, at, **more)


def complication(code: str, at: datetime | str = NOON - HOUR, **more: Any) -> Known:
    """A complication."""
    return known("condition", code, at, category="complication", **more)


def finding(code: str, at: datetime | str = NOON - HOUR, **more: Any) -> Known:
    """A finding."""
    return known("condition", code, at, category="finding", **more)


def assessed(at: datetime | str = NOON - HOUR, kind: str = "slt_assessment", result: str | None = None) -> Known:
    """An assessment, by speech and language therapy unless said."""
    return known("assessment", kind, at, result, discipline="slt")


def resolution(
    at: datetime | str = NOON - HOUR, discipline: str = "slt", code: str = "dysphagia", **more: Any
) -> Known:
    """A statement that a problem is over."""
    return known("resolution", code, at, discipline=discipline, **more)


def antibody(result: str, code: str = "mda5", at: datetime | str = NOON - 30 * DAY) -> Known:
    """The result of a test for an antibody."""
    return known("antibody", code, at, result)


def referred(to: str = "slt", at: datetime | str = NOON - DAY) -> Known:
    """A referral that goes on."""
    return known("referral", to, at, discipline=to)


def target(low: str | None, high: str | None = None, code: str = "spo2_rest_ra", **more: Any) -> Target:
    """A range that the team aims at, for the last 90 days and on unless said."""
    span = {"starts_at": NOON - 90 * DAY, "ends_at": None, **more}
    return Target(code, Decimal(low) if low else None, Decimal(high) if high else None, **span)


def order(medicine: Medicine, dose: str, since: date | str, until: date | str | None = None, **more: Any) -> Dosage:
    """A dosage in mg a day, unless said, from a day on."""
    first = date.fromisoformat(since) if isinstance(since, str) else since
    last = date.fromisoformat(until) if isinstance(until, str) else until
    return sheet.dosage(medicine, dose, starts_on=first, stops_on=last, **more)


def followed(*orders: Dosage, since: datetime | str = "2025-06-01 08:00", stopped: datetime | None = None) -> Followed:
    """A plan that was followed from a moment on."""
    found: dict[str, list[Dosage]] = {}
    for one in orders:
        found.setdefault(one.medicine, []).append(one)
    return Followed(moment(since), stopped, found)


def look(
    *facts: Known,
    at: datetime = NOON,
    zone: str = "Europe/Berlin",
    targets: Sequence[Target] = (),
    plans: Sequence[Followed] = (),
    knowledge: Catalogue | None = KNOWN,
    **person: Any,
) -> Picture:
    """The picture of these facts as reading makes it."""
    described: dict[str, Any] = {"status": "active", "onset": "adult", "birth_date": date(1960, 1, 1), **person}
    who = Person(UUID(int=1), UUID(int=2), ZoneInfo(zone), **described)
    return pictured(who, at, facts, targets, plans, knowledge)


def parameters(**numbers: Any) -> dict[str, dict[str, Any]]:
    """Parameters of a ruling: each a number, or a number and its unit."""
    said = {name: one if isinstance(one, tuple) else (one, "") for name, one in numbers.items()}
    return {
        name: {"value": str(one), "unit": unit, "citation": "LP", "mark": "LP"} for name, (one, unit) in said.items()
    }


def rule(when: str, *, clears: str = "by_person", variants: Sequence[dict[str, Any]] = (), **numbers: Any) -> Ruling:
    """A ruling of one's own; `numbers` are its parameters."""
    return Ruling("XX-00", when, clears, "urgent", tuple(variants), parameters(**numbers))


@cache
def _shipped(code: str) -> dict[str, Any]:
    return shipped(code)


def ruling_of(code: str, own: dict[str, Any] | None = None) -> Ruling:
    """A criterion as it is shipped, with a site's own values where they are given."""
    said: dict[str, Any] = {"population": "any", "key": "", "variants": [], "parameters": {}, "excludes": []}
    wording: Any = SimpleNamespace(**{**said, **_shipped(code)})
    return rulings.ruling(code, wording, {name: {"value": value} for name, value in (own or {}).items()})


def judge(by: Ruling | str, *facts: Known, **more: Any) -> Judgement:
    """How a criterion, or an expression, stands for these facts."""
    return evaluator.judge(look(*facts, **more), rule(by) if isinstance(by, str) else by)


def fires(when: str, *facts: Known, numbers: dict[str, Any] | None = None, **more: Any) -> bool | None:
    """Whether an expression holds for these facts."""
    return judge(rule(when, **(numbers or {})), *facts, **more).fires


def series(code: str, *values: tuple[float, float | str]) -> list[Known]:
    """Values of a measure: so many days before noon today, and what it was."""
    return [number(code, value, NOON - days * DAY) for days, value in values]


def core_set(
    at: datetime | str, *values: float | str, strength: str = "mmt8_150", function: str = "haqdi"
) -> list[Known]:
    """A core set in the order of the clinical sheet: physician, patient, strength, function, CK (limit 200), beyond muscles."""
    codes = ("phga", "ptga", strength, function, "ck", "extramusc")
    limits: dict[str, Any] = {"ck": {"limit": Decimal(200)}}
    return [number(code, value, at, **limits.get(code, {})) for code, value in zip(codes, values, strict=True)]
