"""Clinically inactive juvenile dermatomyositis by PRINTO. Nothing but the standard library in here.

Three of four: CK at most 150 U/L, CMAS at least 48, MMT8 at least 78 of 80, physician's global activity at most 0.2 of 10
(P-PRINTO [V]). Healthy four-year-olds reach 46.6 ± 2.3 of the CMAS (P-CMAS4 [V]), so it says nothing under 5 years: it is left
out there, and the other three must all hold (MU-06).
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.knowledge.scoring.exact import Exact, exact, plain, whole
from apps.knowledge.scoring.scales import Scale, Score

CK_AT_MOST = 150
CMAS_FROM = 48
MMT8_FROM = 78
PHGA_AT_MOST = Decimal("0.2")
VAS_MAXIMUM = 10
NEEDED = 3
CMAS_FROM_AGE = 5
OLDEST = 150


@dataclass(frozen=True)
class Item:
    """One of the criteria: `met` is None while the value is missing; `words` say the value and the limit."""

    code: str
    met: bool | None
    words: str


@dataclass(frozen=True)
class Inactivity:
    """Whether the disease is clinically inactive, item by item. `left_out` names what does not count at this age."""

    items: tuple[Item, ...]
    left_out: tuple[str, ...] = ()

    @property
    def inactive(self) -> bool | None:
        """Whether three criteria hold; None while missing values could still decide it either way."""
        if len(self._codes(True)) >= NEEDED:
            return True
        return None if len(self._codes(True)) + len(self.missing) >= NEEDED else False

    @property
    def missing(self) -> tuple[str, ...]:
        """Codes of the criteria whose value is missing."""
        return self._codes(None)

    @property
    def lines(self) -> tuple[str, ...]:
        """One readable line for each criterion."""
        return tuple(item.words for item in self.items)

    def _codes(self, met: bool | None) -> tuple[str, ...]:
        return tuple(item.code for item in self.items if item.met is met)


def inactivity(
    *, ck: Exact | None, cmas: Score | None, mmt8: Score | None, phga: Exact | None, age_years: int
) -> Inactivity:
    """Judge CK in U/L, CMAS, MMT8 on the scale of 80 and the physician's VAS in cm, at an age in completed years.

    Raises ScaleMismatch for an MMT8 on the scale of 150 or another score in the place of one, and Unscorable for a negative CK,
    a VAS outside 0 to 10 or an age that is none.
    """
    old_enough = whole("age_years", age_years, low=0, high=OLDEST) >= CMAS_FROM_AGE
    strength = (
        _item("cmas", _on(cmas, Scale.CMAS), _at_least(CMAS_FROM), f"at least {CMAS_FROM} of 52"),
        _item("mmt8_80", _on(mmt8, Scale.MMT8_80), _at_least(MMT8_FROM), f"at least {MMT8_FROM} of 80"),
    )
    others = (
        _item("ck", _number("ck", ck), _at_most(CK_AT_MOST), f"at most {CK_AT_MOST} U/L"),
        _item("phga", _number("phga", phga, VAS_MAXIMUM), _at_most(PHGA_AT_MOST), f"at most {PHGA_AT_MOST} of 10"),
    )
    return Inactivity(strength + others) if old_enough else Inactivity(strength[1:] + others, left_out=("cmas",))


def _number(field: str, value: Exact | None, high: int | None = None) -> Fraction | None:
    return None if value is None else exact(field, value, low=0, high=high)


def _on(score: Score | None, scale: Scale) -> Fraction | None:
    return None if score is None else score.on(scale)


def _at_least(limit: Exact) -> Callable[[Fraction], bool]:
    return lambda value: value >= limit


def _at_most(limit: Exact) -> Callable[[Fraction], bool]:
    return lambda value: value <= limit


def _item(code: str, value: Fraction | None, holds: Callable[[Fraction], bool], limit: str) -> Item:
    label = {"ck": "CK", "cmas": "CMAS", "mmt8_80": "MMT8", "phga": "physician global"}[code]
    if value is None:
        return Item(code, None, f"{label} is missing ({limit})")
    met = holds(value)
    return Item(code, met, f"{label} {plain(value)}, {limit}: {'met' if met else 'not met'}")
