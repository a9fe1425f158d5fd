"""EAT-10 and MUST: sums, limits, and what is refused."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.knowledge.scoring import EAT10_ABNORMAL, Must, MustRisk, Unscorable, eat10, loss_percent, must
from apps.knowledge.scoring import bmi as bmi_of
from tests.knowledge.scoring.house import numbers

ANSWERS = st.lists(st.integers(0, 4), min_size=10, max_size=10)
LOW, MEDIUM, HIGH = MustRisk.LOW, MustRisk.MEDIUM, MustRisk.HIGH


@settings(max_examples=100, deadline=None)
@given(answers=ANSWERS, place=st.integers(0, 9))
def test_eat10_is_a_sum_from_0_to_40_that_rises_with_each_answer(answers: list[int], place: int) -> None:
    found = eat10(answers)
    assert 0 <= found <= 40
    assert found == sum(answers)
    worse = [*answers[:place], 4, *answers[place + 1 :]]
    assert eat10(worse) == found + 4 - answers[place]


def test_eat10_ends_at_0_and_40_and_is_abnormal_from_3() -> None:
    assert [eat10([0] * 10), eat10([4] * 10)] == [Decimal(0), Decimal(40)]
    assert eat10([1, 1, 1, *[0] * 7]) == EAT10_ABNORMAL == 3


@pytest.mark.parametrize("count", [0, 9, 11])
def test_eat10_needs_all_ten_answers(count: int) -> None:
    with pytest.raises(Unscorable, match=f"must be 10 answers, not {count}"):
        eat10([1] * count)


@pytest.mark.parametrize("wrong", [5, -1, Decimal("1.5"), 2.0, True, None])
def test_eat10_refuses_an_answer_that_is_no_whole_number_from_0_to_4(wrong: Any) -> None:
    with pytest.raises(Unscorable) as refused:
        eat10([*[0] * 9, wrong])
    assert refused.value.field == "item 10"


@pytest.mark.parametrize(
    ("bmi", "points"),
    [("20.01", 0), ("1", 2), ("300", 0), ("20", 1), ("19.99", 1), ("18.5", 1), ("18.49", 2), ("10", 2), ("45", 0)],
)
def test_must_counts_the_body_mass_index(bmi: str, points: int) -> None:
    found = must(bmi=Decimal(bmi), loss_percent=0, acutely_ill=False)
    assert (found.bmi_points, found.total) == (points, Decimal(points))


@pytest.mark.parametrize(
    ("loss", "points"), [("-3", 0), ("0", 0), ("4.99", 0), ("5", 1), ("10", 1), ("10.01", 2), ("60", 2)]
)
def test_must_counts_the_weight_lost(loss: str, points: int) -> None:
    found = must(bmi=Decimal(25), loss_percent=Decimal(loss), acutely_ill=False)
    assert (found.loss_points, found.total) == (points, Decimal(points))


@pytest.mark.parametrize(
    ("bmi", "loss", "ill", "total", "risk"),
    [
        (25, 0, False, 0, LOW),
        (19, 0, False, 1, MEDIUM),
        (25, 7, False, 1, MEDIUM),
        (19, 7, False, 2, HIGH),
        (25, 0, True, 2, HIGH),
        (18, 12, True, 6, HIGH),
    ],
)
def test_must_adds_up_to_a_risk(bmi: int, loss: int, ill: bool, total: int, risk: MustRisk) -> None:
    found = must(bmi=bmi, loss_percent=loss, acutely_ill=ill)
    assert (found.total, found.risk, found.missing) == (Decimal(total), risk, ())


@pytest.mark.parametrize(
    ("bmi", "loss", "ill", "missing", "risk"),
    [
        (None, 0, False, ("bmi",), None),
        (19, None, None, ("loss_percent", "acutely_ill"), None),
        (18, None, None, ("loss_percent", "acutely_ill"), HIGH),
        (None, None, True, ("bmi", "loss_percent"), HIGH),
        (None, None, None, ("bmi", "loss_percent", "acutely_ill"), None),
    ],
)
def test_must_without_an_input_has_no_total_and_a_risk_only_when_it_is_high_already(
    bmi: int | None, loss: int | None, ill: bool | None, missing: tuple[str, ...], risk: MustRisk | None
) -> None:
    found = must(bmi=bmi, loss_percent=loss, acutely_ill=ill)
    assert (found.total, found.missing, found.risk) == (None, missing, risk)


def test_must_compares_unrounded_values() -> None:
    # 47.36 kg at 160 cm are 18.5 kg/m² exactly; 68 kg to 64.6 kg is a loss of 5 % exactly.
    bmi, loss = bmi_of(weight_kg=Decimal("47.36"), height_cm=160), loss_percent(highest=68, latest=Decimal("64.6"))
    assert (bmi, loss) == (Fraction(37, 2), Fraction(5))
    assert must(bmi=bmi, loss_percent=loss, acutely_ill=False) == Must(1, 1, 0)


@settings(max_examples=100, deadline=None)
@given(bmi=numbers(60, low=10), loss=numbers(60, low=-20), ill=st.booleans(), less=numbers(5), more=numbers(20))
def test_must_never_falls_with_a_lower_index_a_larger_loss_or_acute_disease(
    bmi: Decimal, loss: Decimal, ill: bool, less: Decimal, more: Decimal
) -> None:
    found = must(bmi=bmi, loss_percent=loss, acutely_ill=ill).total
    assert found is not None
    assert 0 <= found <= 6
    for worse in (
        must(bmi=bmi - less, loss_percent=loss, acutely_ill=ill),
        must(bmi=bmi, loss_percent=loss + more, acutely_ill=ill),
        must(bmi=bmi, loss_percent=loss, acutely_ill=True),
    ):
        assert worse.total is not None
        assert worse.total >= found


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("bmi", Decimal("0.99")),
        ("bmi", 301),
        ("bmi", 18.5),
        ("loss_percent", 101),
        ("loss_percent", Decimal("NaN")),
        ("acutely_ill", "no"),
    ],
)
def test_must_refuses_what_is_no_answer(field: str, wrong: Any) -> None:
    inputs: dict[str, Any] = {"bmi": 22, "loss_percent": 0, "acutely_ill": False, field: wrong}
    with pytest.raises(Unscorable) as refused:
        must(**inputs)
    assert refused.value.field == field
