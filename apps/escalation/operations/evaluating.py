"""Writing down what an evaluation has found: opening, adding evidence, pressing harder, clearing, withdrawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.escalation import evaluator
from apps.escalation.evaluator import Judgement
from apps.escalation.models import CriterionVersion, Escalation, Evidence
from apps.escalation.operations.matters import ask, ask_more, asks_of, press, variant_for
from apps.escalation.picture import Known, Picture
from apps.nudges import ladder, times
from apps.nudges import operations as nudges
from apps.nudges.models import RANK, Severity
from apps.patients.models import Mute, Patient
from apps.patients.operations.recording import note

log = structlog.get_logger(__name__)

State = Escalation.State


@dataclass(frozen=True)
class Found:
    """A version and how it stands for the patient."""

    version: CriterionVersion
    judgement: Judgement
    error: str = ""


@transaction.atomic
def apply(*, patient: Patient, picture: Picture, found: Sequence[Found], by: Actor, at: datetime) -> list[str]:
    """Bring a patient's escalations in line with what was found. The patient's watch is locked.

    Returns which endings could not be judged because of a fault.
    """
    faults: list[str] = []
    rows = Escalation.objects.select_for_update(of=("self",)).filter(patient=patient, state=State.OPEN)
    present = {
        (row.criterion_id, row.key): row
        for row in rows.select_related(*Escalation.locked_with).prefetch_related(
            "evidence__observation", "evidence__condition"
        )
    }
    firing = {one.version.criterion.code: one for one in found if one.judgement.fires}
    for one in firing.values():
        row = present.pop((one.version.criterion_id, ""), None)
        if row is not None:
            _go_on(row, picture, one, faults, by, at)
        elif not set(one.version.excludes) & set(firing) and _may_open(patient, picture, one, faults, at):
            _open(patient, one, by, at)
    judged = {one.version.criterion_id for one in found if one.judgement.fires is False}
    for row in present.values():
        _stands_alone(row, picture, judged, faults, by, at)
    return faults


def _go_on(row: Escalation, picture: Picture, one: Found, faults: list[str], by: Actor, at: datetime) -> None:
    """It fires still: perhaps there is more evidence, perhaps it presses harder, perhaps it was declared over."""
    severity = severity_of(one)
    added = _add_evidence(row, one.judgement.evidence, at)
    if added or row.holds_no_longer_since is not None:
        row.change(explanation="\n".join(one.judgement.words), holds_no_longer_since=None)
    if _clear(row, picture, faults, by, at):
        return
    if RANK[severity] < RANK[row.severity]:
        press(escalation=row, by=by, at=at, severity=severity, variant=one.judgement.variant or {}, version=one.version)
    elif added:
        note(row, by=by, at=at, verb="escalation.add_evidence", changes={"evidence": (None, len(added))})
        words = f"There is more: {'; '.join(evidence.words for evidence in added)}"
        whom = asks_of(one.version, variant_for(one.version, row.severity))
        ask_more(escalation=row, by=by, at=at, words=words, **whom)


def _stands_alone(
    row: Escalation, picture: Picture, judged: set[Any], faults: list[str], by: Actor, at: datetime
) -> None:
    """It does not fire (any more). Only its own condition ends it, or that nothing it rested on stands any longer."""
    if _clear(row, picture, faults, by, at):
        return
    evidence = list(row.evidence.all())
    if row.source == Escalation.Source.FACTS and evidence and not any(one.stands for one in evidence):
        words = "What it rested on was entered in error or corrected."
        _end(row, State.WITHDRAWN, words, by, at)
    elif row.criterion_id in judged and row.holds_no_longer_since is None:
        row.change(holds_no_longer_since=at)


def _clear(row: Escalation, picture: Picture, faults: list[str], by: Actor, at: datetime) -> bool:
    words = _over(row, picture, faults)
    if words is None:
        return False
    _end(row, State.CLEARED, "; ".join(words)[:500] or "Its condition for ending is met.", by, at)
    return True


def _end(row: Escalation, state: str, words: str, by: Actor, at: datetime) -> None:
    changes = row.change(state=state, ended_at=at, end_reason=words)
    note(row, by=by, at=at, verb=f"escalation.{state}", changes=changes)
    if row.nudge is not None:
        nudges.cancel(nudge=row.nudge, by=by, at=at, words=words[:300])


def _may_open(patient: Patient, picture: Picture, one: Found, faults: list[str], at: datetime) -> bool:
    """Not while it is muted, and after an end only for a reason.

    What was withdrawn stands in nobody's way; nor does what cleared by a statement that no longer holds. Else a fact that
    no ended escalation of this criterion rested on opens a new one, however it is dated; and an absence that has lasted on
    for the time to act, so that closing with "will arrange" does not silence it for ever.
    """
    version = one.version
    muted = Mute.objects.filter(patient=patient, topic=version.criterion.code, starts_at__lte=at, ends_at__gt=at)
    if severity_of(one) != Severity.EMERGENCY and muted.exists():
        return False
    ended = Escalation.objects.filter(patient=patient, criterion=version.criterion).exclude(
        state__in=[State.OPEN, State.WITHDRAWN]
    )
    last = ended.select_related("criterion_version", "patient__site").order_by("-ended_at").first()
    if last is None or last.ended_at is None or (last.state == State.CLEARED and _over(last, picture, faults) is None):
        return True
    used = {row.observation_id or row.condition_id for row in Evidence.objects.filter(escalation__in=ended)}
    facts = [fact for fact in one.judgement.evidence if fact.kind in {"observation", "condition"}]
    if any(fact.id not in used for fact in facts):
        return True
    lasted = at >= times.after(last.ended_at, version.act_within, ladder.calendar_of(patient.site))
    return last.state == State.CLOSED and (one.judgement.absence or not facts) and lasted


def _over(row: Escalation, picture: Picture, faults: list[str]) -> tuple[str, ...] | None:
    """In words what ends it by its own condition; None when nothing does, or that cannot be judged because of a fault.

    A criterion that fails must not silence the others: it ends nothing, and is loud about it.
    """
    try:
        return evaluator.clears(picture, row.criterion_version, since=_since(row), opened_at=row.opened_at)
    except Exception:
        log.exception(
            "an ending could not be judged", criterion=str(row.criterion_version), patient=str(row.patient_id)
        )
        faults.append(f"{row.criterion_version}: its ending fails")
        return None


def _since(row: Escalation) -> datetime:
    """The time of the last evidence that stands: only what comes after it can end the worry."""
    return max((one.effective_at for one in row.evidence.all() if one.stands), default=row.opened_at)


def severity_of(one: Found) -> str:
    """How much it presses: the criterion's own severity, or its variant's where that is more."""
    variant = one.judgement.variant or {}
    own = one.version.severity
    found = variant.get("severity", own)
    return str(min(own, found, key=lambda severity: RANK[severity]))


def _open(patient: Patient, one: Found, by: Actor, at: datetime) -> Escalation:
    version, judgement = one.version, one.judgement
    row = Escalation(
        patient=patient, criterion=version.criterion, criterion_version=version, severity=severity_of(one),
        reason=(judgement.variant or {}).get("reason", ""), explanation="\n".join(judgement.words),
        values_used=version.values, opened_at=at,
    )  # fmt: skip
    row.save(force_insert=True)
    _add_evidence(row, judgement.evidence, at)
    changes = audit.created(row, "criterion", "criterion_version", "severity", "source")
    note(row, by=by, at=at, verb="escalation.open", changes=changes)
    ask(escalation=row, by=by, at=at, **asks_of(version, judgement.variant or {}))
    return row


def _add_evidence(row: Escalation, facts: Sequence[Known], at: datetime) -> list[Evidence]:
    """The facts that were no evidence yet."""
    have = {one.observation_id or one.condition_id for one in row.evidence.all()}
    new = [
        Evidence(
            escalation=row,
            observation_id=fact.id if fact.kind == "observation" else None,
            condition_id=fact.id if fact.kind == "condition" else None,
            words=fact.words[:300],
            snapshot=_snapshot(fact),
            effective_at=fact.effective_at,
            added_at=at,
        )
        for fact in facts
        if fact.kind in {"observation", "condition"} and fact.id not in have
    ]
    if new:
        Evidence.objects.bulk_create(new)
        # What was read along with the row is out of date now.
        vars(row).pop("_prefetched_objects_cache", None)
    return new


def _snapshot(fact: Known) -> dict[str, Any]:
    return {
        "code": fact.code, "value": fact.value if isinstance(fact.value, bool | str) else str(fact.value), "unit": fact.unit,
        "severity": fact.severity, "effective_at": fact.effective_at.isoformat(), "recorded_at": fact.recorded_at.isoformat(),
    }  # fmt: skip
