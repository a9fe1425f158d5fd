"""Total Improvement Score, the 2016 ACR/EULAR response criteria for myositis. Nothing but the standard library in here.

Each of six measures changes by so many percent of its range, each change is worth points, and the points add up to 0–100.
Every cell of the table and both sets of thresholds are P-TIST [V], the thresholds of adults also P-TIS [V].
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

from apps.knowledge.scoring.core_set import CoreSet, Measure, Reading
from apps.knowledge.scoring.exact import ScaleMismatch, Unscorable, exact, plain, shown

#: A change has to be greater than a limit to reach the next points: exactly 5 % (2 % of strength) is worth nothing.
LIMITS = (5, 15, 25, 40)
STRENGTH_LIMITS = (2, 10, 20, 30)
#: Points by measure, from no limit passed to all four. Function stays at 7.5 and the enzyme too: the source has it so.
POINTS: Mapping[Measure, tuple[Decimal, ...]] = MappingProxyType({
    measure: tuple(map(Decimal, row.split()))
    for measure, row in (
        (Measure.PHGA, "0 7.5 15 17.5 20"),
        (Measure.PTGA, "0 2.5 5 7.5 10"),
        (Measure.MUSCLE, "0 10 20 27.5 32.5"),
        (Measure.FUNCTION, "0 5 7.5 7.5 10"),
        (Measure.ENZYME, "0 2.5 5 7.5 7.5"),
        (Measure.EXTRAMUSC, "0 7.5 12.5 15 20"),
    )
})  # fmt: skip
BEST_TOTAL = 100


class Onset(Enum):
    """The onset class, which chooses the thresholds. It follows the diagnosis, not the age now."""

    ADULT = "adult"
    JUVENILE = "juvenile"


class Category(Enum):
    """How much better: none, minimal, moderate or major improvement."""

    NONE = "none"
    MINIMAL = "minimal"
    MODERATE = "moderate"
    MAJOR = "major"


#: The totals from which an improvement is minimal, moderate, major (P-TIST [V]); the first is `tis_min` of the criteria.
THRESHOLDS: Mapping[Onset, tuple[int, int, int]] = MappingProxyType(
    {Onset.ADULT: (20, 40, 60), Onset.JUVENILE: (30, 45, 70)}
)


@dataclass(frozen=True)
class Missing:
    """A measure that is not there, or an enzyme without its limit, before or after."""

    measure: Measure
    when: Literal["before", "after"]


@dataclass(frozen=True)
class Change:
    """How one measure changed: percent of its range, above 0 when better, unrounded, and the points this is worth.

    `words` is the arithmetic as a person reads it.
    """

    measure: Measure
    percent: Fraction
    points: Decimal
    words: str


@dataclass(frozen=True)
class Improvement:
    """What two core sets say about each other. Measures that can be compared stand in `changes`, the others in `missing`."""

    onset: Onset
    changes: tuple[Change, ...]
    missing: tuple[Missing, ...]

    @property
    def total(self) -> Decimal | None:
        """The score, 0 to 100, or None while a measure is missing: no rule for missing measures is verified."""
        if self.missing:
            return None
        # As fractions, since a sum of Decimals obeys the precision that the caller happens to have set.
        return shown(sum((Fraction(change.points) for change in self.changes), Fraction(0)))

    @property
    def category(self) -> Category | None:
        """The category by onset class, or None without a total."""
        return None if self.total is None else category_of(self.total, self.onset)

    @property
    def lines(self) -> tuple[str, ...]:
        """One line of arithmetic for each measure that can be compared."""
        return tuple(change.words for change in self.changes)


def improvement(*, before: CoreSet, after: CoreSet, onset: Onset) -> Improvement:
    """Score the change from one core set to a later one. Worsening is worth 0 points, never less.

    Raises ScaleMismatch when a measure stands on two different scales (MMT8 of 80 and of 150, MMT8 and CMAS, HAQ and CHAQ,
    two enzymes, two sets), and Unscorable for measures of the juvenile PRINTO set in disease of adult onset.
    """
    if onset is Onset.ADULT and (before.is_printo or after.is_printo):
        raise Unscorable("onset", "must be juvenile for the measures of the juvenile PRINTO set")
    changes, missing = [], []
    for measure in Measure:
        start, end = before.reading(measure), after.reading(measure)
        if start is not None and end is not None:
            changes.append(_change(measure, start, end))
            continue
        missing += [Missing(measure, "before")] if start is None else []
        missing += [Missing(measure, "after")] if end is None else []
    return Improvement(onset, tuple(changes), tuple(missing))


def points(measure: Measure, percent: Fraction | Decimal | int) -> Decimal:
    """What a change by so many percent of the range is worth; 0 for a worsening.

    Raises Unscorable when the percentage is no exact number.
    """
    limits = STRENGTH_LIMITS if measure is Measure.MUSCLE else LIMITS
    # The number of limits strictly below the change.
    return POINTS[measure][bisect_left(limits, exact("percent", percent))]


def category_of(total: Decimal | int, onset: Onset) -> Category:
    """The category of a total score; each begins at its threshold. Raises Unscorable for a total outside 0 to 100."""
    found = exact("total", total, low=0, high=BEST_TOTAL)
    reached = sum(found >= threshold for threshold in THRESHOLDS[onset])
    return list(Category)[reached]


def _change(measure: Measure, start: Reading, end: Reading) -> Change:
    if start.scale != end.scale:
        raise ScaleMismatch(measure.value, f"{end.scale} cannot be compared with {start.scale}")
    gained = end.position - start.position if end.more_is_better else start.position - end.position
    percent = gained / start.span * 100
    worth = points(measure, percent)
    words = f"{end.label} {start.words} → {end.words} of {end.span_words}: {_percent_words(measure, percent)}"
    return Change(measure, percent, worth, f"{words}, {plain(worth)} points")


def _percent_words(measure: Measure, percent: Fraction) -> str:
    if percent == 0:
        return "no change"
    size, direction = abs(percent), "better" if percent > 0 else "worse"
    rounded = shown(size)
    if rounded == 0:
        return f"less than 0.1 % {direction}"
    # Rounding must not hide on which side of a limit the change lies: 5.01 % is not 5 %.
    hidden = percent > 0 and points(measure, rounded) != points(measure, percent)
    return f"{'just over ' if hidden else ''}{plain(rounded)} % {direction}"
