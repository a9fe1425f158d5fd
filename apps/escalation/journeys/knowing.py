"""The second reading of a journey: whether every code in it is one that is known here. Nothing is played before it passes."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.escalation.journeys.model import Item, Journey
from apps.escalation.journeys.nodes import unknown
from apps.escalation.journeys.shapes import CORE_SET, JUVENILE_SET
from apps.escalation.models import CriterionVersion
from apps.knowledge.models import Concept, Discipline, Instrument, Intervention, Medicine, ReferralReason
from apps.observations.models import Assessment
from apps.patients.models import Antibody

#: Written decisions that are no kind of assessment of their own, as they are kept: kind “decision”, with this as the result.
DECISIONS = ("pjp_decision", "indication", "no_change")


@dataclass(frozen=True)
class Known:
    """What there is here, by code. `sessions` are therapies that can be attended, by the discipline that gives them."""

    instruments: Mapping[str, Instrument]
    concepts: Mapping[str, Concept]
    disciplines: Mapping[str, Discipline]
    medicines: Mapping[str, Medicine]
    interventions: Mapping[str, Intervention]
    sessions: Mapping[str, Intervention]
    reasons: Mapping[str, ReferralReason]


def known() -> Known:
    """Everything that is in use here."""
    beside = _by_code(Intervention)
    reasons = {row.code: row for row in ReferralReason.objects.active().select_related("to").order_by("code")}
    return Known(
        _by_code(Instrument), _by_code(Concept), _by_code(Discipline), _by_code(Medicine), beside,
        {code: row for row in beside.values() if row.attended for code in row.disciplines}, reasons,
    )  # fmt: skip


def _by_code(model: Any) -> dict[str, Any]:
    return {row.code: row for row in model.objects.active().order_by("code")}


def hold_codes(journey: Journey, here: Known, versions: Sequence[CriterionVersion]) -> None:
    """Raise BadJourney, naming file and line, for the first code that is not known here.

    `versions` are those that the journey would be played with; a criterion without one is not known.
    """
    _hold_criteria(journey, versions)
    for step in journey.steps:
        for item in step.record:
            if item.by:
                _hold(item, "discipline", item.by, here.disciplines)
            HOLDS.get(item.kind, _nothing)(item, here, journey)


def _hold_criteria(journey: Journey, versions: Sequence[CriterionVersion]) -> None:
    rows = {row.criterion.code: row for row in versions}
    for code, where in journey.criteria.items():
        if code not in rows:
            raise where.bad(unknown("the criterion", code, list(rows)))
    for one in journey.parameters:
        names = rows[one.code].parameters
        if one.name not in names:
            raise one.where.bad(unknown(f"the parameter of {one.code}", one.name, list(names)))


def _hold(item: Item, what: str, code: str, codes: Collection[str]) -> None:
    if code not in codes:
        raise item.where.bad(unknown(f"the {what}", code, codes))


def _nothing(item: Item, here: Known, journey: Journey) -> None:
    del item, here, journey


def _observation(item: Item, here: Known, _: Journey) -> None:
    _hold(item, "instrument", item.of, here.instruments)
    if "error" not in item.values:
        hold_value(item, here.instruments[item.of], item.values["value"])


def hold_value(item: Item, instrument: Instrument, value: Any) -> None:
    """Raise BadJourney where a value is not of the instrument's kind, or its limit is missing."""
    kind = instrument.kind
    if instrument.derived:
        raise item.where.bad(f"{instrument.code} is computed from other values and not recorded")
    if kind == Instrument.Kind.NUMBER and not isinstance(value, Decimal):
        raise item.where.bad(f"{instrument.code} is a number")
    if kind == Instrument.Kind.CODE and value not in instrument.codes:
        raise item.where.bad(unknown(f"the value of {instrument.code}", str(value), instrument.codes))
    if kind == Instrument.Kind.BOOLEAN and not isinstance(value, bool):
        raise item.where.bad(f"{instrument.code} is true or false")
    if instrument.needs_limit and "limit" not in item.values:
        raise item.where.bad(f"{instrument.code} needs “limit”, the laboratory's upper limit")


def _core_set(item: Item, here: Known, journey: Journey) -> None:
    for code in CORE_SET if journey.patient.onset == "adult" else JUVENILE_SET:
        _hold(item, "instrument", code, here.instruments)


def _condition(item: Item, here: Known, _: Journey) -> None:
    of_kind = [code for code, row in here.concepts.items() if row.category == item.kind]
    if item.of in here.concepts and item.of not in of_kind:
        raise item.where.bad(f"{item.of} is a {here.concepts[item.of].category}")
    _hold(item, item.kind, item.of, of_kind)


def _attendance(item: Item, here: Known, _: Journey) -> None:
    _hold(item, "discipline with sessions", item.of, here.sessions)


def _referral(item: Item, here: Known, _: Journey) -> None:
    _hold(item, "discipline", item.of, here.disciplines)
    reasons = {code: row for code, row in here.reasons.items() if row.to.code == item.of}
    if not reasons:
        raise item.where.bad(f"nobody is referred to {item.of}: no reason is known")
    if "reason" in item.values:
        _hold(item, f"reason to refer to {item.of}", item.values["reason"], reasons)


def _document(item: Item, _: Known, __: Journey) -> None:
    _hold(item, "document", item.of, (*Assessment.Kind.values, *DECISIONS))


def _of(name: str, what: str) -> Callable[[Item, Known, Journey], None]:
    return lambda item, here, _: _hold(item, what, item.of, getattr(here, name))


def _among(codes: Collection[str], what: str) -> Callable[[Item, Known, Journey], None]:
    return lambda item, _, __: _hold(item, what, item.of, codes)


def _criterion(item: Item, _: Known, journey: Journey) -> None:
    _hold(item, "criterion of this journey", item.of, journey.criteria)


HOLDS: Mapping[str, Callable[[Item, Known, Journey], None]] = {
    "observation": _observation,
    "core_set": _core_set,
    "finding": _condition,
    "complication": _condition,
    "resolve": _of("concepts", "finding or complication"),
    "antibody": _among(Antibody.Code.values, "antibody"),
    "medication": _of("medicines", "medicine"),
    "intervention": _of("interventions", "intervention"),
    "attendance": _attendance,
    "referral": _referral,
    "assessment": _among(Assessment.Kind.values, "kind of assessment"),
    "document": _document,
    "acknowledge": _criterion,
    "close": _criterion,
}
