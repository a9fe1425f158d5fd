"""Side-by-side ratios: two things measured in turn, in one run, so that a noisy machine is noisy for both."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """How many times a second `ours` ran against `theirs`, over rounds taken in turn."""

    ours: list[float]
    theirs: list[float]

    @property
    def pairs(self) -> list[float]:
        """The ratio of each round."""
        return [mine / other for mine, other in zip(self.ours, self.theirs, strict=True)]

    def report(self, name: str, bar: str) -> str:
        """One line: median ratio with its spread, and the absolute medians."""
        low, middle, high = min(self.pairs), statistics.median(self.pairs), max(self.pairs)
        ours, theirs = statistics.median(self.ours), statistics.median(self.theirs)
        return f"{name}: {middle:.2f} ({low:.2f}–{high:.2f}; {ours:.0f}/s against {theirs:.0f}/s) — bar {bar}"


def per_second(work: Callable[[], object], seconds: float) -> float:
    """How often `work` runs a second, measured for about `seconds`."""
    count, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        work()
        count += 1
    return count / (time.perf_counter() - begun)


def side_by_side(
    ours: Callable[[], object], theirs: Callable[[], object], *, rounds: int = 7, seconds: float = 1.0
) -> Ratio:
    """Measure both in turn, changing who goes first, after a warm-up of each."""
    per_second(ours, seconds / 2)
    per_second(theirs, seconds / 2)
    mine: list[float] = []
    other: list[float] = []
    for number in range(rounds):
        for work, found in ((ours, mine), (theirs, other)) if number % 2 == 0 else ((theirs, other), (ours, mine)):
            found.append(per_second(work, seconds))
    return Ratio(mine, other)
