"""What a patient has taken when, against a reckoning day by day that knows nothing of stretches.

The version that is followed on a day says what is taken on it; on the day of a change the one before it says so, too.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from apps.knowledge.values import Medicine
from apps.plans.courses import Step, courses
from apps.plans.dosing import Dosage
from apps.plans.followed import runs
from tests.plans.pure.sheet import METHOTREXATE, PREDNISONE, dosage
from tests.plans.test_courses import DAY, KNOWN, NOBODY, PREDNISOLONE, day, order, step

FIRST = date(2026, 1, 1)
WATCHED = [FIRST + timedelta(days=number) for number in range(-40, 200)]
TAKEN = (PREDNISONE, PREDNISOLONE, METHOTREXATE)


def says(steps: Sequence[Step], number: int, code: str, on: date) -> bool:
    return any(one.runs_on(on) for one in steps[number].dosages.get(code, ()))


def naively(steps: Sequence[Step], code: str, on: date) -> bool:
    followed = max((number for number, one in enumerate(steps) if one.followed_on <= on), default=0)
    changed = [number for number, after in enumerate(steps[1:]) if after.followed_on == on]
    return any(says(steps, number, code, on) for number in [followed, *changed])


@st.composite
def orders_of(
    draw: st.DrawFn, medicine: Medicine, before: Sequence[Dosage], followed_on: date, first: bool
) -> list[Dosage]:
    """What a version says of a medicine: nothing, what the one before said with another dose or end, or something new."""
    kind = draw(st.sampled_from(["nothing", "the same", "new", "both"] if before else ["nothing", "new", "new"]))
    found = []
    if kind in {"the same", "both"}:
        for one in before:
            again = replace(one, dose=Decimal(draw(st.integers(1, 60))))
            if (one.stops_on is None or one.stops_on >= followed_on - DAY) and draw(st.booleans()):
                end = max(one.starts_on, followed_on) + timedelta(days=draw(st.integers(0, 60)))
                again = replace(again, stops_on=draw(st.sampled_from([None, end])))
            found.append(again)
    if kind in {"new", "both"}:
        starts = followed_on + timedelta(days=draw(st.integers(-30 if first else 0, 40)))
        stops = draw(st.none() | st.integers(0, 50).map(lambda days: starts + timedelta(days=days)))
        found.append(dosage(medicine, str(draw(st.integers(1, 60))), starts_on=starts, stops_on=stops))
    return found


@st.composite
def stories(draw: st.DrawFn) -> list[Step]:
    on, steps = FIRST, list[Step]()
    said: dict[str, list[Dosage]] = {one.code: [] for one in TAKEN}
    for number in range(draw(st.integers(1, 5))):
        on += timedelta(days=draw(st.integers(0, 40))) if number else 0 * DAY
        said = {one.code: draw(orders_of(one, said[one.code], on, number == 0)) for one in TAKEN}
        steps.append(Step(on, {code: rows for code, rows in said.items() if rows}))
    return steps


@given(stories())
def test_what_is_active_is_what_a_reckoning_day_by_day_finds(steps: list[Step]) -> None:
    found = courses(steps, KNOWN)
    for on in WATCHED:
        expected = tuple(sorted(one.code for one in TAKEN if naively(steps, one.code, on)))
        assert tuple(sorted(code for one in TAKEN for code in found.active(one.code, on))) == expected


@given(stories(), st.integers(0, 30))
def test_a_tail_reaches_back_so_many_days(steps: list[Step], tail: int) -> None:
    found = courses(steps, KNOWN)
    for on in WATCHED[40::7]:
        near = any(found.active("systemic_steroid", on - timedelta(days=back)) for back in range(tail + 1))
        assert bool(found.active("systemic_steroid", on, tail)) == near


@given(stories())
def test_a_course_began_on_the_first_of_the_days_without_a_gap(steps: list[Step]) -> None:
    found = courses(steps, KNOWN)
    since: date | None = None
    for on in WATCHED:
        since = (since or on) if found.active("systemic_steroid", on) else None
        assert found.started("systemic_steroid", on) == since


@given(stories(), st.integers(1, 70))
def test_days_at_a_dose_are_those_that_are_counted_one_by_one(steps: list[Step], mg: int) -> None:
    found, days = courses(steps, KNOWN), -1
    for on in WATCHED:
        amount = found.prednisone_mg(on, NOBODY)
        days = days + 1 if amount is not None and amount >= mg and found.active("systemic_steroid", on) else -1
        assert found.steroid_days_at(mg, on, NOBODY) == max(days, 0)


@given(stories())
def test_plans_and_courses_say_the_same_of_what_was_never_left_out(steps: list[Step]) -> None:
    found = courses(steps, KNOWN)
    for on in WATCHED[WATCHED.index(steps[-1].followed_on) :: 5]:
        for code, run in runs(steps, on).items():
            if says(steps, -1, code, on) and all(code in one.dosages for one in steps):
                assert found.started(code, on) == run.first


def test_the_reckoning_day_by_day_can_tell_a_difference() -> None:
    steps = [step("01-05", order(PREDNISONE, "5", "01-05")), Step(day("02-10"), {})]
    assert [naively(steps, "prednisone", day(on)) for on in ("01-04", "02-10", "02-11")] == [False, True, False]
