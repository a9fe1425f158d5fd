"""What the checks of a version found and what was written down about it."""

from typing import Any

from apps.plans.models import PlanWarning
from apps.plans.models.checks import Reasoned
from apps.plans.prerequisites import ALERT, alert_in
from apps.plans.reading import Prerequisite, Whole
from apps.plans.summaries.words import iso, name

Severity = PlanWarning.Severity
ORDER = [Severity.URGENT, Severity.WARNING, Severity.INFO]


def warnings(whole: Whole) -> list[dict[str, Any]]:
    """The warnings, the gravest first, each with its arithmetic and its reason."""
    rows = sorted(whole.warnings, key=lambda row: ORDER.index(Severity(row.severity)))
    return [
        {
            "severity": row.severity, "words": row.words, "arithmetic": row.arithmetic, "citations": row.citations,
            "waits": row.open, **_reason(row, whole),
        }
        for row in rows
    ]  # fmt: skip


def prerequisites(whole: Whole) -> list[dict[str, Any]]:
    """What was missing or too old: as it stands now while the version is pending or followed, later as it was found.

    What has been done since is left out.
    """
    return [_prerequisite(one, whole) for one in whole.prerequisites if _open(one)]


def alerts(whole: Whole) -> list[dict[str, str]]:
    """Results that are there and alarming: as they are now while the version is pending or followed, later as they were found."""
    rows = [
        (one.check.medicine.name, one.now.words if one.now is not None else one.check.words)
        for one in whole.prerequisites
    ]
    return [
        {"medicine": medicine, "words": words.partition(ALERT)[0], "alert": alert_in(words)}
        for medicine, words in rows
        if alert_in(words)
    ]


def _open(one: Prerequisite) -> bool:
    return one.lacking if one.now is not None else one.check.state in {"missing", "too_old"}


def _prerequisite(one: Prerequisite, whole: Whole) -> dict[str, Any]:
    return {
        "medicine": one.check.medicine.name, "words": one.now.words if one.now is not None else one.check.words,
        "citation": one.check.citation, "holds": one.holds, **_reason(one.check, whole),
    }  # fmt: skip


def _reason(row: Reasoned, whole: Whole) -> dict[str, str]:
    on = whole.patient.site.local_date(row.reason_at) if row.reason_at is not None else None
    return {"reason": row.reason, "reason_by": name(row.reason_by), "reason_on": iso(on)}
