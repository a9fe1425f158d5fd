"""The record items, each through the real operation of its room. Every function says in a line what was recorded."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.common.ids import new_id
from apps.escalation import operations as escalation
from apps.escalation.journeys.knowing import DECISIONS
from apps.escalation.journeys.model import Item
from apps.escalation.journeys.scene import REASON, Scene
from apps.escalation.journeys.shapes import CORE_SET, JUVENILE_SET
from apps.escalation.models import Escalation
from apps.knowledge.models import Instrument
from apps.nudges import operations as nudges
from apps.nudges.ladder import COORDINATION
from apps.observations import operations as observations
from apps.observations.models import Assessment, Observation, plain
from apps.patients import operations as patients
from apps.patients.models import Patient

Record = Callable[[Scene, Item, datetime], str]
#: The laboratory's upper limit of CK where a core set does not say it (clinical sheet, section E).
CK_LIMIT = Decimal(200)
#: What an observation takes over as it stands in the item.
AS_GIVEN = ("quality", "position", "conditions", "baseline")


class NotThere(Exception):  # noqa: N818 - it says what is not there
    """A journey names something that is not there at that moment; the message says what."""


def effective(item: Item, at: datetime) -> datetime:
    """When it was true: as the item says, else when it is recorded."""
    found: datetime = item.values.get("effective", at)
    return found


def _observation(scene: Scene, item: Item, at: datetime) -> str:
    if "error" in item.values:
        return _in_error(scene, item, at)
    instrument = scene.here.instruments[item.of]
    value, unit = item.values["value"], _unit(instrument, item)
    given: dict[str, Any] = {name: item.values[name] for name in AS_GIVEN if name in item.values}
    if "session" in item.values:
        given["session"] = scene.sessions.setdefault(item.values["session"], new_id())
    given |= {"value": value, "unit": unit, "reference_high": item.values.get("limit"), "confirmed": True}
    by = scene.by(item, at)
    if "correct" in item.values:
        old, when = scene.facts[item.values["correct"]], item.values.get("effective")
        row = observations.correct_observation(observation=old, by=by, at=at, effective_at=when, **given)
    else:
        when = effective(item, at)
        row = observations.record_observation(
            patient=scene.patient, by=by, at=at, instrument=instrument, effective_at=when, **given
        )
    scene.keep(item, row)
    verb = "corrected: " if "correct" in item.values else ""
    return f"{verb}{_shown(item.of, row)}{_dated(scene, item)}{_quality(row)}"


def _unit(instrument: Instrument, item: Item) -> str:
    """The instrument's own unit, unless another one is written."""
    number = instrument.kind == Instrument.Kind.NUMBER
    return str(item.values.get("unit", instrument.unit if number else ""))


def _shown(code: str, row: Observation) -> str:
    return f"{code} {plain(row.value) if isinstance(row.value, Decimal) else row.shown_value}"


def _quality(row: Observation) -> str:
    return ", not of acceptable quality" if row.quality == Observation.Quality.UNACCEPTABLE else ""


def _dated(scene: Scene, item: Item) -> str:
    """Said only of what is dated otherwise than it is recorded."""
    if "effective" not in item.values:
        return ""
    return f", of {item.values['effective'].astimezone(scene.journey.zone):%Y-%m-%d %H:%M}"


def _in_error(scene: Scene, item: Item, at: datetime) -> str:
    fact = scene.facts[item.values["error"]]
    by = scene.by(item, at)
    if item.kind == "antibody":
        by = scene.stage.actor(COORDINATION, at)
        patients.enter_antibody_in_error(antibody=fact, by=by, at=at, reason=REASON)
    else:
        observations.enter_in_error(fact=fact, by=by, at=at, reason=REASON)
    return f"entered in error: {item.kind} {item.of}"


def _core_set(scene: Scene, item: Item, at: datetime) -> str:
    """The six values as one test session."""
    codes = JUVENILE_SET if scene.patient.onset == Patient.Onset.JUVENILE else CORE_SET
    session = new_id()
    for code, value in zip(codes, item.of, strict=True):
        limit = item.values.get("limit", CK_LIMIT) if code == "ck" else None
        instrument = scene.here.instruments[code]
        observations.record_observation(
            patient=scene.patient, by=scene.by(item, at), at=at, instrument=instrument, value=value, unit=instrument.unit,
            effective_at=effective(item, at), reference_high=limit, confirmed=True, session=session,
        )  # fmt: skip
    return f"core set {' / '.join(plain(value) for value in item.of)}{_dated(scene, item)}"


def _condition(scene: Scene, item: Item, at: datetime) -> str:
    if "error" in item.values:
        return _in_error(scene, item, at)
    severity = item.values.get("severity", "")
    row = observations.record_condition(
        patient=scene.patient, by=scene.by(item, at), at=at, concept=scene.here.concepts[item.of], severity=severity,
        effective_at=effective(item, at),
    )  # fmt: skip
    scene.keep(item, row)
    return f"{item.kind} {item.of}{f', {severity}' if severity else ''}{_dated(scene, item)}"


def _resolve(scene: Scene, item: Item, at: datetime) -> str:
    if "error" in item.values:
        return _in_error(scene, item, at)
    row = observations.resolve(
        patient=scene.patient, by=scene.by(item, at), at=at, concept=scene.here.concepts[item.of],
        effective_at=effective(item, at),
    )  # fmt: skip
    scene.keep(item, row)
    return f"{item.of} resolved, says {row.discipline.code}{_dated(scene, item)}"


