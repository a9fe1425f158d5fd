"""Manual muscle test: totals, and the two scales that never meet."""

from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.knowledge.scoring import Scale, ScaleMismatch, Score, Unscorable, mmt8_total
from tests.knowledge.scoring.house import score

GRADES = st.integers(0, 10)


@pytest.mark.parametrize(("groups", "best", "scale"), [(8, 80, Scale.MMT8_80), (15, 150, Scale.MMT8_150)])
def test_full_strength_is_the_end_of_the_scale(groups: int, best: int, scale: Scale) -> None:
    assert mmt8_total([10] * groups) == Score(best, scale)
    assert scale.maximum == best


@settings(max_examples=100, deadline=None)
@given(grades=st.sampled_from([8, 15]).flatmap(lambda count: st.lists(GRADES, min_size=count, max_size=count)))
def test_the_total_is_the_sum_on_the_scale_of_that_many_groups(grades: list[int]) -> None:
    found = mmt8_total(grades)
    assert found.value == sum(grades)
    assert found.scale is (Scale.MMT8_80 if len(grades) == 8 else Scale.MMT8_150)


@pytest.mark.parametrize("count", [0, 1, 7, 9, 14, 16])
def test_any_other_number_of_groups_is_no_total(count: int) -> None:
    with pytest.raises(Unscorable, match=f"must be 8 .* or 15 .*, not {count}"):
        mmt8_total([10] * count)


@pytest.mark.parametrize("wrong", [11, -1, Decimal("4.5"), Decimal("NaN"), 4.0, True, None, "5"])
def test_a_grade_is_a_whole_number_from_0_to_10_and_is_named_by_its_place(wrong: Any) -> None:
    with pytest.raises(Unscorable) as refused:
        mmt8_total([10, 9, wrong, 8, 8, 8, 8, 8])
    assert refused.value.field == "grade 3"


@pytest.mark.parametrize("comparison", [lt, le, gt, ge])
@pytest.mark.parametrize("other", [Scale.MMT8_150, Scale.CMAS, Scale.CHAQ])
def test_comparing_two_scales_raises(comparison: Any, other: Scale) -> None:
    for one, two in ((score(2, Scale.MMT8_80), score(2, other)), (score(2, other), score(2, Scale.MMT8_80))):
        with pytest.raises(ScaleMismatch):
            comparison(one, two)


def test_sorting_two_scales_together_raises() -> None:
    with pytest.raises(ScaleMismatch):
        sorted([score(79, Scale.MMT8_80), score(78, Scale.MMT8_150)])


def test_scores_of_one_scale_have_an_order() -> None:
    weaker, same, stronger = score(52, Scale.MMT8_80), score("52.0", Scale.MMT8_80), score(79, Scale.MMT8_80)
    assert weaker < stronger
    assert stronger > weaker
    assert weaker <= same <= stronger
    assert stronger >= weaker >= same
    assert not weaker < same
    assert not stronger < weaker


def test_the_same_number_on_two_scales_is_not_the_same_score() -> None:
    assert score(80, Scale.MMT8_80) != score(80, Scale.MMT8_150)
    assert score("80.0", Scale.MMT8_80) == score(80, Scale.MMT8_80)


@pytest.mark.parametrize(
    ("scale", "best"),
    [(Scale.MMT8_80, 80), (Scale.MMT8_150, 150), (Scale.CMAS, 52), (Scale.HAQ, 3), (Scale.CHAQ, 3)],
)
def test_a_score_lies_on_its_scale(scale: Scale, best: int) -> None:
    assert score(0, scale) <= score(best, scale)
    for wrong in (Decimal("-0.001"), best + Decimal("0.001"), float(best), True):
        with pytest.raises(Unscorable) as refused:
            Score(wrong, scale)  # type: ignore[arg-type]
        assert refused.value.field == scale.value
