"""Total Improvement Score: the vectors, the journeys, what is missing, and what is refused."""

from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest

from apps.knowledge.scoring import (
    Category,
    CoreSet,
    DiseaseActivityScore,
    Enzyme,
    Measure,
    Missing,
    PhysicalSummary,
    Scale,
    ScaleMismatch,
    Unscorable,
    improvement,
)
from tests.knowledge.scoring.house import ADULT, FIELDS, JUVENILE, compared, core_set, score

T1 = ("6/6/112/1.75/3200/3", "3.5/4/124/1.25/900/2")
VECTORS = [
    # percent of the range, as fractions of the differences, and points, in the order of the line
    (*T1, "25 20 8 50/3 230/3 10", "15 5 10 7.5 7.5 7.5", "52.5", Category.MODERATE),
    ("5.5/6/118/1.5/2400/3", "5/5.8/120/1.5/2100/3", "5 2 4/3 0 10 0", "0 0 0 0 2.5 0", "2.5", Category.NONE),
    ("7/7/105/2/4000/4", "1/1.5/147/0.25/180/0.5", "60 55 28 175/3 382/3 35", "20 10 27.5 10 7.5 15", "90", Category.MAJOR),
    ("5/5/100/1.5/1500/5", "4.5/4.5/103/1.35/1350/4.5", "5 5 2 5 5 5", "0 0 0 0 0 0", "0", Category.NONE),
    ("3/3/140/0.5/300/2", "6/6/110/1.5/1800/4.5", "-30 -30 -20 -100/3 -50 -25", "0 0 0 0 0 0", "0", Category.NONE),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "percents", "points", "total", "category"), VECTORS, ids=["T1", "T2", "T3", "T4", "T5"]
)
def test_the_published_arithmetic_comes_out(
    before: str, after: str, percents: str, points: str, total: str, category: Category
) -> None:
    found = compared(before, after)
    assert [change.measure for change in found.changes] == list(Measure)
    assert [change.percent for change in found.changes] == [Fraction(one) for one in percents.split()]
    assert [change.points for change in found.changes] == [Decimal(one) for one in points.split()]
    assert (found.total, found.category, found.missing) == (Decimal(total), category, ())


@pytest.mark.parametrize(
    ("before", "after", "total"),
    [
        (*T1, "52.5"),
        ("5.5/6/118/1.5/2400/3", "5/5.8/120/1.5/2100/3", "2.5"),
        ("5/5.8/120/1.5/2100/3", "2.5/3/134/1/500/1.5", "55"),
    ],
    ids=["J01", "J02 on steroid", "J02 since the IVIG baseline"],
)
def test_the_journeys_of_adults_come_out(before: str, after: str, total: str) -> None:
    assert compared(before, after).total == Decimal(total)


def test_the_journey_of_a_child_is_no_response_where_an_adult_would_have_a_minimal_one() -> None:
    j08 = ("6/6/30/1.75/900/4", "5/5/33/1.5/500/3.5")
    child = compared(*j08, onset=JUVENILE, strength=Scale.CMAS, disability=Scale.CHAQ)
    adult = compared(*j08, onset=ADULT, strength=Scale.CMAS, disability=Scale.CHAQ)
    assert (child.total, child.category) == (Decimal("27.5"), Category.NONE)
    assert (adult.total, adult.category) == (Decimal("27.5"), Category.MINIMAL)


def test_every_measure_that_is_missing_is_named_and_there_is_no_total() -> None:
    found = compared("6/-/112/1.75/3200/3", "3.5/-/-/1.25/900/2")
    assert (found.total, found.category) == (None, None)
    assert found.missing == (
        Missing(Measure.PTGA, "before"), Missing(Measure.PTGA, "after"), Missing(Measure.MUSCLE, "after"),
    )  # fmt: skip
    assert [change.measure.value for change in found.changes] == ["phga", "function", "enzyme", "extramusc"]


@pytest.mark.parametrize("field", FIELDS)
def test_one_missing_measure_is_enough_to_have_no_total(field: str) -> None:
    words = dict(zip(FIELDS, T1[1].split("/"), strict=True))
    found = compared(T1[0], "/".join({**words, field: "-"}.values()))
    assert (found.total, found.missing) == (None, (Missing(Measure(field), "after"),))


def test_an_enzyme_without_the_limit_of_its_laboratory_is_missing() -> None:
    before, after = core_set(T1[0], enzyme_limit=None), core_set(T1[1])
    found = improvement(before=before, after=after, onset=ADULT)
    assert (found.total, found.missing) == (None, (Missing(Measure.ENZYME, "before"),))


