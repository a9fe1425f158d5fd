"""The language of criteria by itself: what it has, what it refuses and where, and what becomes of the unknown."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from apps.escalation import language
from apps.escalation.language import BadExpression, Missing, Names

NAMES = Names(
    instruments=frozenset({"eat10", "at", "weight", "wst3oz"}),
    assessments=frozenset({"slt_assessment"}),
    concepts=frozenset({"dysphagia", "choking", "aspiration_pneumonia"}),
    disciplines=frozenset({"slt", "rheumatology"}),
)
PARAMETERS = {"positive"}


def check(text: str) -> None:
    language.check(text, parameters=PARAMETERS, names=NAMES)


def refusal(text: str) -> str:
    with pytest.raises(BadExpression) as caught:
        check(text)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        'latest(eat10) >= p.positive && missing(slt_assessment, "28d")',
        'latest(eat10, "72h") >= 3.0',
        "latest(eat10) >= 3",
        'latest(wst3oz, "7d") == "fail"',
        'complication("dysphagia") || complication("aspiration_pneumonia")',
        'finding("choking", "90d")',
        'severe("dysphagia")',
        'resolved("dysphagia")',
        'resolved("dysphagia", "slt")',
        "adult && !jdm",
        '!(adult || jdm) && (finding("choking") || latest(weight) < 40.0)',
        "latest(eat10) != 3.0",
        "latest(eat10)\n  > p.positive",
    ],
)
def test_what_the_language_has_is_accepted(text: str) -> None:
    check(text)


#: What is wrong, and the words in the text at which the mistake may be said to be: the word itself or the call around it.
BAD: list[tuple[str, tuple[str, ...]]] = [
    ("latest(eat10) + 1.0 > 3.0", ("+",)),
    ("latest(eat10) - 1.0 > 3.0", ("-",)),
    ("latest(eat10) * 2.0 > 3.0", ("*",)),
    ("latest(eat10) / 2.0 > 3.0", ("/",)),
    ("latest(eat10) % 2 > 3", ("%",)),
    ("-latest(eat10) > 3.0", ("-",)),
    ("[1].all(x, x > 1)", ("[1]", ".all", "all")),
    ("[1].exists(x, x > 1)", ("[1]", ".exists", "exists")),
    ("[1].exists_one(x, x > 1)", ("[1]", ".exists_one", "exists_one")),
    ("[1].map(x, x) == [1]", ("[1].", ".map", "map")),
    ("[1].filter(x, x > 1) == [1]", ("[1].", ".filter", "filter")),
    ("adult && [1].all(x, x > 1)", ("[1]", ".all", "all")),
    ("latest(eat10) > 3.0 ? adult : jdm", ("?", "latest")),
    ('"a" in ["a"]', ("in",)),
    ("[1, 2][0] == 1", ("[1", "[0]")),
    ("worst(eat10) > 3.0", ("worst",)),
    ('size("a") > 1', ("size",)),
    ('"ab".startsWith("a")', ("startsWith", ".startsWith")),
    ("latest(eat11) > 3.0", ("latest", "eat11")),
    ("adult && latest(eat11) > 3.0", ("latest", "eat11")),
    ('missing(slt, "28d")', ("missing", "slt")),
    ("latest(eat10) >= p.negative", ("p.negative", "negative")),
    ('finding("dysphagie")', ("finding", '"dysphagie"')),
    ('finding("choking") && severe("chocking")', ("severe", '"chocking"')),
    ('resolved("dysphagia", "speech")', ("resolved", '"speech"')),
    ('latest(eat10, "28")  > 3.0', ("latest", '"28"')),
    ('latest(eat10, "0d") > 3.0', ("latest", '"0d"')),
    ('latest(eat10, "28 d") > 3.0', ("latest", '"28 d"')),
    ('latest(eat10, "4w") > 3.0', ("latest", '"4w"')),
    ('latest(eat10, "99999d") > 3.0', ("latest", '"99999d"')),
    ("latest(eat10, 28) > 3.0", ("latest", "28")),
    ("latest() > 3.0", ("latest", ")")),
    ('latest(eat10, "2d", "3d") > 3.0', ("latest", '"3d"')),
    ('severe("dysphagia", "2d")', ("severe", '"2d"')),
    ('resolved("dysphagia", "slt", "2d")', ("resolved", '"2d"')),
    ('latest("eat10") > 3.0', ("latest", '"eat10"')),
    ("finding(choking)", ("finding", "choking")),
    ("latest(adult) > 3.0", ("latest", "adult")),
    ("latest(eat10) >= 3.0 &&", ("",)),
    ("latest(eat10 >= 3.0", ("", ">=", "latest", "(", "eat10")),
    ("", ("",)),
    ("(adult || jdm) == true", ("== true", "(", "==")),
]


def _spots(text: str, words: tuple[str, ...]) -> set[int]:
    """The last place of each word, counted from one; no word stands for the end."""
    return {text.rindex(word) + 1 if word else len(text) + 1 for word in words}


@pytest.mark.parametrize(("text", "words"), BAD, ids=[text or "nothing" for text, _ in BAD])
def test_what_it_has_not_is_refused_with_the_position(text: str, words: tuple[str, ...]) -> None:
    message = refusal(text)
    found = re.match(r"At character (\d+): \S", message)
    assert found is not None, message
    assert int(found.group(1)) in _spots(text, words), message


def test_the_position_is_that_of_the_mistake_and_not_of_a_word_that_looks_like_it() -> None:
    names = Names(NAMES.instruments - {"at"}, NAMES.assessments, NAMES.concepts, NAMES.disciplines)
    text = "latest(eat10) >= 3.0 && latest(at) > 1.0"
    with pytest.raises(BadExpression) as caught:
        language.check(text, parameters=(), names=names)
    found = re.match(r"At character (\d+):", str(caught.value))
    assert found is not None
    assert int(found.group(1)) in {text.rindex("latest") + 1, text.rindex("at)") + 1}


@pytest.mark.parametrize(
    "text",
    [
        "latest(latest(eat10)) > 3.0",
        'latest((eat10), "28") > 3.0',
        'missing((slt_assessment), "four weeks")',
        'finding(("chocking"))',
        'resolved(("dysphagia"), ("speech"))',
        '"dysphagia".resolved("dysphagia")',
        "eat10 >= p.positive",
        "p.positive.high > 1.0",
    ],
)
def test_no_way_of_writing_slips_past_the_check(text: str) -> None:
    """Every name, window and number of arguments is checked, however it is written."""
    refusal(text)


def test_an_expression_has_an_end() -> None:
    longest = "adult" + " " * (language.LONGEST - len("adult"))
    check(longest)
    assert str(language.LONGEST) in refusal(longest + " ")


def test_an_expression_nested_beyond_measure_is_refused() -> None:
    refusal("(" * 500 + "adult" + ")" * 500)


def test_without_names_only_the_form_is_checked() -> None:
    language.check('finding("nothing_known") && latest(nothing_known) > 1.0', parameters=())
    with pytest.raises(BadExpression):
        language.check('finding("nothing_known", "28")', parameters=())


def functions(**answers: Any) -> dict[str, Callable[..., Any]]:
    """The functions of the language with fixed answers; an exception is raised."""

    def answering(answer: Any) -> Callable[..., Any]:
        def call(*_: Any) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    return {name: answering(answer) for name, answer in answers.items()}


UNKNOWN = 'finding("choking")'
TRUE, FALSE = 'severe("choking")', 'complication("choking")'
ANSWERS = functions(finding=Missing("choking"), severe=True, complication=False)


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
        (f"!{UNKNOWN} || {TRUE}", True),
        (f"!({UNKNOWN} && {FALSE})", True),
        (f"!({UNKNOWN} || {FALSE})", None),
        (f"({UNKNOWN} || {TRUE}) && {TRUE}", True),
    ],
)
def test_what_is_unknown_stays_unknown_unless_the_rest_decides(text: str, expected: bool | None) -> None:
    assert language.run(text, ANSWERS, {}) is expected


@pytest.mark.parametrize(("operator", "expected"), [(">=", True), (">", False), ("<=", True), ("<", False)])
def test_the_bounds_are_exactly_what_is_written(operator: str, expected: bool) -> None:
    values = {"eat10": "eat10", "p": {"positive": 3.0}}
    for bound in ("p.positive", "3.0", "3"):
        assert language.run(f"latest(eat10) {operator} {bound}", functions(latest=3.0), values) is expected


def test_a_comparison_with_what_is_missing_is_unknown() -> None:
    values = {"eat10": "eat10", "p": {"positive": 3.0}}
    assert language.run("latest(eat10) >= p.positive", functions(latest=Missing("eat10")), values) is None


@pytest.mark.parametrize("text", ["{bad} || {true}", "{true} || {bad}", "{bad} && {false}", "{bad}", "!{bad}"])
@pytest.mark.parametrize("fault", [ZeroDivisionError("oh"), KeyError("oh"), TypeError("oh")])
def test_a_fault_of_a_function_is_never_swallowed(text: str, fault: Exception) -> None:
    """Where CEL asks the function at all, its fault is raised, although the rest would have decided."""
    called: list[bool] = []

    def bad(*_: Any) -> bool:
        called.append(True)
        raise fault

    known = {**ANSWERS, "missing": bad}
    written = text.format(bad="missing(eat10)", true=TRUE, false=FALSE)
    try:
        found: Any = language.run(written, known, {"eat10": "eat10"})
    except type(fault):
        assert called
    else:
        assert not called, f"swallowed, and answered {found}"


def test_a_fault_beside_something_missing_is_raised() -> None:
    known = {**ANSWERS, "missing": functions(missing=ZeroDivisionError("oh"))["missing"]}
    with pytest.raises(ZeroDivisionError):
        language.run(f"missing(eat10) || {UNKNOWN} || {TRUE}", known, {"eat10": "eat10"})


@pytest.mark.parametrize("text", ["latest(eat10)", "latest(eat10) >= p.word"])
def test_what_is_neither_true_nor_false_is_loud(text: str) -> None:
    values = {"eat10": "eat10", "p": {"word": "three"}}
    with pytest.raises(BadExpression):
        language.run(text, functions(latest=3.0), values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("adult", ["adult"]),
        ("adult && jdm", ["adult", "jdm"]),
        ("!adult || !(jdm && adult)", ["adult", "jdm", "adult"]),
        (
            'latest(eat10, "2d") >= p.positive && missing(slt_assessment, "28d")',
            ['latest(eat10, "2d") >= p.positive', 'missing(slt_assessment, "28d")'],
        ),
        ("latest (eat10) != 3.0 || (adult)", ["latest (eat10) != 3.0", "adult"]),
        ('((finding("choking")))', ['finding("choking")']),
    ],
)
def test_the_single_conditions_of_an_expression(text: str, expected: list[str]) -> None:
    assert language.atoms(text) == expected


def test_the_measures_of_an_expression_are_neither_flags_nor_parameters() -> None:
    text = 'adult && latest(eat10) >= p.positive || missing(slt_assessment, "28d") && finding("choking")'
    assert language.measures_of(text) == {"eat10", "slt_assessment"}
