"""Reading how a patient's escalations stand: two queries. What only belongs to the circumstances is no evidence."""

from collections import defaultdict
from typing import Any

from apps.escalation.journeys.events import Standing, Unknown
from apps.escalation.models import Escalation, Evidence, Watch
from apps.patients.models import Patient


def see(patient: Patient) -> dict[Any, Standing]:
    """Every escalation of the patient, by id."""
    columns = ("pk", "criterion__code", "key", "severity", "state", "reason", "explanation", "end_reason", "opened_at",
               "nudge__discipline__code")  # fmt: skip
    rows = list(Escalation.objects.filter(patient=patient).order_by("opened_at", "id").values_list(*columns))
    evidence: dict[Any, dict[Any, str]] = defaultdict(dict)
    if rows:
        held = Evidence.objects.filter(escalation__patient=patient, context=False).values_list(
            "pk", "escalation_id", "words"
        )
        for pk, of, words in held:
            evidence[of][pk] = words
    return {
        pk: Standing(code, key, severity, state, reason, why, end, opened_at, asked or "", evidence[pk])
        for pk, code, key, severity, state, reason, why, end, opened_at, asked in rows
    }


def fault(patient: Patient) -> str:
    """What failed when the patient was looked at last; an ending that fails is not among what could not be judged."""
    return Watch.objects.filter(patient=patient).values_list("last_error", flat=True).first() or ""


def not_assessable(patient: Patient) -> list[Unknown]:
    """What could not be judged when the patient was looked at last."""
    listed = Watch.objects.filter(patient=patient).values_list("not_assessable", flat=True).first() or []
    return [Unknown(one["criterion"], tuple(one["missing"]), one.get("key", "")) for one in listed]