def test_each_result_is_measured_by_the_limit_that_came_with_it() -> None:
    # 400 is twice a limit of 200 and once a limit of 400: one limit of fifteen better, although the number is the same.
    found = improvement(before=core_set("5/5/100/1/400/5"), after=core_set("5/5/100/1/400/5", limit="400"), onset=ADULT)
    assert (found.changes[4].percent, found.total) == (Fraction(100, 15), Decimal("2.5"))


SCALES_THAT_DIFFER = [
    ("muscle", {"strength": Scale.MMT8_80}, {"strength": Scale.MMT8_150}),
    ("muscle", {"strength": Scale.CMAS}, {"strength": Scale.MMT8_80}),
    ("function", {"disability": Scale.HAQ}, {"disability": Scale.CHAQ}),
    ("enzyme", {"enzyme_kind": Enzyme.CK}, {"enzyme_kind": Enzyme.LDH}),
]


@pytest.mark.parametrize(("field", "one", "other"), SCALES_THAT_DIFFER)
def test_two_scales_are_never_compared(field: str, one: dict[str, Any], other: dict[str, Any]) -> None:
    line = "5/5/40/1/300/5"
    for before, after in ((one, other), (other, one)):
        with pytest.raises(ScaleMismatch) as refused:
            improvement(before=core_set(line, **before), after=core_set(line, **after), onset=JUVENILE)
        assert refused.value.field == field


def test_two_scales_are_refused_even_when_another_measure_is_missing() -> None:
    before, after = core_set("-/5/40/1/300/5"), core_set("-/5/40/1/300/5", strength=Scale.MMT8_80)
    with pytest.raises(ScaleMismatch):
        improvement(before=before, after=after, onset=ADULT)


def printo(summary: str, activity: str, high: int = 20, **other: Any) -> CoreSet:
    """A core set of the juvenile PRINTO set; the ranges are this test's own."""
    measures = {
        "enzyme": PhysicalSummary(Decimal(summary), low=0, high=100),
        "extramusc": DiseaseActivityScore(Decimal(activity), low=0, high=high),
    }
    return core_set(
        "5/5/30/1/-/-",
        strength=Scale.CMAS,
        disability=Scale.CHAQ,
        **{**measures, **other},
    )


def test_the_juvenile_set_is_scored_in_the_rows_it_stands_for() -> None:
    # 30 → 46 of 100 is 16 % better where more is better; 12 → 8 of 20 is 20 % better where less is better.
    found = improvement(before=printo("30", "12"), after=printo("46", "8"), onset=JUVENILE)
    assert [(one.percent, one.points) for one in found.changes[4:]] == [
        (Fraction(16), Decimal(5)),
        (Fraction(20), Decimal("12.5")),
    ]
    assert found.total == Decimal("17.5")
    assert found.lines[4:] == (
        "CHQ-PhS 30 → 46 of 100: 16 % better, 5 points",
        "Disease Activity Score 12 → 8 of 20: 20 % better, 12.5 points",
    )
    assert improvement(before=printo("46", "8"), after=printo("30", "12"), onset=JUVENILE).total == 0


def test_the_change_of_a_measure_is_a_share_of_the_length_of_its_range() -> None:
    # 30 → 46 is 20 % of the 80 points from 10 to 90.
    before, after = (
        printo("30", "8", enzyme=PhysicalSummary(Decimal(value), low=10, high=90)) for value in ("30", "46")
    )
    found = improvement(before=before, after=after, onset=JUVENILE).changes[4]
    assert (found.percent, found.words) == (Fraction(20), "CHQ-PhS 30 → 46 of 80: 20 % better, 5 points")


@pytest.mark.parametrize("missing", [{}, {"enzyme": None}, {"extramusc": None}])
def test_the_juvenile_set_is_refused_for_disease_of_adult_onset(missing: dict[str, Any]) -> None:
    child, empty = printo("30", "12", **missing), printo("30", "12", enzyme=None, extramusc=None)
    for before, after in ((child, empty), (empty, child)):
        with pytest.raises(Unscorable, match="juvenile PRINTO set"):
            improvement(before=before, after=after, onset=ADULT)


def test_the_two_sets_are_never_compared() -> None:
    other = core_set("5/5/30/1/300/5", strength=Scale.CMAS, disability=Scale.CHAQ)
    with pytest.raises(ScaleMismatch) as refused:
        improvement(before=printo("30", "12"), after=other, onset=JUVENILE)
    assert refused.value.field == "enzyme"


