"""Core sets as the journeys write them: physician / patient / strength / function / CK / extramuscular.

The limit of CK is 200 unless said.
"""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from apps.knowledge.scoring import CoreSet, Improvement, Onset, Scale, Score, improvement

ADULT, JUVENILE = Onset.ADULT, Onset.JUVENILE


def score(value: str | int, scale: Scale) -> Score:
    return Score(Decimal(value), scale)


def core_set(
    line: str, *, strength: Scale = Scale.MMT8_150, disability: Scale = Scale.HAQ, limit: str = "200", **other: Any
) -> CoreSet:
    """A core set from its line; `-` is a measure that is missing."""
    phga, ptga, muscle, function, enzyme, extramusc = (
        None if word == "-" else Decimal(word) for word in line.split("/")
    )
    made: dict[str, Any] = {
        "phga": phga,
        "ptga": ptga,
        "muscle": None if muscle is None else Score(muscle, strength),
        "function": None if function is None else Score(function, disability),
        "enzyme": enzyme,
        "enzyme_limit": Decimal(limit),
        "extramusc": extramusc,
    }
    return CoreSet(**{**made, **other})


def compared(before: str, after: str, onset: Onset = ADULT, **scales: Any) -> Improvement:
    """Two lines compared, both on the same scales."""
    return improvement(before=core_set(before, **scales), after=core_set(after, **scales), onset=onset)


def numbers(high: int, places: int = 2, low: int = 0) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), places=places, allow_nan=False, allow_infinity=False)


#: The worst and the best value of each measure of a line, with the enzyme up to 20 times its limit.
ENDS = {
    "phga": (10, 0), "ptga": (10, 0), "muscle": (0, 150), "function": (3, 0), "enzyme": (4000, 0), "extramusc": (10, 0),
}  # fmt: skip
FIELDS = tuple(ENDS)


def lines() -> st.SearchStrategy[tuple[Decimal, ...]]:
    """The six values of a complete core set, anywhere on their scales."""
    return st.tuples(*(numbers(max(ends)) for ends in ENDS.values()))


def line(values: tuple[Decimal, ...]) -> str:
    return "/".join(f"{value:f}" for value in values)
