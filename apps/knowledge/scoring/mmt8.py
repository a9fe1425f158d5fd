"""Manual muscle test of eight groups: totals from single grades. Nothing but the standard library in here.

One side makes 0–80, both sides with the neck counted once 0–150 (the range of 80 from NCT01813617 [V], that of 150 by
arithmetic: 15 × 10). The two are never compared or converted: Scale keeps them apart. Grades of single groups are unreliable,
so use the total (PMC5875759 [V]).
"""

from collections.abc import Sequence
from decimal import Decimal

from apps.knowledge.scoring.exact import Exact, Unscorable, wholes
from apps.knowledge.scoring.scales import Scale, Score

#: The groups tested (NCT01813617 [V]); the neck lies in the middle and is tested once.
GROUPS = (
    "neck flexors", "deltoid", "biceps", "wrist extensors",
    "gluteus maximus", "gluteus medius", "quadriceps", "ankle dorsiflexors",
)  # fmt: skip
BEST_GRADE = 10
_SCALES = {len(GROUPS): Scale.MMT8_80, 2 * len(GROUPS) - 1: Scale.MMT8_150}


def total(grades: Sequence[Exact]) -> Score:
    """The total of 8 grades (one side) or 15 (both sides), each a whole number from 0 to 10, on the scale that fits.

    That grades are whole is [GK]. A group that was not tested makes no total: leaving it out would count as no strength.
    Raises Unscorable for any other number of groups, or a grade outside 0 to 10.
    """
    if len(grades) not in _SCALES:
        raise Unscorable("grades", f"must be 8 (one side) or 15 (both sides), not {len(grades)}")
    found = sum(wholes("grade", grades, low=0, high=BEST_GRADE))
    return Score(Decimal(found), _SCALES[len(grades)])
