"""Checking the dose of one medicine: against every source, against limits, and for orders that must not be followed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from apps.knowledge.values import Guidance, Medicine
from apps.plans.dosing.amounts import Taken, hold_all, largest_known, stretch_of, summed
from apps.plans.dosing.lines import Case, Line, line
from apps.plans.dosing.orders import TOPICAL, Body, Dosage, Impossible, Stretch, UnsafeOrder, stretches
from apps.plans.dosing.warning import SEVERITIES, DoseWarning, warnings_of
from apps.plans.dosing.words import PERCENT

WEEK = 7


@dataclass(frozen=True)
class DoseCheck:
    """What was found about the dose of one medicine. `amounts` are rounded and for reading; each line says how it was decided.

    `starts_on` and `stops_on` are the days that it speaks of: those on which most is taken, unless a day was asked for.
    """

    medicine: str
    starts_on: date
    stops_on: date | None
    arithmetic: tuple[str, ...]
    amounts: dict[str, Decimal] = field(hash=False)
    lines: tuple[Line, ...] = ()
    warnings: tuple[DoseWarning, ...] = ()


def check(
    dosages: Sequence[Dosage],
    body: Body,
    guidance: Sequence[Guidance],
    *,
    populations: Collection[str],
    medicine: Medicine,
    beside: Sequence[Medicine] = (),
    weeks_since_start: int = 0,
    on: date | None = None,
    today: date | None = None,
) -> DoseCheck:
    """The dosages of one medicine against all that sources say about it, a line each.

    `populations` are those that the patient belongs to (adult or juvenile, amyopathic), `beside` the other medicines that are
    taken. Where doses follow one another, what is compared is the one in which most is taken, or that `on` a day; with what to
    begin with always the first. One of which nobody can say how much it is counts as the most; what is to be warned of in the
    largest of the others is said beside it. A weight has to hold `today`, or else on that day. Raises UnsafeOrder for an order
    that must not be followed, Impossible for what cannot be meant.
    """
    _hold(dosages, body, medicine)
    stretch = stretch_of(dosages, body, on, today)
    if stretch is None:
        raise Impossible("starts_on", f"{medicine.name} is not taken on this day.")
    holds = body.on(on or today or stretch.starts_on)
    first = stretches(dosages)[0].dosages
    cases = [
        Case(one.dosages, first, holds, populations, weeks_since_start)
        for one in [stretch, *([] if on else _beside(dosages, stretch, holds))]
    ]
    found = [tuple(line(row, case) for row in guidance if row.medicine == medicine.code) for case in cases]
    warned = [
        row for case, lines in zip(cases, found, strict=True) for row in warnings_of(medicine, case, lines, beside)
    ]
    amounts = summed(Taken(stretch.dosages, holds))
    return DoseCheck(
        medicine.code, stretch.starts_on, stretch.stops_on, _days(dosages, stretch) + amounts.lines, amounts.rounded(), found[0],
        _once(warned),
    )  # fmt: skip


def _beside(dosages: Sequence[Dosage], stretch: Stretch, body: Body) -> list[Stretch]:
    """The largest of the stretches that are known, where the one that is compared is not."""
    other = largest_known(dosages, body)
    return [other] if other is not None and Taken(stretch.dosages, body).unknown else []


def _once(warned: Sequence[DoseWarning]) -> tuple[DoseWarning, ...]:
    """Each code once, in its gravest form; the gravest first."""
    ordered = sorted(warned, key=lambda one: SEVERITIES.index(one.severity))
    return tuple(
        one for index, one in enumerate(ordered)
        if one.code == "clash" or one.code not in {other.code for other in ordered[:index]}
    )  # fmt: skip


def _hold(dosages: Sequence[Dosage], body: Body, medicine: Medicine) -> None:
    if not dosages:
        raise Impossible("dose", "There is no dosage to check.")
    hold_all(dosages, body)
    for one in dosages:
        _hold_to(one, medicine)


def _hold_to(one: Dosage, medicine: Medicine) -> None:
    """Refuse what does not fit this medicine: a strength of what is not for the skin, or a weekly medicine more often."""
    if one.medicine != medicine.code:
        raise Impossible("medicine", f"This dosage is not of {medicine.name}.")
    if one.unit == PERCENT and medicine.routes and TOPICAL not in medicine.routes:
        raise Impossible("unit", f"{medicine.name} is not put on the skin, so a strength in % says nothing.")
    weekly = one.frequency == 1 and one.period_days == WEEK and (one.course_days or 1) == 1
    if medicine.weekly_only and not weekly:
        # An average says nothing about the days: four in four weeks may be read as four days running.
        raise UnsafeOrder(
            f"{medicine.name} is given once a week and never daily: an order says “once a week”, and this one says "
            f"{one.words}. ({medicine.citation.words})"
        )


def _days(dosages: Sequence[Dosage], stretch: Stretch) -> tuple[str, ...]:
    """Which days are meant, where the dose changes."""
    return (stretch.words,) if len(stretches(dosages)) > 1 else ()
