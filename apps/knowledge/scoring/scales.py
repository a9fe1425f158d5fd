"""Scores that know their scale, so that two scales are never compared. Nothing but the standard library in here."""

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import total_ordering

from apps.knowledge.scoring.exact import Exact, ScaleMismatch, exact


class Scale(Enum):
    """A scale of strength or function; the value is the code of the instrument in the edition.

    Ranges: MMT8 0–80 and 0–150 (NCT01813617 [V]; P-PRODERM [V] and the arithmetic of 15 × 10), CMAS 0–52 (P-CMAS [V]),
    HAQ and CHAQ 0–3 (P-TIST [V]).
    """

    MMT8_80 = "mmt8_80"
    MMT8_150 = "mmt8_150"
    CMAS = "cmas"
    HAQ = "haqdi"
    CHAQ = "chaq"

    @property
    def maximum(self) -> int:
        """The highest score; the lowest is 0 on each."""
        return {"mmt8_80": 80, "mmt8_150": 150, "cmas": 52, "haqdi": 3, "chaq": 3}[self.value]

    @property
    def label(self) -> str:
        """The short name people write."""
        return {"haqdi": "HAQ"}.get(self.value, self.value.split("_")[0].upper())

    @property
    def measures_strength(self) -> bool:
        """Whether this scale measures muscle strength, of which more is better; the others measure disability."""
        return self in {Scale.MMT8_80, Scale.MMT8_150, Scale.CMAS}


@total_ordering
@dataclass(frozen=True)
class Score:
    """A score on its scale. Scores of one scale can be ordered; `<` and its like raise ScaleMismatch for two scales.

    `==` asks whether two are the same score of the same scale, so 80 of 80 is not 80 of 150.
    Raises Unscorable for a value outside the scale.
    """

    value: Exact
    scale: Scale

    def __post_init__(self) -> None:
        exact(self.scale.value, self.value, low=0, high=self.scale.maximum)

    def __lt__(self, other: "Score") -> bool:
        return self.on(other.scale) < other.on(self.scale)

    def on(self, scale: Scale) -> Fraction:
        """The value, if it is on this scale. Raises ScaleMismatch otherwise."""
        if self.scale is not scale:
            raise ScaleMismatch(self.scale.value, f"cannot be compared with {scale.value}")
        return Fraction(self.value)
