"""What becomes of the unknown and of faults when an expression is run; and that the tree which says what holds it up agrees."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.escalation import evaluator, language
from apps.escalation.language import BadExpression, Engine, Missing
from apps.escalation.picture import Known
from tests.escalation.pictures import look, number, rule

UNKNOWN = 'finding("choking")'
TRUE, FALSE = 'severe("choking")', 'complication("choking")'


def functions(**answers: Any) -> dict[str, Callable[..., Any]]:
    """Words with fixed answers; an exception is raised."""

    def answering(answer: Any) -> Callable[..., Any]:
        def call(*_: Any) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    return {name: answering(answer) for name, answer in answers.items()}


ANSWERS = functions(finding=Missing("choking"), severe=True, complication=False)


def run(text: str, answers: Mapping[str, Callable[..., Any]] = ANSWERS, **numbers: float) -> bool | None:
    engine = Engine(answers)
    engine.use(numbers=numbers, spans={}, key="")
    return engine.holds(language.program(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TRUE, True),
        (FALSE, False),
        (UNKNOWN, None),
        (f"!{UNKNOWN}", None),
        (f"!{TRUE}", False),
        (f"{UNKNOWN} || {TRUE}", True),
        (f"{TRUE} || {UNKNOWN}", True),
        (f"{UNKNOWN} || {FALSE}", None),
        (f"{FALSE} || {UNKNOWN}", None),
        (f"{UNKNOWN} && {FALSE}", False),
        (f"{FALSE} && {UNKNOWN}", False),
        (f"{UNKNOWN} && {TRUE}", None),
        (f"{TRUE} && {UNKNOWN}", None),
        (f"{UNKNOWN} && {UNKNOWN}", None),
        (f"!({UNKNOWN} && {FALSE})", True),
        (f"!({UNKNOWN} || {FALSE})", None),
        (f"two_of({TRUE}, {UNKNOWN}, {TRUE})", True),
        (f"two_of({UNKNOWN}, {FALSE}, {FALSE})", False),
        (f"two_of({UNKNOWN}, {TRUE}, {FALSE})", None),
        (f"two_of({UNKNOWN}, {UNKNOWN}, {TRUE})", None),
        (f"two_of({UNKNOWN}, {UNKNOWN}, {FALSE})", None),
    ],
)
def test_what_is_unknown_stays_unknown_unless_the_rest_decides(text: str, expected: bool | None) -> None:
    assert run(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{TRUE} || {TRUE} && {FALSE}", True),
        (f"{FALSE} && {TRUE} || {TRUE}", True),
        (f"({TRUE} || {TRUE}) && {FALSE}", False),
        (f"!{FALSE} && {TRUE}", True),
        (f"!{TRUE} || {TRUE}", True),
        (f"!({TRUE} || {TRUE})", False),
        (f"!!{TRUE}", True),
        (f"!!!{TRUE}", False),
    ],
)
def test_not_binds_before_and_and_that_before_or(text: str, expected: bool) -> None:
    assert run(text) is expected


@pytest.mark.parametrize(
    ("sign", "expected"), [(">=", True), (">", False), ("<=", True), ("<", False), ("==", True), ("!=", False)]
)
@pytest.mark.parametrize("bound", ["p.positive", "3.0", "3", "3.0000"])
def test_the_bounds_are_exactly_what_is_written(sign: str, expected: bool, bound: str) -> None:
    assert run(f"latest(eat10) {sign} {bound}", functions(latest=3.0), positive=3.0) is expected


@pytest.mark.parametrize(
    "text", ["latest(eat10) >= p.positive", "p.positive <= latest(eat10)", "latest(eat10) != latest(eat10)"]
)
def test_a_comparison_with_what_is_missing_is_unknown(text: str) -> None:
    assert run(text, functions(latest=Missing("eat10")), positive=3.0) is None


@pytest.mark.parametrize(
    "text",
    ["{bad} || {true}", "{true} || {bad}", "{bad} && {false}", "{bad}", "!{bad}", "{bad} || {unknown} || {true}"],
)
@pytest.mark.parametrize("fault", [ZeroDivisionError("oh"), KeyError("oh"), TypeError("oh"), ValueError("oh")])
def test_a_fault_of_a_word_is_never_swallowed(text: str, fault: Exception) -> None:
    """Where the engine asks the word at all, its fault is raised, although the rest would have decided."""
    called: list[bool] = []

    def bad(*_: Any) -> bool:
        called.append(True)
        raise fault

    written = text.format(bad="missing(eat10)", true=TRUE, false=FALSE, unknown=UNKNOWN)
    try:
        found: Any = run(written, {**ANSWERS, "missing": bad})
    except type(fault) as raised:
        assert raised is fault  # noqa: PT017 - which of them is what matters
    else:
        assert not called, f"swallowed, and answered {found}"


def test_a_fault_is_forgotten_with_the_next_expression() -> None:
    engine = Engine({**ANSWERS, **functions(missing=ZeroDivisionError("oh"))})
    engine.use(numbers={}, spans={}, key="")
    with pytest.raises(ZeroDivisionError):
        engine.holds(language.program("missing(eat10)"))
    assert engine.holds(language.program(TRUE)) is True


@pytest.mark.parametrize("text", ["latest(eat10)", "latest(eat10) >= p.unheard", "latest(eat10) >= latest(wst3oz)"])
def test_what_is_neither_true_nor_false_is_loud(text: str) -> None:
    answers = {"latest": lambda code: 3.0 if code == "eat10" else "fail"}
    with pytest.raises(BadExpression):
        run(text, answers)


# For any expression: the tree and the engine come to the same, and what is named as evidence is enough.


@dataclass(frozen=True)
class Part:
    """An expression beside what the language makes of it: a condition (by its number), or parts joined."""

    kind: str
    parts: tuple["Part", ...] = ()
    place: int = 0

    def text(self, within: str = "") -> str:
        """As somebody writes it, with no more parentheses than are needed."""
        if self.kind == "atom":
            return f"latest(m{self.place}) >= 1"
        if self.kind == "not":
            return f"!({self.parts[0].text()})"
        if self.kind == "two":
            return f"two_of({', '.join(one.text() for one in self.parts)})"
        joined = {"all": " && ", "any": " || "}[self.kind].join(one.text(self.kind) for one in self.parts)
        return f"({joined})" if (within, self.kind) == ("all", "any") else joined

    def stands(self, known: Mapping[int, bool]) -> bool | None:
        """By Kleene's tables: false, unknown and true are 0, ½ and 1; and is the least, or the greatest of its parts."""
        value = self._value(known)
        return {0: False, 1: None, 2: True}[value]

    def _value(self, known: Mapping[int, bool]) -> int:
        if self.kind == "atom":
            return {None: 1, True: 2, False: 0}[known.get(self.place)]
        values = sorted(one._value(known) for one in self.parts)
        return 2 - values[0] if self.kind == "not" else values[{"all": 0, "any": -1, "two": 1}[self.kind]]


