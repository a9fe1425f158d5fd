"""When one looks whether a medicine has helped, and how the measures before and after compare. No Django in here."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apps.knowledge.scoring import CoreSet, Enzyme, Improvement, Measure, Onset, Scale, Score, improvement, plain
from apps.knowledge.values import Medicine, Window

TIS, CDASI = "tis", "cdasi_a"
ANYBODY = frozenset({"", "any"})
GLOBALS = ("phga", "ptga", "extramusc")
#: Which scale of strength is looked for first, by the class of onset; only one that is there before and after can be compared.
STRENGTH = {"adult": ("mmt8_150", "mmt8_80", "cmas"), "juvenile": ("cmas", "mmt8_80", "mmt8_150")}
FUNCTION = {"adult": ("haqdi", "chaq"), "juvenile": ("chaq", "haqdi")}
ENZYMES = tuple(one.value for one in Enzyme)
#: The value before a treatment: the last one of so many days up to it, else the first one of so many days after (C.0).
DAYS_BEFORE, DAYS_AFTER = 28, 14
#: The change of the CDASI activity score that means something, by centre: UPenn, Stanford (P-CDASI [V]).
CDASI_MEANINGFUL = (4, 5)
#: Whose the score is and its thresholds are; the range over which a change of an enzyme is taken has no verified source.
TIS_SOURCE = "(P-TIST [V])"
ENZYME_SOURCE = "(P-TIST [V]; range of the enzyme [GK], unverified)"


@dataclass(frozen=True)
class ReviewDue:
    """That a medicine is to be looked at on a day, by a window of response."""

    medicine: str
    due_on: date
    window: Window


def review_dates(
    medicine: Medicine, started_on: date, windows: Iterable[Window], *, populations: Collection[str]
) -> list[ReviewDue]:
    """When one looks at a medicine that was begun on a day: once for each window of it or of its class, the earliest first."""
    found = [
        ReviewDue(medicine.code, started_on + timedelta(weeks=one.review_after_weeks), one)
        for one in windows
        if (one.medicine == medicine.code or (one.klass and one.klass == medicine.klass))
        and (one.population in ANYBODY or one.population in populations)
    ]
    return sorted(found, key=lambda one: (one.due_on, one.window.citation.code))


@dataclass(frozen=True)
class Measured:
    """A value of a measure, on which day at the site, and for an enzyme the laboratory's upper limit that came with it."""

    code: str
    value: Decimal | None
    on: date
    limit: Decimal | None = None

    @property
    def usable(self) -> bool:
        """Whether it can be scored: an enzyme means nothing without its limit."""
        return self.value is not None and (self.code not in ENZYMES or (self.limit is not None and self.limit > 0))

    @property
    def shown(self) -> dict[str, str | None]:
        """As plain values, numbers as text."""
        limit = plain(self.limit, 4) if self.limit is not None else None
        return {
            "value": plain(self.value, 4) if self.value is not None else None,
            "on": self.on.isoformat(),
            "limit": limit,
        }


Series = Mapping[str, Sequence[Measured]]


@dataclass(frozen=True)
class Comparison:
    """What was measured before a treatment and after, and what it comes to.

    `value` is the Total Improvement Score (0–100), or by how many points the CDASI activity score fell (below 0: it rose);
    None while something is `missing`. `category` is that of the score by class of onset; `on` the day that is compared with.
    """

    score: str
    value: Decimal | None
    category: str
    on: date | None
    lines: tuple[str, ...]
    missing: tuple[str, ...]
    before: dict[str, Measured] = field(hash=False)
    after: dict[str, Measured] = field(hash=False)

    def plain(self) -> dict[str, Any]:
        """As JSON holds it: numbers exactly, as text."""
        return {
            "score": self.score,
            "value": plain(self.value) if self.value is not None else None,
            "category": self.category,
            "on": self.on.isoformat() if self.on else None,
            "lines": list(self.lines),
            "missing": list(self.missing),
            "before": {code: one.shown for code, one in self.before.items()},
            "after": {code: one.shown for code, one in self.after.items()},
        }


def measures_of(score: str) -> tuple[str, ...]:
    """The measures that a score is made from. Raises ValueError for a score that is not known."""
    if score == CDASI:
        return (CDASI,)
    if score == TIS:
        return (*GLOBALS, *STRENGTH["adult"], *FUNCTION["adult"], *ENZYMES)
    raise ValueError(f"“{score}” is no score that a response is judged by.")


def base(values: Iterable[Measured], day: date) -> Measured | None:
    """The value of a measure at a time: the last one in the 28 days up to it, else the first one in the 14 days after (C.0)."""
    known = sorted((one for one in values if one.usable), key=lambda one: one.on)
    before = [one for one in known if day - timedelta(days=DAYS_BEFORE) <= one.on <= day]
    after = [one for one in known if day < one.on <= day + timedelta(days=DAYS_AFTER)]
    return before[-1] if before else after[0] if after else None


def compare(
    series: Series, *, score: str, started_on: date, onset: str, on: date, since: date | None = None
) -> Comparison:
    """How the measures stand up to a day against what they were before a treatment that began on `started_on`.

    Compared is the latest assessment, or the latest complete one, dated after the start (and on or after `since`). `onset` is
    adult or juvenile and chooses the thresholds. Raises ValueError for an unknown score or onset, Unscorable for a value
    outside its scale.
    """
    wanted = measures_of(score)
    known = {code: [one for one in series.get(code, ()) if one.usable and one.on <= on] for code in wanted}
    first = max(started_on + timedelta(days=1), since or started_on)
    if score == CDASI:
        return _cdasi(known[CDASI], started_on, first)
    return _tis(known, started_on, first, Onset(onset))


