"""Recording and correcting values."""

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db import transaction

from apps.accounts.actors import Actor
from apps.common.refusals import Conflict, Invalid
from apps.knowledge.models import Instrument
from apps.observations import units
from apps.observations.models import Fact, Observation, plain
from apps.observations.operations.base import add, hold_time, locked, tell, writable
from apps.patients.models import Patient
from apps.patients.operations.recording import note

Kind = Instrument.Kind
FINEST = Decimal("0.0001")
LARGEST = Decimal("9999999999")
LONGEST = 40


class AccessionTaken(Conflict):
    """The sender used this number before, for something else."""

    type = "accession-taken"
    title = "This number stands for another result"


@transaction.atomic
def record_observation(
    *,
    patient: Patient,
    by: Actor,
    at: datetime,
    instrument: Instrument,
    value: Any,
    effective_at: datetime,
    unit: str = "",
    reference_high: Decimal | None = None,
    confirmed: bool = False,
    source: str = "",
    accession: str = "",
    **more: Any,
) -> Observation:
    """Record one value of one instrument; `more` is quality, position, conditions, session, baseline.

    A number in another unit of UCUM is converted, and kept as it was sent too. The same `source` and `accession` with the
    same content give the result recorded before, marked `repeated`. Raises Forbidden, Conflict, AccessionTaken, or
    Invalid, which names the field and the rule: kind of value, unit, range, a missing limit, an implausible value that
    was not confirmed, a time more than a day ahead or before birth.
    """
    patient = writable(patient, by)
    row = Observation(
        patient=patient, instrument=instrument, effective_at=effective_at, recorded_at=at, recorded_by_id=by.user_id,
        source=source, accession=accession, confirmed=confirmed, **more,
    )  # fmt: skip
    _set_value(row, value, unit, reference_high)
    _hold_to_rules(row, at)
    if source:
        known = _known(row)
        if known is not None:
            return known
    return add(row, by=by, at=at, verb="observations.record", fields=("instrument", "value"))


@transaction.atomic
def correct_observation(
    *,
    observation: Observation,
    by: Actor,
    at: datetime,
    value: Any,
    unit: str = "",
    effective_at: datetime | None = None,
    reference_high: Decimal | None = None,
    confirmed: bool = False,
    **more: Any,
) -> Observation:
    """Replace a value by the right one; the wrong one stays readable. What is not given stays as it was.

    Raises Forbidden, Invalid, or Conflict when it was replaced or entered in error before.
    """
    old = locked(observation, by)
    kept = {name: getattr(old, name) for name in ("quality", "position", "conditions", "session", "baseline")}
    row = Observation(
        patient=old.patient, instrument=old.instrument, effective_at=effective_at or old.effective_at, recorded_at=at,
        recorded_by_id=by.user_id, source=old.source, accession=old.accession, confirmed=confirmed,
        status=Fact.Status.AMENDED, corrects=old, **{**kept, **more},
    )  # fmt: skip
    _set_value(row, value, unit or old.unit, reference_high)
    if reference_high is None:
        # The limit that was not given again stays; it is kept in the instrument's own unit already.
        row.reference_high = old.reference_high
    _hold_to_rules(row, at)
    before, old.status = old.status, Fact.Status.SUPERSEDED
    old.save(update_fields=["status"])
    note(old, by=by, at=at, verb="observations.supersede", changes={"status": (before, old.status)})
    tell(old, at=at)
    return add(row, by=by, at=at, verb="observations.correct", fields=("instrument", "value", "corrects"))


def _set_value(row: Observation, value: Any, unit: str, reference_high: Decimal | None) -> None:
    instrument = row.instrument
    if instrument.derived or instrument.retired:
        why = "computed from other values and not recorded" if instrument.derived else "not in use any more"
        raise Invalid.field("instrument", f"{instrument.name} is {why}.")
    if instrument.kind == Kind.NUMBER:
        _set_number(row, value, unit, reference_high)
    else:
        _set_other(row, value, unit, reference_high)


def _set_other(row: Observation, value: Any, unit: str, reference_high: Decimal | None) -> None:
    instrument = row.instrument
    if unit and not units.same(unit, ""):
        raise Invalid.field("unit", f"{instrument.name} has no unit.")
    if reference_high is not None:
        raise Invalid.field("reference_high", f"{instrument.name} is no number and has no limit.")
    if instrument.kind == Kind.CODE:
        if value not in instrument.codes:
            raise Invalid.field("value", f"{instrument.name} is one of: {', '.join(instrument.codes)}.")
        row.value_code = value
    else:
        if not isinstance(value, bool):
            raise Invalid.field("value", f"{instrument.name} is true or false.")
        row.value_boolean = value