def test_a_measure_of_the_juvenile_set_on_two_ranges_is_never_compared() -> None:
    with pytest.raises(ScaleMismatch) as refused:
        improvement(before=printo("30", "12"), after=printo("30", "12", high=30), onset=JUVENILE)
    assert refused.value.field == "extramusc"


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("phga", Decimal("10.1")),
        ("ptga", Decimal("-0.1")),
        ("extramusc", Decimal("NaN")),
        ("phga", 6.5),
        ("phga", True),
        ("enzyme", Decimal(-1)),
        ("enzyme", Decimal("Infinity")),
        ("enzyme_limit", Decimal(0)),
        ("muscle", Decimal(112)),
        ("muscle", score(1, Scale.HAQ)),
        ("function", score(52, Scale.CMAS)),
        ("phga", score(1, Scale.HAQ)),
        ("phga", PhysicalSummary(50, low=0, high=100)),
        ("enzyme", DiseaseActivityScore(5, low=0, high=20)),
        ("extramusc", PhysicalSummary(50, low=0, high=100)),
    ],
)
def test_a_core_set_refuses_what_stands_on_no_scale_of_its_field(field: str, wrong: Any) -> None:
    with pytest.raises(Unscorable) as refused:
        core_set(T1[0], **{field: wrong})
    assert refused.value.field == field


@pytest.mark.parametrize(
    "mixed",
    [
        {"enzyme": PhysicalSummary(50, low=0, high=100)},
        {"extramusc": DiseaseActivityScore(5, low=0, high=20)},
    ],
)
def test_the_two_sets_are_not_mixed_in_one(mixed: dict[str, Any]) -> None:
    with pytest.raises(Unscorable, match="same set as the enzyme"):
        core_set(T1[0], **mixed)


@pytest.mark.parametrize(("value", "low", "high"), [(50, 60, 100), (101, 0, 100), (5, 5, 5), (5, 10, 0)])
def test_a_measure_of_the_juvenile_set_lies_inside_a_range_that_has_a_length(value: int, low: int, high: int) -> None:
    with pytest.raises(Unscorable):
        PhysicalSummary(value, low=low, high=high)


def test_the_arithmetic_is_written_as_people_read_it() -> None:
    assert compared(*T1).lines == (
        "physician global 6 → 3.5 of 10: 25 % better, 15 points",
        "patient global 6 → 4 of 10: 20 % better, 5 points",
        "MMT8 112 → 124 of 150: 8 % better, 10 points",
        "HAQ 1.75 → 1.25 of 3: 16.7 % better, 7.5 points",
        "CK 16 × limit (3200/200) → 4.5 × limit (900/200) of 15 × limit: 76.7 % better, 7.5 points",
        "extramuscular activity 3 → 2 of 10: 10 % better, 7.5 points",
    )


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("5", "5", "no change, 0 points"),
        ("5", "8", "30 % worse, 0 points"),
        ("5", "4.499", "just over 5 % better, 7.5 points"),
        ("5", "5.501", "5 % worse, 0 points"),
        ("5", "4.504", "5 % better, 0 points"),
        ("5", "4.999", "less than 0.1 % better, 0 points"),
        ("5", "5.001", "less than 0.1 % worse, 0 points"),
    ],
)
def test_the_words_do_not_hide_on_which_side_of_a_limit_a_change_lies(before: str, after: str, words: str) -> None:
    found = compared(f"{before}/5/100/1/300/5", f"{after}/5/100/1/300/5")
    assert found.lines[0].endswith(f": {words}")


def test_the_eighths_of_a_questionnaire_are_written_out() -> None:
    found = compared("5/5/100/1.875/300/5", "5/5/100/1.125/300/5")
    assert found.lines[3] == "HAQ 1.875 → 1.125 of 3: 25 % better, 7.5 points"


def test_the_precision_of_the_caller_changes_nothing() -> None:
    with localcontext() as context:
        context.prec = 2
        found = compared(*T1)
        assert (found.total, found.changes[3].percent) == (Decimal("52.5"), Fraction(50, 3))


def test_six_numbers_cannot_be_mixed_up_by_their_order() -> None:
    made: Any = CoreSet
    with pytest.raises(TypeError):
        made(6, 6, score(112, Scale.MMT8_150), score("1.75", Scale.HAQ), 3200, 200, 3)
    scored: Any = improvement
    with pytest.raises(TypeError):
        scored(core_set(T1[0]), core_set(T1[1]), ADULT)