def _cdasi(values: Sequence[Measured], started_on: date, first: date) -> Comparison:
    before = base(values, started_on)
    later = sorted((one for one in values if _later(one, before, first)), key=lambda one: one.on)
    after = later[-1] if later else None
    missing = [f"{CDASI} {when}" for when, one in (("before", before), ("after", after)) if one is None]
    found = {"before": {CDASI: before} if before else {}, "after": {CDASI: after} if after else {}}
    if before is None or after is None or before.value is None or after.value is None:
        return Comparison(CDASI, None, "", after.on if after else None, (), tuple(missing), **found)
    fell = before.value - after.value
    how = "no change" if fell == 0 else f"{plain(abs(fell))} points {'better' if fell > 0 else 'worse'}"
    upenn, stanford = CDASI_MEANINGFUL
    line = (
        f"CDASI activity {plain(before.value)} → {plain(after.value)} of 100: {how}; "
        f"a change that means something is {upenn} points (UPenn) or {stanford} (Stanford) (P-CDASI [V])"
    )
    return Comparison(CDASI, fell, "", after.on, (line,), (), **found)


def _tis(series: Series, started_on: date, first: date, onset: Onset) -> Comparison:
    """The latest complete assessment; without one the latest, with what it lacks."""
    starts = {code: found for code, rows in series.items() if (found := base(rows, started_on)) is not None}
    latest: Comparison | None = None
    for day in _assessed(series, starts, first):
        judged = _of_day(series, starts, day, first, onset)
        if not judged.missing:
            return judged
        latest = latest or judged
    return latest or _of_day(series, starts, None, first, onset)


def _assessed(series: Series, starts: Mapping[str, Measured], first: date) -> Iterator[date]:
    """The days of assessments after the treatment began, the latest first: an assessment is where a physician judged."""
    rows = [one for one in series["phga"] if _later(one, starts.get("phga"), first)]
    yield from sorted({one.on for one in rows}, reverse=True)


def _of_day(series: Series, starts: Mapping[str, Measured], day: date | None, first: date, onset: Onset) -> Comparison:
    ends = {} if day is None else _ends(series, starts, day, first)
    chosen = [
        *GLOBALS,
        _common(STRENGTH[onset.value], starts, ends),
        _common(FUNCTION[onset.value], starts, ends),
        _worst(starts),
    ]
    before = {code: starts[code] for code in chosen if code in starts}
    after = {code: ends[code] for code in chosen if code in ends}
    result = improvement(before=_core_set(before), after=_core_set(after, chosen[-1]), onset=onset)
    missing = tuple(f"{_which(one.measure.value, chosen)} {one.when}" for one in result.missing)
    return Comparison(TIS, result.total, _category(result), day, _lines(result), missing, before, after)


def _lines(result: Improvement) -> tuple[str, ...]:
    """The arithmetic of each measure and the category, each with its source. The total has the enzyme in it."""
    found = [f"{one.words} {ENZYME_SOURCE if one.measure is Measure.ENZYME else TIS_SOURCE}" for one in result.changes]
    if result.total is not None and result.category is not None:
        found.append(f"{plain(result.total)} of 100, category “{result.category.value}” {ENZYME_SOURCE}")
    return tuple(found)


def _ends(series: Series, starts: Mapping[str, Measured], day: date, first: date) -> dict[str, Measured]:
    later = {code: [one for one in rows if _later(one, starts.get(code), first)] for code, rows in series.items()}
    return {code: found for code, rows in later.items() if (found := base(rows, day)) is not None}


def _later(one: Measured, before: Measured | None, first: date) -> bool:
    return one.on >= first and (before is None or one.on > before.on)


def _common(scales: Sequence[str], starts: Mapping[str, Measured], ends: Mapping[str, Measured]) -> str:
    """The scale on which both times were measured; else one on which any was, so that it is clear what is missing."""
    both = [code for code in scales if code in starts and code in ends]
    any_of = [code for code in scales if code in starts] or [code for code in scales if code in ends]
    return (both or any_of or list(scales))[0]


def _worst(starts: Mapping[str, Measured]) -> str:
    """The enzyme that was most abnormal before, as a multiple of its limit, CK among equals: that one is followed."""
    there = [starts[code] for code in ENZYMES if code in starts]
    times = {one.code: Fraction(one.value or 0) / Fraction(one.limit or 1) for one in there}
    return max(times, key=lambda code: times[code], default=Enzyme.CK.value)


def _core_set(found: Mapping[str, Measured], enzyme: str = "") -> CoreSet:
    kind = next((code for code in ENZYMES if code in found), enzyme or Enzyme.CK.value)
    values = {code: one.value for code, one in found.items()}
    scales = {
        code: Score(one.value, Scale(code)) for code, one in found.items() if _is_scale(code) and one.value is not None
    }
    return CoreSet(
        phga=values.get("phga"), ptga=values.get("ptga"), extramusc=values.get("extramusc"),
        muscle=next((one for one in scales.values() if one.scale.measures_strength), None),
        function=next((one for one in scales.values() if not one.scale.measures_strength), None),
        enzyme=values.get(kind), enzyme_limit=found[kind].limit if kind in found else None, enzyme_kind=Enzyme(kind),
    )  # fmt: skip


def _is_scale(code: str) -> bool:
    return code in {one.value for one in Scale}


def _category(result: Improvement) -> str:
    return result.category.value if result.category is not None else ""


def _which(measure: str, chosen: Sequence[str]) -> str:
    """The code of the instrument that stands for a measure of the core set."""
    return {"muscle": chosen[-3], "function": chosen[-2], "enzyme": chosen[-1]}.get(measure, measure)
