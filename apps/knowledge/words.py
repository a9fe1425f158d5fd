"""Rows of knowledge in words, for pages and answers: numbers exactly as the source gives them, never rounded."""

from decimal import Decimal
from typing import Any

from apps.knowledge.models import (
    DoseGuidance,
    MonitoringSchedule,
    PathwayStep,
    Prerequisite,
    ReferralReason,
    ResponseWindow,
)
from apps.knowledge.shelf import trimmed

Amount = Decimal | int | None
PERIODS = {"d": "day", "wk": "week", "mo": "month"}
SPANS = {"min": "minute", "h": "hour", "d": "day", "wd": "working day"}
#: UCUM as people write it.
WRITTEN = {"mg/m2": "mg/m²", "g/m2": "g/m²"}


def span(low: Amount, high: Amount, unit: str = "") -> str:
    """“1–2 mg/kg”, “10 mg”, “up to 25 mg”; empty when there is no number."""
    texts = [
        f"{trimmed(value):f}" if isinstance(value, Decimal) else str(value)
        for value in (low, high)
        if value is not None
    ]
    if not texts:
        return ""
    words = "–".join(dict.fromkeys(texts)) if low is not None else f"up to {texts[0]}"
    return f"{words} {unit}".strip()


def dose(row: DoseGuidance) -> str:
    """The amount, its basis, course, interval and cap: “2 g/kg a course over 2–5 days, every 1 month”."""
    amount = _amount(row)
    cap = span(row.cap_high if row.cap_low is None else row.cap_low, row.cap_high, row.cap_unit)
    parts = [
        f"{amount} {row.get_basis_display()}" if amount else "",
        _counted("over", span(row.course_days_low, row.course_days_high), "day"),
        _counted("every", span(row.interval_low, row.interval_high), PERIODS.get(row.interval_unit, row.interval_unit)),
        f"{row.doses} doses" if row.doses else "",
        f"at most {cap}" if cap else "",
        f"from week {row.after_weeks} on" if row.after_weeks else "",
    ]
    return ", ".join(part for part in parts if part)


def _amount(row: DoseGuidance) -> str:
    """“15–25 mg”, “1 g or more”; of a limit the upper end only: “not above 25 mg”."""
    unit = WRITTEN.get(row.unit, row.unit)
    if row.kind == row.Kind.LIMIT and row.high is not None:
        return f"not above {span(row.high, row.high, unit)}"
    amount = span(row.low, row.high, unit)
    open_end = row.high is None and row.low is not None and row.kind not in {row.Kind.START, row.Kind.PULSE}
    return f"{amount} or more" if open_end else amount


def _counted(before: str, number: str, thing: str) -> str:
    if not number:
        return ""
    return f"{before} {number} {thing}{'' if number == '1' else 's'}"


def prerequisite(row: Prerequisite) -> str:
    """“Full blood count, not older than 28 days”, or “with Folic acid beside it”."""
    if row.beside is not None:
        return f"with {row.beside.name} beside it"
    age = f"not older than {row.max_age_days} days" if row.max_age_days is not None else "at any time before"
    return f"{row.panel.name if row.panel else ''}, {age}"


def phases(rows: list[dict[str, Any]]) -> str:
    """“every 14 days; from day 42 every 30 days”."""
    words = []
    for row in rows:
        often = "once" if row["every_days"] is None else f"every {row['every_days']} days"
        words.append(often if row["from_day"] == 0 else f"from day {row['from_day']} {often}")
    return "; ".join(words)


def schedule(row: MonitoringSchedule) -> str:
    """The panel, how often, and from when it is counted."""
    anchor = ", counted from the last change of dose" if row.anchor == row.Anchor.DOSE_CHANGE else ""
    grace = f", overdue {row.grace_days} days later" if row.grace_days else ""
    return f"{row.panel.name}: {phases(row.phases)}{anchor}{grace}"


def window(row: ResponseWindow) -> str:
    """When it should have helped, and when one looks."""
    expected = span(row.expected_low_weeks, row.expected_high_weeks)
    first = f"expected after {expected} weeks; " if expected else ""
    return f"{first}review after {row.review_after_weeks} weeks by {row.score}"


def within(target: str) -> str:
    """“within 2 working days”, “the same day”; empty where there is no target."""
    number, _, unit = target.partition(" ")
    return _counted("within", number, SPANS[unit]) if unit in SPANS else f"the {target}" if target else ""


def referral(row: ReferralReason) -> str:
    """How urgent a referral is, and what is to have happened by when."""
    by_when = within(row.target) or "no time given"
    return f"{row.get_urgency_display()}; {by_when}: {row.target_means}"


def options(row: PathwayStep) -> list[str]:
    """Each option of a step with what it combines."""
    found = []
    for option in row.options:
        codes = " + ".join([*option.get("medicines", []), *option.get("interventions", [])])
        found.append(f"{option['name']} ({codes})" + (f": {option['note']}" if option.get("note") else ""))
    return found
