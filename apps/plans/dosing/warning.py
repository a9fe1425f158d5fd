"""What somebody has to look at about a dose. Each names the sources that it rests on; none forbids.

Severities are a proposal for local policy: urgent and warning want a written reason, info none.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from apps.knowledge.values import Guidance, Medicine
from apps.plans.dosing.lines import JUDGED, TOO_MUCH, Case, Line, Outcome, course_days

URGENT, WARNING, INFO = SEVERITIES = ("urgent", "warning", "info")
#: Classes of medicines whose dose nobody has to have a source for.
NO_SOURCE_NEEDED = frozenset({"supplement", "topical", "antimicrobial"})


@dataclass(frozen=True)
class DoseWarning:
    """Something about a dose, how it was worked out, and whose words it rests on."""

    code: str
    severity: str
    words: str
    arithmetic: str = ""
    citations: tuple[str, ...] = ()


def warnings_of(
    medicine: Medicine, case: Case, lines: Sequence[Line], beside: Sequence[Medicine]
) -> Iterator[DoseWarning]:
    """Everything that somebody has to look at, the gravest first."""
    yield from sorted(_all(medicine, case, lines, beside), key=lambda one: (URGENT, WARNING, INFO).index(one.severity))


def _all(medicine: Medicine, case: Case, lines: Sequence[Line], beside: Sequence[Medicine]) -> Iterator[DoseWarning]:
    yield from _clashes(medicine, beside)
    yield from _several(medicine, case)
    yield from _limits(medicine, lines)
    yield from _ranges(medicine, lines)
    yield from _beginning(medicine, lines)
    yield from _unassessable(medicine, lines)
    yield from _unsourced(medicine, lines)
    yield from _spread(medicine, case, lines)


def _made(code: str, severity: str, words: str, lines: Iterable[Line]) -> DoseWarning:
    rows = tuple(lines)
    said = "; ".join(dict.fromkeys(one.sentence for one in rows))
    return DoseWarning(code, severity, words, said, tuple(dict.fromkeys(one.citation for one in rows)))


def _clashes(medicine: Medicine, beside: Sequence[Medicine]) -> Iterator[DoseWarning]:
    for other in {one.code: one for one in beside}.values():
        if other.code in medicine.clashes_with or medicine.code in other.clashes_with:
            telling = medicine if other.code in medicine.clashes_with else other
            words = f"{medicine.name} and {other.name} together: stop and check before the next dose."
            yield DoseWarning("clash", URGENT, words, citations=(telling.citation.words,))


def _several(medicine: Medicine, case: Case) -> Iterator[DoseWarning]:
    """Two weekly orders of a medicine that is given once a week: right only when both are taken on the same day."""
    if medicine.weekly_only and len(case.dosages) > 1:
        words = (
            f"{medicine.name} is ordered {len(case.dosages)} times for the same weeks: all of it belongs on one day."
        )
        said = " + ".join(one.words for one in case.dosages)
        yield DoseWarning("several_orders", URGENT, words, said, (medicine.citation.words,))


def _limits(medicine: Medicine, lines: Sequence[Line]) -> Iterator[DoseWarning]:
    """A limit that is passed; or that limits are known, but for other patients only, so that nothing holds this dose."""
    limits = [one for one in lines if one.guidance.kind == "limit"]
    over = [one for one in limits if one.outcome in TOO_MUCH]
    if over:
        severity = URGENT if medicine.weekly_only else WARNING
        yield _made("over_limit", severity, f"{medicine.name}: above a limit that is not to be passed.", over)
    if limits and all(one.outcome is Outcome.OTHER_POPULATION for one in limits):
        whom = " and ".join(dict.fromkeys(one.guidance.population for one in limits))
        yield _made(
            "no_limit", WARNING, f"{medicine.name}: limits are known for {whom} only, none for this patient.", limits
        )


def _ranges(medicine: Medicine, lines: Sequence[Line]) -> Iterator[DoseWarning]:
    """Outside every source, or inside one and outside another. What is begun with as a source says is not too little."""
    used = [one for one in lines if one.guidance.kind not in {"limit", "start"} and one.outcome in JUDGED]
    sides = {Outcome.ABOVE if one.outcome in TOO_MUCH else one.outcome for one in used}
    if len(sides) > 1:
        yield _made("sources_disagree", INFO, f"{medicine.name}: the sources differ about this dose.", used)
    elif sides == {Outcome.ABOVE}:
        yield _made("dose_above", WARNING, f"{medicine.name}: more than any source says.", used)
    elif sides == {Outcome.BELOW} and not _begins_as_said(lines):
        yield _made("dose_below", INFO, f"{medicine.name}: less than any source says.", used)


def _begins_as_said(lines: Sequence[Line]) -> bool:
    return any(one.guidance.kind == "start" and one.outcome is Outcome.WITHIN for one in lines)


def _beginning(medicine: Medicine, lines: Sequence[Line]) -> Iterator[DoseWarning]:
    other = [one for one in lines if one.guidance.kind == "start" and one.outcome in JUDGED - {Outcome.WITHIN}]
    if other:
        yield _made("start_differs", INFO, f"{medicine.name}: begins otherwise than a source says.", other)


def _unassessable(medicine: Medicine, lines: Sequence[Line]) -> Iterator[DoseWarning]:
    for missing in ("weight", "height"):
        lacking = [one for one in lines if one.outcome is Outcome.NOT_ASSESSABLE and missing in one.needs]
        if lacking:
            severity = WARNING if any(one.guidance.kind == "limit" for one in lacking) else INFO
            words = f"{medicine.name}: without a {missing} that still holds, this cannot be assessed."
            yield _made(f"no_{missing}", severity, words, lacking)


def _unsourced(medicine: Medicine, lines: Sequence[Line]) -> Iterator[DoseWarning]:
    """A dose that nothing was held against. One that lacks only a weight or a height is told of by itself."""
    spoken = any(one.outcome in JUDGED or one.outcome is Outcome.NOT_ASSESSABLE for one in lines)
    if not spoken and medicine.klass not in NO_SOURCE_NEEDED:
        words = f"{medicine.name}: No source that is known here speaks of this dose; nothing was compared."
        yield DoseWarning("no_source", WARNING, words)


def _spread(medicine: Medicine, case: Case, lines: Sequence[Line]) -> Iterator[DoseWarning]:
    """A course given over fewer or more days than any source says."""
    days = course_days(case.dosages)
    rows = [one for one in lines if one.outcome in JUDGED and one.guidance.course_days_low is not None]
    if days is None or not rows:
        return
    if not any(_holds(one.guidance, days) for one in rows):
        words = f"{medicine.name}: over {days} {'day' if days == 1 else 'days'}, which no source says."
        said = "; ".join(dict.fromkeys(f"{one.words} ({one.citation})" for one in rows))
        yield DoseWarning("course_days", INFO, words, said, tuple(dict.fromkeys(one.citation for one in rows)))


def _holds(row: Guidance, days: int) -> bool:
    low = row.course_days_low or 0
    return low <= days <= (row.course_days_high or low)
