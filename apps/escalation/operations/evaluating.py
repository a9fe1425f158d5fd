"""Writing down what an evaluation has found: opening, adding evidence, pressing harder, clearing, withdrawing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from apps.accounts.actors import Actor
from apps.audit import operations as audit
from apps.escalation import picture, rulings
from apps.escalation.evaluator import Judge, Judgement
from apps.escalation.models import FACTS, CriterionVersion, Escalation, Evidence
from apps.escalation.operations.matters import ask, ask_more, asks_of, press, variant_for
from apps.escalation.picture import Known
from apps.escalation.rulings import Ruling
from apps.nudges import ladder, times
from apps.nudges import operations as nudges
from apps.nudges.models import RANK, Severity
from apps.patients.models import Mute, Patient
from apps.patients.operations.recording import note

log = structlog.get_logger(__name__)

State = Escalation.State
#: At how many earlier moments it is looked whether something still holds an escalation up.
MOMENTS = 10
#: A fact has the time at which its request began; so long afterwards it may still have been hidden from whoever looked.
ON_ITS_WAY = timedelta(minutes=1)


@dataclass(frozen=True)
class Found:
    """A version as it is applied at the site, and how it stands for the patient and key."""

    version: CriterionVersion
    ruling: Ruling
    key: str
    judgement: Judgement
    error: str = ""

    @property
    def place(self) -> tuple[Any, str]:
        """For what one escalation stays open."""
        return self.version.criterion_id, self.key


@dataclass
class Look:
    """One look at one patient: who, what is seen and found, which endings failed. `looked_at` is the time of the look before."""

    patient: Patient
    seen: Judge
    found: Sequence[Found]
    by: Actor
    at: datetime
    looked_at: datetime | None
    faults: list[str]
    muted_until: list[datetime] = field(default_factory=list)


@dataclass(frozen=True)
class Applied:
    """What came of a look: the faults, and until when something that fires is muted; None when nothing is."""

    faults: list[str]
    muted_until: datetime | None = None


@transaction.atomic
def apply(
    *, patient: Patient, seen: Judge, found: Sequence[Found], by: Actor, at: datetime, looked_at: datetime | None = None
) -> Applied:
    """Bring a patient's escalations in line with what was found. The patient and their watch are locked.

    An ending, or what holds something up, that cannot be judged because of a fault changes nothing and is told in the answer.
    """
    look = Look(patient, seen, found, by, at, looked_at, [])
    rows = Escalation.objects.select_for_update(of=("self",)).filter(patient=patient, state=State.OPEN)
    present = {
        (row.criterion_id, row.key): row
        for row in rows.select_related(*Escalation.locked_with).prefetch_related(
            *[f"evidence__{name}" for name in FACTS]
        )
    }
    firing = [one for one in found if one.judgement.fires]
    for one in firing:
        row = present.pop(one.place, None)
        if row is not None:
            _go_on(row, one, look)
        elif not _excluded(one, firing) and _may_open(one, look):
            _open(one, look)
    judged = {one.place: one for one in found if one.judgement.fires is False}
    for row in present.values():
        _stands_alone(row, judged.get((row.criterion_id, row.key)), look)
    return Applied(look.faults, min(look.muted_until, default=None))


def _excluded(one: Found, firing: Sequence[Found]) -> bool:
    """Whether a sharper criterion fires, for the same key or for the patient as a whole."""
    return any(
        other.ruling.code in one.ruling.excludes and (not other.key or not one.key or other.key == one.key)
        for other in firing
    )


def _go_on(row: Escalation, one: Found, look: Look) -> None:
    """It fires still: perhaps there is more evidence, perhaps it presses harder, perhaps it was declared over."""
    severity = severity_of(one)
    added = _add_evidence(row, one.judgement, look.at)
    if added or row.holds_no_longer_since is not None:
        row.change(explanation=one.judgement.sentence, holds_no_longer_since=None)
    if _clear(row, look):
        return
    if RANK[severity] < RANK[row.severity]:
        variant = {**(one.judgement.variant or {}), "reason": one.judgement.reason}
        press(escalation=row, by=look.by, at=look.at, severity=severity, variant=variant, version=one.version)
    elif added:
        if one.judgement.reason and row.source == Escalation.Source.FACTS:
            row.change(reason=one.judgement.reason)
        note(row, by=look.by, at=look.at, verb="escalation.add_evidence", changes={"evidence": (None, len(added))})
        words = f"There is more: {'; '.join(evidence.words for evidence in added)}"
        whom = asks_of(one.version, variant_for(one.version, row.severity))
        ask_more(escalation=row, by=look.by, at=look.at, words=words, **whom)


def _stands_alone(row: Escalation, judged: Found | None, look: Look) -> None:
    """It does not fire (any more). Only its own condition ends it, or that nothing it rested on stands any longer."""
    if _clear(row, look):
        return
    if row.source == Escalation.Source.FACTS and _lost(row, look):
        _end(row, State.WITHDRAWN, "What it rested on was entered in error or corrected.", look)
    elif row.holds_no_longer_since is None and (judged is not None or _key_is_gone(row, look)):
        row.change(holds_no_longer_since=look.at)


def _key_is_gone(row: Escalation, look: Look) -> bool:
    """Whether it is not judged any more because the medicine or panel that it is about is not there."""
    judged_at_all = any(one.version.criterion_id == row.criterion_id and one.key == row.key for one in look.found)
    return bool(row.key) and not judged_at_all and look.seen.picture.person.status == Patient.Status.ACTIVE


def _lost(row: Escalation, look: Look) -> bool:
    """Whether a fact it rested on does not stand any more, and nothing else holds it up: by what stands today, it would have
    fired at none of the moments at which something was added to it.
    """
    evidence = list(row.evidence.all())
    if not evidence or all(one.stands for one in evidence):
        return False
    moments = sorted({one.added_at for one in evidence})[-MOMENTS:]
    try:
        return not any(_fired(row, moment, look) for moment in moments)
    except Exception:
        log.exception(
            "what holds it up cannot be told", criterion=str(row.criterion_version), patient=str(row.patient_id)
        )
        look.faults.append(f"{row.criterion_version}: what holds it up cannot be told")
        return False


def _fired(row: Escalation, moment: datetime, look: Look) -> bool:
    """Whether its wording fires for a moment of the past by what stands today, corrected values among it."""
    ruling, knowledge = as_it_was(row), look.seen.picture.knowledge
    then = picture.read([row.patient_id], moment, rulings.needs([ruling], knowledge), knowledge)[row.patient_id]
    return bool(Judge(then).judge(ruling, row.key).fires)


def _clear(row: Escalation, look: Look) -> bool:
    words = _over(row, look)
    if words is None:
        return False
    whole = "; ".join(words)
    _end(row, State.CLEARED, f"{whole[0].upper()}{whole[1:]}."[:500], look)
    return True


def _end(row: Escalation, state: str, words: str, look: Look) -> None:
    changes = row.change(state=state, ended_at=look.at, end_reason=words)
    note(row, by=look.by, at=look.at, verb=f"escalation.{state}", changes=changes)
    if row.nudge is not None:
        nudges.cancel(nudge=row.nudge, by=look.by, at=look.at, words=words[:300])


def _may_open(one: Found, look: Look) -> bool:
    """Not while it is muted, and after an end only for a reason.

    What was withdrawn stands in nobody's way; nor does what cleared by a statement that no longer holds. Else a fact that came
    to be known after the end (or too late for the look before it) opens a new one, however it is dated; so does one that counts
    only since the circumstances changed, such as a fever since a medicine was begun; and an absence or a clock that has lasted
    on for the time to act, so that closing with "will arrange" does not silence it for ever.
    """
    version, patient, at = one.version, look.patient, look.at
    muted = Mute.objects.filter(patient=patient, topic=one.ruling.code, starts_at__lte=at, ends_at__gt=at)
    silent = muted.values_list("ends_at", flat=True).first() if severity_of(one) != Severity.EMERGENCY else None
    if silent is not None:
        look.muted_until.append(silent)
        return False
    ended = Escalation.objects.filter(patient=patient, criterion=version.criterion, key=one.key).exclude(
        state__in=[State.OPEN, State.WITHDRAWN]
    )
    last = ended.select_related("criterion_version__criterion", "patient__site").order_by("-ended_at").first()
    if last is None or last.ended_at is None or (last.state == State.CLEARED and _over(last, look) is None):
        return True
    used = {row.fact_id for row in Evidence.objects.filter(escalation__in=ended)}
    facts = [fact for fact in one.judgement.evidence if fact.kind in FACTS]
    fresh = [fact for fact in facts if fact.id not in used]
    if any(_is_news(fact, last.ended_at, look.looked_at) for fact in fresh):
        return True
    if fresh and not _fired_at(last.ended_at, one, look):
        return True
    lasted = at >= times.after(last.ended_at, version.act_within, ladder.calendar_of(patient.site))
    return last.state == State.CLOSED and (one.judgement.absence or not facts) and lasted


def _fired_at(moment: datetime, one: Found, look: Look) -> bool:
    """Whether it fired at an earlier moment, by what stands today."""
    knowledge = look.seen.picture.knowledge
    then = picture.read([look.patient.pk], moment, rulings.needs([one.ruling], knowledge), knowledge)[look.patient.pk]
    return bool(Judge(then).judge(one.ruling, one.key).fires)


def _is_news(fact: Known, ended_at: datetime, looked_at: datetime | None) -> bool:
    """Whether a fact was recorded, or came true, after an end; or so shortly before it that no look had seen it."""
    unseen = looked_at is None or (looked_at < ended_at and fact.recorded_at > looked_at - ON_ITS_WAY)
    return fact.recorded_at > ended_at or fact.effective_at > ended_at or unseen


def _over(row: Escalation, look: Look) -> tuple[str, ...] | None:
    """In words what ends it by its own condition; None when nothing does, or that cannot be judged because of a fault.

    A criterion that fails must not silence the others: it ends nothing, and is loud about it.
    """
    try:
        return look.seen.clears(as_it_was(row), since=_since(row), opened_at=row.opened_at, key=row.key)
    except Exception:
        log.exception(
            "an ending could not be judged", criterion=str(row.criterion_version), patient=str(row.patient_id)
        )
        look.faults.append(f"{row.criterion_version}: its ending fails")
        return None


def as_it_was(row: Escalation) -> Ruling:
    """The wording that fired it, with the numbers of then."""
    version = row.criterion_version
    used: Mapping[str, Any] = row.values_used
    return rulings.ruling(version.criterion.code, version, used)


def _since(row: Escalation) -> datetime:
    """The time of the last evidence that stands: only what comes after it can end the worry."""
    return max(
        (one.effective_at for one in row.evidence.all() if one.stands and not one.context), default=row.opened_at
    )


def severity_of(one: Found) -> str:
    """How much it presses: the criterion's own severity, or its variant's where that is more."""
    own = one.ruling.severity
    found = str((one.judgement.variant or {}).get("severity", own))
    return min(own, found, key=lambda severity: RANK[severity])


def _open(one: Found, look: Look) -> Escalation:
    version, judgement = one.version, one.judgement
    row = Escalation(
        patient=look.patient, criterion=version.criterion, criterion_version=version, key=one.key, severity=severity_of(one),
        reason=judgement.reason[:500], explanation=judgement.sentence, values_used=dict(one.ruling.parameters), opened_at=look.at,
    )  # fmt: skip
    row.save(force_insert=True)
    _add_evidence(row, judgement, look.at)
    changes = audit.created(row, "criterion", "criterion_version", "key", "severity", "source")
    note(row, by=look.by, at=look.at, verb="escalation.open", changes=changes)
    ask(escalation=row, by=look.by, at=look.at, **asks_of(version, dict(judgement.variant or {})))
    return row


def _add_evidence(row: Escalation, judgement: Judgement, at: datetime) -> list[Evidence]:
    """The facts that were no evidence yet. Circumstances are written down beside them; by themselves they are no news."""
    have = {one.fact_id for one in row.evidence.all()}
    new = [_evidence(row, fact, at) for fact in judgement.evidence if fact.kind in FACTS and fact.id not in have]
    if not new and have:
        return []
    beside = [
        _evidence(row, fact, at, context=True)
        for fact in judgement.context
        if fact.kind in FACTS and fact.id not in have
    ]
    if new or beside:
        Evidence.objects.bulk_create([*new, *beside])
        # What was read along with the row is out of date now.
        vars(row).pop("_prefetched_objects_cache", None)
    return new


def _evidence(row: Escalation, fact: Known, at: datetime, *, context: bool = False) -> Evidence:
    return Evidence(
        escalation=row, words=fact.words[:300], snapshot=_snapshot(fact), effective_at=fact.effective_at, added_at=at,
        context=context, **{f"{fact.kind}_id": fact.id},
    )  # fmt: skip


def _snapshot(fact: Known) -> dict[str, Any]:
    return {
        "code": fact.code, "value": fact.value if isinstance(fact.value, bool | str) else str(fact.value), "unit": fact.unit,
        "severity": fact.severity, "effective_at": fact.effective_at.isoformat(), "recorded_at": fact.recorded_at.isoformat(),
    }  # fmt: skip