def _change(scene: Scene, at: datetime, **values: Any) -> None:
    by = scene.stage.actor(COORDINATION, at)
    scene.stage.patient = patients.change(patient=scene.patient, by=by, at=at, **values)


def _diagnosis(scene: Scene, item: Item, at: datetime) -> str:
    _change(scene, at, diagnosis_date=item.of)
    return f"diagnosed {item.of}"


def _phenotype(scene: Scene, item: Item, at: datetime) -> str:
    _change(scene, at, phenotype=item.of)
    return f"phenotype: {item.of}"


def _reclassify(scene: Scene, item: Item, at: datetime) -> str:
    _change(scene, at, onset=item.of)
    return f"re-classified: {item.of} onset"


def _antibody(scene: Scene, item: Item, at: datetime) -> str:
    if "error" in item.values:
        return _in_error(scene, item, at)
    row = patients.record_antibody(
        patient=scene.patient, by=scene.stage.actor(COORDINATION, at), at=at, code=item.of, result=item.values["result"],
        effective_at=effective(item, at),
    )  # fmt: skip
    scene.keep(item, row)
    return f"antibody {item.of}: {row.result}{_dated(scene, item)}"


def _assess(scene: Scene, item: Item, at: datetime, kind: str, result: str) -> str:
    if "error" in item.values:
        return _in_error(scene, item, at)
    row = observations.record_assessment(
        patient=scene.patient, by=scene.by(item, at), at=at, kind=kind, result=result, effective_at=effective(item, at)
    )
    scene.keep(item, row)
    return f"{kind}{f': {result}' if result else ''}, by {row.discipline.code}{_dated(scene, item)}"


def _assessment(scene: Scene, item: Item, at: datetime) -> str:
    return _assess(scene, item, at, item.of, item.values.get("result", ""))


def _weakness(scene: Scene, item: Item, at: datetime) -> str:
    return _assess(scene, item, at, Assessment.Kind.WEAKNESS, item.of)


def _document(scene: Scene, item: Item, at: datetime) -> str:
    """A kind of assessment; or a decision, whose name is its result."""
    if item.of in DECISIONS:
        return _assess(scene, item, at, Assessment.Kind.DECISION, item.of)
    return _assess(scene, item, at, item.of, item.values.get("result", ""))


def _attendance(scene: Scene, item: Item, at: datetime) -> str:
    if "error" in item.values:
        return _in_error(scene, item, at)
    row = observations.record_attendance(
        patient=scene.patient, by=scene.stage.actor(item.by or item.of, at), at=at, intervention=scene.here.sessions[item.of],
        outcome=item.values["outcome"], effective_at=effective(item, at),
    )  # fmt: skip
    scene.keep(item, row)
    return f"session of {item.of}: {row.outcome}{_dated(scene, item)}"


def _open(scene: Scene, item: Item) -> Escalation:
    rows = Escalation.objects.filter(patient=scene.patient, criterion__code=item.of, state=Escalation.State.OPEN)
    if "key" in item.values:
        rows = rows.filter(key=item.values["key"])
    found = list(rows.select_related("nudge__owner")[:2])
    if len(found) != 1:
        raise NotThere(f"{item.of} is open {'more than once: name its key' if found else 'nowhere'}")
    return found[0]


def _acknowledge(scene: Scene, item: Item, at: datetime) -> str:
    """By whoever is asked, unless a discipline is named."""
    nudge = _open(scene, item).nudge
    if nudge is None or nudge.owner is None:
        raise NotThere(f"nobody is asked about {item.of}")
    by = scene.by(item, at) if item.by else scene.stage.of_user(nudge.owner, at)
    nudge = nudges.acknowledge(nudge=nudge, by=by, at=at)
    return f"{item.of} acknowledged, by {nudge.discipline.code if nudge.discipline else 'coordination'}"


def _close(scene: Scene, item: Item, at: datetime) -> str:
    row, reason = _open(scene, item), item.values["reason"]
    escalation.close(escalation=row, by=scene.by(item, at), at=at, reason=reason)
    return f"{item.of} closed: {reason}"


#: What says that the record is in such a status.
STATUS: Mapping[str, Callable[..., Patient]] = {
    "active": patients.reactivate, "left": patients.record_departure, "deceased": patients.record_death,
}  # fmt: skip


def _status(scene: Scene, item: Item, at: datetime) -> str:
    by, reason = scene.stage.actor(COORDINATION, at), item.values.get("reason", REASON)
    scene.stage.patient = STATUS[item.of](patient=scene.patient, by=by, at=at, reason=reason)
    return f"the record says: {scene.patient.get_status_display()}"


RECORD: Mapping[str, Record] = {
    "observation": _observation,
    "finding": _condition,
    "complication": _condition,
    "resolve": _resolve,
    "diagnosis": _diagnosis,
    "phenotype": _phenotype,
    "reclassify": _reclassify,
    "antibody": _antibody,
    "weakness": _weakness,
    "core_set": _core_set,
    "attendance": _attendance,
    "assessment": _assessment,
    "document": _document,
    "acknowledge": _acknowledge,
    "close": _close,
    "status": _status,
}
