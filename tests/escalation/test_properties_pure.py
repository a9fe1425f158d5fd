"""Properties of judging itself, over random pictures and every shipped criterion of swallowing and lung. No database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from apps.escalation import rulings
from apps.escalation.evaluator import Judge, Judgement
from apps.escalation.picture import Known, Person, Picture, pictured
from apps.escalation.rulings import Ruling
from tests.escalation.house import BERLIN, shipped
from tests.escalation.worlds import CODES, COMPLICATIONS, HOUR, Told, examples, facts

AT = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
PERSON = Person(UUID(int=1), UUID(int=2), BERLIN, "active", "adult", date(1960, 1, 1))
KINDS = {
    "value": "observation",
    "resolve": "resolution",
    "assess": "assessment",
    "antibody": "antibody",
    "condition": "condition",
}
WEEK = timedelta(weeks=1)


def ruling(code: str) -> Ruling:
    """A shipped criterion with its own numbers."""
    bare = {"population": "any", "key": "", "variants": [], "parameters": {}, "excludes": []}
    return rulings.ruling(code, SimpleNamespace(**(bare | shipped(code))))


RULINGS = [ruling(code) for code in CODES]


def known(told: list[Told], at: datetime = AT) -> list[Known]:
    """The facts that stand, as they would be read."""
    found = []
    for number, one in enumerate(told):
        if one.fate == "wrong":
            continue
        when, value = at - one.hours * HOUR - HOUR / 2, one.value if one.fate == "" else one.fate
        condition = one.kind == "condition"
        found.append(
            Known(
                KINDS[one.kind], UUID(int=number), one.code, one.code, None if condition else value, when, when,
                severity=value if condition else "", discipline="slt" if one.kind in {"resolve", "assess"} else "",
                category=("complication" if one.code in COMPLICATIONS else "finding") if condition else "",
            )
        )  # fmt: skip
    return found


def seen(facts: list[Known], at: datetime = AT, person: Person = PERSON) -> Picture:
    """The picture of these facts."""
    return pictured(person, at, facts, (), (), None)


def judged(picture: Picture) -> dict[str, Judgement]:
    """By every criterion, each by a judge of its own."""
    return {one.code: Judge(picture).judge(one) for one in RULINGS}


pictures = facts(most=14).map(lambda told: seen(known(told)))


@examples(50)
@given(picture=pictures)
def test_what_is_unknown_says_what_is_missing_and_what_is_known_misses_nothing(picture: Picture) -> None:
    for one in judged(picture).values():
        assert (one.fires is None) == bool(one.missing)
        assert one.fires is True or (one.evidence, one.words, one.variant) == ((), (), None)


@examples(50)
@given(picture=pictures)
def test_what_fires_says_why_in_a_sentence_and_rests_on_facts_of_the_picture_or_on_absence(picture: Picture) -> None:
    for one in judged(picture).values():
        if one.fires:
            assert one.sentence
            assert one.evidence or one.absence
            assert {*one.evidence, *one.context} <= set(picture.facts)
            assert not {fact.id for fact in one.evidence} & {fact.id for fact in one.context}


@examples(50)
@given(picture=pictures, order=st.permutations(RULINGS))
def test_one_judge_says_of_all_criteria_in_any_order_what_a_judge_each_says(
    picture: Picture, order: list[Ruling]
) -> None:
    judge, alone = Judge(picture), judged(picture)
    for one in [*order, *order]:
        assert judge.judge(one) == alone[one.code]


@examples(50)
@given(told=facts(most=14), data=st.data())
def test_the_order_of_facts_makes_no_difference(told: list[Told], data: st.DataObject) -> None:
    there = known(told)
    assert judged(seen(data.draw(st.permutations(there)))) == judged(seen(there))


@examples(30)
@given(told=facts(most=14), ahead=facts(most=4))
def test_what_is_dated_ahead_counts_for_nothing_yet(told: list[Told], ahead: list[Told]) -> None:
    """But the picture says when the first of it will."""
    later = [
        replace(one, id=UUID(int=1000 + one.id.int), effective_at=AT + (AT - one.effective_at)) for one in known(ahead)
    ]
    picture = seen([*known(told), *later])
    assert judged(picture) == judged(seen(known(told)))
    assert picture.ahead == min((one.effective_at for one in later), default=None)


@examples(30)
@given(told=facts(most=14))
def test_what_no_criterion_asks_for_counts_for_nothing(told: list[Told]) -> None:
    noise = [replace(one, id=UUID(int=1000 + one.id.int), code=f"other_{one.code}") for one in known(told)]
    assert judged(seen([*known(told), *noise])) == judged(seen(known(told)))


@examples(30)
@given(told=facts(most=14), weeks=st.integers(-8, 8))
def test_a_number_of_weeks_later_everything_is_as_many_weeks_later(told: list[Told], weeks: int) -> None:
    """Days are days, whatever the date; at a site without a change of clocks."""
    person = replace(PERSON, zone=ZoneInfo("UTC"))
    moved = [
        replace(one, effective_at=one.effective_at + weeks * WEEK, recorded_at=one.recorded_at + weeks * WEEK)
        for one in known(told)
    ]
    here, there = judged(seen(known(told), AT, person)), judged(seen(moved, AT + weeks * WEEK, person))
    for code, one in here.items():
        assert _bare(there[code]) == _bare(one)


def _bare(one: Judgement) -> tuple[Any, ...]:
    return one.fires, one.missing, one.absence, {fact.id for fact in one.evidence}, {fact.id for fact in one.context}


@examples(30)
@given(told=facts(most=14, earliest=1))
def test_between_two_moments_at_which_it_can_turn_nothing_changes(told: list[Told]) -> None:
    """An hour later, where no fact leaves a window and no date changes, every answer is the same, but for exact clocks."""
    picture = seen(known(told))
    later = seen(known(told), AT + HOUR)
    hours = {72, 24}
    assume(
        not any(
            AT + HOUR - limit * HOUR > one.effective_at >= AT - limit * HOUR for one in picture.facts for limit in hours
        )
    )
    after = judged(later)
    for code, one in judged(picture).items():
        assert _bare(after[code]) == _bare(one)


def test_the_facts_that_are_drawn_make_most_criteria_fire_and_leave_most_unknown_at_times() -> None:
    """Else the properties would hold of nothing."""
    fired, unknown, pressed = set(), set(), set()

    @examples(150)
    @given(picture=pictures)
    def collect(picture: Picture) -> None:
        for code, one in judged(picture).items():
            fired.update([code] if one.fires else [])
            unknown.update([code] if one.fires is None else [])
            pressed.update([code] if one.fires and one.variant else [])

    collect()
    # Nobody takes a medicine here (IN-01, LU-07), and fibrosis with two signs of worse (LU-04) is rare.
    assert len(fired) >= len(CODES) - 4
    assert unknown >= {"SW-01", "LU-01", "LU-02", "LU-03", "LU-05", "LU-06"}
    assert pressed
