"""The six core set measures of one assessment, each on its own scale. Nothing but the standard library in here."""

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any, ClassVar

from apps.knowledge.scoring.exact import Exact, Unscorable, above_zero, exact, plain
from apps.knowledge.scoring.scales import Score

VAS_MAXIMUM = 10


class Measure(Enum):
    """The measures, in the order in which a core set is written; the value is the field of CoreSet."""

    PHGA = "phga"
    PTGA = "ptga"
    MUSCLE = "muscle"
    FUNCTION = "function"
    ENZYME = "enzyme"
    EXTRAMUSC = "extramusc"


class Enzyme(Enum):
    """Which enzyme is followed: the one most abnormal at baseline (abstract 1058 of the ACR [V]), chosen by the caller.

    The value is the code of the instrument in the edition.
    """

    CK = "ck"
    ALDOLASE = "aldolase"
    LDH = "ldh"
    AST = "ast"
    ALT = "alt"

    @property
    def range(self) -> int:
        """The range in multiples of the upper limit of normal. [GK]: unverified, governance confirms it before use."""
        return {"ck": 15, "aldolase": 6}.get(self.value, 3)

    @property
    def label(self) -> str:
        """The short name people write."""
        return "aldolase" if self is Enzyme.ALDOLASE else self.name


@dataclass(frozen=True)
class Printo:
    """A measure of the juvenile PRINTO set in the place of another, with the ends of its scale.

    P-TIST [V] names the two measures; no source of the edition gives their ranges, so who enters one brings its range along.
    Raises Unscorable for a value outside, or a scale that has no length.
    """

    label: ClassVar[str]
    more_is_better: ClassVar[bool]

    value: Exact
    low: Exact
    high: Exact

    def __post_init__(self) -> None:
        above_zero("range", exact("high", self.high) - exact("low", self.low))
        exact(self.label, self.value, low=self.low, high=self.high)


class PhysicalSummary(Printo):
    """CHQ-PhS, of which more is better [GK]; in the place of the enzyme (P-TIST [V])."""

    label = "CHQ-PhS"
    more_is_better = True


class DiseaseActivityScore(Printo):
    """Disease Activity Score, of which less is better [GK]; in the place of extramuscular activity (P-TIST [V])."""

    label = "Disease Activity Score"
    more_is_better = False


_PRINTO: dict[Measure, type[PhysicalSummary | DiseaseActivityScore]] = {
    Measure.ENZYME: PhysicalSummary, Measure.EXTRAMUSC: DiseaseActivityScore,
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """One measure made ready to be compared: where it stands on which scale, how long that is, and how people write it."""

    scale: str
    label: str
    position: Fraction
    span: Fraction
    more_is_better: bool
    words: str
    span_words: str


@dataclass(frozen=True, kw_only=True)
class CoreSet:
    """One assessment of the core set; None is a measure that is missing, and missing is not normal.

    `phga`, `ptga`, `extramusc`: visual analogue scales, 0 to 10 cm, higher is worse. `muscle`: MMT8 or CMAS, `function`: HAQ or
    CHAQ, each on its scale. `enzyme`: the result, and `enzyme_limit` the upper limit of normal that the laboratory gave
    with it, both in the same unit. `enzyme` and `extramusc` may both be those of the juvenile PRINTO set, not only one.
    Raises Unscorable for a value outside its scale, a limit that is not above 0, or a mixture of the sets.
    """

    phga: Exact | None
    ptga: Exact | None
    muscle: Score | None
    function: Score | None
    enzyme: Exact | PhysicalSummary | None
    enzyme_limit: Exact | None
    extramusc: Exact | DiseaseActivityScore | None
    enzyme_kind: Enzyme = Enzyme.CK

    def __post_init__(self) -> None:
        # Reading each measure once refuses what is outside its scale when the set is made and not when it is compared.
        for measure in Measure:
            self.reading(measure)
        sets = {isinstance(value, Printo) for value in (self.enzyme, self.extramusc) if value is not None}
        if len(sets) > 1:
            raise Unscorable("extramusc", "must be of the same set as the enzyme: both of the PRINTO set or neither")

    @property
    def is_printo(self) -> bool:
        """Whether measures of the juvenile PRINTO set stand in it."""
        return isinstance(self.enzyme, Printo) or isinstance(self.extramusc, Printo)

    def reading(self, measure: Measure) -> Reading | None:
        """The measure ready to be compared, or None when it, or the limit of the enzyme, is missing."""
        value: Any = getattr(self, measure.value)
        if value is None:
            return None
        if measure in {Measure.MUSCLE, Measure.FUNCTION}:
            return _of_score(measure, value)
        alternative = _PRINTO.get(measure)
        if alternative is not None and isinstance(value, alternative):
            return _of_printo(value)
        return self._of_enzyme(value) if measure is Measure.ENZYME else _of_vas(measure, value)

    def _of_enzyme(self, value: Exact) -> Reading | None:
        result = exact("enzyme", value, low=0)
        if self.enzyme_limit is None:
            return None
        limit, kind = above_zero("enzyme_limit", self.enzyme_limit), self.enzyme_kind
        words = f"{plain(result / limit)} × limit ({plain(result)}/{plain(limit)})"
        return Reading(
            kind.value, kind.label, result / limit, Fraction(kind.range), False, words, f"{kind.range} × limit"
        )


def _of_score(measure: Measure, score: Any) -> Reading:
    strength = measure is Measure.MUSCLE
    if not isinstance(score, Score) or score.scale.measures_strength is not strength:
        raise Unscorable(measure.value, f"must be a score of {'MMT8 or CMAS' if strength else 'HAQ or CHAQ'}")
    scale, value, span = score.scale, Fraction(score.value), Fraction(score.scale.maximum)
    return Reading(scale.value, scale.label, value, span, strength, plain(value, 3), plain(span))


def _of_printo(value: Printo) -> Reading:
    low, high = Fraction(value.low), Fraction(value.high)
    scale, position, span = f"{value.label} {low} to {high}", Fraction(value.value), high - low
    return Reading(scale, value.label, position, span, value.more_is_better, plain(position), plain(span))


def _of_vas(measure: Measure, value: Exact) -> Reading:
    label = {
        Measure.PHGA: "physician global", Measure.PTGA: "patient global", Measure.EXTRAMUSC: "extramuscular activity",
    }[measure]  # fmt: skip
    position = exact(measure.value, value, low=0, high=VAS_MAXIMUM)
    return Reading("vas", label, position, Fraction(VAS_MAXIMUM), False, plain(position), plain(VAS_MAXIMUM))
