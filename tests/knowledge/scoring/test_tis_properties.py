"""Total Improvement Score: what holds for any two core sets."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.knowledge.scoring import Category, Improvement, improvement
from tests.knowledge.scoring.house import ADULT, ENDS, FIELDS, JUVENILE, compared, core_set, line, lines, numbers

TOTALS = [Decimal(step) * 5 / 2 for step in range(41)]


def total(found: Improvement) -> Decimal:
    assert found.total is not None
    return found.total


@settings(max_examples=300, deadline=None)
@given(before=lines(), after=lines())
def test_a_score_is_a_multiple_of_two_and_a_half_from_0_to_100(
    before: tuple[Decimal, ...], after: tuple[Decimal, ...]
) -> None:
    assert total(compared(line(before), line(after))) in TOTALS


@settings(max_examples=100, deadline=None)
@given(values=lines())
def test_nothing_changed_is_worth_nothing(values: tuple[Decimal, ...]) -> None:
    found = compared(line(values), line(values))
    assert (found.total, found.category) == (Decimal(0), Category.NONE)
    assert all(text.endswith("no change, 0 points") for text in found.lines)


@settings(max_examples=300, deadline=None)
@given(before=lines(), after=lines(), place=st.sampled_from(range(6)), share=numbers(1, places=3))
def test_getting_better_still_never_lowers_the_score(
    before: tuple[Decimal, ...], after: tuple[Decimal, ...], place: int, share: Decimal
) -> None:
    best = ENDS[FIELDS[place]][1]
    moved = after[place] + (best - after[place]) * share
    further = (*after[:place], moved, *after[place + 1 :])
    assert total(compared(line(before), line(further))) >= total(compared(line(before), line(after)))


@settings(max_examples=200, deadline=None)
@given(before=lines(), after=lines())
def test_the_other_way_round_is_the_opposite_change_and_no_measure_earns_points_both_ways(
    before: tuple[Decimal, ...], after: tuple[Decimal, ...]
) -> None:
    there, back = compared(line(before), line(after)), compared(line(after), line(before))
    for one, other in zip(there.changes, back.changes, strict=True):
        assert one.percent == -other.percent
        assert 0 in (one.points, other.points)


@settings(max_examples=200, deadline=None)
@given(before=lines(), after=lines(), factor=st.sampled_from(["0.0167", "0.5", "3", "60"]))
def test_an_enzyme_in_another_unit_makes_the_same_score(
    before: tuple[Decimal, ...], after: tuple[Decimal, ...], factor: str
) -> None:
    def scaled(values: tuple[Decimal, ...]) -> str:
        return line((*values[:4], values[4] * Decimal(factor), values[5]))

    limit = f"{200 * Decimal(factor):f}"
    found, other = compared(line(before), line(after)), compared(scaled(before), scaled(after), limit=limit)
    assert [change.percent for change in found.changes] == [change.percent for change in other.changes]


@settings(max_examples=200, deadline=None)
@given(before=lines(), after=lines())
def test_the_onset_chooses_the_category_and_never_the_score(
    before: tuple[Decimal, ...], after: tuple[Decimal, ...]
) -> None:
    adult, child = compared(line(before), line(after)), compared(line(before), line(after), onset=JUVENILE)
    order = list(Category)
    assert adult.total == child.total
    assert adult.category is not None
    assert child.category is not None
    assert order.index(child.category) <= order.index(adult.category)


@settings(max_examples=100, deadline=None)
@given(before=lines(), after=lines(), gone=st.sets(st.sampled_from(FIELDS), min_size=1))
def test_whatever_is_missing_is_named_and_the_rest_stays_as_it_was(
    before: tuple[Decimal, ...], after: tuple[Decimal, ...], gone: set[str]
) -> None:
    whole = compared(line(before), line(after))
    rest = replace(core_set(line(after)), **dict.fromkeys(gone))  # type: ignore[arg-type]
    found = improvement(before=core_set(line(before)), after=rest, onset=ADULT)
    assert found.total is None
    assert {one.measure.value for one in found.missing} == gone
    assert found.changes == tuple(change for change in whole.changes if change.measure.value not in gone)


@settings(max_examples=200, deadline=None)
@given(before=lines(), after=lines())
def test_the_points_are_those_of_the_percentage_alone(before: tuple[Decimal, ...], after: tuple[Decimal, ...]) -> None:
    found = compared(line(before), line(after))
    assert found.total == sum(Fraction(change.points) for change in found.changes)
    for change in found.changes:
        floor = 2 if change.measure.value == "muscle" else 5
        assert (change.points > 0) is (change.percent > floor)
