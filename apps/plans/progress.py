"""How far a measured goal is reached. Exact. Standard library only."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

AT_LEAST, AT_MOST = "at_least", "at_most"


@dataclass(frozen=True)
class Progress:
    """Where a goal stands. `fraction` is the part of the way from the start to the target, 0 to 1; `reached` whether the
    target is met by the latest value. None where that cannot be said.
    """

    start: Decimal | None = None
    latest: Decimal | None = None
    latest_on: date | None = None
    fraction: Fraction | None = None
    reached: bool | None = None


def progress(
    *,
    comparison: str,
    target: Decimal | None,
    start: Decimal | None,
    latest: Decimal | None,
    latest_on: date | None = None,
) -> Progress:
    """How far a goal is reached: `at_least` or `at_most` the target.

    A value on the wrong side of the start counts as nothing of the way. There is no way to speak of where the start is not
    known, or met the target already and the value does not any more.
    """
    if target is None or latest is None:
        return Progress(start, latest, latest_on)
    reached = meets(latest, comparison, target)
    return Progress(start, latest, latest_on, _fraction(comparison, target, start, latest, reached), reached)


def meets(value: Decimal, comparison: str, target: Decimal) -> bool:
    """Whether a value meets a target; exactly the target does."""
    return value <= target if comparison == AT_MOST else value >= target


def _fraction(
    comparison: str, target: Decimal, start: Decimal | None, latest: Decimal, reached: bool
) -> Fraction | None:
    if reached:
        return Fraction(1)
    if start is None or meets(start, comparison, target):
        return None
    return max(Fraction(0), (Fraction(latest) - Fraction(start)) / (Fraction(target) - Fraction(start)))
