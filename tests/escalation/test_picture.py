"""Reading pictures: of what criteria can ask for nothing is left out, nothing that does not stand is in, in three queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from apps.common.clock import app_now
from apps.escalation import picture, rulings
from apps.escalation.evaluator import Judge
from apps.escalation.language import program, value_program
from apps.escalation.picture import Known, Needs, Picture, needs_of, pictured
from apps.knowledge.in_force import everything
from apps.knowledge.models import Instrument
from apps.observations.models import Observation
from apps.patients import operations as patients
from apps.patients.models import Patient
from tests.cast import Cast
from tests.escalation.histories import Told, local
from tests.escalation.pictures import HOUR, rule, ruling_of
from tests.escalation.worlds import CODES, World, examples, facts, undone

A, B = UUID(int=11), UUID(int=12)
#: Every word about measured values, over windows that end between the facts below.
WORDS = [
    f"{word}({code}{window})"
    for code in ("fvc_pp", "weight")
    for word, windows in {
        "latest": ("", "9d", "30h"), "prior": ("", "9d"), "base": ("",), "hi": ("9d", "30h"), "lo": ("9d", "40d"),
        "highest": ("9d", "30h"), "lowest": ("40d",), "drop": ("9d", "40d"), "rise": ("9d",), "loss_percent": ("40d",),
        "ratio": ("9d",), "stepped_up": ("2d", "9d", "30h"), "drop_from_prior": ("", "9d"), "rise_from_prior": ("9d",),
        "drop_from_base": ("", "9d"), "rise_from_base": ("9d",), "times_limit": ("", "9d"), "missing": ("", "9d", "30h"),
        "days_since": ("",),
    }.items()
    for window in (f', "{span}"' if span else "" for span in windows)
] + ["session_drop(weight, fvc_pp)", 'session_drop(fvc_pp, weight, "9d")']  # fmt: skip
BOOLEAN = ("missing",)


def expression(word: str) -> str:
    """A word as a condition."""
    return word if word.startswith(BOOLEAN) else f"{word} >= 0"


def needs(words: Sequence[str]) -> Needs:
    return needs_of([(expression(word), {}) for word in words])


def answers(seen: Picture, words: Sequence[str] = WORDS) -> dict[str, Any]:
    """What each word comes to; None when it is unknown."""
    judge = Judge(seen)
    judge._use(rule("true"), "")
    return {word: judge.engine.value(value_program(word)) for word in words}


@dataclass(frozen=True)
class Given:
    """A value, so many hours ago; below 0 it lies ahead."""

    hours: int
    code: str
    value: int
    fate: str
    quality: str
    baseline: bool
    session: UUID | None
    limit: int | None


GIVEN = st.builds(
    Given, st.integers(-20, 60) | st.integers(0, 1400), st.sampled_from(["fvc_pp", "weight", "spo2_rest_ra"]), st.integers(1, 9),
    st.sampled_from(["final", "final", "final", "superseded", "entered_in_error"]),
    st.sampled_from(["", "acceptable", "acceptable", "unacceptable"]), st.sampled_from([False, False, False, True]),
    st.sampled_from([None, A, B]), st.sampled_from([None, 2]),
)  # fmt: skip


def put(patient: Patient, at: datetime, given_: Sequence[Given]) -> None:
    """Rows as they would stand, each recorded when it was true or now."""
    instruments = {row.code: row for row in Instrument.objects.filter(code__in={one.code for one in given_})}
    rows = [
        Observation(
            patient=patient, instrument=instruments[one.code], value_number=one.value, unit=instruments[one.code].unit,
            effective_at=at - one.hours * HOUR, recorded_at=min(at, at - one.hours * HOUR), status=one.fate, quality=one.quality,
            baseline=one.baseline, session=one.session, reference_high=one.limit,
            **({"error_reason": "x", "error_at": at} if one.fate == "entered_in_error" else {}),
        )
        for one in given_
    ]  # fmt: skip
    Observation.objects.bulk_create(rows)


def truth(patient: Patient, at: datetime, like: Picture) -> Picture:
    """The picture of everything that stands, made from the rows and not by the statement that is tested."""
    rows = Observation.objects.filter(patient=patient).select_related("instrument")
    known = [
        Known(
            "observation", row.pk, row.instrument.code, row.instrument.name, row.value, row.effective_at, row.recorded_at,
            unit=row.unit, limit=row.reference_high, session=row.session, baseline=row.baseline,
        )
        for row in rows
        if row.status in {"final", "amended"} and row.quality != "unacceptable"
    ]  # fmt: skip
    return pictured(like.person, at, known, (), (), None)


@pytest.fixture
def world(cast: Cast, tmp_path: Any) -> World:
    return World.make(cast, tmp_path)


@examples(25)
@given(given_=st.lists(GIVEN, max_size=12))
def test_whatever_is_left_out_changes_no_answer(cast: Cast, given_: list[Given]) -> None:
    at, patient = app_now(), cast.patient
    with undone():
        put(patient, at, given_)
        seen = picture.read([patient.pk], at, needs(WORDS))[patient.pk]
        whole = truth(patient, at, seen)
        expected = answers(whole)
        assert answers(seen) == expected
        assert seen.ahead == min((fact.effective_at for fact in whole_ahead(patient, at)), default=None)
        for number in range(0, len(WORDS), 7):
            # Each by itself: nothing may be there only because another word asks for it.
            word = WORDS[number]
            alone = picture.read([patient.pk], at, needs([word]))[patient.pk]
            assert answers(alone, [word]) == {word: expected[word]}


def whole_ahead(patient: Patient, at: datetime) -> list[Observation]:
    rows = Observation.objects.filter(patient=patient, effective_at__gt=at, instrument__code__in=["fvc_pp", "weight"])
    return list(rows.filter(status__in=["final", "amended"]).exclude(quality="unacceptable"))


#: Values on both sides of every window, the first and a marked one before all of them: days and a bit ago, value, session.
SPREAD = [(400, 9, A), (300, 4, A), (45, 8, None), (39, 3, None), (12, 7, None), (8, 5, B), (1, 6, None), (0, 2, None)]


def test_a_word_alone_has_all_that_it_asks_for(cast: Cast) -> None:
    at, patient = app_now(), cast.patient
    put(
        patient, at,
        [
            Given(days * 24 + 1, code, value, "final", "", days == 300, session, 2)
            for code in ("fvc_pp", "weight") for days, value, session in SPREAD
        ],
    )  # fmt: skip
    for word in WORDS:
        alone = picture.read([patient.pk], at, needs([word]))[patient.pk]
        whole = answers(truth(patient, at, alone), [word])
        assert answers(alone, [word]) == whole
        assert None not in whole.values(), word


@examples(10)
@given(told=facts(most=14))
def test_the_history_as_of_now_is_what_is_read_now(world: World, told: list[Any]) -> None:
    now = world.now()
    patient = now.patients[0].pk
    every = [ruling_of(code) for code in CODES]
    wanted, knowledge = rulings.needs(every), everything()
    with undone():
        now.record(told)
        later = app_now()
        seen = picture.read([patient], later, wanted, knowledge)[patient]
        then = picture.history([patient], later, wanted, knowledge)[patient].as_of(later)
        for one in every:
            assert Judge(then).judge(one) == Judge(seen).judge(one), one.code


# Queries.


@pytest.mark.parametrize("count", [1, 50])
def test_one_patient_or_fifty_take_three_queries(cast: Cast, count: int) -> None:
    at = app_now()
    people = [cast.patient_of(f"Nr{number}") for number in range(count)]
    put(people[0], at, [Given(5, "weight", 7, "final", "", False, None, None)])
    wanted, knowledge = (
        rulings.needs([ruling_of(code) for code in [*CODES, "MU-01", "MO-02"]], everything()),
        everything(),
    )
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = picture.read([one.pk for one in people], at, wanted, knowledge)
    assert len(queries) <= 3
    assert set(found) == {one.pk for one in people}
    assert [fact.value for fact in found[people[0].pk].facts] == [7]
    assert all(not found[one.pk].facts for one in people[1:])


def test_what_no_criterion_asks_for_is_not_read(cast: Cast) -> None:
    at = app_now()
    put(
        cast.patient,
        at,
        [Given(5, "weight", 7, "final", "", False, None, None), Given(5, "fvc_pp", 7, "final", "", False, None, None)],
    )
    for wanted, codes in (([], set()), (["latest(weight)"], {"weight"}), (["latest(ck)"], set())):
        seen = picture.read([cast.patient.pk], at, needs(wanted))[cast.patient.pk]
        assert {fact.code for fact in seen.facts} == codes


@pytest.mark.parametrize("text", [text for code in [*CODES, "MU-01", "MO-02"] for text in ruling_of(code).expressions])
def test_every_measure_and_concept_of_a_shipped_expression_is_among_what_it_needs(knowledge: None, text: str) -> None:
    found = needs_of([(text, {"lately": "72h", "year": "365d", "test_window": "7d"})], everything())
    named = {
        one
        for call in program(text).calls
        for one in call.arguments
        if not one.startswith("p.") and not one[0].isdigit()
    }
    known = {*found.looks, *found.concepts, *found.assessments, *found.antibodies, *found.referrals, *found.targets}
    assert named - known <= {"slt", "systemic_steroid", "methotrexate", "pft"}


# What was known when.


def test_a_history_shows_what_was_known_and_stood_at_each_moment(cast: Cast) -> None:
    told = Told.register(cast)
    first = told.value("2026-03-01 09:00", "eat10", 8)
    right = told.correct("2026-03-03 09:00", first, 2)
    told.value("2026-03-05 09:00", "eat10", 5, true="2026-02-01 09:00")
    told.wrong("2026-03-07 09:00", right)
    told.condition("2026-03-01 10:00", "dysphagia")
    told.resolve("2026-03-08 09:00", "dysphagia")
    there = told.patient.pk
    wanted = needs_of([("latest(eat10) > 1 && dysphagia_active", {})])
    whole = picture.history([there], local("2026-04-01 00:00"), wanted)[there]

    def as_of(text: str) -> tuple[Any, Any]:
        seen = whole.as_of(local(text))
        return answers(seen, ["latest(eat10)"])["latest(eat10)"], Judge(seen).judge(
            rule('complication("dysphagia")')
        ).fires

    assert [as_of(f"2026-03-0{day} 12:00") for day in range(1, 9)] == [
        (8.0, True), (8.0, True), (2.0, True), (2.0, True), (2.0, True), (2.0, True), (5.0, True), (5.0, False),
    ]  # fmt: skip
    assert as_of("2026-02-20 12:00") == (None, False), "nobody knew of it then"


def test_a_range_in_another_unit_does_not_count(cast: Cast) -> None:
    at = app_now()
    for unit, counts in (("mm[Hg]", False), ("%", True)):
        patient = cast.patient_of(f"Unit{len(unit)}")
        patients.set_target_range(
            patient=patient,
            by=cast.by,
            at=at,
            instrument="spo2_rest_ra",
            low=Decimal(88),
            high=None,
            unit=unit,
            reason="COPD",
        )
        seen = picture.read([patient.pk], app_now(), needs_of([("own_target(spo2_rest_ra)", {})]))[patient.pk]
        assert Judge(seen).judge(rule("own_target(spo2_rest_ra)")).fires is counts, unit


def test_an_antibody_that_was_entered_in_error_is_not_read(cast: Cast) -> None:
    at, patient = app_now() - timedelta(seconds=5), cast.patient
    row = patients.record_antibody(patient=patient, by=cast.by, at=at, code="mda5", result="positive", effective_at=at)
    wanted, text = needs_of([('antibody("mda5") == "positive"', {})]), 'antibody("mda5") == "positive"'
    assert Judge(picture.read([patient.pk], app_now(), wanted)[patient.pk]).judge(rule(text)).fires is True
    patients.enter_antibody_in_error(antibody=row, by=cast.by, at=app_now(), reason="another patient")
    assert Judge(picture.read([patient.pk], app_now(), wanted)[patient.pk]).judge(rule(text)).fires is None
