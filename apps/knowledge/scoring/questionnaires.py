"""EAT-10 and MUST from their answers. Nothing but the standard library in here, and no wording of any questionnaire.

The questions themselves are under licence; a hospital brings its own forms and enters the points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from apps.knowledge.scoring.exact import Exact, Unscorable, exact, wholes

EAT10_ITEMS = 10
EAT10_BEST, EAT10_WORST = 0, 4
#: From here on a screen is abnormal (P-EAT [V2]); it screens and diagnoses nothing.
EAT10_ABNORMAL = 3

#: MUST, kg/m²: under 18.5 makes 2, over 20 makes 0, between them 1 [GK].
MUST_BMI_LOW, MUST_BMI_HIGH = Decimal("18.5"), Decimal(20)
#: MUST, percent lost within 3 to 6 months: 5 to 10 make 1, more makes 2 [GK].
MUST_LOSS_LOW, MUST_LOSS_HIGH = 5, 10
#: MUST, points for an acute disease with hardly any food for more than five days [GK].
MUST_ACUTE = 2
#: MUST, points from which the risk is high; 1 is medium [GK].
MUST_HIGH = 2


def eat10(items: Sequence[Exact]) -> Decimal:
    """EAT-10, 0 to 40, higher is worse: the sum of ten answers of 0 to 4 (P-EAT [V2]).

    Raises Unscorable for another number of answers, or one that is not a whole number from 0 to 4.
    """
    if len(items) != EAT10_ITEMS:
        raise Unscorable("items", f"must be {EAT10_ITEMS} answers, not {len(items)}")
    return Decimal(sum(wholes("item", items, low=EAT10_BEST, high=EAT10_WORST)))


class MustRisk(Enum):
    """Risk of malnutrition by MUST; the three words and their limits are [GK]."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True)
class Must:
    """Points of the Malnutrition Universal Screening Tool, an instrument for adults; None where the input is missing."""

    bmi_points: int | None
    loss_points: int | None
    acute_points: int | None

    @property
    def missing(self) -> tuple[str, ...]:
        """Which inputs are missing."""
        named = (("bmi", self.bmi_points), ("loss_percent", self.loss_points), ("acutely_ill", self.acute_points))
        return tuple(name for name, points in named if points is None)

    @property
    def total(self) -> Decimal | None:
        """The sum, 0 to 6, or None while an input is missing."""
        return None if self.missing else Decimal(self._known)

    @property
    def risk(self) -> MustRisk | None:
        """0 is low, 1 medium, 2 and more high [GK]. None while unknown; what is known may already make it high."""
        if self._known >= MUST_HIGH:
            return MustRisk.HIGH
        if self.missing:
            return None
        return MustRisk.MEDIUM if self._known else MustRisk.LOW

    @property
    def _known(self) -> int:
        return sum(points or 0 for points in (self.bmi_points, self.loss_points, self.acute_points))


def must(*, bmi: Exact | None, loss_percent: Exact | None, acutely_ill: bool | None) -> Must:
    """MUST from body mass index (kg/m²), weight lost in 3 to 6 months (percent, unrounded) and acute disease.

    `acutely_ill`: an acute disease with hardly any food for more than five days, seen or to be expected. Every cut-off is
    unverified [GK]. The edition carries those of the loss and the BMI under 18.5, with MUST named as their origin; the BMI of 20,
    the points for acute disease and the words for the total rest on general knowledge alone. Governance confirms all before use.
    Raises Unscorable for a BMI not from 1 to 300, a loss above 100 %, or an answer that is neither yes, no nor missing.
    """
    if acutely_ill not in (None, True, False):
        raise Unscorable("acutely_ill", "must be yes, no or missing")
    return Must(
        bmi_points=None if bmi is None else _bmi_points(bmi),
        loss_points=None if loss_percent is None else _loss_points(loss_percent),
        acute_points=None if acutely_ill is None else MUST_ACUTE * bool(acutely_ill),
    )


def _bmi_points(bmi: Exact) -> int:
    value = exact("bmi", bmi, low=1, high=300)
    return (value <= MUST_BMI_HIGH) + (value < MUST_BMI_LOW)


def _loss_points(loss_percent: Exact) -> int:
    value = exact("loss_percent", loss_percent, high=100)
    return (value >= MUST_LOSS_LOW) + (value > MUST_LOSS_HIGH)