def _set_number(row: Observation, value: Any, unit: str, reference_high: Decimal | None) -> None:
    instrument = row.instrument
    if not isinstance(value, Decimal):
        raise Invalid.field("value", f"{instrument.name} is a number.")
    number = abs(value) if instrument.keeps_magnitude else value
    row.unit = instrument.unit
    row.value_number = _converted("value", number, unit, instrument)
    if reference_high is not None:
        row.reference_high = _converted("reference_high", reference_high, unit, instrument)
    if not units.same(unit, instrument.unit) or number != value:
        row.sent_value, row.sent_unit = plain(value), unit
        if len(row.sent_value) > LONGEST:
            raise Invalid.field("value", f"Write the number with at most {LONGEST} characters.")


def _converted(name: str, number: Decimal, unit: str, instrument: Instrument) -> Decimal:
    if abs(number) > LARGEST:
        raise Invalid.field(name, "This number is too large.")
    try:
        found = units.convert(number, unit, instrument.unit)
    except units.NotConvertible as error:
        raise Invalid.field("unit", f"{instrument.name}: {error}") from None
    if abs(found) > LARGEST:
        raise Invalid.field(name, "This number is too large.")
    exact = found.quantize(FINEST, rounding=ROUND_HALF_EVEN)
    if units.same(unit, instrument.unit) and exact != found:
        raise Invalid.field(name, "Give at most 4 decimal places.")
    return exact


def _hold_to_rules(row: Observation, at: datetime) -> None:
    hold_time(row.patient, row.effective_at, at)
    row.hold_to_rules()
    if bool(row.source) != bool(row.accession):
        raise Invalid.field("accession", "Give the source and its number for the result together.")
    if row.value_number is not None:
        _hold_range(row, row.instrument, row.value_number)


def _hold_range(row: Observation, instrument: Instrument, number: Decimal) -> None:
    low, high = instrument.minimum, instrument.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        raise Invalid.field("value", f"{instrument.name} goes {_span(low, high)}.")
    converted = bool(row.sent_unit) and not units.same(row.sent_unit, instrument.unit)
    if instrument.step and not converted and number % instrument.step:
        raise Invalid.field("value", f"{instrument.name} goes in steps of {plain(instrument.step)}.")
    if instrument.needs_limit and row.reference_high is None:
        raise Invalid.field("reference_high", f"{instrument.name} needs the laboratory's upper limit beside it.")
    if row.reference_high is not None and row.reference_high <= 0:
        raise Invalid.field("reference_high", "An upper limit is more than zero.")
    low, high = instrument.plausible_low, instrument.plausible_high
    if not row.confirmed and ((low is not None and number < low) or (high is not None and number > high)):
        raise Invalid.field(
            "value", f"{plain(number)} {instrument.unit} is hardly possible. If it is right, send it with confirmed."
        )


def _span(low: Decimal | None, high: Decimal | None) -> str:
    if low is None or high is None:
        return f"from {plain(low)}" if low is not None else f"up to {plain(high or Decimal(0))}"
    return f"from {plain(low)} to {plain(high)}"


def _known(row: Observation) -> Observation | None:
    """The result that this sender's number already stands for here; AccessionTaken when that is another one.

    The patient is locked, so nobody records the same one meanwhile. A value that was corrected or entered in error since
    is still the one that was sent: sending it again does not bring it back.
    """
    same = Observation.objects.filter(
        patient=row.patient, source=row.source, accession=row.accession, instrument=row.instrument
    ).select_related("instrument")
    rows = list(same.order_by("-recorded_at", "-id"))
    if not rows:
        return None
    if not any(_content(found) == _content(row) for found in rows):
        raise AccessionTaken("Another value was recorded under this number. To replace it, correct that one.")
    found: Observation = next((old for old in rows if old.status != Fact.Status.SUPERSEDED), rows[0])
    found.repeated = True
    return found


def _content(row: Observation) -> tuple[Any, ...]:
    beside = (row.quality, row.position, row.conditions, row.session, row.baseline)
    return (row.value, row.effective_at, row.reference_high, *beside)