PLACES = 6
ATOMS = st.integers(0, PLACES - 1).map(lambda place: Part("atom", place=place))


def _joined(parts: st.SearchStrategy[Part]) -> st.SearchStrategy[Part]:
    some = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.builds(Part, st.sampled_from(["all", "any"]), some) | parts.map(lambda part: Part("not", (part,)))


PLAIN = st.recursive(ATOMS, _joined, max_leaves=10)
TWO = st.tuples(PLAIN, PLAIN, PLAIN).map(lambda parts: Part("two", parts))
PARTS = st.recursive(ATOMS | TWO, _joined, max_leaves=6)
WORLDS = st.dictionaries(st.integers(0, PLACES - 1), st.booleans())


def facts_of(world: Mapping[int, bool]) -> list[Known]:
    return [number(f"m{place}", 1 if holds else 0) for place, holds in world.items()]


@given(PARTS, WORLDS)
def test_the_engine_the_tree_and_the_tables_of_logic_agree(part: Part, world: dict[int, bool]) -> None:
    answers = {f"m{place}": 1.0 if holds else 0.0 for place, holds in world.items()}

    def latest(code: str) -> float:
        if code not in answers:
            raise Missing(code)
        return answers[code]

    expected = part.stands(world)
    assert run(part.text(), {"latest": latest}) is expected
    judge = evaluator.Judge(look(*facts_of(world)))
    assert judge.judge(rule(part.text())).fires is expected
    assert judge._stands(language.program(part.text()).tree) is expected


@given(PARTS, WORLDS)
def test_what_is_named_as_evidence_alone_makes_it_fire_and_nothing_of_it_is_idle(
    part: Part, world: dict[int, bool]
) -> None:
    found = evaluator.judge(look(*facts_of(world)), rule(part.text()))
    if found.fires is not True:
        assert (found.evidence, found.words) == ((), ())
        return
    named = {int(fact.code.removeprefix("m")): world[int(fact.code.removeprefix("m"))] for fact in found.evidence}
    assert part.stands(named) is True
    assert len(found.words) == len(named)
    asked = {place for place in range(PLACES) if f"m{place})" in part.text()}
    assert set(named) <= asked


@given(PARTS, WORLDS, st.booleans())
def test_what_is_named_as_missing_is_not_known_and_would_decide(
    part: Part, world: dict[int, bool], value: bool
) -> None:
    found = evaluator.judge(look(*facts_of(world)), rule(part.text()))
    missing = {int(word.removeprefix("m")) for word in found.missing}
    assert bool(missing) is (found.fires is None)
    assert not missing & set(world)
    assert part.stands({**world, **dict.fromkeys(missing, value)}) is not None
