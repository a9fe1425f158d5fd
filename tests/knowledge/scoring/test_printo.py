"""Clinically inactive juvenile disease: three of four, and what missing values leave open."""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from apps.knowledge.scoring import Inactivity, Scale, ScaleMismatch, Score, Unscorable, inactivity
from tests.knowledge.scoring.house import score

CODES = ("ck", "cmas", "mmt8", "phga")
MET: dict[str, Any] = {
    "ck": 150, "cmas": score(48, Scale.CMAS), "mmt8": score(78, Scale.MMT8_80), "phga": Decimal("0.2"),
}  # fmt: skip
#: Just not met.
UNMET: dict[str, Any] = {
    "ck": Decimal("150.01"), "cmas": score(47, Scale.CMAS), "mmt8": score(77, Scale.MMT8_80), "phga": Decimal("0.21"),
}  # fmt: skip
OPTIONS = (True, False, None)


def judged(*answers: bool | None, age_years: int = 9, codes: tuple[str, ...] = CODES) -> Inactivity:
    """Judged with each value at its limit (True), just beyond (False) or missing (None)."""
    values = dict.fromkeys(CODES) | {
        code: None if answer is None else (MET if answer else UNMET)[code]
        for code, answer in zip(codes, answers, strict=True)
    }
    return inactivity(**values, age_years=age_years)


def completions(answers: tuple[bool | None, ...]) -> list[int]:
    """How many criteria hold, for every way in which the missing values could turn out."""
    return [sum(whole) for whole in product(*((True, False) if one is None else (one,) for one in answers))]


@pytest.mark.parametrize("answers", list(product(OPTIONS, repeat=4)))
def test_three_of_four_must_hold_whatever_the_missing_ones_are(answers: tuple[bool | None, ...]) -> None:
    possible = {count >= 3 for count in completions(answers)}
    assert judged(*answers).inactive is (possible.pop() if len(possible) == 1 else None)


@pytest.mark.parametrize("answers", list(product(OPTIONS, repeat=3)))
@pytest.mark.parametrize("cmas", OPTIONS)
def test_under_five_years_the_other_three_must_all_hold(answers: tuple[bool | None, ...], cmas: bool | None) -> None:
    possible = {count == 3 for count in completions(answers)}
    found = judged(*answers, cmas, age_years=4, codes=("ck", "mmt8", "phga", "cmas"))
    assert found.inactive is (possible.pop() if len(possible) == 1 else None)
    assert found.left_out == ("cmas",)
    assert "CMAS" not in " ".join(found.lines)


def test_the_cmas_counts_from_the_fifth_birthday() -> None:
    newborn = inactivity(**MET, age_years=0)
    assert (newborn.inactive, newborn.left_out) == (True, ("cmas",))
    # The physician's score is too high; a CMAS of 52 makes up for it at 5 years and not at 4.
    values = {**MET, "phga": 3, "cmas": score(52, Scale.CMAS)}
    assert inactivity(**values, age_years=4).inactive is False
    assert inactivity(**values, age_years=5).inactive is True


@pytest.mark.parametrize(
    ("ck", "cmas", "mmt8", "phga", "age"),
    [("90", "46", "79", "0.1", 4), ("100", "49", "80", "0", 5)],
    ids=["J08 at four", "J08 at five"],
)
def test_the_journey_of_a_child_ends_in_inactive_disease(ck: str, cmas: str, mmt8: str, phga: str, age: int) -> None:
    found = inactivity(
        ck=Decimal(ck), cmas=score(cmas, Scale.CMAS), mmt8=score(mmt8, Scale.MMT8_80), phga=Decimal(phga), age_years=age
    )
    assert found.inactive is True


def test_each_criterion_says_its_value_and_its_limit_and_what_is_missing() -> None:
    found = inactivity(ck=Decimal(90), cmas=None, mmt8=score(77, Scale.MMT8_80), phga=Decimal("0.1"), age_years=9)
    assert found.lines == (
        "CMAS is missing (at least 48 of 52)",
        "MMT8 77, at least 78 of 80: not met",
        "CK 90, at most 150 U/L: met",
        "physician global 0.1, at most 0.2 of 10: met",
    )
    assert (found.inactive, found.missing) == (None, ("cmas",))


def test_an_mmt8_of_both_sides_is_refused() -> None:
    with pytest.raises(ScaleMismatch):
        inactivity(**{**MET, "mmt8": score(148, Scale.MMT8_150)}, age_years=9)


@pytest.mark.parametrize("age", [4, 9])
def test_a_score_in_the_place_of_another_is_refused_at_any_age(age: int) -> None:
    with pytest.raises(ScaleMismatch):
        inactivity(**{**MET, "cmas": score(50, Scale.MMT8_80)}, age_years=age)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("ck", -1),
        ("ck", 90.0),
        ("phga", Decimal("10.1")),
        ("phga", Decimal("-0.1")),
        ("age_years", -1),
        ("age_years", 151),
    ],
)
def test_a_value_that_nobody_measures_is_refused(field: str, wrong: Any) -> None:
    with pytest.raises(Unscorable) as refused:
        inactivity(**{**MET, "age_years": 9, field: wrong})
    assert refused.value.field == field


def test_a_value_shown_rounded_is_judged_unrounded() -> None:
    found = inactivity(**{**MET, "ck": Decimal("150.001"), "cmas": None, "mmt8": Score(78, Scale.MMT8_80)}, age_years=9)
    assert [item.met for item in found.items] == [None, True, False, True]
